#include "recon/lossless.h"

#include <stdlib.h>
#include <string.h>

#include "common/intmath.h"
#include "common/memory.h"

static const sv_lossless_level levels[SV_LOSSLESS_LEVELS] = {
    {.own = 6, .other = 4, .experts = 1, .fits = 3, .all_models = false},
    {.own = 9, .other = 7, .experts = 1, .fits = 2, .all_models = true},
    {.own = 13, .other = 8, .experts = 2, .fits = 1, .all_models = true},
};

/* ---- Creation ---- */

svac2_status sv_sample_rows_create(sv_sample_rows *rows, int width, svac2_error *error)
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
    SV_TRY(sv_sample_rows_create(&p->samples, l->width, error));
    SV_TRY(sv_sample_rows_create(&p->errors, l->width, error));
    if (l->header.from_below) {
        SV_TRY(sv_sample_rows_create(&p->below, l->width, error));
    }
    SV_TRY(sv_residual_models_create(&p->models, l->level->all_models, &l->logistic, error));
    SV_TRY(sv_lossless_create_experts(l, plane, error));
    const int step = 2 * (int)l->header.max_error + 1;
    p->site = (sv_residual_site){.models = &p->models,
                                 .logistic = &l->logistic,
                                 .max = l->max,
                                 .step = step,
                                 .step_log2 = sv_floor_log2((uint32_t)step),
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
                                const sv_planes *planes, const sv_lossless_setup *setup,
                                svac2_error *error)
{
    const int depth = setup->depth;
    memset(lossless, 0, sizeof *lossless);
    lossless->header = *header;
    lossless->level = &levels[header->level];
    lossless->count = planes->count;
    lossless->width = planes->planes[0].width;
    lossless->depth = depth;
    lossless->max = (1 << depth) - 1;
    lossless->below = setup->below;
    sv_dsp_init(&lossless->dsp, sv_format_of(depth), setup->cpu);
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
        sv_free(p->below.memory);
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

/* Where neighbours lie in memory: all planes' rows are alike. */
static void place_neighbours(sv_lossless *l)
{
    const sv_sample_rows *rows = &l->planes[0].samples;
    for (int i = 0; i < SV_OWN_TAPS_MAX; i++) {
        const sv_neighbour *tap = &sv_own_taps[i];
        l->own_offsets[i] = (int32_t)(rows->rows[tap->up] - rows->rows[0]) + tap->left;
    }
    for (int i = 0; i < SV_OTHER_TAPS_MAX; i++) {
        const sv_neighbour *tap = &sv_other_taps[i];
        l->other_offsets[i] = (int32_t)(rows->rows[tap->up] - rows->rows[0]) + tap->left;
    }
}

/* Rows of the layer below, as far as there are any; beyond its sides there is what is nearest. */
static void take_below(sv_lossless *l, int plane)
{
    const sv_plane *from = &l->below->planes[sv_lossless_order(l->count, plane)];
    for (int i = 0; i < SV_BELOW_ROWS; i++) {
        const int y = sv_clip(l->row + (i < 2 ? -i : 1), 0, from->height - 1);
        const uint16_t *samples = from->data + y * from->stride;
        int32_t *to = l->planes[plane].below.rows[i];
        for (int x = 0; x < l->width; x++) {
            to[x] = samples[x];
        }
        to[-1] = to[0];
        to[l->width] = to[l->width - 1];
    }
}

void sv_lossless_start_row(sv_lossless *lossless, int row)
{
    lossless->row = row;
    for (int i = 0; i < lossless->count; i++) {
        sv_lossless_plane *p = &lossless->planes[i];
        sv_sample_rows *all[] = {&p->samples, &p->errors, &p->expert_errors[0],
                                 &p->expert_errors[1]};
        for (int k = 0; k < 2 + p->expert_count; k++) {
            turn(all[k]);
            pad_left(all[k]);
        }
        sv_lossless_start_experts(lossless, i);
        if (lossless->header.from_below) {
            take_below(lossless, i);
        }
    }
    place_neighbours(lossless);
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

/* ---- Samples ---- */

const sv_residual_site *sv_lossless_predict(sv_lossless *lossless, int plane, int x)
{
    sv_residual_site *site = &lossless->planes[plane].site;
    const int max_error = (int)lossless->header.max_error;
    sv_lossless_find_mean(lossless, plane, x);
    sv_lossless_find_contexts(lossless, plane, x);
    /* With errors the residual nearest to the mean is in the middle of its samples. */
    site->centre = max_error == 0 ? (site->mean + 63) >> 6 : ((site->mean + 32) >> 6) - max_error;
    return site;
}

void sv_lossless_know(sv_lossless *lossless, int plane, int x, int sample)
{
    sv_lossless_plane *p = &lossless->planes[plane];
    p->samples.rows[0][x] = sample;
    p->errors.rows[0][x] = 0;
    for (int k = 0; k < p->expert_count; k++) {
        p->expert_errors[k].rows[0][x] = p->expert_errors[k].rows[0][x - 1];
    }
    sv_lossless_pass(lossless, plane, x);
}

void sv_lossless_take(sv_lossless *lossless, int plane, int x, int sample)
{
    sv_lossless_plane *p = &lossless->planes[plane];
    p->samples.rows[0][x] = sample;
    p->errors.rows[0][x] = (sample * 64 - p->site.mean) / 4;
    sv_lossless_learn(lossless, plane, x, sample);
    sv_lossless_pass(lossless, plane, x);
}

void sv_lossless_end_pixel(sv_lossless *lossless, int x)
{
    uint32_t pixel = 0;
    for (int i = 0; i < lossless->count; i++) {
        pixel = pixel << lossless->depth | (uint32_t)lossless->planes[i].samples.rows[0][x];
    }
    sv_repeats_enter(&lossless->repeats, x, pixel);
}
