/* What each effort spends: one row of parameters, nothing else in the encoder asks for the effort.
 */
#ifndef SVAC2_ENC_EFFORT_H
#define SVAC2_ENC_EFFORT_H

#include <stdbool.h>
#include <stdint.h>

/* How levels are chosen: each at its least cost (enc/quantise.c); all together, where what they
 * stand for hangs on those before (enc/trellis.c). */
typedef enum sv_level_choice { SV_ONE_BY_ONE, SV_BY_TRELLIS } sv_level_choice;

typedef struct sv_effort {
    uint32_t cost;     /* of a CTU, as progress counts it (common/env.h) */
    int mode_step;     /* distance of the directions tried first: 4 or 8 */
    int modes_tried;   /* luma modes whose cost with each transform set is estimated */
    int trials;        /* pairs of these that get a full rate-distortion trial, */
    double pair_cut;   /* of an estimate up to so many times the least */
    int remembered;    /* best modes of a block that are tried again, 1..SV_REMEMBERED_MAX */
    int lines;         /* reference lines tried, 1..SV_REFERENCE_LINES */
    int chroma_tried;  /* chroma modes likewise */
    int quad_log2_min; /* no quad split of blocks of this side and below */
    int mtt_depth;     /* binary and ternary splits below each other, 0..SV_MTT_MAX_DEPTH */
    int mtt_log2_max;  /* largest side that is split in two or three */
    bool ternary;
    sv_level_choice choice;
    int tx_sets_tried;  /* transform sets of two bases, 1..SV_TX_SECONDARY */
    bool secondary;     /* secondary transforms, too */
    double skip_factor; /* no split is tried below lambda * this many bits of cost */
    bool as_written;    /* rows are priced with the contexts that they are written with, as many at
                           once as streams may be; else with those of a wave of eight rows */
    bool whole_trial;   /* mode "auto" tries both modes on the whole picture, not on a part of it */
} sv_effort;

const sv_effort *sv_effort_of(int effort);

#endif
