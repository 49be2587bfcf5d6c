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
    SV_ALF_SAVED_ROWS = 2 * SV_ALF_ROW_MARGIN, /* around each border of CTU rows */
    SV_ALF_PHASE_ROWS = SV_CTU_SIZE / 2 + 2
};

typedef struct sv_alf_tile {
    uint16_t memory[SV_ALF_TILE_ROWS * SV_ALF_TILE_STRIDE];
    int x, y, width, height; /* of the CTU in the plane, margins not counted */
} sv_alf_tile;

/* All planes; for 4:2:0 also the luma samples by their place in the 2x2 of a chroma sample. */
typedef struct sv_alf_tiles {
    sv_alf_tile planes[SV_PLANES_MAX];
    uint16_t phases[2][2][SV_ALF_PHASE_ROWS * SV_ALF_TILE_STRIDE]; /* [y & 1][x & 1] */
} sv_alf_tiles;

static inline const uint16_t *sv_alf_tile_at(const sv_alf_tile *tile, int x, int y)
{
    return tile->memory + (y + SV_ALF_ROW_MARGIN) * SV_ALF_TILE_STRIDE + SV_ALF_MARGIN + x;
}

/* Side of a CTU in a plane. */
static inline int sv_alf_ctu_size(const sv_picture *picture, int plane)
{
    return SV_CTU_SIZE >> sv_plane_shift(&picture->components, plane);
}

/* Loads a tile. saved: the unfiltered rows around the borders of CTU rows, where filtering is in
 * place; the left margin then comes from what the tile held before, the CTU to the left. NULL:
 * nothing of the plane is filtered. */
void sv_alf_load_tile(sv_alf_tile *tile, const sv_plane *plane, const uint16_t *saved, int ctu_size,
                      int ctu_x, int ctu_y);
void sv_alf_load_phases(sv_alf_tiles *tiles);

/* What the coefficients of a chroma filter multiply, at the tile's first sample, in their order:
 * terms[3 k] + terms[3 k + 1] - 2 terms[3 k + 2]. Returns their number. */
int sv_alf_chroma_features(const uint16_t *terms[3 * SV_ALF_FEATURES_MAX],
                           const sv_alf_tiles *tiles, int chroma, int chroma_shift);

#endif
