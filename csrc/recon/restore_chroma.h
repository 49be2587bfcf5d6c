/* Restoration of chroma: each plane corrected by what the other two say of it, the last step before
 * output beside the restoration of luma.
 *
 * A guided filter (He, Sun, Tang, "Guided Image Filtering", ECCV 2010) with two guides, luma and
 * the other chroma plane, at three sizes of windows, whose parts a coded picture mixes by factors
 * (format/restoration_params.h). As in its fast form (He, Sun, 2015) there is one line for each
 * cell of 2^k x 2^k samples:
 *
 *     cells --> sums of samples and products --> at each corner of cells a line, fitted to the four
 *     cells around --> line of a cell: mean of those at its corners --> interpolated to samples
 *
 * chroma_lines.c makes the lines, chroma_mix.c mixes those of several levels; here are tiles, for
 * which the finest level is made, and the picture. */
#ifndef SVAC2_RECON_RESTORE_CHROMA_H
#define SVAC2_RECON_RESTORE_CHROMA_H

#include "dsp/dsp.h"
#include "recon/chroma_mix.h"

enum { SV_COST_CHROMA_TILE = 15 }; /* for a CTU (common/env.h) */

/* Restores the chroma of a picture, from its luma as it is; it becomes 4:4:4. What lies outside
 * width x height is lost. */
svac2_status sv_restore_chroma(sv_picture *picture, int width, int height,
                               const sv_chroma_restoration_params *params, const sv_dsp *dsp,
                               sv_env *env, svac2_error *error);

/* ---- The parts, for the search of factors ---- */

/* A square of SV_CHROMA_TILE samples, with what its corrections need. */
enum {
    SV_CHROMA_TILE = 64,
    SV_CHROMA_TILE_CELLS = SV_CHROMA_TILE / 2,
    SV_CHROMA_TILE_MARGIN = 4, /* two cells on each side */
    SV_CHROMA_TILE_SAMPLES = SV_CHROMA_TILE + 2 * SV_CHROMA_TILE_MARGIN
};
typedef struct sv_chroma_tile {
    int column, row; /* of its first cell */
    int shift;       /* of samples, to those that restoration sees */
    int16_t samples[SV_LINE_PLANES][SV_CHROMA_TILE_SAMPLES][SV_CHROMA_TILE_SAMPLES];
    int32_t sums[SV_LINE_SUMS * (SV_CHROMA_TILE_CELLS + 4) * (SV_CHROMA_TILE_CELLS + 4)];
    int32_t line_data[2 * SV_LINE_COEFFICIENTS * (SV_CHROMA_TILE_CELLS + 2) *
                      (SV_CHROMA_TILE_CELLS + 2)];
    int32_t mix_data[2 * SV_LINE_MIXED * (SV_CHROMA_TILE_CELLS + 2) * (SV_CHROMA_TILE_CELLS + 2)];
    sv_cell_map lines, mix; /* of those cells that are in the grid */
} sv_chroma_tile;

/* How many tiles there are along a side. */
static inline int sv_chroma_tiles(int size) { return (size + SV_CHROMA_TILE - 1) / SV_CHROMA_TILE; }

/* Loads the tile at column x and row y of tiles. */
void sv_chroma_tile_load(sv_chroma_tile *tile, const sv_chroma_lines *lines, int x, int y);
/* What is to be added to the samples of both planes; outside the picture it says nothing. */
typedef int16_t sv_chroma_corrections[2][SV_CHROMA_TILE][SV_CHROMA_TILE];
void sv_chroma_tile_corrections(sv_chroma_tile *tile, const sv_chroma_mix *mix,
                                sv_chroma_corrections corrections);

#endif
