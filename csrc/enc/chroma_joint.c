#include "enc/chroma_joint.h"

#include "common/intmath.h"
#include "enc/trial.h"
#include "format/cross.h"
#include "recon/block.h"

#include <math.h>

/* A joint residual is tried where planes correlate that much, squared, and what is left of them
 * costs more than that many bits. */
static const double LEAST_COMMON = 0.2, LEAST_BITS = 8;

/* What the predictions leave of both planes. */
typedef struct residual_pair {
    sv_block_residual cb, cr;
} residual_pair;

/* Sum of products of two residuals of a block. */
static double product_of(const sv_dsp *dsp, const sv_block_residual *a, const sv_block_residual *b,
                         const sv_cu *cu)
{
    const int count = 1 << (cu->log2_w + cu->log2_h);
    int64_t sum = 0;
    if (!sv_is_wide(dsp->format)) {
        return (double)dsp->dot(a->narrow, b->narrow, count);
    }
    for (int i = 0; i < count; i++) {
        sum += (int64_t)a->wide[i] * b->wide[i];
    }
    return (double)sum;
}

/* The factor along which weighted residuals of both planes spread most; 0 where they do not. */
static int choose_cross(const sv_search *search, const residual_pair *pair, const sv_cu *cu,
                        const sv_plane_trial trials[2])
{
    const sv_dsp *dsp = &search->frame->dsp;
    const double cb = trials[0].weight * product_of(dsp, &pair->cb, &pair->cb, cu);
    const double cr = trials[1].weight * product_of(dsp, &pair->cr, &pair->cr, cu);
    const double both =
        sqrt(trials[0].weight * trials[1].weight) * product_of(dsp, &pair->cb, &pair->cr, cu);
    if (both >= 0 || both * both < LEAST_COMMON * cb * cr ||
        cb + cr < LEAST_BITS * search->job->lambda) {
        return 0;
    }
    const double half = (cr - cb) / 2, larger = half + sqrt(half * half + both * both);
    const double slope = larger / both * sqrt(trials[0].weight / trials[1].weight);
    const double units = fmin(-slope * (1 << SV_CROSS_UNIT_LOG2) + 0.5, SV_CROSS_COUNT);
    return sv_max((int)units - 1, 0);
}

/* What Cb is to be coded as, so that both planes have the least error, which weighs as much more.
 */
static sv_plane_trial joint_target(uint16_t *target, const residual_pair *pair, const sv_cu *cu,
                                   const sv_plane_trial trials[2], const sv_format *format)
{
    enum { SHIFT = 12, HALF = 1 << (SHIFT - 1) };
    const bool wide = sv_is_wide(*format);
    const double factor = (double)sv_cross_factor(cu->cross) / (1 << SV_CROSS_UNIT_LOG2);
    const double weight = trials[0].weight + factor * factor * trials[1].weight;
    const int of_cb = (int)(trials[0].weight / weight * (1 << SHIFT));
    const int of_cr = (int)(factor * trials[1].weight / weight * (1 << SHIFT));
    for (int i = 0; i < 1 << (cu->log2_w + cu->log2_h); i++) {
        const int cb = wide ? pair->cb.wide[i] : pair->cb.narrow[i];
        const int cr = wide ? pair->cr.wide[i] : pair->cr.narrow[i];
        const int moved = trials[0].prediction[i] + ((of_cb * cb + of_cr * cr + HALF) >> SHIFT);
        target[i] = (uint16_t)sv_clip(moved, 0, format->max);
    }
    return (sv_plane_trial){.original = target,
                            .stride = (ptrdiff_t)1 << cu->log2_w,
                            .prediction = trials[0].prediction,
                            .weight = weight,
                            .slot = SV_SLOT_JOINT};
}

/* What Cb's levels make of both predictions. */
static void add_decoded(sv_search *search, const sv_cu *cu, const sv_level *levels)
{
    const sv_frame *frame = search->frame;
    const sv_dsp *dsp = &frame->dsp;
    sv_block_scratch *scratch = &search->scratch;
    const int cb = frame->layout.components.list[search->tree_index].first_plane;
    sv_residual_of_levels(dsp, &scratch->residual, levels, cu, 0,
                          sv_block_quantiser(frame, cb, cu));
    sv_reconstruct(scratch->joint[0], scratch->prediction[0], dsp, &scratch->residual, cu);
    sv_residual_scale(dsp, &scratch->residual, sv_cross_factor(cu->cross), cu);
    sv_reconstruct(scratch->joint[1], scratch->prediction[1], dsp, &scratch->residual, cu);
}

double sv_try_joint(sv_search *search, sv_cu *cu, sv_level *levels, sv_chroma_trial *trial)
{
    const int width = 1 << cu->log2_w, height = 1 << cu->log2_h;
    const sv_dsp *dsp = &search->frame->dsp;
    sv_block_scratch *scratch = &search->scratch;
    const sv_plane_trial trials[2] = {sv_plane_trial_of(search, cu, 0, scratch->prediction[0]),
                                      sv_plane_trial_of(search, cu, 1, scratch->prediction[1])};
    residual_pair pair;
    sv_block_residual_of(dsp, &pair.cb, trials[0].original, trials[0].stride, trials[0].prediction,
                         cu);
    sv_block_residual_of(dsp, &pair.cr, trials[1].original, trials[1].stride, trials[1].prediction,
                         cu);
    cu->cross = (uint8_t)choose_cross(search, &pair, cu, trials);
    if (cu->cross == 0) {
        return INFINITY;
    }
    sv_plane_trial both = joint_target(scratch->joint[0], &pair, cu, trials, &dsp->format);
    trial->cb_cost = sv_try_residual(search, cu, 0, &both, levels);
    if (!(cu->cbf & 1) || trial->cb_cost > trial->cb_limit) {
        return INFINITY;
    }
    add_decoded(search, cu, levels);
    sv_plane_trial rest = trials[1];
    rest.prediction = scratch->joint[1];
    const double cost_of_cr =
        sv_try_residual(search, cu, 1, &rest, levels + sv_level_area(cu->log2_w, cu->log2_h));
    const double error_of_cb = (double)dsp->sse(trials[0].original, trials[0].stride,
                                                scratch->joint[0], width, width, height);
    trial->beyond_first = both.beyond_first || rest.beyond_first;
    return cost_of_cr + trials[0].weight * error_of_cb +
           sv_rate_cost(search,
                        both.bits + sv_price_cross(&search->contexts, &search->frame->layout, cu));
}
