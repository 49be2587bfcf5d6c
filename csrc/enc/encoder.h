/* Encoding of a picture whose arguments have been checked. */
#ifndef SVAC2_ENC_ENCODER_H
#define SVAC2_ENC_ENCODER_H

#include "enc/layer.h"

/* Sides from which on mode "auto" tries both ways on the middle of the picture. */
enum { SV_PROBED_SIDE = 4 * SV_CTU_SIZE };

/* Makes the bytes of a file, to be released with sv_free. */
svac2_status sv_encode(const svac2_image *image, const svac2_encode_options *options, sv_env *env,
                       sv_bytes *out, svac2_error *error);

#endif
