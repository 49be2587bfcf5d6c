/* Contexts of a level from the levels around it that are already coded.
 *
 * Levels are coded from high to low frequencies, so at X these are known:
 *
 *      X a b
 *      c d
 *      e
 *
 * What they add up to is kept for every place, and each level that is not 0 adds itself there where
 * it counts: most levels are 0.
 */
#ifndef SVAC2_FORMAT_RESIDUAL_CONTEXT_H
#define SVAC2_FORMAT_RESIDUAL_CONTEXT_H

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "common/intmath.h"
#include "format/components.h"
#include "format/contexts.h"
#include "format/dependent.h"
#include "format/limits.h"
#include "format/quantiser.h"

/* Context of a group's flag; coded_rows: bit x of entry y is set where group (x, y) has levels. */
static inline int sv_group_context(sv_coding coding, const uint16_t *coded_rows, int x, int y)
{
    return SV_CTX_GROUP + (int)coding * 3 + (coded_rows[y] >> (x + 1) & 1) +
           (coded_rows[y + 1] >> x & 1);
}

/* Of the levels around a place: the sum of their magnitudes, each taken for at most
 * SV_AROUND_MAX, in the low byte, and of what each has beyond 1 in the high one. Two columns and
 * two rows more lie in front of the block, where nobody looks. */
enum {
    SV_AROUND_MAX = 32,
    SV_AROUND_STRIDE = SV_TX_MAX_COEFS + 2,
    SV_AROUND_FIRST = 2 * SV_AROUND_STRIDE + 2,
    SV_AROUND_SIZE = SV_AROUND_FIRST + SV_AROUND_STRIDE * SV_TX_MAX_COEFS
};

/* What a level that is not 0 adds to places that it is around of. */
static inline uint16_t sv_share_of(int magnitude)
{
    return (uint16_t)(sv_min(magnitude, SV_AROUND_MAX) * 0x101 - 0x100);
}

/* Adds to the places around which the one at `at` lies. */
static inline void sv_add_around(uint16_t *at, uint16_t share)
{
    at[-1] = (uint16_t)(at[-1] + share);
    at[-2] = (uint16_t)(at[-2] + share);
    at[-SV_AROUND_STRIDE] = (uint16_t)(at[-SV_AROUND_STRIDE] + share);
    at[-SV_AROUND_STRIDE - 1] = (uint16_t)(at[-SV_AROUND_STRIDE - 1] + share);
    at[-2 * SV_AROUND_STRIDE] = (uint16_t)(at[-2 * SV_AROUND_STRIDE] + share);
}

enum {
    SV_GREATER2_BINS = 5,                  /* bins "greater than 2, 3, .. 6" have contexts */
    SV_ESCAPE_LEVEL = 2 + SV_GREATER2_BINS /* levels from here on have an Exp-Golomb part */
};

/* A block's levels, row by row. */
typedef struct sv_level_block {
    const sv_level *levels;
    int width, height;
    bool dependent; /* levels are multiples of half steps (format/dependent.h) */
} sv_level_block;

static inline int sv_block_magnitude(const sv_level_block *block, sv_level level)
{
    return block->dependent ? sv_magnitude_of(abs(level)) : abs(level);
}

/* The numbers of a level's three contexts, of ten bits each: significant, greater1, and the first
 * bin's of greater2. */
typedef uint32_t sv_level_contexts;
enum { SV_CONTEXT_NUMBER_BITS = 10, SV_CONTEXT_NUMBER = (1 << SV_CONTEXT_NUMBER_BITS) - 1 };
static_assert((int)SV_CTX_GREATER2_END <= (int)SV_CONTEXT_NUMBER,
              "a number of a context has ten bits");

static inline int sv_significant_of(sv_level_contexts c) { return c & SV_CONTEXT_NUMBER; }
static inline int sv_greater1_of(sv_level_contexts c)
{
    return c >> SV_CONTEXT_NUMBER_BITS & SV_CONTEXT_NUMBER;
}
static inline int sv_greater2_of(sv_level_contexts c)
{
    return (int)(c >> (2 * SV_CONTEXT_NUMBER_BITS));
}

#define CONTEXTS(significant, greater1, greater2)                                                 \
    ((sv_level_contexts)(significant) | (sv_level_contexts)(greater1) << SV_CONTEXT_NUMBER_BITS | \
     (sv_level_contexts)(greater2) << 2 * SV_CONTEXT_NUMBER_BITS)

/* Where those of a class of distances begin, by the distance from the block's first level: x + y. A
 * group's places are up to six further away than its first one. */
enum { SV_DISTANCE_MAX = 10, SV_DISTANCES = SV_DISTANCE_MAX + 6 + 1 };
static inline const sv_level_contexts *sv_contexts_by_distance(sv_coding coding, int distance)
{
#define OF_CLASS(coding, significant, greater1)                         \
    CONTEXTS(SV_CTX_SIGNIFICANT + (coding) * 5 * 8 + (significant) * 8, \
             SV_CTX_GREATER1 + (coding) * 4 * 6 + (greater1) * 6,       \
             SV_CTX_GREATER2 + (coding) * SV_GREATER2_BINS * 6)
#define FAR(coding) OF_CLASS(coding, 4, 3)
#define OF_CODING(coding)                                                               \
    {                                                                                   \
        OF_CLASS(coding, 0, 0), OF_CLASS(coding, 1, 1), OF_CLASS(coding, 2, 1),         \
            OF_CLASS(coding, 2, 2), OF_CLASS(coding, 2, 2), OF_CLASS(coding, 3, 2),     \
            OF_CLASS(coding, 3, 2), OF_CLASS(coding, 3, 2), OF_CLASS(coding, 3, 2),     \
            OF_CLASS(coding, 3, 2), FAR(coding), FAR(coding), FAR(coding), FAR(coding), \
            FAR(coding), FAR(coding), FAR(coding)                                       \
    }
    static const sv_level_contexts first[2][SV_DISTANCES] = {OF_CODING(0), OF_CODING(1)};
#undef OF_CODING
#undef FAR
#undef OF_CLASS
    return &first[coding][sv_min(distance, SV_DISTANCE_MAX)];
}

/* Kinds of states: with even multiples, and two with odd ones. */
enum { SV_STATE_KINDS = 3 };
static inline int sv_kind_of_state(int state) { return state & 1 ? 1 + (state >> 2) : 0; }

/* What the state adds (format/dependent.h). */
static inline const sv_level_contexts *sv_contexts_by_state(sv_quantisation quantisation)
{
#define OF_STATE(significant, greater) \
    CONTEXTS((significant) * 2 * 5 * 8, (greater) * 2 * 4 * 6, (greater) * 2 * 5 * 6)
    static const sv_level_contexts plain[SV_STATES];
    static const sv_level_contexts dependent[SV_STATES] = {
        OF_STATE(1, 1), OF_STATE(2, 2), OF_STATE(1, 1), OF_STATE(2, 2),
        OF_STATE(1, 1), OF_STATE(3, 2), OF_STATE(1, 1), OF_STATE(3, 2)};
#undef OF_STATE
    return quantisation == SV_QUANTISATION_DEPENDENT ? dependent : plain;
}

/* Classes of what is around a level: of the sum, and of the excess, both up to 15. */
#define SUM_CLASSES(CLASS)                                                           \
    {CLASS(0), CLASS(1), CLASS(2), CLASS(3), CLASS(4), CLASS(4), CLASS(5), CLASS(5), \
     CLASS(6), CLASS(6), CLASS(6), CLASS(6), CLASS(7), CLASS(7), CLASS(7), CLASS(7)}
#define EXCESS_CLASSES(CLASS)                                                        \
    {CLASS(0), CLASS(1), CLASS(2), CLASS(2), CLASS(3), CLASS(3), CLASS(3), CLASS(4), \
     CLASS(4), CLASS(4), CLASS(4), CLASS(4), CLASS(4), CLASS(4), CLASS(4), CLASS(4)}
#define ITSELF(class) class
static const uint8_t sv_sum_class[16] = SUM_CLASSES(ITSELF);
static const uint8_t sv_excess_class[16] = EXCESS_CLASSES(ITSELF);
#undef ITSELF
enum { SV_SUM_CLASSES = 8, SV_EXCESS_CLASSES = 6 }; /* the first excess class: there is no sum */

/* What is around a level adds to that. */
static inline sv_level_contexts sv_contexts_by_around(unsigned around)
{
#define OF_SUM(class) CONTEXTS(class, (class) != 0, (class) != 0)
    static const sv_level_contexts of_sum[16] = SUM_CLASSES(OF_SUM);
#undef OF_SUM
#define OF_EXCESS(class) CONTEXTS(0, class, class)
    static const sv_level_contexts of_excess[16] = EXCESS_CLASSES(OF_EXCESS);
#undef OF_EXCESS
    const int sum = (int)(around & 0xff), excess = (int)(around >> 8);
    return of_sum[sv_min(sum, 15)] + of_excess[sv_min(excess, 15)];
}
#undef SUM_CLASSES
#undef EXCESS_CLASSES
#undef CONTEXTS

/* The order of the Exp-Golomb code of an escape where the levels around sum up to SV_AROUND_MAX or
 * more: about the logarithm of their mean, of each of which the four highest bits count. */
static inline int sv_high_escape_order(const sv_level_block *block, int x, int y)
{
    static const uint8_t around[5][2] = {{1, 0}, {2, 0}, {0, 1}, {1, 1}, {0, 2}};
    uint64_t sum = 0;
    for (int i = 0; i < 5; i++) {
        int column = x + around[i][0], row = y + around[i][1];
        if (column < block->width && row < block->height) {
            uint32_t magnitude =
                (uint32_t)sv_block_magnitude(block, block->levels[row * block->width + column]);
            int rest = magnitude < SV_AROUND_MAX ? 0 : sv_floor_log2(magnitude) - 3;
            sum += magnitude >> rest << rest;
        }
    }
    int order = 2 + (sum >= 60);
    for (sum /= 120; sum > 0; sum >>= 1) {
        order++;
    }
    return order;
}

static inline int sv_low_escape_order(unsigned around)
{
    const unsigned sum = around & 0xff;
    return (sum >= 12) + (sum >= 22);
}

static inline int sv_escape_order(unsigned around, const sv_level_block *block, int x, int y)
{
    return (around & 0xff) >= SV_AROUND_MAX ? sv_high_escape_order(block, x, y)
                                            : sv_low_escape_order(around);
}

#endif
