/* The steps of encoding a picture: once for a quantiser (enc/encode.c), or until a target is met
 * (enc/target.c). */
#ifndef SVAC2_ENC_CODING_H
#define SVAC2_ENC_CODING_H

#include "enc/alpha.h"
#include "enc/parts.h"
#include "enc/variant.h"

typedef struct sv_encoder {
    svac2_encode_options options; /* those that count for colour alone */
    sv_parts parts;
    const svac2_image *image; /* the part that is colour */
    sv_alpha alpha;           /* the other one, if there is one */
    sv_encode_job job;
    sv_variant variants[2]; /* one layer, two layers */
    sv_variant *chosen;     /* the one that is coded */
} sv_encoder;

/* What its file's header says, but for the layers. */
sv_file_header sv_encoder_header(const sv_encoder *e);
/* Codes alpha, if there is any, once and for all. */
svac2_status sv_encoder_code_alpha(sv_encoder *e, svac2_error *error);
/* Makes the sources from the image, of a subsampling that suits the job's qp. */
svac2_status sv_encoder_take_image(sv_encoder *e, svac2_error *error);
/* The region that is all of the picture. */
sv_region sv_encoder_whole(const sv_encoder *e);
/* Codes the picture at the job's qp. later: the work that is left after that. */
svac2_status sv_encoder_code(sv_encoder *e, uint64_t later, svac2_error *error);
/* Searches for its restoration. */
svac2_status sv_encoder_restore(sv_encoder *e, svac2_error *error);
/* Writes the file, of bytes to be released with sv_free. */
svac2_status sv_encoder_write(sv_encoder *e, sv_bytes *out, svac2_error *error);
/* What a decoder will output of colour, in packed rows; the picture is restored by that. */
svac2_status sv_encoder_output(sv_encoder *e, uint8_t *pixels, svac2_error *error);

/* Destroys sources and what is coded of them. */
void sv_encoder_forget(sv_encoder *e);

/* What they cost (common/env.h). */
uint64_t sv_encoder_alpha_work(const sv_encoder *e);
uint64_t sv_encoder_coding_work(const sv_encoder *e);
uint64_t sv_encoder_restoration_work(const sv_encoder *e);

#endif
