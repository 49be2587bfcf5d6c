/* What the kernel of the trellis of dependent quantisation works on (enc/trellis.c): the cheapest
 * ways to all states side by side. */
#ifndef SVAC2_DSP_TRELLIS_H
#define SVAC2_DSP_TRELLIS_H

#include <stdbool.h>
#include <stdint.h>

#include "format/residual_context.h"

enum {
    SV_TRELLIS_COST_BITS = 12,              /* costs are in 1/2^12 squared steps */
    SV_TRELLIS_NO_WAY = 1 << 30,            /* the cost of a state that nothing leads to */
    SV_TRELLIS_NO_LEVEL = 1 << 29,          /* of a multiple that is not to be had */
    SV_TRELLIS_ERROR_MAX = 1 << 26,         /* errors count as no more */
    SV_TRELLIS_BEGUN = SV_STATES,           /* the entry of a way that begins in the group */
    SV_TRELLIS_VALUE_MAX = INT32_MAX - 255, /* of a coefficient, in its units */
    SV_TRELLIS_CANDIDATES = 4               /* multiples, one of each remainder by 4 */
};

/* Costs of whether a level is zero, by the kind of state and the class of the sum around it. */
typedef struct sv_trellis_significance {
    int32_t zero[SV_STATE_KINDS][8], some[SV_STATE_KINDS][8];
} sv_trellis_significance;

/* Where the next level lies, and what it may be. */
typedef struct sv_trellis_place {
    int position; /* in its group's scan */
    bool levels;  /* it may be other than 0, */
    bool certain; /* and has to be where none was found in the group */
    int32_t zero_error;
    const sv_trellis_significance *significance;
    int32_t multiples[SV_TRELLIS_CANDIDATES];
    /* What each costs: by the class of the excess, and whatever that is. */
    const int32_t *costs[SV_TRELLIS_CANDIDATES];
    int32_t fixed[SV_TRELLIS_CANDIDATES];
    int32_t begin[2]; /* costs of the block's last level being here: the multiples 0 and 2 */
} sv_trellis_place;

/* The levels that the ways to the states took at a place: 0, or a multiple, and the node of the
 * level before it. A node is the number of the step times SV_STATES plus the state. */
typedef struct sv_trellis_nodes {
    int32_t before[SV_STATES], multiples[SV_STATES];
} sv_trellis_nodes;

typedef struct sv_trellis_ways {
    int32_t costs[SV_STATES];
    int32_t nodes[SV_STATES];                  /* of the levels taken last; -1: none */
    uint16_t found[SV_STATES];                 /* 1: there is a level in the group */
    uint16_t entries[SV_STATES];               /* the states that they entered the group in */
    uint16_t around[SV_GROUP_AREA][SV_STATES]; /* of its places (format/residual_context.h) */
} sv_trellis_ways;

/* Positions around which a position of a group's scan lies, a bit each. */
static const uint16_t sv_around_of[SV_GROUP_AREA] = {0x0000, 0x0001, 0x0001, 0x0003, 0x0007, 0x0005,
                                                     0x000a, 0x001e, 0x0036, 0x0024, 0x00d8, 0x01b8,
                                                     0x0330, 0x0dc0, 0x1b80, 0x7c00};

/* The states from which a zero or another even magnitude, and an odd one, lead to each state
 * (sv_next_state). */
static const int32_t sv_even_from[SV_STATES] = {0, 2, 4, 6, 5, 1, 3, 7};
static const int32_t sv_odd_from[SV_STATES] = {4, 6, 0, 2, 3, 7, 5, 1};

#endif
