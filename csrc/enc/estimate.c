#include "enc/estimate.h"

#include "common/intmath.h"
#include "enc/quantise.h"
#include "format/secondary.h"

#include <math.h>

/* What a coefficient's level costs, error included, in bits, and how much more for each step of its
 * size: fitted to what trials of tuning pictures cost. */
static const double LEVEL_BITS = 4, LEVEL_BITS_PER_STEP = 0.35;

static void set_level_costs(sv_estimator *estimator)
{
    const sv_luma_block *block = estimator->block;
    const sv_search_job *job = block->search->job;
    const sv_frame *frame = block->search->frame;
    const sv_format format = frame->dsp.format;
    const int log2_w = block->cu->log2_w, log2_h = block->cu->log2_h;
    const bool wide = sv_is_wide(format);
    const sv_quantiser quantiser =
        sv_quantiser_of(format, SV_QUANTISATION_PLAIN, frame->qp[block->plane], log2_w, log2_h);
    const int scale = 2 * sv_coefficient_scale(format, log2_w, log2_h);
    const double bit = ldexp(job->lambda / job->weight[block->plane], scale);
    const double slope = 16 * LEVEL_BITS_PER_STEP * bit / sv_step_size(quantiser);
    const int64_t base_limit = wide ? (int64_t)1 << 50 : 1 << 30;
    const int64_t slope_limit = wide ? 1 << 30 : 1 << 15;
    estimator->level_base = (int64_t)fmin(LEVEL_BITS * bit, (double)(base_limit - 1));
    estimator->level_slope = (int64_t)fmin(slope, (double)(slope_limit - 1));
    estimator->unit = ldexp(1, -scale);
}

static uint64_t price_set(const sv_luma_block *block, int tx)
{
    const sv_search *search = block->search;
    sv_cu cu = *block->cu;
    /* Levels of secondary transforms lie in the first corner, others will be beyond. */
    const int extent = tx >= SV_TX_SECONDARY ? 4 : 8;
    cu.tx = (uint8_t)tx;
    cu.cbf = 1;
    cu.extent_w[0] = (uint8_t)sv_min(extent, 1 << cu.log2_w);
    cu.extent_h[0] = (uint8_t)sv_min(extent, 1 << cu.log2_h);
    return sv_price_tx_set(&search->contexts, &search->frame->layout, &cu, search->tree_index);
}

void sv_estimator_start(sv_estimator *estimator, const sv_luma_block *block,
                        const sv_set_list *list)
{
    estimator->block = block;
    estimator->list = list;
    set_level_costs(estimator);
    for (int i = 0; i < list->count; i++) {
        estimator->bits[i] = list->count > 1 ? price_set(block, list->sets[i]) : 0;
    }
}

/* By how much levels lessen the cost, in squared samples. */
static double gain_of(const sv_estimator *estimator, const sv_coefs *coefs, int count)
{
    const sv_dsp *dsp = &estimator->block->search->frame->dsp;
    const int64_t base = estimator->level_base, slope = estimator->level_slope;
    const uint64_t gain = sv_is_wide(dsp->format)
                              ? dsp->squares_above_wide(coefs->wide, count, base, slope)
                              : dsp->squares_above(coefs->narrow, count, base, slope);
    return (double)gain * estimator->unit;
}

/* What levels of DCT-2's coefficients in a secondary transform gain. */
static double gain_of_secondary(const sv_estimator *estimator, const sv_coefs *dct2,
                                const sv_cu *cu)
{
    sv_coefs kept;
    sv_transform_secondary(&estimator->block->search->frame->dsp, &kept, dct2, cu);
    return gain_of(estimator, &kept, SV_SECONDARY_KEPT);
}

void sv_estimate(const sv_estimator *estimator, const sv_candidate *mode, double *costs)
{
    const sv_luma_block *block = estimator->block;
    sv_search *search = block->search;
    const sv_dsp *dsp = &search->frame->dsp;
    sv_cu cu = *block->cu;
    const int width = 1 << cu.log2_w, height = 1 << cu.log2_h;
    const int count = (int)sv_level_area(cu.log2_w, cu.log2_h);
    const double error =
        (double)dsp->sse(block->original, block->stride, block->prediction, width, width, height);
    sv_block_residual *residual = &search->scratch.residual;
    sv_coefs *dct2 = &search->scratch.coefs, other;
    sv_half_coefs half;
    int vertical = -1; /* basis of what is in there */
    sv_block_residual_of(dsp, residual, block->original, block->stride, block->prediction, &cu);
    cu.mode = mode->mode;
    for (int i = 0; i < estimator->list->count; i++) {
        double gain;
        cu.tx = estimator->list->sets[i];
        if (cu.tx >= SV_TX_SECONDARY) {
            gain = gain_of_secondary(estimator, dct2, &cu);
        } else {
            sv_coefs *coefs = cu.tx == SV_TX_DCT2 ? dct2 : &other;
            if (vertical != (int)sv_vertical_basis(cu.tx)) {
                vertical = (int)sv_vertical_basis(cu.tx);
                sv_transform_columns(dsp, &half, residual, &cu);
            }
            sv_transform_rows(dsp, coefs, &half, &cu);
            gain = gain_of(estimator, coefs, count);
        }
        costs[i] = search->job->weight[block->plane] * (error - gain) +
                   sv_rate_cost(search, mode->price + estimator->bits[i]);
    }
}
