/* Samples of an image as they are: a plane for each channel, of any size. */
#ifndef SVAC2_IMAGE_PLANES_H
#define SVAC2_IMAGE_PLANES_H

#include "dsp/dsp.h"
#include "image/picture.h"

typedef struct sv_planes {
    int count;
    sv_plane planes[SV_PLANES_MAX];
} sv_planes;

/* Samples are not initialised. What has been created, or is all zeros, can be destroyed. */
svac2_status sv_planes_create(sv_planes *planes, int count, int width, int height,
                              svac2_error *error);
void sv_planes_destroy(sv_planes *planes);

/* Creates the planes of all channels of an image, of at most SV_PLANES_MAX. */
svac2_status sv_planes_from_image(sv_planes *planes, const svac2_image *image, svac2_error *error);
/* Luma of a picture that is at least as large, to the only plane, which has been created. */
void sv_planes_from_grey(sv_planes *planes, const sv_picture *picture, const sv_dsp *dsp);
/* Row y of all planes to samples of an image, interleaved. */
void sv_planes_to_row(const sv_planes *planes, int y, void *row, int image_depth);

#endif
