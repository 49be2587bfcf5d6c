/* The choice between 4:4:4 and 4:2:0. */
#ifndef SVAC2_ENC_SUBSAMPLING_H
#define SVAC2_ENC_SUBSAMPLING_H

#include "dsp/dsp.h"
#include "image/picture.h"

/* Makes the picture of an RGB image, in 4:2:0 where what that loses is small against the error of
 * quantisation. The picture is to be destroyed in any case. */
svac2_status sv_choose_subsampling(sv_picture *picture, svac2_subsampling *chosen,
                                   const svac2_image *image, int qp, const sv_dsp *dsp,
                                   svac2_error *error);

#endif
