#include "recon/restore_chroma.h"

#include <assert.h>

#include "common/intmath.h"
#include "common/memory.h"
#include "common/parallel.h"
#include "image/scale.h"

enum {
    CELL_LOG2 = SV_CHROMA_CELL_LOG2,
    PLANES = SV_LINE_PLANES,
    PRODUCTS = SV_LINE_PRODUCTS,
    MIXED = SV_LINE_MIXED,
    ZERO = SV_CHROMA_ZERO,
    TILE = SV_CHROMA_TILE,
    TILE_CELLS = SV_CHROMA_TILE_CELLS,
    MARGIN = SV_CHROMA_TILE_MARGIN,
    SAMPLES = SV_CHROMA_TILE_SAMPLES
};

static_assert((int)SV_CHROMA_FACTORS == (int)SVAC2_CHROMA_FACTORS,
              "the format and the interface agree");
static_assert(CELL_LOG2 == 1, "as sum_tile and widen take it");
static_assert(TILE_CELLS == TILE >> CELL_LOG2 && MARGIN == 2 << CELL_LOG2,
              "tiles consist of cells");

/* Where a sample is taken from: outside the grid of cells from the nearest cell; in it, but outside
 * the picture, the nearest sample. */
static int source_of(int position, int size)
{
    int cell = sv_clip(position >> CELL_LOG2, 0, sv_cells_along(size, 0) - 1);
    return sv_min((cell << CELL_LOG2) + (position & ((1 << CELL_LOG2) - 1)), size - 1);
}

static void load_samples(sv_chroma_tile *tile, const sv_chroma_lines *lines)
{
    int sources[SAMPLES], left = (tile->column << CELL_LOG2) - MARGIN;
    int top = (tile->row << CELL_LOG2) - MARGIN, shift = tile->shift;
    for (int x = 0; x < SAMPLES; x++) {
        sources[x] = source_of(left + x, lines->width);
    }
    bool inside = left >= 0 && left + SAMPLES <= lines->width;
    for (int p = 0; p < PLANES; p++) {
        const sv_plane *plane = &lines->picture->planes[p];
        for (int y = 0; y < SAMPLES; y++) {
            const uint16_t *from = plane->data + source_of(top + y, lines->height) * plane->stride;
            int16_t *to = tile->samples[p][y];
            if (inside) {
                for (int x = 0; x < SAMPLES; x++) {
                    to[x] = (int16_t)((from[left + x] >> shift) - ZERO);
                }
            } else {
                for (int x = 0; x < SAMPLES; x++) {
                    to[x] = (int16_t)((from[sources[x]] >> shift) - ZERO);
                }
            }
        }
    }
}

static void sum_tile(const sv_chroma_tile *tile, const sv_cell_sums *sums)
{
    for (int cell_row = 0; cell_row < sums->rows + 4; cell_row++) {
        int y = cell_row << CELL_LOG2;
        for (int p = 0; p < PLANES; p++) {
            const int16_t *s = tile->samples[p][y], *t = tile->samples[p][y + 1];
            int32_t *to = sv_cell_sums_row(sums, p, cell_row - 2);
            for (int x = 0; x < sums->columns + 4; x++) {
                to[x] = s[2 * x] + s[2 * x + 1] + t[2 * x] + t[2 * x + 1];
            }
        }
        for (int i = 0; i < PRODUCTS; i++) {
            int p = sv_product_planes[i][0], q = sv_product_planes[i][1];
            const int16_t *s = tile->samples[p][y], *t = tile->samples[p][y + 1];
            const int16_t *u = tile->samples[q][y], *v = tile->samples[q][y + 1];
            int32_t *to = sv_cell_sums_row(sums, PLANES + i, cell_row - 2);
            for (int x = 0; x < sums->columns + 4; x++) {
                to[x] = s[2 * x] * u[2 * x] + s[2 * x + 1] * u[2 * x + 1] + t[2 * x] * v[2 * x] +
                        t[2 * x + 1] * v[2 * x + 1];
            }
        }
    }
}

void sv_chroma_tile_load(sv_chroma_tile *tile, const sv_chroma_lines *lines, int x, int y)
{
    tile->column = x * TILE_CELLS;
    tile->row = y * TILE_CELLS;
    tile->shift = sv_restoration_shift(lines->format);
    int columns = sv_min(TILE_CELLS, sv_cells_along(lines->width, 0) - tile->column);
    int rows = sv_min(TILE_CELLS, sv_cells_along(lines->height, 0) - tile->row);
    tile->lines = (sv_cell_map){columns, rows, tile->line_data};
    tile->mix = (sv_cell_map){columns, rows, tile->mix_data};
    sv_cell_sums sums = {columns, rows, tile->sums};
    load_samples(tile, lines);
    sum_tile(tile, &sums);
    sv_fit_lines(&sums, 0, &tile->lines);
}

/* A row of one of a mix's numbers for all its samples: even ones lie nearer to the second of the
 * two cells that they are between, odd ones to the first. */
static void widen(const sv_cell_map *mix, int number, int y, int32_t *wide)
{
    int lower = (y + 1) >> CELL_LOG2, weight = y & 1 ? 2 : 6;
    const int32_t *first = sv_cell_map_row(mix, number, lower - 1),
                  *second = sv_cell_map_row(mix, number, lower);
    int32_t cells[TILE_CELLS + 2];
    for (int x = 0; x < mix->columns + 2; x++) {
        cells[x] = sv_between_cells(first[x], second[x], weight);
    }
    for (int x = 0; x < mix->columns; x++) {
        wide[2 * x] = sv_between_cells(cells[x], cells[x + 1], 6);
        wide[2 * x + 1] = sv_between_cells(cells[x + 1], cells[x + 2], 2);
    }
}

void sv_chroma_tile_corrections(sv_chroma_tile *tile, const sv_chroma_mix *mix,
                                sv_chroma_corrections corrections)
{
    const sv_cell_map *map = &tile->mix;
    const int bits = SV_CHROMA_LINE_BITS - tile->shift;
    sv_mix_weigh(&tile->lines, mix->params, 0, map);
    sv_mix_add_coarse(map, &mix->coarse, tile->column, tile->row);
    /* The sum of a sample is at most MIX_MAX + 4 * SV_CHROMA_LEVELS * 2^9 *
     * (2 * SV_CHROMA_SLOPE_MAX + 2 * WEIGHT_MAX) * FACTOR_MAX / 8 < 2^29. */
    for (int p = 0; p < 2; p++) {
        for (int y = 0; y < map->rows << CELL_LOG2; y++) {
            int32_t wide[MIXED][TILE];
            const int16_t *luma = &tile->samples[0][y + MARGIN][MARGIN];
            const int16_t *chroma = &tile->samples[1 + p][y + MARGIN][MARGIN];
            const int16_t *other = &tile->samples[2 - p][y + MARGIN][MARGIN];
            for (int i = 0; i < MIXED; i++) {
                widen(map, p * MIXED + i, y, wide[i]);
            }
            for (int x = 0; x < map->columns << CELL_LOG2; x++) {
                int32_t sum = wide[SV_LINE_LUMA][x] * luma[x] + wide[SV_LINE_OTHER][x] * other[x] +
                              wide[SV_LINE_CONSTANT][x] - wide[SV_LINE_OWN][x] * chroma[x];
                corrections[p][y][x] = sv_saturate16((sum + (1 << (bits - 1))) >> bits);
            }
        }
    }
}

/* ---- Whole pictures ---- */

typedef struct restoring {
    const sv_chroma_lines *lines;
    const sv_chroma_mix *mix;
    sv_plane to[2];
} restoring;

static void restore_tile(const restoring *r, sv_chroma_tile *tile, int tile_x, int tile_y)
{
    const sv_chroma_lines *lines = r->lines;
    sv_chroma_corrections corrections;
    sv_chroma_tile_load(tile, lines, tile_x, tile_y);
    sv_chroma_tile_corrections(tile, r->mix, corrections);
    int left = tile_x * TILE, top = tile_y * TILE;
    int columns = sv_min(TILE, lines->width - left), rows = sv_min(TILE, lines->height - top);
    for (int p = 0; p < 2; p++) {
        for (int y = 0; y < rows; y++) {
            uint16_t *to = r->to[p].data + (top + y) * r->to[p].stride + left;
            const sv_plane *plane = &lines->picture->planes[1 + p];
            const uint16_t *from = plane->data + (top + y) * plane->stride + left;
            for (int x = 0; x < columns; x++) {
                to[x] = (uint16_t)sv_clip(from[x] + corrections[p][y][x], 0, lines->format.max);
            }
        }
    }
}

static void restore_row(void *shared, void *tile, int row)
{
    const restoring *r = shared;
    for (int x = 0; x < sv_chroma_tiles(r->lines->width); x++) {
        restore_tile(r, tile, x, row);
    }
}

/* Restores into planes that the picture then has. */
static svac2_status restore(sv_picture *picture, const sv_chroma_lines *lines,
                            const sv_chroma_mix *mix, sv_env *env, svac2_error *error)
{
    restoring r = {.lines = lines, .mix = mix};
    svac2_status status = SVAC2_OK;
    for (int p = 0; p < 2 && status == SVAC2_OK; p++) {
        const sv_plane *from = &picture->planes[1 + p];
        status = sv_plane_create(&r.to[p], from->width, from->height, error);
    }
    if (status == SVAC2_OK) {
        sv_rows rows = {.count = sv_chroma_tiles(lines->height),
                        .cost = SV_COST_CHROMA_TILE * (uint64_t)sv_chroma_tiles(lines->width),
                        .scratch = sizeof(sv_chroma_tile),
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
    return status;
}

svac2_status sv_restore_chroma(sv_picture *picture, int width, int height,
                               const sv_chroma_restoration_params *params, const sv_dsp *dsp,
                               sv_env *env, svac2_error *error)
{
    sv_chroma_lines lines;
    sv_chroma_mix mix;
    SV_TRY(sv_picture_upscale_chroma(picture, dsp, env, error));
    SV_TRY(sv_chroma_lines_create(&lines, picture, dsp->format, width, height, env, error));
    svac2_status status = sv_chroma_mix_create(&mix, &lines, params, error);
    if (status == SVAC2_OK) {
        status = restore(picture, &lines, &mix, env, error);
        sv_chroma_mix_destroy(&mix);
    }
    sv_chroma_lines_destroy(&lines);
    return status;
}
