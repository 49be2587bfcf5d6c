/* Interleaved 8-bit images to planar 10-bit pictures and back: BT.601 full range. */
#ifndef SVAC2_IMAGE_COLOR_H
#define SVAC2_IMAGE_COLOR_H

#include "dsp/dsp.h"
#include "image/picture.h"

/* Fills a created picture, whose size is that of the image rounded up to a multiple of
 * SV_PICTURE_ALIGN; edges are replicated. One channel fills 4:0:0, three fill 4:2:0 or 4:4:4. */
svac2_status sv_picture_from_image(sv_picture *picture, const svac2_image *image, const sv_dsp *dsp,
                                   svac2_error *error);

/* Writes rows first_row .. first_row + row_count - 1 of the output, `width` pixels of as many
 * channels as the picture has planes. pixels points to row 0 of the output, rows `stride` bytes
 * apart. Only reads the picture: disjoint ranges may run at the same time. */
svac2_status sv_picture_rows_to_image(const sv_picture *picture, const sv_dsp *dsp, int first_row,
                                      int row_count, uint8_t *pixels, ptrdiff_t stride,
                                      uint32_t width, svac2_error *error);

#endif
