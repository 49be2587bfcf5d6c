#include "recon/restore_chroma.h"

#include <assert.h>
#include <string.h>

#include "common/intmath.h"
#include "common/memory.h"
#include "common/parallel.h"

enum {
    SUMS = SV_CELL_SUMS,
    COEFFICIENTS = SV_LINE_COEFFICIENTS,
    MARGIN = SV_CELL_MARGIN,
    RING = 4,
    WINDOW_LOG2 = 2 * SV_CHROMA_CELL_LOG2 + 2
};

static_assert((int)SV_CHROMA_FACTORS == (int)SVAC2_CHROMA_FACTORS,
              "the format and the interface agree");
static_assert(SV_CHROMA_CELL_LOG2 == 1, "as the kernels take it");

/* ---- Strips ---- */

static int cells_of(int samples) { return (samples + 1) / 2; }

/* Takes in the samples of row `row` of cells; one outside the grid is like the nearest one in it,
 * and so are cells left and right of it. */
static void add_sums(sv_chroma_strip *s, int row)
{
    const sv_chroma_lines *lines = s->lines;
    const int first = s->left / 2 - MARGIN, columns = cells_of(s->columns) + 2 * MARGIN;
    const int start = sv_max(first, 0);
    const int end = sv_min(first + columns, sv_cells_along(lines->width, 0));
    const int source = sv_clip(row, 0, sv_cells_along(lines->height, 0) - 1);
    uint16_t (*samples)[2][2 * SV_STRIP_ROW] = s->samples[row & (RING - 1)];
    sv_chroma_load(lines, source, start, end, start - first, samples);
    sv_chroma_sum(lines, samples, start - first, end - start, &s->sums[row & 1][0][start - first]);
    for (int i = 0; i < SUMS; i++) {
        int32_t *sums = s->sums[row & 1][i];
        for (int x = 0; x < start - first; x++) {
            sums[x] = sums[start - first];
        }
        for (int x = end - first; x < columns; x++) {
            sums[x] = sums[end - first - 1];
        }
    }
}

/* The corners between this row of cells and that above. */
static void add_corners(sv_chroma_strip *s, int row)
{
    s->lines->dsp->corner_lines(&s->corners[row & 1][0][1], SV_STRIP_ROW, s->sums[~row & 1][0],
                                s->sums[row & 1][0], SV_STRIP_ROW, WINDOW_LOG2,
                                cells_of(s->columns) + 3);
}

/* The row of cells whose corners are there. */
static void add_mixed(sv_chroma_strip *s, int row)
{
    const sv_dsp *dsp = s->lines->dsp;
    for (int i = 0; i < s->mix_count; i++) {
        const sv_chroma_mix *mix = &s->mixes[i];
        sv_cell_row above = {s->corners[row & 1][0], SV_STRIP_ROW, cells_of(s->columns)};
        sv_cell_row to = {s->mixed[i][row & 1][0], SV_STRIP_ROW, cells_of(s->columns)};
        sv_mix_refine(to, &mix->coarse, dsp, s->left / 2, row);
        sv_mix_add(to, above, s->corners[~row & 1][0], dsp, mix->params, 0);
    }
}

/* Rows 2 r - 1 and 2 r of samples lie between the centres of the rows r - 1 and r of cells, which
 * need rows of samples up to that of the cells r + 1. */
void sv_chroma_strip_run(sv_chroma_strip *s, int x, int y, sv_chroma_take *take, void *user)
{
    s->left = x * SV_STRIP;
    s->top = y * SV_CTU_SIZE;
    s->columns = sv_min(SV_STRIP, s->lines->width - s->left);
    s->rows = sv_min(SV_CTU_SIZE, s->lines->height - s->top);
    const int first = s->top / 2;
    for (int row = first - 2; row <= first + cells_of(s->rows) + 1; row++) {
        add_sums(s, row);
        if (row >= first - 1) {
            add_corners(s, row);
        }
        if (row >= first) {
            add_mixed(s, row - 1);
        }
        for (int line = 2 * row - 3; row > first && line <= 2 * row - 2; line++) {
            if (line >= s->top && line < s->top + s->rows) {
                take(user, s, line);
            }
        }
    }
}

const uint16_t *sv_chroma_strip_row(const sv_chroma_strip *s, int plane, int y)
{
    return &s->samples[(y >> 1) & (RING - 1)][plane][y & 1][2 * MARGIN];
}

void sv_chroma_strip_corrections(const sv_chroma_strip *s, int mix, int p, int y,
                                 int16_t corrections[SV_STRIP])
{
    const int cell = y >> 1, other = y & 1 ? cell + 1 : cell - 1;
    const uint16_t *samples[3] = {sv_chroma_strip_row(s, 0, y), sv_chroma_strip_row(s, 2 - p, y),
                                  sv_chroma_strip_row(s, 1 + p, y)};
    const int number = p * SV_LINE_MIXED;
    s->lines->dsp->line_corrections(
        corrections, &s->mixed[mix][cell & 1][number][1], &s->mixed[mix][other & 1][number][1],
        SV_STRIP_ROW, samples, cells_of(s->columns), sv_restoration_shift(s->lines->dsp->format));
}

/* ---- Whole pictures ---- */

typedef struct restoring {
    const sv_chroma_lines *lines;
    const sv_chroma_mix *mix;
    sv_plane to[2];
} restoring;

static void restore_samples(void *user, const sv_chroma_strip *strip, int y)
{
    const restoring *r = user;
    const sv_dsp *dsp = r->lines->dsp;
    for (int p = 0; p < 2; p++) {
        int16_t corrections[SV_STRIP];
        const uint16_t *from = sv_chroma_strip_row(strip, 1 + p, y);
        uint16_t *to = r->to[p].data + y * r->to[p].stride + strip->left;
        sv_chroma_strip_corrections(strip, 0, p, y, corrections);
        dsp->add_corrections(to, from, corrections, strip->columns, dsp->format.max);
    }
}

static void restore_row(void *shared, void *scratch, int row)
{
    restoring *r = shared;
    sv_chroma_strip *strip = scratch;
    strip->lines = r->lines;
    strip->mixes = r->mix;
    strip->mix_count = 1;
    for (int x = 0; x < sv_chroma_strips(r->lines->width); x++) {
        sv_chroma_strip_run(strip, x, row, restore_samples, r);
    }
}

/* Restores into planes that the picture then has. */
static svac2_status restore(sv_picture *picture, const sv_chroma_lines *lines,
                            const sv_chroma_mix *mix, sv_env *env, svac2_error *error)
{
    restoring r = {.lines = lines, .mix = mix};
    svac2_status status = SVAC2_OK;
    for (int p = 0; p < 2 && status == SVAC2_OK; p++) {
        const sv_plane *luma = &picture->planes[0];
        status = sv_plane_create(&r.to[p], luma->width, luma->height, error);
    }
    if (status == SVAC2_OK) {
        const uint64_t columns = (uint64_t)sv_ctu_count((uint32_t)lines->width);
        sv_rows rows = {.count = sv_ctu_count((uint32_t)lines->height),
                        .cost = SV_COST_CHROMA_STRIP * columns,
                        .scratch = sizeof(sv_chroma_strip),
                        .shared = &r,
                        .run = restore_row};
        status = sv_parallel_rows(env, &rows, error);
    }
    for (int p = 0; p < 2; p++) {
        sv_plane *plane = &picture->planes[1 + p], old = *plane;
        if (status == SVAC2_OK) {
            *plane = r.to[p];
            r.to[p] = old;
        }
        sv_free(r.to[p].data);
    }
    if (status == SVAC2_OK) {
        picture->components = sv_components_of(SVAC2_SUBSAMPLING_444);
    }
    return status;
}

svac2_status sv_restore_chroma(sv_picture *picture, int width, int height,
                               const sv_chroma_restoration_params *params, const sv_dsp *dsp,
                               sv_env *env, svac2_error *error)
{
    sv_chroma_lines lines;
    sv_chroma_mix mix;
    SV_TRY(sv_chroma_lines_create(&lines, picture, dsp, width, height, env, error));
    svac2_status status = sv_chroma_mix_create(&mix, &lines, params, error);
    if (status == SVAC2_OK) {
        status = restore(picture, &lines, &mix, env, error);
        sv_chroma_mix_destroy(&mix);
    }
    sv_chroma_lines_destroy(&lines);
    return status;
}
