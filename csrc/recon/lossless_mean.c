/* The mean of a sample: linear predictions from its neighbours, by experts that differ in what
 * their weights are fitted to, weighed by how they did around. */
#include <stdlib.h>
#include <string.h>

#include "common/intmath.h"
#include "recon/lossless.h"

const sv_neighbour sv_own_taps[SV_OWN_TAPS_MAX] = {
    {0, 1},  {-1, 1}, {1, 1},  {-2, 0}, {0, 2}, {1, 2},  {-1, 2},
    {-2, 1}, {2, 1},  {-3, 0}, {0, 3},  {2, 2}, {-2, 2},
};
const sv_neighbour sv_other_taps[SV_OTHER_TAPS_MAX] = {
    {0, 0}, {0, 1}, {-1, 1}, {1, 1}, {-2, 0}, {0, 2}, {1, 0}, {2, 0},
};

static int other_count(const sv_lossless *l)
{
    return l->header.by_pixel ? sv_min(l->level->other, SV_OTHER_TAPS_BY_PIXEL) : l->level->other;
}

static sv_linear_window window_of(const sv_lossless *l, int expert)
{
    static const sv_linear_window windows[SV_EXPERTS_MAX] = {{2, 2, false}, {4, 4, false}};
    const bool last = expert == l->level->experts - 1;
    return last && l->header.by_parity ? (sv_linear_window){3, 3, true} : windows[expert];
}

svac2_status sv_lossless_create_experts(sv_lossless *lossless, int plane, svac2_error *error)
{
    sv_lossless_plane *p = &lossless->planes[plane];
    p->taps = lossless->level->own + plane * other_count(lossless) +
              (lossless->header.from_below ? SV_BELOW_TAPS : 0);
    p->expert_count = lossless->level->experts;
    p->segment.by_parity = lossless->header.by_parity;
    for (int i = 0; i < p->expert_count; i++) {
        SV_TRY(sv_sample_rows_create(&p->expert_errors[i], lossless->width, error));
        SV_TRY(sv_linear_create(&p->experts[i], window_of(lossless, i), p->taps, lossless->width,
                                error));
    }
    return SVAC2_OK;
}

void sv_lossless_start_experts(sv_lossless *lossless, int plane)
{
    sv_lossless_plane *p = &lossless->planes[plane];
    p->fitted = -1;
    for (int k = 0; k < p->expert_count; k++) {
        sv_linear_start_row(&p->experts[k]);
    }
}

/* ---- Prediction ---- */

/* By how many bits differences of samples are cut to fit the inputs. */
static int input_shift(const sv_lossless *l) { return sv_max(0, l->depth - 14); }

static void gather_from(int16_t *to, const int32_t *at, const int32_t *offsets, int count,
                        int shift)
{
    const int32_t base = at[-1];
    for (int i = 0; i < count; i++) {
        to[i] = (int16_t)((at[offsets[i]] - base) >> shift);
    }
}

/* The layer below tells how the picture goes on, and how far it is from it. */
static void gather_below(int16_t *to, const sv_sample_rows *below, int x, int32_t base, int shift)
{
    const int32_t *here = below->rows[0] + x, *above = below->rows[1] + x,
                  *after = below->rows[2] + x;
    const int32_t left = here[-1];
    const int32_t inputs[SV_BELOW_TAPS] = {here[0] - left, here[1] - left, above[0] - left,
                                           after[0] - left, left - base};
    for (int i = 0; i < SV_BELOW_TAPS; i++) {
        to[i] = (int16_t)(inputs[i] >> shift);
    }
}

/* All as differences from the sample to the left, in its plane. */
static void gather(sv_lossless *l, int plane, int x)
{
    sv_lossless_plane *p = &l->planes[plane];
    const int shift = input_shift(l), others = other_count(l);
    int16_t *to = p->inputs;
    p->base = p->samples.rows[0][x - 1];
    gather_from(to, p->samples.rows[0] + x, l->own_offsets, l->level->own, shift);
    to += l->level->own;
    for (int q = 0; q < plane; q++, to += others) {
        gather_from(to, l->planes[q].samples.rows[0] + x, l->other_offsets, others, shift);
    }
    if (l->header.from_below) {
        gather_below(to, &p->below, x, p->base, shift);
    }
}

/* count: a multiple of 8, beyond the taps' weights are zeros. */
static int apply(const int16_t *weights, const int16_t *inputs, int count)
{
    int sum = 0;
    for (int i = 0; i < count; i++) {
        sum += weights[i] * inputs[i];
    }
    return sum;
}

/* What an expert has missed around, with room for a quotient. */
static int recent_error(const sv_sample_rows *errors, int x)
{
    const int32_t *here = errors->rows[0] + x, *above = errors->rows[1] + x;
    return 2 * here[-1] + 2 * above[0] + above[-1] + above[1] + here[-2] + 8;
}

/* Of all experts' means, each weighed by 1 / error^4. */
static int blend(const sv_lossless_plane *p, int x)
{
    int errors[SV_EXPERTS_MAX], least = INT32_MAX;
    int64_t sum = 0, weights = 0;
    for (int k = 0; k < p->expert_count; k++) {
        errors[k] = recent_error(&p->expert_errors[k], x);
        least = sv_min(least, errors[k]);
    }
    for (int k = 0; k < p->expert_count; k++) {
        const int64_t ratio = ((int64_t)least << 8) / errors[k];
        const int64_t weight = (ratio * ratio * ratio * ratio >> 16) + 1;
        sum += weight * p->means[k];
        weights += weight;
    }
    return (int)(sum / weights);
}

/* Weights for a segment; where they serve for several, only the first of these, which lie in turns
 * from row to row, and that of a row. */
static void fit(sv_lossless *l, int plane, int segment)
{
    sv_lossless_plane *p = &l->planes[plane];
    const bool due = p->fitted < 0 || (segment + l->row) % l->level->fits == 0;
    p->fitted = segment;
    for (int k = 0; due && k < p->expert_count; k++) {
        sv_linear_fit(&p->experts[k], segment, l->row, &l->dsp);
    }
}

void sv_lossless_find_mean(sv_lossless *lossless, int plane, int x)
{
    sv_lossless_plane *p = &lossless->planes[plane];
    const int limit = lossless->max << 6;
    if (p->fitted != x / SV_SEGMENT) {
        fit(lossless, plane, x / SV_SEGMENT);
    }
    gather(lossless, plane, x);
    for (int k = 0; k < p->expert_count; k++) {
        const int64_t change =
            apply(p->experts[k].weights[x & 1], p->inputs, sv_linear_pitch(p->taps));
        const int64_t scaled = change * (1 << input_shift(lossless)) >> (SV_WEIGHT_BITS - 6);
        const int64_t mean = p->base * 64 + scaled;
        p->means[k] = (int32_t)(mean < 0 ? 0 : mean > limit ? limit : mean);
    }
    p->site.mean = p->expert_count == 1 ? p->means[0] : blend(p, x);
}

/* ---- Learning ---- */

/* In 16 bits, for compilers to see that vectors of these will do; count: a multiple of 8. */
static void limit_inputs(int16_t *restrict to, const int16_t *restrict from, int count, int shift)
{
    const int16_t most = SV_LINEAR_INPUT_MAX, least = -SV_LINEAR_INPUT_MAX;
    for (int i = 0; i < count; i++) {
        int16_t value = (int16_t)(from[i] >> shift);
        value = value > most ? most : value;
        to[i] = value < least ? least : value;
    }
}

void sv_lossless_learn(sv_lossless *lossless, int plane, int x, int sample)
{
    sv_lossless_plane *p = &lossless->planes[plane];
    const int shift = (int)lossless->header.noise_shift;
    p->inputs[p->taps] = (int16_t)((sample - p->base) >> input_shift(lossless));
    limit_inputs(sv_linear_inputs(&p->segment, x), p->inputs, sv_linear_pitch(p->taps), shift);
    p->segment.used |= 1u << x % SV_SEGMENT;
    for (int k = 0; p->expert_count > 1 && k < p->expert_count; k++) {
        p->expert_errors[k].rows[0][x] = abs(sample * 64 - p->means[k]) >> 3;
    }
}

void sv_lossless_pass(sv_lossless *lossless, int plane, int x)
{
    sv_lossless_plane *p = &lossless->planes[plane];
    const bool complete = x % SV_SEGMENT == SV_SEGMENT - 1 || x == lossless->width - 1;
    if (!complete || p->segment.used == 0) {
        return;
    }
    sv_linear_sum(&p->segment, p->taps, &lossless->dsp);
    for (int k = 0; k < p->expert_count; k++) {
        sv_linear_add(&p->experts[k], &p->segment, x / SV_SEGMENT, lossless->row);
    }
}
