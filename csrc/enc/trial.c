#include "enc/trial.h"

#include "enc/quantise.h"
#include "recon/block.h"

#include <math.h>
#include <string.h>

/* Transforms round: what coefficients say of an error is good to about 2^-12 of that of the
 * prediction. What seems to be less than this share of it is measured. */
static const double TRUSTED_ERROR = 1.0 / 512;

/* What the choice of levels takes for lambda, in lambdas: it weighs luma's bits less and chroma's
 * more than the choice of modes and splits does. Tuned together with the quantisers of chroma
 * (enc/layer.c). */
static const double LEVEL_LAMBDA[] = {[SV_CODING_LUMA] = 0.9, [SV_CODING_CHROMA] = 1.15};

sv_plane_trial sv_plane_trial_of(const sv_search *search, const sv_cu *cu, int plane,
                                 const uint16_t *prediction)
{
    const sv_component *component = &search->frame->layout.components.list[search->tree_index];
    const int index = component->first_plane + plane;
    const sv_plane *source = &search->job->source->planes[index];
    return (sv_plane_trial){.original = source->data + cu->y * source->stride + cu->x,
                            .stride = source->stride,
                            .prediction = prediction,
                            .weight = search->job->weight[index],
                            .slot = index};
}

void sv_reconstruct(uint16_t *samples, const uint16_t *prediction, const sv_dsp *dsp,
                    const sv_block_residual *residual, const sv_cu *cu)
{
    memcpy(samples, prediction, sizeof *samples << (cu->log2_w + cu->log2_h));
    sv_residual_add(dsp, residual, cu, samples, (ptrdiff_t)1 << cu->log2_w);
}

/* Squared error of one plane of the block as a decoder will reconstruct it. */
static double coded_error(const sv_quantise_task *task, const sv_cu *cu, int plane,
                          const sv_plane_trial *trial, const sv_level *levels)
{
    uint16_t samples[SV_CTU_SIZE * SV_CTU_SIZE];
    int width = 1 << cu->log2_w, height = 1 << cu->log2_h;
    sv_block_residual residual;
    sv_residual_of_levels(task->dsp, &residual, levels, cu, plane, task->quantiser);
    sv_reconstruct(samples, trial->prediction, task->dsp, &residual, cu);
    return (double)task->dsp->sse(trial->original, trial->stride, samples, width, width, height);
}

/* Coefficients of what the prediction leaves, into the scratch; index: of the plane in the picture.
 */
static void transform(sv_search *search, const sv_cu *cu, int index, const sv_plane_trial *trial)
{
    const sv_frame *frame = search->frame;
    const sv_dsp *dsp = &frame->dsp;
    sv_block_scratch *scratch = &search->scratch;
    sv_block_residual_of(dsp, &scratch->residual, trial->original, trial->stride, trial->prediction,
                         cu);
    sv_transform_forward(dsp, &scratch->coefs, &scratch->residual, cu);
    if (frame->qp[index] < 0) {
        sv_transform_correct(dsp, scratch->coefs.wide, scratch->residual.wide, cu);
    }
}

static sv_quantise_task task_of(sv_search *search, const sv_cu *cu, int plane,
                                const sv_plane_trial *trial)
{
    const sv_frame *frame = search->frame;
    const sv_layout *layout = &frame->layout;
    const sv_component *component = &layout->components.list[search->tree_index];
    return (sv_quantise_task){
        .trellis = &search->scratch.trellis,
        .dsp = &frame->dsp,
        .contexts = &search->contexts,
        .version = search->journal.version,
        .slot = trial->slot,
        .coefs = &search->scratch.coefs,
        .log2_w = cu->log2_w,
        .log2_h = cu->log2_h,
        .coding = (sv_coding)component->coding,
        .last = sv_last_sites_of(layout, cu, search->tree_index, plane),
        .quantiser = sv_block_quantiser(frame, component->first_plane + plane, cu),
        .lambda = LEVEL_LAMBDA[component->coding] * search->job->lambda / trial->weight,
        .choice = search->job->effort->choice};
}

/* The price of the plane's levels and what hangs on them; UINT64_MAX where the syntax could not
 * express the transform set of luma. */
static uint64_t price_residual(const sv_search *search, sv_cu *cu, int plane, sv_plane_trial *trial,
                               sv_level *levels)
{
    const sv_layout *layout = &search->frame->layout;
    const int tree = search->tree_index;
    const uint64_t bits =
        sv_price_cbf(&search->contexts, layout, cu, tree, plane) +
        sv_price_levels(&search->contexts, layout, cu, tree, plane, levels, &trial->beyond_first);
    if (layout->components.list[tree].coding != SV_CODING_LUMA) {
        return bits;
    }
    if (trial->beyond_first && sv_tx_choice(cu->log2_w, cu->log2_h)) {
        return bits + sv_price_tx_set(&search->contexts, layout, cu, tree);
    }
    return cu->tx == SV_TX_DCT2 ? bits : UINT64_MAX;
}

double sv_try_residual(sv_search *search, sv_cu *cu, int plane, sv_plane_trial *trial,
                       sv_level *levels)
{
    const sv_layout *layout = &search->frame->layout;
    const sv_component *component = &layout->components.list[search->tree_index];
    const sv_dsp *dsp = &search->frame->dsp;
    const int width = 1 << cu->log2_w, height = 1 << cu->log2_h;
    const double error =
        (double)dsp->sse(trial->original, trial->stride, trial->prediction, width, width, height);
    const sv_quantise_task task = task_of(search, cu, plane, trial);
    transform(search, cu, component->first_plane + plane, trial);
    cu->cbf = (uint8_t)(cu->cbf & ~(1u << plane));
    trial->beyond_first = false;
    trial->bits = sv_price_cbf(&search->contexts, layout, cu, search->tree_index, plane);
    const double zero_cost = trial->weight * error + sv_rate_cost(search, trial->bits);
    double gain;
    if (!sv_quantise(&task, levels, &gain)) {
        return zero_cost;
    }
    cu->cbf = (uint8_t)(cu->cbf | 1u << plane);
    const uint64_t bits = price_residual(search, cu, plane, trial, levels);
    if (bits == UINT64_MAX) {
        return INFINITY;
    }
    double left = error - gain;
    if (left < TRUSTED_ERROR * error) {
        left = coded_error(&task, cu, plane, trial, levels);
    }
    const double cost = trial->weight * left + sv_rate_cost(search, bits);
    if (cost < zero_cost) {
        trial->bits = bits;
        return cost;
    }
    cu->cbf = (uint8_t)(cu->cbf & ~(1u << plane));
    trial->beyond_first = false;
    return zero_cost;
}
