/* Unfiltered samples of a CTU and around it, from which the adaptive loop filter works. */
#ifndef SVAC2_RECON_ALF_TILE_H
#define SVAC2_RECON_ALF_TILE_H

#include <stddef.h>
#include <stdint.h>

#include "dsp/dsp.h"
#include "format/limits.h"
#include "image/picture.h"

enum {
    SV_ALF_MARGIN = 16,    /* columns on both sides of a tile */
    SV_ALF_ROW_MARGIN = 3, /* rows above and below */
    SV_ALF_TILE_STRIDE = SV_CTU_SIZE + 2 * SV_ALF_MARGIN,
    SV_ALF_TILE_ROWS = SV_CTU_SIZE + 2 * SV_ALF_ROW_MARGIN,
    SV_ALF_TILE_BLOCKS = SV_CTU_SIZE / 4,
    SV_ALF_SAVED_ROWS = 2 * SV_ALF_ROW_MARGIN,    /* around each border of CTU rows */
    SV_ALF_PHASE_ROWS = 4 * (SV_CTU_SIZE / 2 + 2) /* of all phases */
};

typedef struct sv_alf_tile {
    uint16_t memory[SV_ALF_TILE_ROWS * SV_ALF_TILE_STRIDE];
    int x, y, width, height; /* of the CTU in the plane, margins not counted */
} sv_alf_tile;

/* All planes; where chroma is smaller also the luma samples in phases, by their place among those
 * of a chroma sample. */
typedef struct sv_alf_tiles {
    sv_alf_tile planes[SV_PLANES_MAX];
    uint16_t phases[SV_ALF_PHASE_ROWS * SV_ALF_TILE_STRIDE];
} sv_alf_tiles;

static inline const uint16_t *sv_alf_tile_at(const sv_alf_tile *tile, int x, int y)
{
    return tile->memory + (y + SV_ALF_ROW_MARGIN) * SV_ALF_TILE_STRIDE + SV_ALF_MARGIN + x;
}

/* Unfiltered rows around the borders of CTU rows, of the last `count` borders: that above CTU row y
 * is at y % count. NULL: nothing of the plane is filtered. */
typedef struct sv_alf_borders {
    int count;
    uint16_t *rows[SV_PLANES_MAX];
} sv_alf_borders;

/* Loads a tile of a plane. borders: where filtering is in place; the left margin then comes from
 * what the tile held before, the CTU to the left. NULL: no plane is filtered. */
void sv_alf_load_tile(sv_alf_tile *tile, const sv_picture *picture, int plane_index,
                      const sv_alf_borders *borders, int ctu_x, int ctu_y);
void sv_alf_load_phases(sv_alf_tiles *tiles, const sv_component *chroma);

/* What the coefficients of the chroma filters multiply, at the tile's first sample, pairs of Cb
 * first, then of Cr, then luma: terms[3 k] + terms[3 k + 1] - 2 terms[3 k + 2]. Returns their
 * number. */
int sv_alf_chroma_features(const uint16_t *terms[3 * SV_ALF_FEATURES_MAX],
                           const sv_alf_tiles *tiles, const sv_component *component);

#endif
