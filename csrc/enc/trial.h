/* What the residual of a block costs against a prediction. */
#ifndef SVAC2_ENC_TRIAL_H
#define SVAC2_ENC_TRIAL_H

#include "enc/search.h"

/* A plane of a block: what is to be coded, and what is to find out. */
typedef struct sv_plane_trial {
    const uint16_t *original;
    ptrdiff_t stride;
    const uint16_t *prediction; /* packed */
    double weight;              /* of the squared error */
    int slot;                   /* enc/quantise.h */
    uint64_t bits;              /* found: the price of its levels and all that hangs on them */
    bool beyond_first;          /* there are levels but the first */
} sv_plane_trial;

/* Of the source. */
sv_plane_trial sv_plane_trial_of(const sv_search *search, const sv_cu *cu, int plane,
                                 const uint16_t *prediction);

/* samples = prediction + residual, packed. */
void sv_reconstruct(uint16_t *samples, const uint16_t *prediction, const sv_dsp *dsp,
                    const sv_block_residual *residual, const sv_cu *cu);

/* Transforms and quantises one plane of a block against a prediction; returns weighted error plus
 * lambda times the price of its levels, coded-block flag and, of luma, transform set, and sets the
 * flag in *cu. A set that the syntax could not express for the levels of luma costs INFINITY. */
double sv_try_residual(sv_search *search, sv_cu *cu, int plane, sv_plane_trial *trial,
                       sv_level *levels);

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
