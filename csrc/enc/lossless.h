/* Coding of planes without loss, or with a bound on each sample's error. */
#ifndef SVAC2_ENC_LOSSLESS_H
#define SVAC2_ENC_LOSSLESS_H

#include "common/env.h"
#include "enc/layer.h"
#include "image/planes.h"

enum { SV_FAST_EFFORT_MAX = 1 }; /* up to which the fast method is taken */

typedef struct sv_lossless_task {
    int depth;     /* of the samples */
    int max_error; /* of a sample; 0: none */
    int effort;
    const sv_planes *below; /* NULL, or the base layer, up-scaled, as samples of the image */
    sv_env *env;
} sv_lossless_task;

/* The planes become what a decoder gives. The payload is to be released with sv_free. */
svac2_status sv_lossless_encode(sv_planes *planes, const sv_lossless_task *task, sv_bytes *payload,
                                svac2_error *error);

#endif
