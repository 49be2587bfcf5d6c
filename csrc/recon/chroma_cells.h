/* The cells of chroma's restoration: their samples, chroma in full size, and the sums from which
 * lines are fitted (recon/restore_chroma.h). */
#ifndef SVAC2_RECON_CHROMA_CELLS_H
#define SVAC2_RECON_CHROMA_CELLS_H

#include <stdbool.h>

#include "common/env.h"
#include "dsp/chroma.h"
#include "dsp/dsp.h"
#include "format/chroma_restoration.h"
#include "format/limits.h"
#include "image/picture.h"

/* Numbers of the cells -2..columns + 1, -2..rows + 1, or of the corner above and left of each. */
typedef struct sv_cell_map {
    int columns, rows;
    int32_t *data;
} sv_cell_map;

/* All zeros. */
bool sv_cell_map_create(sv_cell_map *map, int columns, int rows, int numbers);

static inline ptrdiff_t sv_cell_map_width(const sv_cell_map *map)
{
    return map->columns + 2 * SV_CELL_MARGIN;
}

/* From one number to the next. */
static inline ptrdiff_t sv_cell_map_stride(const sv_cell_map *map)
{
    return sv_cell_map_width(map) * (map->rows + 2 * SV_CELL_MARGIN);
}

/* Row `row` of one of the numbers, from column -2 on. */
static inline int32_t *sv_cell_map_row(const sv_cell_map *map, int number, int row)
{
    return map->data + number * sv_cell_map_stride(map) +
           (row + SV_CELL_MARGIN) * sv_cell_map_width(map);
}

/* What a picture is restored from: its samples, and the sums of the coarser levels. */
typedef struct sv_chroma_cells {
    const sv_picture *picture; /* the caller's, not to be changed */
    const sv_dsp *dsp;         /* likewise */
    int width, height;
    sv_cell_map sums[SV_CHROMA_LEVELS - 1]; /* from the finer level on */
} sv_chroma_cells;

enum { SV_COST_CHROMA_CELLS = 2 }; /* for a CTU (common/env.h) */

svac2_status sv_chroma_cells_create(sv_chroma_cells *cells, const sv_picture *picture,
                                    const sv_dsp *dsp, int width, int height, sv_env *env,
                                    svac2_error *error);
/* After which there are samples only. */
void sv_chroma_cells_free_sums(sv_chroma_cells *cells);

/* A row of cells of 2x2 samples: both rows of samples of each plane, chroma in full size, from two
 * cells left of a strip on. */
typedef uint16_t sv_cell_samples[SV_CELL_PLANES][2][2 * SV_STRIP_ROW];

/* Some samples of row `row` of cells, the nearest ones beyond the picture's edges; those of the
 * cells first..end - 1, which are in the picture's grid, from the place `at` of a row on. */
void sv_chroma_load(const sv_chroma_cells *cells, int row, int first, int end, int at,
                    sv_cell_samples samples);
/* Their sums, SV_STRIP_ROW apart. */
void sv_chroma_sum(const sv_chroma_cells *cells, sv_cell_samples samples, int at, int count,
                   int32_t *sums);

#endif
