/* One row at a time: chroma of 4:2:0 and 4:2:2, 2:1 down for the encoder, 1:2 up for the output,
 * and layers, 1:2 up. Widths are halved and doubled, heights where shift_y is 1, not where it is 0.
 * The filters are those of format/resampling.h and dsp/source_constants.h; edges are replicated. */
#ifndef SVAC2_IMAGE_RESAMPLE_H
#define SVAC2_IMAGE_RESAMPLE_H

#include "dsp/dsp.h"
#include "image/picture.h"

enum { SV_RESAMPLE_MARGIN = 16 }; /* samples of padding on both sides of a row */

/* Row `row` of the larger plane: 2 * plane->width samples to dst.
 * scratch has room for plane->width + 2 * SV_RESAMPLE_MARGIN samples. */
void sv_upsample_row(const sv_plane *plane, int shift_y, const sv_dsp *dsp, int row,
                     int16_t *scratch, uint16_t *dst);

/* A piece of it: 2 * count samples, from those that stand for plane's column `first`. */
void sv_upsample_piece(const sv_plane *plane, int shift_y, const sv_dsp *dsp, int row, int first,
                       int count, int16_t *scratch, uint16_t *dst);

/* Takes the rows of one full-size chroma plane in order and fills the smaller plane. */
typedef struct sv_downsampler {
    sv_plane *plane;
    const sv_dsp *dsp;
    int shift_y;
    int16_t *ring;    /* the last rows, halved in width, plane->stride apart */
    uint16_t *source; /* the next full row, with its margins */
    int rows_in, rows_out;
} sv_downsampler;

svac2_status sv_downsampler_init(sv_downsampler *down, sv_plane *plane, int shift_y,
                                 const sv_dsp *dsp, svac2_error *error);
void sv_downsampler_destroy(sv_downsampler *down);
/* Where the caller puts the next full row: 2 * plane->width samples. */
uint16_t *sv_downsampler_row(sv_downsampler *down);
/* Takes the row that was put there. */
void sv_downsampler_push(sv_downsampler *down);
/* After the last row: completes the plane, replicating that row as far as needed. */
void sv_downsampler_finish(sv_downsampler *down);

#endif
