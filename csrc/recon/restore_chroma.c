#include "recon/restore_chroma.h"

#include <assert.h>
#include <string.h>

#include "common/intmath.h"
#include "common/memory.h"
#include "common/parallel.h"

enum {
    SUMS = SV_CELL_SUMS,
    MARGIN = SV_CELL_MARGIN,
    RING = 4,
    WINDOW_LOG2 = 2 * SV_CHROMA_CELL_LOG2 + 2
};

static_assert((int)SV_CHROMA_FACTORS == (int)SVAC2_CHROMA_FACTORS,
              "the format and the interface agree");
static_assert(SV_CHROMA_CELL_LOG2 == 1, "as the kernels take it");
static_assert((int)SV_STRIP <= (int)SV_PIECE, "rows of strips are put out");

/* ---- Strips ---- */

static int cells_of(int samples) { return (samples + 1) / 2; }

/* Takes in the samples of row `row` of cells; one outside the grid is like the nearest one in it,
 * and so are cells left and right of it. */
static void add_sums(sv_chroma_strip *s, int row)
{
    const sv_chroma_cells *cells = s->cells;
    const int first = s->left / 2 - MARGIN, columns = cells_of(s->columns) + 2 * MARGIN;
    const int start = sv_max(first, 0);
    const int end = sv_min(first + columns, sv_cells_along(cells->width, 0));
    const int source = sv_clip(row, 0, sv_cells_along(cells->height, 0) - 1);
    uint16_t (*samples)[2][2 * SV_STRIP_ROW] = s->samples[row & (RING - 1)];
    sv_chroma_load(cells, source, start, end, start - first, samples);
    sv_chroma_sum(cells, samples, start - first, end - start, &s->sums[row & 1][0][start - first]);
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
    s->cells->dsp->corner_lines(&s->corners[row & 1][0][1], SV_STRIP_ROW, s->sums[~row & 1][0],
                                s->sums[row & 1][0], SV_STRIP_ROW, WINDOW_LOG2,
                                cells_of(s->columns) + 3);
}

/* The row of cells whose corners are there. */
static void add_mixed(sv_chroma_strip *s, int row)
{
    const sv_dsp *dsp = s->cells->dsp;
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
    s->columns = sv_min(SV_STRIP, s->cells->width - s->left);
    s->rows = sv_min(SV_CTU_SIZE, s->cells->height - s->top);
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
    s->cells->dsp->line_corrections(
        corrections, &s->mixed[mix][cell & 1][number][1], &s->mixed[mix][other & 1][number][1],
        SV_STRIP_ROW, samples, cells_of(s->columns), sv_restoration_shift(s->cells->dsp->format));
}

/* ---- Rows of a picture ---- */

typedef struct restoring {
    const sv_chroma_restoration *restoration;
    sv_chroma_cells cells;
    sv_chroma_mix mix;
} restoring;

static void put_samples(void *user, const sv_chroma_strip *strip, int y)
{
    const sv_chroma_restoration *r = user;
    const sv_dsp *dsp = r->rows.dsp;
    uint16_t restored[2][SV_STRIP];
    sv_piece piece = {strip->left, r->rows.top + y, strip->columns, SV_PLANES_MAX, {NULL}};
    piece.rows[0] = sv_chroma_strip_row(strip, 0, y);
    for (int p = 0; p < 2; p++) {
        int16_t corrections[SV_STRIP];
        sv_chroma_strip_corrections(strip, 0, p, y, corrections);
        dsp->add_corrections(restored[p], sv_chroma_strip_row(strip, 1 + p, y), corrections,
                             strip->columns, dsp->format.max);
        piece.rows[1 + p] = restored[p];
    }
    r->put(r->user, &piece);
}

static void restore_row(void *shared, void *scratch, int index)
{
    restoring *r = shared;
    sv_chroma_restoration restoration = *r->restoration;
    sv_chroma_strip *strip = scratch;
    strip->cells = &r->cells;
    strip->mixes = &r->mix;
    strip->mix_count = 1;
    for (int x = 0; x < sv_chroma_strips(restoration.rows.width); x++) {
        sv_chroma_strip_run(strip, x, restoration.rows.begin + index, put_samples, &restoration);
    }
}

static svac2_status restore_strips(restoring *r, sv_env *env, svac2_error *error)
{
    const sv_picture_rows *rows = &r->restoration->rows;
    sv_rows job = {.count = rows->end - rows->begin,
                   .cost = SV_COST_CHROMA_STRIP * (uint64_t)sv_ctu_count((uint32_t)rows->width),
                   .scratch = sizeof(sv_chroma_strip),
                   .shared = r,
                   .run = restore_row};
    return sv_parallel_rows(env, &job, error);
}

svac2_status sv_restore_chroma(const sv_chroma_restoration *restoration, sv_env *env,
                               svac2_error *error)
{
    const sv_picture_rows *rows = &restoration->rows;
    restoring r = {.restoration = restoration};
    SV_TRY(sv_chroma_cells_create(&r.cells, rows->picture, rows->dsp, rows->width, rows->height,
                                  env, error));
    svac2_status status = sv_chroma_mix_create(&r.mix, &r.cells, restoration->params, error);
    sv_chroma_cells_free_sums(&r.cells);
    if (status == SVAC2_OK) {
        status = restore_strips(&r, env, error);
        sv_chroma_mix_destroy(&r.mix);
    }
    return status;
}
