/* The lines of chroma's restoration, mixed by the factors that a coded picture has for its levels
 * (recon/restore_chroma.h). */
#ifndef SVAC2_RECON_CHROMA_MIX_H
#define SVAC2_RECON_CHROMA_MIX_H

#include "recon/chroma_cells.h"

enum { SV_MIX_NUMBERS = 2 * SV_LINE_MIXED }; /* of Cb, then of Cr */

/* The coarser levels, mixed by some factors, on the grid of the finer one. */
typedef struct sv_chroma_mix {
    const sv_chroma_restoration_params *params; /* the caller's */
    sv_cell_map coarse;
} sv_chroma_mix;

svac2_status sv_chroma_mix_create(sv_chroma_mix *mix, const sv_chroma_cells *cells,
                                  const sv_chroma_restoration_params *params, svac2_error *error);
void sv_chroma_mix_destroy(sv_chroma_mix *mix);

/* A row of numbers of cells or corners, from column -2 on, and the way from number to number. */
typedef struct sv_cell_row {
    int32_t *data;
    ptrdiff_t stride;
    int columns;
} sv_cell_row;

/* Sets row `row` of some level's cells to what a map of the level above has there; the row begins
 * at column x of the level, a multiple of four. */
void sv_mix_refine(sv_cell_row to, const sv_cell_map *coarse, const sv_dsp *dsp, int x, int row);
/* Adds to it what the lines of a level, from the corners above and below, say times the factors. */
void sv_mix_add(sv_cell_row to, sv_cell_row above, const int32_t *below, const sv_dsp *dsp,
                const sv_chroma_restoration_params *params, int level);

#endif
