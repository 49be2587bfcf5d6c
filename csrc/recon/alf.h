/* The adaptive loop filter, in the manner of H.266 8.8.5: Wiener filters whose coefficients the
 * encoder sends, chosen per 4x4 luma block by local gradients. It works in place, CTU by CTU: rows
 * around the borders of CTU rows are saved beforehand, so that CTU rows are independent. */
#ifndef SVAC2_RECON_ALF_H
#define SVAC2_RECON_ALF_H

#include "dsp/dsp.h"
#include "dsp/loop_filter_constants.h"
#include "format/alf_params.h"
#include "format/limits.h"
#include "image/picture.h"

enum {
    SV_ALF_MARGIN = 16,    /* columns on both sides of a tile */
    SV_ALF_ROW_MARGIN = 3, /* rows above and below */
    SV_ALF_TILE_STRIDE = SV_CTU_SIZE + 2 * SV_ALF_MARGIN,
    SV_ALF_TILE_ROWS = SV_CTU_SIZE + 2 * SV_ALF_ROW_MARGIN,
    SV_ALF_TILE_BLOCKS = SV_CTU_SIZE / 4
};

/* Unfiltered samples of one plane of a CTU and around it. */
typedef struct sv_alf_tile {
    uint16_t memory[SV_ALF_TILE_ROWS * SV_ALF_TILE_STRIDE];
    int x, y, width, height; /* of the CTU in the plane, margins not counted */
} sv_alf_tile;

static inline const uint16_t *sv_alf_tile_at(const sv_alf_tile *tile, int x, int y)
{
    return tile->memory + (y + SV_ALF_ROW_MARGIN) * SV_ALF_TILE_STRIDE + SV_ALF_MARGIN + x;
}

/* Filters as the kernels take them. */
typedef struct sv_alf_filters {
    int16_t luma[SV_ALF_CLASSES * SV_ALF_ORIENTATIONS * SV_ALF_LUMA_ENTRIES];
    int16_t chroma[2][SV_ALF_CHROMA_ENTRIES];
} sv_alf_filters;

/* Where coefficient k lies in a block of the given orientation: an index of sv_alf_luma_taps. */
void sv_alf_orient(int orientation, uint8_t tap_of[SV_ALF_LUMA_COEFS]);
void sv_alf_expand(sv_alf_filters *filters, const sv_alf_params *params);

/* Loads a tile of a plane of which nothing is filtered yet. ctu_size is that of the plane. */
void sv_alf_load_tile(sv_alf_tile *tile, const sv_plane *plane, int ctu_size, int ctu_x, int ctu_y);
/* Filters a tile into dst, which points to the CTU's first sample. */
void sv_alf_filter_luma(const sv_alf_tile *tile, const sv_alf_filters *filters, const sv_dsp *dsp,
                        uint16_t *dst, ptrdiff_t stride);
void sv_alf_filter_chroma(const sv_alf_tile *tile, const sv_alf_filters *filters, int component,
                          const sv_dsp *dsp, uint16_t *dst, ptrdiff_t stride);

typedef struct sv_alf {
    sv_picture *picture;
    const sv_dsp *dsp;
    const uint8_t *ctu_flags; /* one byte per CTU, row by row */
    int ctu_cols, ctu_rows;
    unsigned planes;    /* bit p: plane p has filters */
    uint16_t *saved[3]; /* unfiltered rows around each border of CTU rows */
    sv_alf_filters filters;
} sv_alf;

/* Saves what sv_alf_filter_row needs; everything must be deblocked. Keeps the pointers. */
svac2_status sv_alf_prepare(sv_alf *alf, sv_picture *picture, const sv_alf_params *params,
                            const uint8_t *ctu_flags, const sv_dsp *dsp, svac2_error *error);
/* Filters one row of CTUs in place. Different rows may run at the same time, in any order. */
void sv_alf_filter_row(const sv_alf *alf, int ctu_row);
void sv_alf_destroy(sv_alf *alf);

#endif
