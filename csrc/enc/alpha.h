/* Coding of alpha: a grey picture, of the whole size and of the base layer's, each coded once. */
#ifndef SVAC2_ENC_ALPHA_H
#define SVAC2_ENC_ALPHA_H

#include "enc/layer.h"
#include "format/container.h"
#include "image/planes.h"

typedef struct sv_alpha {
    /* Of layers by their scale, as far as they are needed: */
    sv_part_header headers[SV_SCALE_MAX + 1];
    sv_bytes payloads[SV_SCALE_MAX + 1];
    sv_planes decoded; /* of the whole picture */
} sv_alpha;

/* Codes the image, of one channel, for a file of these options. The alpha, all zeros before, is to
 * be destroyed in any case. */
svac2_status sv_alpha_code(sv_alpha *alpha, const svac2_image *image,
                           const svac2_encode_options *options, sv_env *env, svac2_error *error);
void sv_alpha_destroy(sv_alpha *alpha);

/* Bytes that every file has of it, with a base layer or without. */
size_t sv_alpha_size(const sv_alpha *alpha);
/* What it costs (common/env.h). */
uint64_t sv_alpha_work(const svac2_image *image, const svac2_encode_options *options);

#endif
