/* Signs by what lies beside a block.
 *
 * Along the top and the left border a picture tends to go on. What is missing there between the
 * samples beside the block and its prediction, in steps and as frequencies along the border, is the
 * sum of what the block's levels put there, plus an error of known variance. So each sign has a
 * log-likelihood ratio, and each one that is known makes the others' surer: a soft form of what
 * Henry and Clare proposed (JVET-D0031). The syntax codes signs by their class of it. */
#ifndef SVAC2_FORMAT_SIGN_WALK_H
#define SVAC2_FORMAT_SIGN_WALK_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "common/intmath.h"
#include "format/contexts.h"
#include "format/limits.h"

enum {
    SV_SIGN_MISMATCH_BITS = 8, /* mismatches are in 1/2^8 of a step, */
    SV_SIGN_MISMATCH_MAX = 1 << 15,
    SV_SIGN_SHARE_MAX = (1 << 13) - 1, /* and so is what a level puts there */
    SV_SIGN_CLASSES = 16,              /* of log-likelihood ratios */
    SV_SIGN_PLACES = 3, /* the first level, those of the first row or column, others */
    SV_SIGN_OPEN = 127, /* instead of a context: not foreseen */
    /* Levels that put less than 2^6 or 2^5 along both sides, a quarter or an eighth of a step, say
     * too little to be foreseen, and are of rank 0. Others have an octave each. */
    SV_SIGN_LEAST_LUMA = 6,
    SV_SIGN_LEAST_CHROMA = 5,
    SV_SIGN_RANKS = 10
};
static_assert((int)SV_CTX_SIGN_LUMA_END - (int)SV_CTX_SIGN_LUMA < (int)SV_SIGN_OPEN &&
                  (int)SV_CTX_SIGN_CB_END - (int)SV_CTX_SIGN_CB < (int)SV_SIGN_OPEN &&
                  (int)SV_CTX_SIGN_CR_END - (int)SV_CTX_SIGN_CR < (int)SV_SIGN_OPEN,
              "no context is taken for an open sign");
static_assert(2 * SV_SIGN_SHARE_MAX < 1 << (SV_SIGN_LEAST_CHROMA + SV_SIGN_RANKS - 1),
              "each octave has a rank");

/* The first context of a plane of a picture. */
static inline int sv_sign_context(int plane)
{
    return plane == 0 ? SV_CTX_SIGN_LUMA : plane == 1 ? SV_CTX_SIGN_CB : SV_CTX_SIGN_CR;
}

typedef struct sv_sign_side {
    const int16_t *first; /* of each basis function across the side its sample there, in 1/4096 */
    int shift;            /* from products of these and levels to mismatches */
    int32_t mismatch[SV_TX_MAX_COEFS]; /* by frequency along the side; less levels that are known */
    uint32_t variance[SV_TX_MAX_COEFS]; /* of that, as levels whose signs are unknown leave it */
} sv_sign_side;

/* A level that is not 0, and what its magnitude puts along both sides. */
typedef struct sv_sign_level {
    uint16_t place;
    int16_t top, left;
    uint16_t rank;
} sv_sign_level;

/* The signs of a plane of a block, in coding order. */
typedef struct sv_sign_walk {
    sv_sign_side top, left;
    sv_level *levels;        /* signs of those to come do not matter */
    const sv_level *earlier; /* of the plane before it in the block, or NULL */
    int log2_w, count;
    int foreseen; /* signs, the first ones; each of the others is a bit of its own */
    sv_sign_level order[SV_TX_MAX_COEFS * SV_TX_MAX_COEFS];
} sv_sign_walk;

/* What a level of a magnitude, not negative, puts along the side. */
static inline int16_t sv_sign_share(const sv_sign_side *side, int across, int magnitude)
{
    int32_t share = sv_min(magnitude, (1 << 12) - 1) * side->first[across] >> side->shift;
    return (int16_t)sv_min(share, SV_SIGN_SHARE_MAX);
}

/* By what a level puts along both sides; least: the octave of rank 1. The higher, the earlier its
 * sign is coded. */
static inline int sv_sign_rank(int32_t top, int32_t left, int least)
{
    return sv_max(sv_floor_log2((uint32_t)(top + left) | 1) - least + 1, 0);
}

/* Log-likelihood ratio of a level's sign in 1/8: above 0 for a positive one. The level itself
 * leaves the variance. */
static inline int32_t sv_sign_evidence(sv_sign_side *side, int along, int32_t share)
{
    side->variance[along] -= (uint32_t)(share * share);
    return share * side->mismatch[along] / (int32_t)(side->variance[along] >> 4);
}

static inline void sv_sign_settle(sv_sign_side *side, int along, int32_t share)
{
    side->mismatch[along] =
        sv_clip(side->mismatch[along] - share, -SV_SIGN_MISMATCH_MAX, SV_SIGN_MISMATCH_MAX);
}

/* A half octave each, the last one open. */
static inline int sv_sign_class(uint32_t evidence)
{
    const int octaves = sv_floor_log2(evidence | 2) - 1; /* beyond 2 and 3; 0 and 1 come before */
    return sv_min(2 * octaves + (int)(evidence >> octaves), SV_SIGN_CLASSES - 1);
}

/* A sign that is to be coded. */
typedef struct sv_sign {
    int context;   /* counted from sv_sign_context */
    int predicted; /* 1: negative */
    int x, y;
    sv_sign_level level;
} sv_sign;

static inline sv_sign sv_sign_at(sv_sign_walk *walk, int i)
{
    const sv_sign_level level = walk->order[i];
    const int y = level.place >> walk->log2_w, x = level.place - (y << walk->log2_w);
    sv_sign sign = {.x = x, .y = y, .level = level};
    int32_t evidence =
        sv_sign_evidence(&walk->top, x, level.top) + sv_sign_evidence(&walk->left, y, level.left);
    sign.predicted = evidence < 0;
    const int where = (x > 0) + (y > 0);
    const int class = sv_sign_class((uint32_t)abs(evidence));
    const int earlier = walk->earlier == NULL ? 0 : walk->earlier[level.place];
    if (earlier == 0) {
        sign.context = where * SV_SIGN_CLASSES + class;
    } else { /* classes of an octave */
        const int other = (earlier < 0) != sign.predicted;
        sign.context = (SV_SIGN_PLACES * (2 + other) + where) * (SV_SIGN_CLASSES / 2) + class / 2;
    }
    return sign;
}

/* The value or, where negative is 1, its opposite: no branch hangs on what nobody foresees. */
static inline int32_t sv_sign_give(int32_t value, int negative)
{
    return (value ^ -negative) + negative;
}

/* Takes a sign that is not foreseen. */
static inline void sv_sign_take_open(sv_sign_walk *walk, int i, int negative)
{
    sv_level *level = &walk->levels[walk->order[i].place];
    *level = sv_sign_give(abs(*level), negative);
}

/* Takes the sign, after sv_sign_at. */
static inline void sv_sign_take(sv_sign_walk *walk, const sv_sign *sign, int negative)
{
    const sv_sign_level *share = &sign->level;
    sv_level *level = &walk->levels[share->place];
    *level = sv_sign_give(abs(*level), negative);
    sv_sign_settle(&walk->top, sign->x, sv_sign_give(share->top, negative));
    sv_sign_settle(&walk->left, sign->y, sv_sign_give(share->left, negative));
}

#endif
