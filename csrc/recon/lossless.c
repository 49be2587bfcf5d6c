#include "recon/lossless.h"

#include <stdlib.h>
#include <string.h>

#include "common/intmath.h"
#include "common/memory.h"

/* ---- What a level does ---- */

typedef struct offset {
    int8_t x, y; /* y: rows up */
} offset;

enum { OWN_MAX = 13, OTHER_MAX = 8, BASE_X = -1 };

/* Neighbours that samples are predicted from, nearer ones first; all as differences from the one to
 * the left. */
static const offset own_taps[OWN_MAX] = {
    {0, 1},  {-1, 1}, {1, 1},  {-2, 0}, {0, 2}, {1, 2},  {-1, 2},
    {-2, 1}, {2, 1},  {-3, 0}, {0, 3},  {2, 2}, {-2, 2},
};
/* Those of a plane that has been coded; the last ones only where its row is complete. */
enum { OTHER_BY_PIXEL = 6 };
static const offset other_taps[OTHER_MAX] = {
    {0, 0}, {0, 1}, {-1, 1}, {1, 1}, {-2, 0}, {0, 2}, {1, 0}, {2, 0},
};

typedef struct level {
    int own, other; /* taps */
    int experts, models;
} level;

static const level levels[SV_LOSSLESS_LEVELS] = {
    {.own = 9, .other = 7, .experts = 1, .models = 4},
    {.own = 13, .other = 8, .experts = 2, .models = 6},
};

static const level *level_of(const sv_lossless *l) { return &levels[l->header.level]; }

static int other_count(const sv_lossless *l)
{
    return l->header.by_pixel ? sv_min(level_of(l)->other, OTHER_BY_PIXEL) : level_of(l)->other;
}

static int tap_count(const sv_lossless *l, int plane)
{
    return level_of(l)->own + plane * other_count(l);
}

static sv_linear_window window_of(const sv_lossless *l, int expert)
{
    static const sv_linear_window windows[SV_EXPERTS_MAX] = {{2, 2, 0}, {4, 4, 0}, {1, 1, 0}};
    sv_linear_window window = windows[expert];
    if (expert == level_of(l)->experts - 1 && l->header.by_parity) {
        window = (sv_linear_window){3, 3, true};
    }
    return window;
}

/* ---- Creation ---- */

static svac2_status create_rows(sv_sample_rows *rows, int width, svac2_error *error)
{
    const size_t pitch = (size_t)width + 2 * SV_LOSSLESS_PAD;
    rows->memory = sv_alloc_zeroed(SV_LOSSLESS_ROWS * pitch, sizeof *rows->memory);
    if (rows->memory == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for rows of %d samples", width);
    }
    for (int i = 0; i < SV_LOSSLESS_ROWS; i++) {
        rows->rows[i] = rows->memory + (size_t)i * pitch + SV_LOSSLESS_PAD;
    }
    return SVAC2_OK;
}

static svac2_status create_plane(sv_lossless *l, int plane, svac2_error *error)
{
    sv_lossless_plane *p = &l->planes[plane];
    SV_TRY(create_rows(&p->samples, l->width, error));
    SV_TRY(create_rows(&p->errors, l->width, error));
    SV_TRY(sv_residual_models_create(&p->models, level_of(l)->models, &l->logistic, error));
    for (int i = 0; i < level_of(l)->experts; i++) {
        SV_TRY(create_rows(&p->expert_errors[i], l->width, error));
        SV_TRY(sv_linear_create(&p->experts[i], window_of(l, i), tap_count(l, plane), l->width,
                                error));
    }
    p->expert_count = level_of(l)->experts;
    const int step = 2 * (int)l->header.max_error + 1;
    p->site = (sv_residual_site){.models = &p->models,
                                 .logistic = &l->logistic,
                                 .max = l->max,
                                 .step = step,
                                 .largest = l->max / step + 1};
    return SVAC2_OK;
}

static void fill_samples(sv_lossless_plane *p, int width, int value)
{
    for (int i = 0; i < SV_LOSSLESS_ROWS * (width + 2 * SV_LOSSLESS_PAD); i++) {
        p->samples.memory[i] = value;
    }
}

svac2_status sv_lossless_create(sv_lossless *lossless, const sv_lossless_header *header,
                                const sv_planes *planes, int depth, uint32_t cpu,
                                svac2_error *error)
{
    memset(lossless, 0, sizeof *lossless);
    lossless->header = *header;
    lossless->count = planes->count;
    lossless->width = planes->planes[0].width;
    lossless->depth = depth;
    lossless->max = (1 << depth) - 1;
    sv_dsp_init(&lossless->dsp, sv_format_of(depth), cpu);
    sv_logistic_init(&lossless->logistic);
    for (int i = 0; i < lossless->count; i++) {
        SV_TRY(create_plane(lossless, i, error));
        fill_samples(&lossless->planes[i], lossless->width, 1 << (depth - 1));
    }
    if (header->by_pixel) {
        const sv_pixel_format format = {lossless->width, planes->planes[0].height, planes->count,
                                        depth, (int)header->max_error};
        SV_TRY(sv_repeats_create(&lossless->repeats, &format, &lossless->logistic, error));
    }
    return SVAC2_OK;
}

void sv_lossless_destroy(sv_lossless *lossless)
{
    sv_repeats_destroy(&lossless->repeats);
    for (int i = 0; i < lossless->count; i++) {
        sv_lossless_plane *p = &lossless->planes[i];
        sv_free(p->samples.memory);
        sv_free(p->errors.memory);
        sv_residual_models_destroy(&p->models);
        for (int k = 0; k < SV_EXPERTS_MAX; k++) {
            sv_free(p->expert_errors[k].memory);
            sv_linear_destroy(&p->experts[k]);
        }
    }
}

/* ---- Rows ---- */

static void turn(sv_sample_rows *rows)
{
    int32_t *last = rows->rows[SV_LOSSLESS_ROWS - 1];
    for (int i = SV_LOSSLESS_ROWS - 1; i > 0; i--) {
        rows->rows[i] = rows->rows[i - 1];
    }
    rows->rows[0] = last;
}

/* Left of a row there is what its first sample is predicted from: the one above. */
static void pad_left(sv_sample_rows *rows)
{
    for (int x = 1; x <= SV_LOSSLESS_PAD; x++) {
        rows->rows[0][-x] = rows->rows[1][0];
    }
}

static void pad_right(sv_sample_rows *rows, int width)
{
    for (int x = 0; x < SV_LOSSLESS_PAD; x++) {
        rows->rows[0][width + x] = rows->rows[0][width - 1];
    }
}

void sv_lossless_start_row(sv_lossless *lossless, int row)
{
    lossless->row = row;
    for (int i = 0; i < lossless->count; i++) {
        sv_lossless_plane *p = &lossless->planes[i];
        sv_sample_rows *all[] = {&p->samples, &p->errors, &p->expert_errors[0],
                                 &p->expert_errors[1], &p->expert_errors[2]};
        for (int k = 0; k < 2 + p->expert_count; k++) {
            turn(all[k]);
            pad_left(all[k]);
        }
        p->fitted = -1;
        for (int k = 0; k < p->expert_count; k++) {
            sv_linear_start_row(&p->experts[k]);
        }
    }
    if (lossless->header.by_pixel) {
        sv_repeats_start_row(&lossless->repeats);
    }
}

void sv_lossless_end_row(sv_lossless *lossless, int plane)
{
    sv_lossless_plane *p = &lossless->planes[plane];
    pad_right(&p->samples, lossless->width);
    pad_right(&p->errors, lossless->width);
    for (int k = 0; k < p->expert_count; k++) {
        pad_right(&p->expert_errors[k], lossless->width);
    }
}

/* ---- Prediction ---- */

static int neighbour(const sv_sample_rows *rows, int x, int left, int up)
{
    return rows->rows[up][x + left];
}

/* By how many bits differences of samples are cut to fit the inputs. */
static int input_shift(const sv_lossless *l) { return sv_max(0, l->depth - 14); }

static void gather(sv_lossless *l, int plane, int x)
{
    sv_lossless_plane *p = &l->planes[plane];
    const int own = level_of(l)->own;
    const int shift = input_shift(l);
    int16_t *to = p->inputs;
    p->base = neighbour(&p->samples, x, BASE_X, 0);
    for (int i = 0; i < own; i++) {
        to[i] =
            (int16_t)((neighbour(&p->samples, x, own_taps[i].x, own_taps[i].y) - p->base) >> shift);
    }
    to += own;
    const int others = other_count(l);
    for (int q = 0; q < plane; q++, to += others) {
        const sv_sample_rows *other = &l->planes[q].samples;
        const int base = neighbour(other, x, BASE_X, 0);
        for (int i = 0; i < others; i++) {
            to[i] =
                (int16_t)((neighbour(other, x, other_taps[i].x, other_taps[i].y) - base) >> shift);
        }
    }
}

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

static void start_segment(sv_lossless *l, int plane, int x)
{
    sv_lossless_plane *p = &l->planes[plane];
    p->fitted = x / SV_SEGMENT;
    for (int k = 0; k < p->expert_count; k++) {
        sv_linear_fit(&p->experts[k], x / SV_SEGMENT, l->row);
    }
}

static void predict_mean(sv_lossless *l, int plane, int x)
{
    sv_lossless_plane *p = &l->planes[plane];
    const int taps = tap_count(l, plane), limit = l->max << 6;
    if (p->fitted != x / SV_SEGMENT) {
        start_segment(l, plane, x);
    }
    gather(l, plane, x);
    for (int k = 0; k < p->expert_count; k++) {
        const int64_t change = apply(p->experts[k].weights[x & 1], p->inputs, taps);
        const int64_t scaled = change * (1 << input_shift(l)) >> (SV_WEIGHT_BITS - 6);
        const int64_t mean = p->base * 64 + scaled;
        p->means[k] = (int32_t)(mean < 0 ? 0 : mean > limit ? limit : mean);
    }
    p->site.mean = p->expert_count == 1 ? p->means[0] : blend(p, x);
}

/* ---- Contexts ---- */

/* 0..12: a difference by its size and sign. */
static int signed_class(int value, int shift)
{
    const int size = abs(value) >> shift;
    const int class = size == 0 ? 0 : sv_min(sv_floor_log2((uint32_t)size) + 1, 6);
    return value < 0 ? class + 6 * (class > 0) : class;
}

enum { ACTIVITY_CLASSES = 40 };

/* What was missed around, in the planes before as well; eighths of 1/16 samples. */
static int activity_of(const sv_lossless *l, int plane, int x)
{
    const sv_sample_rows *errors = &l->planes[plane].errors;
    const int32_t *here = errors->rows[0] + x, *above = errors->rows[1] + x;
    int sum =
        2 * abs(here[-1]) + 3 * abs(above[0]) + abs(above[-1]) + abs(above[1]) + abs(here[-2]);
    if (plane > 0) {
        const int32_t *other = l->planes[plane - 1].errors.rows[0] + x;
        const int right = l->header.by_pixel ? other[-1] : other[1];
        sum = (3 * sum + 4 * abs(other[0]) + 2 * abs(other[-1]) + 2 * abs(right)) >> 2;
    }
    return sum;
}

/* 0..ACTIVITY_CLASSES - 1: four to an octave. */
static int activity_class(int activity)
{
    const uint32_t size = (uint32_t)activity + 8;
    const int log2 = sv_floor_log2(size);
    return sv_min(4 * log2 + (int)(size >> (log2 - 2) & 3) - 12, ACTIVITY_CLASSES - 1);
}

/* A neighbour, moved by how the plane before changes from there to here. */
static int moved(const sv_lossless *l, int plane, int x, int left, int up)
{
    const int value = neighbour(&l->planes[plane].samples, x, left, up);
    if (plane == 0) {
        return value;
    }
    const sv_sample_rows *other = &l->planes[plane - 1].samples;
    return value + neighbour(other, x, 0, 0) - neighbour(other, x, left, up);
}

/* Median of three predictions (Martucci 1990). */
static int median(int a, int b, int corner)
{
    const int low = sv_min(a, b), high = sv_max(a, b);
    return corner >= high ? low : corner <= low ? high : a + b - corner;
}

static void find_contexts(sv_lossless *l, int plane, int x)
{
    sv_residual_site *site = &l->planes[plane].site;
    const int32_t *errors = l->planes[plane].errors.rows[0] + x;
    const int32_t *above = l->planes[plane].errors.rows[1] + x;
    const int activity = activity_of(l, plane, x) >> l->header.noise_shift;
    const int q = activity_class(activity), shift = 4 + (int)l->header.noise_shift;
    const int mean = site->mean;
    const int w = moved(l, plane, x, -1, 0), n = moved(l, plane, x, 0, 1);
    const int nw = moved(l, plane, x, -1, 1), ne = moved(l, plane, x, 1, 1);
    const int cross = plane > 0 ? l->planes[plane - 1].errors.rows[0][x] : 0;
    site->contexts[0] =
        13 * signed_class(64 * w - mean, shift) + signed_class(64 * n - mean, shift);
    site->contexts[1] = 20 * signed_class(64 * ne - mean, shift) + q / 2;
    site->contexts[2] = 20 * signed_class(64 * median(w, n, nw) - mean, shift) + q / 2;
    site->contexts[3] = 10 * (mean >> (l->depth + 1)) + q / 4;
    site->contexts[4] = 4 * q + 2 * (l->row & 1) + (x & 1);
    site->contexts[5] = 13 * signed_class(errors[-1], 2) + signed_class(above[0], 2);
    site->corrections[0] = q / 2;
    site->corrections[1] =
        signed_class(plane > 0 ? cross : errors[-1], 2 + (int)l->header.noise_shift);
    site->low_bits = 0;
    while (activity * 11 >> 7 > 16 << site->low_bits) {
        site->low_bits++;
    }
}

const sv_residual_site *sv_lossless_predict(sv_lossless *lossless, int plane, int x)
{
    sv_residual_site *site = &lossless->planes[plane].site;
    const int max_error = (int)lossless->header.max_error;
    predict_mean(lossless, plane, x);
    find_contexts(lossless, plane, x);
    site->low_bits += (int)lossless->header.noise_shift;
    /* With errors the residual nearest to the mean is in the middle of its samples. */
    site->centre = max_error == 0 ? (site->mean + 63) >> 6 : ((site->mean + 32) >> 6) - max_error;
    return site;
}

/* ---- Learning ---- */

static void note_inputs(sv_lossless *l, int plane, int x, int sample)
{
    sv_lossless_plane *p = &l->planes[plane];
    const int taps = tap_count(l, plane), shift = (int)l->header.noise_shift;
    int16_t *to = p->segment.inputs[x & 1][x % SV_SEGMENT / 2];
    const int target = (sample - p->base) >> input_shift(l);
    for (int i = 0; i < taps; i++) {
        to[i] = (int16_t)sv_clip(p->inputs[i] >> shift, -SV_LINEAR_INPUT_MAX, SV_LINEAR_INPUT_MAX);
    }
    to[taps] = (int16_t)sv_clip(target >> shift, -SV_LINEAR_INPUT_MAX, SV_LINEAR_INPUT_MAX);
}

/* The segment is complete: the experts take it over, or fade, where all of it was known otherwise.
 */
static void end_segment(sv_lossless *l, int plane, int x)
{
    sv_lossless_plane *p = &l->planes[plane];
    const int block = x / SV_SEGMENT;
    if (p->fitted != block) {
        for (int k = 0; k < p->expert_count; k++) {
            sv_linear_fade(&p->experts[k], block, l->row);
        }
        return;
    }
    sv_linear_sum(&p->segment, tap_count(l, plane), &l->dsp);
    for (int k = 0; k < p->expert_count; k++) {
        sv_linear_add(&p->experts[k], &p->segment, block, l->row);
    }
    memset(p->segment.inputs, 0, sizeof p->segment.inputs);
}

void sv_lossless_know(sv_lossless *lossless, int plane, int x, int sample)
{
    sv_lossless_plane *p = &lossless->planes[plane];
    p->samples.rows[0][x] = sample;
    p->errors.rows[0][x] = 0;
    for (int k = 0; k < p->expert_count; k++) {
        p->expert_errors[k].rows[0][x] = p->expert_errors[k].rows[0][x - 1];
    }
    if (x % SV_SEGMENT == SV_SEGMENT - 1 || x == lossless->width - 1) {
        end_segment(lossless, plane, x);
    }
}

void sv_lossless_take(sv_lossless *lossless, int plane, int x, int sample)
{
    sv_lossless_plane *p = &lossless->planes[plane];
    p->samples.rows[0][x] = sample;
    p->errors.rows[0][x] = (sample * 64 - p->site.mean) / 4;
    for (int k = 0; p->expert_count > 1 && k < p->expert_count; k++) {
        p->expert_errors[k].rows[0][x] = abs(sample * 64 - p->means[k]) >> 3;
    }
    note_inputs(lossless, plane, x, sample);
    if (x % SV_SEGMENT == SV_SEGMENT - 1 || x == lossless->width - 1) {
        end_segment(lossless, plane, x);
    }
}

void sv_lossless_end_pixel(sv_lossless *lossless, int x)
{
    uint32_t pixel = 0;
    for (int i = 0; i < lossless->count; i++) {
        pixel = pixel << lossless->depth | (uint32_t)lossless->planes[i].samples.rows[0][x];
    }
    sv_repeats_enter(&lossless->repeats, x, pixel);
}
