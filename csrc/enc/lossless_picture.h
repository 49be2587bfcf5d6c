/* A picture whose colour is coded without loss: in one layer, or above a base layer of blocks. */
#ifndef SVAC2_ENC_LOSSLESS_PICTURE_H
#define SVAC2_ENC_LOSSLESS_PICTURE_H

#include "enc/coding.h"

svac2_status sv_encode_lossless(sv_encoder *e, sv_bytes *out, svac2_error *error);

#endif
