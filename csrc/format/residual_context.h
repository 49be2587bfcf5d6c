/* Contexts of a level from the levels around it that are already coded.
 *
 * Levels are coded from high to low frequencies, so at X these are known:
 *
 *      X a b        neighbour sum = a + b + c + d + e, each magnitude capped
 *      c d
 *      e
 */
#ifndef SVAC2_FORMAT_RESIDUAL_CONTEXT_H
#define SVAC2_FORMAT_RESIDUAL_CONTEXT_H

#include "common/intmath.h"
#include "format/components.h"
#include "format/contexts.h"
#include "format/limits.h"

/* Offset among LAST_X or LAST_Y of the first bin for a side: sides of 4, 8, 16, 32 have 3, 5, 7, 9
 * bins. */
static inline int sv_last_context(sv_coding coding, int log2_size)
{
    static const uint8_t first[4] = {0, 3, 8, 15};
    return (int)coding * 24 + first[log2_size - 2];
}

/* Context of a group's flag; coded_rows: bit x of entry y is set where group (x, y) has levels. */
static inline int sv_group_context(sv_coding coding, const uint16_t *coded_rows, int x, int y)
{
    return SV_CTX_GROUP + (int)coding * 3 + (coded_rows[y] >> (x + 1) & 1) +
           (coded_rows[y + 1] >> x & 1);
}

/* Codes of magnitudes, with two columns and two rows of zeros behind the block. */
enum {
    SV_MAGNITUDE_STRIDE = SV_TX_MAX_COEFS + 4,
    SV_MAGNITUDE_SIZE = SV_MAGNITUDE_STRIDE * (SV_TX_MAX_COEFS + 2)
};

/* A magnitude in a byte: as it is below 32, then its highest bit and the next three. */
static inline uint8_t sv_magnitude_code(int magnitude)
{
    if (magnitude < 32) {
        return (uint8_t)magnitude;
    }
    int log2 = sv_floor_log2((uint32_t)magnitude);
    return (uint8_t)(32 + 8 * (log2 - 5) + (magnitude >> (log2 - 3) & 7));
}

static inline uint32_t sv_coded_magnitude(uint8_t code)
{
    return code < 32 ? code : (8u + (code & 7)) << ((code >> 3) - 2);
}

enum {
    SV_GREATER2_BINS = 5,                  /* bins "greater than 2, 3, .. 6" have contexts */
    SV_ESCAPE_LEVEL = 2 + SV_GREATER2_BINS /* levels from here on have an Exp-Golomb part */
};

typedef struct sv_level_context {
    int significant, greater1, greater2; /* context numbers; greater2 of its first bin */
    int order;                           /* of the Exp-Golomb code of the escape */
} sv_level_context;

/* The order of the escape where the codes around sum up to 32 or more: about the logarithm of the
 * mean magnitude. */
static inline int sv_escape_order(const uint8_t *magnitude)
{
    uint64_t sum = sv_coded_magnitude(magnitude[1]) + sv_coded_magnitude(magnitude[2]) +
                   sv_coded_magnitude(magnitude[SV_MAGNITUDE_STRIDE]) +
                   sv_coded_magnitude(magnitude[SV_MAGNITUDE_STRIDE + 1]) +
                   sv_coded_magnitude(magnitude[2 * SV_MAGNITUDE_STRIDE]);
    int order = 2 + (sum >= 60);
    for (sum /= 120; sum > 0; sum >>= 1) {
        order++;
    }
    return order;
}

/* magnitude: the code at the level's place in an array of rows SV_MAGNITUDE_STRIDE apart; x and y
 * in the block. */
static inline sv_level_context sv_level_contexts(const uint8_t *magnitude, int x, int y,
                                                 sv_coding coding)
{
    static const uint8_t sum_class[16] = {0, 1, 2, 3, 4, 4, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7};
    static const uint8_t excess_classes[16] = {0, 1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4};
    static const uint8_t distance_class[16] = {0, 1, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4};
    static const uint8_t near_class[16] = {0, 1, 1, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3};
    static const uint8_t order_class[32] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1,
                                            1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2};
    int sum = magnitude[1] + magnitude[2] + magnitude[SV_MAGNITUDE_STRIDE] +
              magnitude[SV_MAGNITUDE_STRIDE + 1] + magnitude[2 * SV_MAGNITUDE_STRIDE];
    int nonzero =
        (magnitude[1] != 0) + (magnitude[2] != 0) + (magnitude[SV_MAGNITUDE_STRIDE] != 0) +
        (magnitude[SV_MAGNITUDE_STRIDE + 1] != 0) + (magnitude[2 * SV_MAGNITUDE_STRIDE] != 0);
    int distance = sv_min(x + y, 15);
    int excess = sum - nonzero;
    int excess_class = sv_min(excess_classes[sv_min(excess, 15)] + (sum > 0), 5);
    sv_level_context c;
    c.significant = SV_CTX_SIGNIFICANT + ((int)coding * 5 + distance_class[distance]) * 8 +
                    sum_class[sv_min(sum, 15)];
    c.greater1 = SV_CTX_GREATER1 + ((int)coding * 4 + near_class[distance]) * 6 + excess_class;
    c.greater2 = SV_CTX_GREATER2 + (int)coding * SV_GREATER2_BINS * 6 + excess_class;
    c.order = sum >= 32 ? sv_escape_order(magnitude) : order_class[sum];
    return c;
}

#endif
