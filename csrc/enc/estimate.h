/* About what a luma block costs with a mode and each transform set: the residual by the size of its
 * coefficients alone, without flag. */
#ifndef SVAC2_ENC_ESTIMATE_H
#define SVAC2_ENC_ESTIMATE_H

#include "enc/luma_modes.h"

/* Transform sets that modes of a block are paired with, DCT-2 first. */
typedef struct sv_set_list {
    int count;
    uint8_t sets[SV_TX_SECONDARY_2 + 1];
} sv_set_list;

/* What the modes of a block share. */
typedef struct sv_estimator {
    const sv_luma_block *block;
    const sv_set_list *list;
    uint64_t bits[SV_TX_SECONDARY_2 + 1]; /* of the sets */
    int64_t level_base, level_slope;      /* what a level costs, in squared coefficients */
    double unit;                          /* of these, in squared samples */
} sv_estimator;

void sv_estimator_start(sv_estimator *estimator, const sv_luma_block *block,
                        const sv_set_list *list);

/* The costs with these sets of the mode, which has been predicted. */
void sv_estimate(const sv_estimator *estimator, const sv_candidate *mode, double *costs);

#endif
