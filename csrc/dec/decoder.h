/* Decoding of a layer, and of what it is predicted from. */
#ifndef SVAC2_DEC_DECODER_H
#define SVAC2_DEC_DECODER_H

#include "common/env.h"
#include "format/container.h"
#include "image/output.h"

/* What is to be decoded, checked before. */
typedef struct sv_decode_request {
    sv_file_header file;
    const uint8_t *payloads[SVAC2_MAX_LAYERS][SV_PARTS_MAX]; /* of layers that are needed */
    uint32_t layer;                                          /* the wanted one */
    bool restores;            /* it is the last layer, and chroma may be restored */
    const svac2_model *model; /* that restores luma, too; or NULL */
    int strength;             /* of that: SVAC2_STRENGTH_CODED, as the file says; or another */
    uint16_t *planes;         /* NULL, or for what restoration can read (svac2_decode_options) */
    sv_output output;         /* without its alpha */
} sv_decode_request;

/* Bytes that decoding the layer takes at most on one thread, output included; restores_luma: by a
 * network of the size of `guided`, or the planes that it would read are wanted. channels: of the
 * output. */
uint64_t sv_decode_memory(const sv_file_header *file, uint32_t layer, bool restores_luma,
                          uint32_t channels);

svac2_status sv_decode(const sv_decode_request *request, sv_env *env, svac2_error *error);

#endif
