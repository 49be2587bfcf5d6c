#include "recon/chroma_cells.h"

#include <string.h>

#include "common/intmath.h"
#include "common/memory.h"
#include "common/parallel.h"
#include "image/resample.h"

enum {
    LEVELS = SV_CHROMA_LEVELS,
    PLANES = SV_CELL_PLANES,
    SUMS = SV_CELL_SUMS,
    MARGIN = SV_CELL_MARGIN,
    RATIO = 1 << SV_CHROMA_LEVEL_LOG2 /* of the sides of cells, from level to level */
};

bool sv_cell_map_create(sv_cell_map *map, int columns, int rows, int numbers)
{
    map->columns = columns;
    map->rows = rows;
    map->data = sv_alloc_zeroed((size_t)sv_cell_map_stride(map), (size_t)numbers * sizeof(int32_t));
    return map->data != NULL;
}

/* ---- Samples ---- */

void sv_chroma_load(const sv_chroma_cells *cells, int row, int first, int end, int at,
                    sv_cell_samples samples)
{
    const sv_components *components = &cells->picture->components;
    const int left = 2 * first, count = 2 * (end - first);
    const int inside = sv_min(count, cells->width - left);
    for (int i = 0; i < 2 * PLANES; i++) {
        const int p = i / 2, y = sv_min(2 * row + i % 2, cells->height - 1);
        const sv_plane *plane = &cells->picture->planes[p];
        uint16_t *to = samples[p][i % 2] + 2 * at;
        if (p == 0 || sv_is_full_size(sv_chroma_of(components))) {
            memcpy(to, plane->data + y * plane->stride + left, (size_t)inside * sizeof *to);
        } else {
            int16_t scratch[SV_STRIP_ROW + 2 * SV_RESAMPLE_MARGIN];
            sv_upsample_piece(plane, sv_chroma_of(components)->shift_y, cells->dsp, y, first,
                              (inside + 1) / 2, scratch, to);
        }
        for (int x = inside; x < count; x++) {
            to[x] = to[inside - 1];
        }
    }
}

void sv_chroma_sum(const sv_chroma_cells *cells, sv_cell_samples samples, int at, int count,
                   int32_t *sums)
{
    const uint16_t *rows[2 * PLANES];
    for (int i = 0; i < 2 * PLANES; i++) {
        rows[i] = samples[i / 2][i % 2] + 2 * at;
    }
    cells->dsp->cell_sums(sums, SV_STRIP_ROW, rows, count,
                          sv_restoration_shift(cells->dsp->format));
}

/* ---- Sums of the coarser levels ---- */

/* Cells outside are like the nearest one inside. */
static void extend_sums(const sv_cell_map *sums)
{
    int columns = sums->columns, rows = sums->rows;
    size_t row_size = (size_t)sv_cell_map_width(sums) * sizeof *sums->data;
    for (int i = 0; i < SUMS; i++) {
        for (int y = 0; y < rows; y++) {
            int32_t *row = sv_cell_map_row(sums, i, y) + MARGIN;
            row[-2] = row[-1] = row[0];
            row[columns] = row[columns + 1] = row[columns - 1];
        }
        for (int y = 1; y <= MARGIN; y++) {
            memcpy(sv_cell_map_row(sums, i, -y), sv_cell_map_row(sums, i, 0), row_size);
            memcpy(sv_cell_map_row(sums, i, rows - 1 + y), sv_cell_map_row(sums, i, rows - 1),
                   row_size);
        }
    }
}

/* Adds the sums of a row of cells to those of the level above. */
static void add_cells(int32_t *to, const int32_t *from, int columns)
{
    for (int x = 0; x < columns; x++, from += RATIO) {
        for (int i = 0; i < RATIO; i++) {
            to[x] += from[i];
        }
    }
}

/* What a worker has for itself. */
typedef struct summer {
    sv_cell_samples samples;
    int32_t sums[SUMS][SV_STRIP_ROW];
} summer;

/* A row of cells of the finer of the coarse levels, in strips, which stay in cache. */
static void sum_row(void *shared, void *scratch, int row)
{
    const sv_chroma_cells *cells = shared;
    summer *own = scratch;
    const int columns = RATIO * cells->sums[0].columns; /* of the finest cells */
    for (int first = 0; first < columns; first += SV_STRIP_CELLS) {
        const int end = sv_min(first + SV_STRIP_CELLS, columns);
        for (int y = RATIO * row; y < RATIO * (row + 1); y++) {
            sv_chroma_load(cells, y, first, end, 0, own->samples);
            sv_chroma_sum(cells, own->samples, 0, end - first, own->sums[0]);
            for (int i = 0; i < SUMS; i++) {
                int32_t *to = sv_cell_map_row(&cells->sums[0], i, row) + MARGIN + first / RATIO;
                add_cells(to, own->sums[i], (end - first) / RATIO);
            }
        }
    }
}

static svac2_status sum_samples(sv_chroma_cells *cells, sv_env *env, svac2_error *error)
{
    uint64_t cost = SV_COST_CHROMA_CELLS * (uint64_t)sv_ctu_count((uint32_t)cells->width);
    sv_rows rows = {.count = cells->sums[0].rows,
                    .cost = cost / (SV_CTU_SIZE >> sv_cell_log2(1)),
                    .scratch = sizeof(summer),
                    .shared = cells,
                    .run = sum_row};
    SV_TRY(sv_parallel_rows(env, &rows, error));
    extend_sums(&cells->sums[0]);
    return SVAC2_OK;
}

static void sum_cells(const sv_cell_map *fine, const sv_cell_map *coarse)
{
    for (int i = 0; i < SUMS; i++) {
        for (int y = 0; y < fine->rows; y++) {
            add_cells(sv_cell_map_row(coarse, i, y / RATIO) + MARGIN,
                      sv_cell_map_row(fine, i, y) + MARGIN, coarse->columns);
        }
    }
    extend_sums(coarse);
}

svac2_status sv_chroma_cells_create(sv_chroma_cells *cells, const sv_picture *picture,
                                    const sv_dsp *dsp, int width, int height, sv_env *env,
                                    svac2_error *error)
{
    *cells = (sv_chroma_cells){.picture = picture, .dsp = dsp, .width = width, .height = height};
    bool complete = true;
    for (int i = 0; i < LEVELS - 1; i++) {
        complete = sv_cell_map_create(&cells->sums[i], sv_cells_along(width, i + 1),
                                      sv_cells_along(height, i + 1), SUMS) &&
                   complete;
    }
    svac2_status status =
        complete ? sum_samples(cells, env, error)
                 : sv_fail(error, SVAC2_ERR_MEMORY, "no memory to restore chroma of %dx%d samples",
                           width, height);
    if (status == SVAC2_OK) {
        sum_cells(&cells->sums[0], &cells->sums[1]);
    } else {
        sv_chroma_cells_free_sums(cells);
    }
    return status;
}

void sv_chroma_cells_free_sums(sv_chroma_cells *cells)
{
    for (int i = 0; i < LEVELS - 1; i++) {
        sv_free(cells->sums[i].data);
        cells->sums[i].data = NULL;
    }
}
