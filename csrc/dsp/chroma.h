/* Numbers that the kernels of chroma's restoration work on (recon/restore_chroma.h). */
#ifndef SVAC2_DSP_CHROMA_H
#define SVAC2_DSP_CHROMA_H

#include <stdint.h>

#include "format/restoration_params.h"

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

enum {
    /* What is taken off samples, so that sums stay small. */
    SV_CHROMA_ZERO = 1 << (SV_RESTORATION_DEPTH - 1),
    SV_CELL_PLANES = 3,
    SV_CELL_PRODUCTS = 6, /* of two planes */
    SV_CELL_SUMS = SV_CELL_PLANES + SV_CELL_PRODUCTS,
    /* Of a row of cells the kernels take no more than SV_STRIP_ROW. */
    SV_STRIP_CELLS = 128,
    SV_CELL_MARGIN = 2, /* cells around those of a strip or a map */
    SV_STRIP_ROW = SV_STRIP_CELLS + 2 * SV_CELL_MARGIN,
    SV_STRIP = 2 * SV_STRIP_CELLS
};

/* Which planes' products the sums are. */
static const uint8_t sv_product_planes[SV_CELL_PRODUCTS][2] = {{0, 0}, {1, 1}, {2, 2},
                                                               {0, 1}, {0, 2}, {1, 2}};

/* A number between the centres of two cells, the second of which counts `weight` of 8. */
static inline int32_t sv_between_cells(int32_t first, int32_t second, int weight)
{
    return ((8 - weight) * first + weight * second + 4) >> 3;
}

#endif
