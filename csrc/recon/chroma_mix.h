/* The lines of chroma's restoration, mixed by the factors that a coded picture has for its levels
 * (recon/restore_chroma.h). */
#ifndef SVAC2_RECON_CHROMA_MIX_H
#define SVAC2_RECON_CHROMA_MIX_H

#include "recon/chroma_lines.h"

/* The coarser levels, mixed by some factors, on the grid of the finer one. */
typedef struct sv_chroma_mix {
    const sv_chroma_restoration_params *params; /* the caller's */
    sv_cell_map coarse;
} sv_chroma_mix;

svac2_status sv_chroma_mix_create(sv_chroma_mix *mix, const sv_chroma_lines *lines,
                                  const sv_chroma_restoration_params *params, svac2_error *error);
void sv_chroma_mix_destroy(sv_chroma_mix *mix);

/* The corrections of a level times the factors of each plane. */
void sv_mix_weigh(const sv_cell_map *lines, const sv_chroma_restoration_params *params, int level,
                  const sv_cell_map *mix);
/* Adds numbers interpolated from a map of the level above, on whose grid, four times as fine, the
 * map begins at column x and row y, multiples of four. */
void sv_mix_add_coarse(const sv_cell_map *map, const sv_cell_map *coarse, int x, int y);

/* A number between the centres of two cells, the second of which counts `weight` of 8. */
static inline int32_t sv_between_cells(int32_t first, int32_t second, int weight)
{
    return ((8 - weight) * first + weight * second + 4) >> 3;
}

#endif
