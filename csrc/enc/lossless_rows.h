/* Writing of the rows of lossless parts. */
#ifndef SVAC2_ENC_LOSSLESS_ROWS_H
#define SVAC2_ENC_LOSSLESS_ROWS_H

#include "common/env.h"
#include "entropy/range_coder.h"
#include "recon/lossless.h"

/* The planes become what a decoder gives. */
svac2_status sv_lossless_write_rows(const sv_lossless_header *header, sv_range_encoder *range,
                                    sv_planes *planes, const sv_lossless_setup *setup, sv_env *env,
                                    svac2_error *error);

#endif
