/* Prediction modes, reference lines, transform sets, and how they are derived. */
#ifndef SVAC2_FORMAT_MODES_H
#define SVAC2_FORMAT_MODES_H

#include <stddef.h>

#include "format/tables.h"
#include "format/tree.h"

/* 2..66 are directions: 2 from bottom left, 18 horizontal, 34 diagonal, 50 vertical, 66 from top
 * right (H.266 8.4.5.2). */
typedef enum sv_mode {
    SV_MODE_PLANAR = 0,
    SV_MODE_DC = 1,
    SV_MODE_FIRST_ANGULAR = 2,
    SV_MODE_HORIZONTAL = 18,
    SV_MODE_DIAGONAL = 34,
    SV_MODE_VERTICAL = 50,
    SV_MODE_LAST_ANGULAR = 66,
    SV_MODE_INTRA_COUNT = 67,
    SV_MODE_INTER_LAYER = 67, /* the layer below, up-scaled */
    SV_MODE_LINEAR = 68,      /* chroma from luma, parameters from both sides */
    SV_MODE_LINEAR_LEFT = 69, /* from the left side, extended downwards */
    SV_MODE_LINEAR_TOP = 70,  /* from above, extended to the right */
    SV_MODE_CONVOLVED = 71    /* chroma from luma by a filter */
} sv_mode;

/* How a chroma mode is coded. */
typedef enum sv_chroma_index {
    SV_CHROMA_DERIVED, /* the mode of the luma block at the centre, on the grid of chroma */
    SV_CHROMA_LINEAR,
    SV_CHROMA_LINEAR_LEFT,
    SV_CHROMA_LINEAR_TOP,
    SV_CHROMA_CONVOLVED,
    SV_CHROMA_PLANAR,
    SV_CHROMA_VERTICAL,
    SV_CHROMA_HORIZONTAL,
    SV_CHROMA_DC,
    SV_CHROMA_INTER_LAYER, /* only where there is a layer below; the last one */
    SV_CHROMA_INDEX_COUNT
} sv_chroma_index;

enum { SV_MPM_COUNT = 6, SV_REFERENCE_LINES = 3 };

/* Distance of each coded reference line from the block; line 0 touches it. */
static inline int sv_line_offset(int line) { return line == 2 ? 3 : line; }

/* Whether a luma block may take another line than the first: it needs both sides. */
static inline bool sv_line_choice(const sv_block_map *map, int x, int y)
{
    return sv_unit_at(map, x - 1, y) != NULL && sv_unit_at(map, x, y - 1) != NULL;
}

/* Horizontal and vertical basis of a transform set; those from SV_TX_SECONDARY on are DCT-2 and a
 * kernel of secondary transforms (format/secondary.h). */
typedef enum sv_tx_set {
    SV_TX_DCT2,
    SV_TX_DST7,
    SV_TX_DCT8_DST7, /* horizontal DCT-8, vertical DST-7 */
    SV_TX_DST7_DCT8,
    SV_TX_DCT8,
    SV_TX_SECONDARY,
    SV_TX_SECONDARY_2
} sv_tx_set;

/* Of each set: along the rows, and down the columns; those with the same columns stand side by
 * side, as estimates share them (enc/estimate.c). */
static const uint8_t sv_tx_bases[SV_TX_SECONDARY_2 + 1][2] = {
    [SV_TX_DST7] = {SV_BASIS_DST7, SV_BASIS_DST7},
    [SV_TX_DCT8_DST7] = {SV_BASIS_DCT8, SV_BASIS_DST7},
    [SV_TX_DST7_DCT8] = {SV_BASIS_DST7, SV_BASIS_DCT8},
    [SV_TX_DCT8] = {SV_BASIS_DCT8, SV_BASIS_DCT8}};

static inline sv_basis sv_horizontal_basis(int tx_set) { return (sv_basis)sv_tx_bases[tx_set][0]; }
static inline sv_basis sv_vertical_basis(int tx_set) { return (sv_basis)sv_tx_bases[tx_set][1]; }

/* Sets other than DCT-2 are for blocks of both sides up to 32; those of chroma have the secondary
 * transforms alone. */
static inline bool sv_tx_choice(int log2_w, int log2_h) { return log2_w <= 5 && log2_h <= 5; }

/* The filter over luma is for chroma blocks of so many samples: smaller ones gain less than its fit
 * costs the decoder. */
enum { SV_CONVOLVED_LOG2_AREA = 6 };
static inline bool sv_convolved_choice(int log2_w, int log2_h)
{
    return log2_w + log2_h >= SV_CONVOLVED_LOG2_AREA;
}

/* Whether the levels of all planes of a block lie in a corner. */
static inline bool sv_levels_within(const sv_cu *cu, int side)
{
    bool within = true;
    for (int plane = 0; plane < SV_COMPONENT_PLANES_MAX; plane++) {
        within &=
            !(cu->cbf >> plane & 1) || (cu->extent_w[plane] <= side && cu->extent_h[plane] <= side);
    }
    return within;
}

/* Whether the block there is predicted from the layer below. */
static inline bool sv_is_inter_layer(const sv_unit *unit)
{
    return unit != NULL && unit->mode == SV_MODE_INTER_LAYER;
}

/* Most probable modes of a luma block, all different, most probable first; returns how many of the
 * two neighbours have a direction. */
int sv_most_probable_modes(const sv_block_map *map, int x, int y, int log2_w, int log2_h,
                           uint8_t modes[SV_MPM_COUNT]);

/* The prediction mode that a chroma index means for a block at (x, y) of the chroma grid. */
sv_mode sv_chroma_mode(const sv_layout *layout, int x, int y, int log2_w, int log2_h,
                       sv_chroma_index index);

#endif
