/* Pictures of lower layers, 2:1 down for the encoder, 1:2 up for prediction. The up-scaler is part
 * of the format. */
#ifndef SVAC2_IMAGE_SCALE_H
#define SVAC2_IMAGE_SCALE_H

#include "common/env.h"
#include "dsp/dsp.h"
#include "image/picture.h"

/* What it costs to make the samples of a CTU, in each step of 1:2 (common/env.h). */
enum { SV_COST_UPSCALE = 1 };

/* Makes the picture at `scale` from that at scale - 1; width x height is the size of the image. It
 * is to be destroyed in any case. */
svac2_status sv_picture_downscale(sv_picture *to, const sv_picture *from, uint32_t width,
                                  uint32_t height, int scale, sv_format format, svac2_error *error);
/* Makes the whole picture from that at `scale`, by steps of 1:2, each of which gives a picture of
 * the coded size of its scale. */
svac2_status sv_picture_upscale(sv_picture *to, const sv_picture *from, uint32_t width,
                                uint32_t height, int scale, const sv_dsp *dsp, sv_env *env,
                                svac2_error *error);

#endif
