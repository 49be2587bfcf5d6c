/* The adaptive loop filter, in the manner of H.266 8.8.5: Wiener filters whose coefficients the
 * encoder sends, for luma chosen per 4x4 block by local gradients, for chroma over all planes. It
 * works in place, CTU by CTU: rows around the borders of CTU rows are saved beforehand, so that CTU
 * rows are independent. */
#ifndef SVAC2_RECON_ALF_H
#define SVAC2_RECON_ALF_H

#include <stdbool.h>

#include "dsp/dsp.h"
#include "format/alf.h"
#include "recon/alf_tile.h"

/* Entries of a chroma filter: the coefficients of pairs of Cb, of Cr, and of luma, those of the
 * samples in the middle of these, padding. */
enum { SV_ALF_CHROMA_ENTRIES = SV_ALF_CHROMA_COEFS_MAX + 3 + 1 };

/* Filters as the kernels take them. */
typedef struct sv_alf_filters {
    int16_t luma[SV_ALF_CLASSES * SV_ALF_ORIENTATIONS * SV_ALF_LUMA_ENTRIES];
    int16_t chroma[2][SV_ALF_CHROMA_ENTRIES];
} sv_alf_filters;

/* Where coefficient k lies in a block of the given orientation: an index of sv_alf_luma_taps. */
void sv_alf_orient(int orientation, uint8_t tap_of[SV_ALF_LUMA_PAIRS]);
void sv_alf_expand(sv_alf_filters *filters, const sv_alf_params *params,
                   const sv_component *component);

/* Chroma planes, 0 or 1, that are filtered together, since they are made of the same; samples: the
 * first ones of a CTU. */
typedef struct sv_alf_chroma_target {
    int planes[2];
    uint16_t *samples[2];
    ptrdiff_t stride;
    int count;
} sv_alf_chroma_target;

/* Filter a CTU, of which dst is luma's first sample. For chroma all tiles must be loaded, and the
 * phases. */
void sv_alf_filter_luma(const sv_alf_tile *tile, const sv_alf_filters *filters, const sv_dsp *dsp,
                        uint16_t *dst, ptrdiff_t stride);
void sv_alf_filter_chroma(const sv_alf_tiles *tiles, const sv_alf_filters *filters,
                          const sv_alf_chroma_target *target, const sv_component *component,
                          const sv_dsp *dsp);

typedef struct sv_alf {
    sv_picture *picture;
    const sv_dsp *dsp;
    const uint8_t *ctu_flags; /* one byte per CTU, row by row */
    int ctu_cols, ctu_rows;
    bool on[SV_PLANES_MAX]; /* planes that have filters */
    sv_alf_borders borders;
    sv_alf_filters filters;
} sv_alf;

/* borders: of CTU rows, that are saved at a time. Keeps the pointers. To be destroyed in any case.
 */
svac2_status sv_alf_create(sv_alf *alf, sv_picture *picture, const sv_alf_params *params,
                           const uint8_t *ctu_flags, int borders, const sv_dsp *dsp,
                           svac2_error *error);
/* Saves the border above a row of CTUs; that row and the one above must be deblocked. */
void sv_alf_save_border(sv_alf *alf, int ctu_row);
/* Filters one row of CTUs in place, by way of *tiles; the borders above and below must be saved.
 * Different rows may run at the same time, in any order. */
void sv_alf_filter_row(const sv_alf *alf, sv_alf_tiles *tiles, int ctu_row);
void sv_alf_destroy(sv_alf *alf);

#endif
