/* The lines of chroma's restoration: for each cell, how a chroma plane follows from the other two
 * planes (recon/restore_chroma.h). */
#ifndef SVAC2_RECON_CHROMA_LINES_H
#define SVAC2_RECON_CHROMA_LINES_H

#include <stdbool.h>

#include "common/env.h"
#include "format/chroma_restoration.h"
#include "format/limits.h"
#include "image/picture.h"

/* Coefficients of a chroma plane: its correction by a line is slopes times luma and the other
 * chroma plane, plus a constant, less so much of the sample itself; that to the mean has the last
 * two only. A mix of both has the first four. */
enum {
    SV_LINE_LUMA,
    SV_LINE_OTHER,
    SV_LINE_CONSTANT,
    SV_LINE_OWN,
    SV_MEAN_CONSTANT,
    SV_MEAN_OWN,
    SV_LINE_COEFFICIENTS,
    SV_LINE_MIXED = SV_MEAN_CONSTANT
};

/* Of each cell, -1..columns and -1..rows: so many numbers, number by number. */
typedef struct sv_cell_map {
    int columns, rows;
    int32_t *data;
} sv_cell_map;

bool sv_cell_map_create(sv_cell_map *map, int columns, int rows, int numbers);

static inline ptrdiff_t sv_cell_map_stride(const sv_cell_map *map) { return map->columns + 2; }

/* Row `row`, -1..rows, of one of the numbers, from column -1 on. */
static inline int32_t *sv_cell_map_row(const sv_cell_map *map, int number, int row)
{
    return map->data + ((ptrdiff_t)number * (map->rows + 2) + row + 1) * sv_cell_map_stride(map);
}

enum {
    /* What is taken off samples, so that sums stay small. */
    SV_CHROMA_ZERO = 1 << (SV_RESTORATION_DEPTH - 1),
    SV_LINE_PLANES = 3,
    SV_LINE_PRODUCTS = 6, /* of two planes */
    SV_LINE_SUMS = SV_LINE_PLANES + SV_LINE_PRODUCTS
};

/* Which planes' products the sums are. */
extern const uint8_t sv_product_planes[SV_LINE_PRODUCTS][2];

/* Sums over cells -2..columns + 1, -2..rows + 1: at most 2^28 in magnitude, since samples less
 * SV_CHROMA_ZERO are at most 2^9 and cells have at most 2^10 of them. */
typedef struct sv_cell_sums {
    int columns, rows;
    int32_t *data;
} sv_cell_sums;

static inline int32_t *sv_cell_sums_row(const sv_cell_sums *sums, int number, int row)
{
    return sums->data + ((ptrdiff_t)number * (sums->rows + 4) + row + 2) * (sums->columns + 4);
}

/* The lines of a level from its sums. */
void sv_fit_lines(const sv_cell_sums *sums, int level, const sv_cell_map *map);

/* The lines of the coarser levels, for a whole picture in 4:4:4. */
typedef struct sv_chroma_lines {
    const sv_picture *picture; /* the caller's, not to be changed */
    sv_format format;
    int width, height;
    sv_cell_map coarse[SV_CHROMA_LEVELS - 1]; /* from the finer one on */
} sv_chroma_lines;

enum { SV_COST_CHROMA_LINES = 5 }; /* for a CTU (common/env.h) */

svac2_status sv_chroma_lines_create(sv_chroma_lines *lines, const sv_picture *picture,
                                    sv_format format, int width, int height, sv_env *env,
                                    svac2_error *error);
void sv_chroma_lines_destroy(sv_chroma_lines *lines);

#endif
