/* The choice between 4:4:4 and 4:2:0. */
#ifndef SVAC2_ENC_SUBSAMPLING_H
#define SVAC2_ENC_SUBSAMPLING_H

#include "dsp/dsp.h"
#include "image/picture.h"

/* Squared error of one full-size chroma plane after it went through half size: summed over samples.
 */
svac2_status sv_subsampling_error(const sv_plane *full, const sv_plane *half, const sv_dsp *dsp,
                                  double *sum, svac2_error *error);

#endif
