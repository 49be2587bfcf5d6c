/* Decoding of a part that is coded by blocks. */
#ifndef SVAC2_DEC_BLOCKS_H
#define SVAC2_DEC_BLOCKS_H

#include "common/env.h"
#include "recon/frame.h"

/* A part of a layer, and what has been decoded before it. */
typedef struct sv_block_source {
    const uint8_t *payload;
    size_t size;
    uint32_t width, height; /* of the layer's image */
    sv_components components;
    int qp;
    int wave;                /* format/wave.h */
    uint32_t strength;       /* in the file header */
    bool whole;              /* colour of the last layer, the only one that may be restored */
    bool keep_planes;        /* that restoration will read (sv_frame_keep_planes) */
    const sv_picture *lower; /* NULL, or the layer below, up-scaled */
} sv_block_source;

/* Decodes to a frame, all zeros before, that is to be destroyed in any case. */
svac2_status sv_decode_blocks(sv_frame *frame, sv_picture_header *header,
                              const sv_block_source *source, const sv_dsp *dsp, sv_env *env,
                              svac2_error *error);
/* What that costs for a CTU (common/env.h). */
uint64_t sv_decode_blocks_cost(void);

#endif
