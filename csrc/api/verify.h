/* The encoder's last step: what was to be kept without loss is decoded and compared. */
#ifndef SVAC2_API_VERIFY_H
#define SVAC2_API_VERIFY_H

#include "common/env.h"

/* Whether the lossless parts of a file's last layer are those of the image that it was made of,
 * with these options. */
svac2_status sv_verify(const uint8_t *file, size_t size, const svac2_image *image,
                       const svac2_encode_options *options, sv_env *env, svac2_error *error);
/* What that costs (common/env.h). */
uint64_t sv_verification_work(const svac2_image *image, const svac2_encode_options *options);

#endif
