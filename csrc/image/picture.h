/* Planar pictures: up to three planes of 16-bit samples. */
#ifndef SVAC2_IMAGE_PICTURE_H
#define SVAC2_IMAGE_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#include "include/svac2.h"

typedef struct sv_plane {
    uint16_t *data;
    ptrdiff_t stride; /* in samples; a multiple of 32 */
    int width, height;
} sv_plane;

/* Y, Cb, Cr (or Y alone). Internal samples are 10 bit: SV_BIT_DEPTH of format/limits.h. */
typedef struct sv_picture {
    sv_plane planes[3];
    svac2_subsampling subsampling; /* not AUTO; it gives the next two */
    int plane_count;
    int chroma_shift; /* 1 for 4:2:0, 0 for 4:4:4 and 4:0:0 */
} sv_picture;

/* Samples are not initialised. */
svac2_status sv_plane_create(sv_plane *plane, int width, int height, svac2_error *error);

/* Luma width x height, both multiples of 8. Samples are not initialised. */
svac2_status sv_picture_create(sv_picture *picture, int width, int height,
                               svac2_subsampling subsampling, svac2_error *error);
void sv_picture_destroy(sv_picture *picture);

#endif
