/* Planar pictures of 16-bit samples. */
#ifndef SVAC2_IMAGE_PICTURE_H
#define SVAC2_IMAGE_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#include "format/components.h"

typedef struct sv_plane {
    uint16_t *data;
    ptrdiff_t stride; /* in samples; a multiple of 32 */
    int width, height;
} sv_plane;

/* Y, Cb, Cr (or Y alone). */
typedef struct sv_picture {
    sv_components components;
    sv_plane planes[SV_PLANES_MAX];
} sv_picture;

/* Samples from row to row, for planes of that width. */
static inline ptrdiff_t sv_plane_stride(int width) { return (width + 31) / 32 * 32; }

/* Samples are not initialised. */
svac2_status sv_plane_create(sv_plane *plane, int width, int height, svac2_error *error);

/* Luma width x height, both multiples of 8. Samples are not initialised. */
svac2_status sv_picture_create(sv_picture *picture, int width, int height, sv_components components,
                               svac2_error *error);
void sv_picture_destroy(sv_picture *picture);

/* A part of a picture as a picture, which owns nothing: from luma's sample (x, y) on, on the grids
 * of all planes, luma width x height. */
sv_picture sv_picture_part(const sv_picture *picture, int x, int y, int width, int height);

/* Copies rows of samples. */
void sv_copy_rows(uint16_t *to, ptrdiff_t to_stride, const uint16_t *from, ptrdiff_t from_stride,
                  int width, int height);

#endif
