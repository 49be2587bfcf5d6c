/* What the residual of a block costs against a prediction. */
#ifndef SVAC2_ENC_TRIAL_H
#define SVAC2_ENC_TRIAL_H

#include "enc/search.h"
#include "format/secondary.h"

/* Transforms and quantises one plane of a block against a prediction; returns weighted error plus
 * lambda times the price of its levels, coded-block flag and, of luma, transform set, and sets the
 * flag in *cu; *beyond_first: whether there are levels but the first. A set that the syntax could
 * not express for the levels of luma costs INFINITY. */
double sv_try_residual(sv_search *search, sv_cu *cu, int plane, const uint16_t *prediction,
                       sv_level *levels, bool *beyond_first);

/* Whether a block tries secondary transforms: not below qp 0, where coefficients are corrected
 * (recon/residual.h). */
static inline bool sv_tries_secondary(const sv_search *search, const sv_cu *cu)
{
    const sv_frame *frame = search->frame;
    int plane = frame->layout.components.list[search->tree_index].first_plane;
    return search->job->effort->secondary && sv_tx_choice(cu->log2_w, cu->log2_h) &&
           frame->qp[plane] >= 0;
}

/* Whether these may be better than what the block has chosen: they leave out what lies beyond their
 * corner. */
static inline bool sv_secondary_may_pay(const sv_cu *cu)
{
    return cu->cbf != 0 && cu->tx < SV_TX_SECONDARY && sv_levels_within(cu, SV_SECONDARY_SIDE);
}

#endif
