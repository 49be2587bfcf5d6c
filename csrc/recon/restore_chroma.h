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
 */
#ifndef SVAC2_RECON_RESTORE_CHROMA_H
#define SVAC2_RECON_RESTORE_CHROMA_H

#include "common/env.h"
#include "dsp/dsp.h"
#include "format/limits.h"
#include "format/restoration_params.h"
#include "image/picture.h"

/* What it costs for a CTU (common/env.h): the lines of the coarser levels, and the rest. */
enum { SV_COST_CHROMA_LINES = 5, SV_COST_CHROMA_TILE = 15 };

/* Restores the chroma of a picture, from its luma as it is; 4:2:0 becomes 4:4:4. What lies outside
 * width x height is lost. */
svac2_status sv_restore_chroma(sv_picture *picture, int width, int height,
                               const sv_chroma_restoration_params *params, const sv_dsp *dsp,
                               sv_env *env, svac2_error *error);

/* ---- The parts, for the search of factors ---- */

/* Of each cell, -1..columns and -1..rows: so many numbers, number by number. */
typedef struct sv_cell_map {
    int columns, rows;
    int32_t *data;
} sv_cell_map;

/* The lines of the coarser levels, for a whole picture in 4:4:4. */
typedef struct sv_chroma_lines {
    const sv_picture *picture; /* the caller's, not to be changed */
    int width, height;
    sv_cell_map coarse[SV_CHROMA_LEVELS - 1]; /* from the finer one on */
} sv_chroma_lines;

svac2_status sv_chroma_lines_create(sv_chroma_lines *lines, const sv_picture *picture, int width,
                                    int height, sv_env *env, svac2_error *error);
void sv_chroma_lines_destroy(sv_chroma_lines *lines);

/* The coarser levels, mixed by some factors, on the grid of the finer one. */
typedef struct sv_chroma_mix {
    const sv_chroma_restoration_params *params; /* the caller's */
    sv_cell_map coarse;
} sv_chroma_mix;

svac2_status sv_chroma_mix_create(sv_chroma_mix *mix, const sv_chroma_lines *lines,
                                  const sv_chroma_restoration_params *params, svac2_error *error);
void sv_chroma_mix_destroy(sv_chroma_mix *mix);

/* A square of SV_CHROMA_TILE samples, with what its corrections need. */
enum {
    SV_CHROMA_TILE = 64,
    SV_CHROMA_TILE_CELLS = SV_CHROMA_TILE / 2,
    SV_CHROMA_TILE_MARGIN = 4, /* two cells on each side */
    SV_CHROMA_TILE_SAMPLES = SV_CHROMA_TILE + 2 * SV_CHROMA_TILE_MARGIN
};
typedef struct sv_chroma_tile {
    int column, row; /* of its first cell */
    int16_t samples[3][SV_CHROMA_TILE_SAMPLES][SV_CHROMA_TILE_SAMPLES];
    int32_t sums[9 * (SV_CHROMA_TILE_CELLS + 4) * (SV_CHROMA_TILE_CELLS + 4)];
    int32_t line_data[12 * (SV_CHROMA_TILE_CELLS + 2) * (SV_CHROMA_TILE_CELLS + 2)];
    int32_t mix_data[8 * (SV_CHROMA_TILE_CELLS + 2) * (SV_CHROMA_TILE_CELLS + 2)];
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
