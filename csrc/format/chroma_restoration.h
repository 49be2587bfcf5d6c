/* The numbers of chroma's restoration (recon/restore_chroma.h). */
#ifndef SVAC2_FORMAT_CHROMA_RESTORATION_H
#define SVAC2_FORMAT_CHROMA_RESTORATION_H

#include "format/restoration_params.h"

enum {
    SV_CHROMA_CELL_LOG2 = 1, /* of a cell's side, four times as large at each further level */
    SV_CHROMA_LEVEL_LOG2 = 2,
    SV_CHROMA_COVARIANCE_BITS = 4, /* fraction of means and covariances */
    SV_CHROMA_SLOPE_BITS = 8,      /* of slopes and weights */
    SV_CHROMA_SLOPE_MAX = 1023,
    SV_CHROMA_LINE_BITS = SV_CHROMA_SLOPE_BITS + 2, /* of lines: the sum of those at four corners */
    /* What is added to the variances of the other planes; variance of chroma that is taken for
     * error. */
    SV_CHROMA_EPSILON = 32 << SV_CHROMA_COVARIANCE_BITS,
    SV_CHROMA_NOISE = 64 << SV_CHROMA_COVARIANCE_BITS
};

/* Side of a cell at a level. */
static inline int sv_cell_log2(int level)
{
    return SV_CHROMA_CELL_LOG2 + level * SV_CHROMA_LEVEL_LOG2;
}

/* Cells along a side at a level: the picture is extended to whole cells of the coarsest one. */
static inline int sv_cells_along(int size, int level)
{
    int coarsest = sv_cell_log2(SV_CHROMA_LEVELS - 1);
    int count = (size + (1 << coarsest) - 1) >> coarsest;
    return count << (coarsest - sv_cell_log2(level));
}

#endif
