/* Decoding of a layer, and of what it is predicted from. */
#ifndef SVAC2_DEC_DECODER_H
#define SVAC2_DEC_DECODER_H

#include "common/env.h"
#include "format/container.h"
#include "image/planes.h"

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

/* Bytes that decoding the layer takes at most on so many threads, output included; restores_luma:
 * by a network of the size of `guided`, or the planes that it would read are wanted. channels: of
 * the output. */
uint64_t sv_decode_memory(const sv_file_header *file, uint32_t layer, bool restores_luma,
                          uint32_t channels, int threads);

/* And what each further thread takes, at most. */
uint64_t sv_decode_thread_memory(const sv_file_header *file, uint32_t layer, bool restores_luma,
                                 uint32_t channels);

/* Points at the payloads of the wanted layer, and of those below it, in the bytes of the file. */
void sv_place_payloads(sv_decode_request *request, const uint8_t *file);

svac2_status sv_decode(const sv_decode_request *request, sv_env *env, svac2_error *error);
/* Decodes a lossless part of the wanted layer and nothing else, to planes, all zeros before, that
 * are to be destroyed in any case. */
svac2_status sv_decode_lossless_part(const sv_decode_request *request, sv_part part,
                                     sv_planes *planes, sv_env *env, svac2_error *error);

#endif
