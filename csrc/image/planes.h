/* Samples of an image as they are: a plane for each channel, of any size. */
#ifndef SVAC2_IMAGE_PLANES_H
#define SVAC2_IMAGE_PLANES_H

#include "image/color.h"

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
/* Creates the planes of the image that sv_picture_to_image makes of a picture. */
svac2_status sv_planes_from_picture(sv_planes *planes, const sv_picture *picture, const sv_dsp *dsp,
                                    uint32_t width, uint32_t height, sv_env *env,
                                    svac2_error *error);
svac2_status sv_planes_to_image(const sv_planes *planes, const sv_output *output,
                                svac2_error *error);

#endif
