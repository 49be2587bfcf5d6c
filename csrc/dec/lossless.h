/* Decoding of lossless payloads. */
#ifndef SVAC2_DEC_LOSSLESS_H
#define SVAC2_DEC_LOSSLESS_H

#include "common/env.h"
#include "image/planes.h"

typedef struct sv_lossless_source {
    const uint8_t *payload;
    size_t size;
    int depth;              /* of the samples */
    int max_error;          /* of a sample */
    const sv_planes *below; /* NULL, or the base layer, up-scaled, as samples of the image */
    sv_env *env;
} sv_lossless_source;

/* Fills planes that have been created. */
svac2_status sv_lossless_decode(const sv_lossless_source *source, sv_planes *planes,
                                svac2_error *error);

#endif
