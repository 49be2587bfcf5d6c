/* What the residual of a block costs against a prediction. */
#ifndef SVAC2_ENC_TRIAL_H
#define SVAC2_ENC_TRIAL_H

#include "enc/search.h"

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
    const sv_component *component = &frame->layout.components.list[search->tree_index];
    bool tries = search->job->effort->secondary && sv_tx_choice(cu->log2_w, cu->log2_h);
    for (int i = 0; i < component->plane_count; i++) {
        tries &= frame->qp[component->first_plane + i] >= 0;
    }
    return tries;
}

#endif
