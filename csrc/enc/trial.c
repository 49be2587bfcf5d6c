#include "enc/trial.h"

#include "enc/quantise.h"

#include <math.h>
#include <string.h>

/* Transforms round: what coefficients say of an error is good to about 2^-12 of that of the
 * prediction. What seems to be less than this share of it is measured. */
static const double TRUSTED_ERROR = 1.0 / 512;

/* What a coefficient's level costs, error included, in bits, and how much more for each step of its
 * size: fitted to what trials of tuning pictures cost. */
static const double LEVEL_BITS = 4, LEVEL_BITS_PER_STEP = 0.35;

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
    sv_transform_forward(dsp, &scratch->coefs, original, source->stride, prediction, cu);
    if (frame->qp[index] < 0) {
        sv_transform_correct(dsp, scratch->coefs.wide, original, source->stride, prediction, cu);
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

double sv_estimate_residual(sv_search *search, const sv_cu *cu, int plane,
                            const uint16_t *prediction)
{
    const sv_search_job *job = search->job;
    const sv_frame *frame = search->frame;
    const sv_dsp *dsp = &frame->dsp;
    const bool wide = sv_is_wide(dsp->format);
    const int index = frame->layout.components.list[search->tree_index].first_plane + plane;
    const sv_plane *source = &job->source->planes[index];
    const uint16_t *original = source->data + cu->y * source->stride + cu->x;
    sv_coefs *coefs = &search->scratch.coefs;
    sv_transform_forward(dsp, coefs, original, source->stride, prediction, cu);
    sv_quantiser quantiser = sv_quantiser_of(dsp->format, SV_QUANTISATION_PLAIN, frame->qp[index],
                                             cu->log2_w, cu->log2_h);
    int scale = 2 * sv_coefficient_scale(dsp->format, cu->log2_w, cu->log2_h);
    double bit = ldexp(job->lambda / job->weight[index], scale); /* in squared coefficients */
    double slope = 16 * LEVEL_BITS_PER_STEP * bit * ldexp(1, quantiser.shift) / quantiser.factor;
    int64_t base_limit = wide ? (int64_t)1 << 50 : 1 << 30, slope_limit = wide ? 1 << 30 : 1 << 15;
    int64_t whole_base = (int64_t)fmin(LEVEL_BITS * bit, (double)(base_limit - 1));
    int64_t whole_slope = (int64_t)fmin(slope, (double)(slope_limit - 1));
    int count = (int)sv_level_area(cu->log2_w, cu->log2_h);
    uint64_t gain = wide ? dsp->squares_above_wide(coefs->wide, count, whole_base, whole_slope)
                         : dsp->squares_above(coefs->narrow, count, whole_base, whole_slope);
    double error = (double)dsp->sse(original, source->stride, prediction, 1 << cu->log2_w,
                                    1 << cu->log2_w, 1 << cu->log2_h);
    return job->weight[index] * (error - ldexp((double)gain, -scale));
}
