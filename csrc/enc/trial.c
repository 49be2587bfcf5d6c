#include "enc/trial.h"

#include "enc/quantise.h"

#include <math.h>
#include <string.h>

/* Transforms round: what coefficients say of an error is good to about 2^-12 of that of the
 * prediction. What seems to be less than this share of it is measured. */
static const double TRUSTED_ERROR = 1.0 / 512;

/* Squared error of one plane of the block as a decoder will reconstruct it. */
static double coded_error(const sv_quantise_task *task, const sv_cu *cu, int plane,
                          const uint16_t *prediction, const sv_level *levels,
                          const sv_plane *source)
{
    uint16_t samples[SV_CTU_SIZE * SV_CTU_SIZE];
    int width = 1 << cu->log2_w, height = 1 << cu->log2_h;
    memcpy(samples, prediction, (size_t)(width * height) * sizeof *samples);
    sv_residual_add(task->dsp, levels, cu, plane, task->quantiser, samples, width);
    return (double)task->dsp->sse(source->data + cu->y * source->stride + cu->x, source->stride,
                                  samples, width, width, height);
}

double sv_try_residual(sv_search *search, sv_cu *cu, int plane, const uint16_t *prediction,
                       sv_level *levels, bool *beyond_first)
{
    const sv_search_job *job = search->job;
    const sv_frame *frame = search->frame;
    const sv_layout *layout = &frame->layout;
    const sv_dsp *dsp = &frame->dsp;
    sv_block_scratch *scratch = &search->scratch;
    const int tree = search->tree_index;
    const sv_component *component = &layout->components.list[tree];
    const sv_coding coding = (sv_coding)component->coding;
    const int index = component->first_plane + plane;
    const sv_plane *source = &job->source->planes[index];
    const uint16_t *original = source->data + cu->y * source->stride + cu->x;
    int width = 1 << cu->log2_w, height = 1 << cu->log2_h;
    double weight = job->weight[index];
    sv_block_residual_of(dsp, &scratch->residual, original, source->stride, prediction, cu);
    sv_transform_forward(dsp, &scratch->coefs, &scratch->residual, cu);
    if (frame->qp[index] < 0) {
        sv_transform_correct(dsp, scratch->coefs.wide, scratch->residual.wide, cu);
    }
    sv_quantise_task task = {.trellis = &scratch->trellis,
                             .dsp = dsp,
                             .contexts = &search->contexts,
                             .version = search->journal.version,
                             .plane = index,
                             .coefs = &scratch->coefs,
                             .log2_w = cu->log2_w,
                             .log2_h = cu->log2_h,
                             .coding = coding,
                             .last = sv_last_sites_of(layout, cu, tree, plane),
                             .quantiser = sv_quantiser_of(dsp->format, layout->quantisation,
                                                          frame->qp[index], cu->log2_w, cu->log2_h),
                             .lambda = job->lambda / weight,
                             .choice = job->effort->choice};
    double error = (double)dsp->sse(original, source->stride, prediction, width, width, height);
    cu->cbf = (uint8_t)(cu->cbf & ~(1u << plane));
    double zero_cost = weight * error + sv_rate_cost(search, sv_price_cbf(&search->contexts, layout,
                                                                          cu, tree, plane));
    double gain;
    *beyond_first = false;
    if (!sv_quantise(&task, levels, &gain)) {
        return zero_cost;
    }
    cu->cbf = (uint8_t)(cu->cbf | 1u << plane);
    uint64_t bits =
        sv_price_cbf(&search->contexts, layout, cu, tree, plane) +
        sv_price_levels(&search->contexts, layout, cu, tree, plane, levels, beyond_first);
    if (coding == SV_CODING_LUMA) {
        if (*beyond_first && sv_tx_choice(cu->log2_w, cu->log2_h)) {
            bits += sv_price_tx_set(&search->contexts, layout, cu, tree);
        } else if (cu->tx != SV_TX_DCT2) {
            return INFINITY;
        }
    }
    double left = error - gain;
    if (left < TRUSTED_ERROR * error) {
        left = coded_error(&task, cu, plane, prediction, levels, source);
    }
    double cost = weight * left + sv_rate_cost(search, bits);
    if (cost < zero_cost) {
        return cost;
    }
    cu->cbf = (uint8_t)(cu->cbf & ~(1u << plane));
    *beyond_first = false;
    return zero_cost;
}
