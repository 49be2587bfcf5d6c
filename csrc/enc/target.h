/* Encoding to a size of the file or an error of the picture. */
#ifndef SVAC2_ENC_TARGET_H
#define SVAC2_ENC_TARGET_H

#include "enc/coding.h"

/* Makes a file that meets the target of the options, by the quantiser that brings it nearest. */
svac2_status sv_encode_to_target(sv_encoder *e, sv_bytes *out, svac2_error *error);

#endif
