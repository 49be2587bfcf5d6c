/* Decoding of a part that is coded by blocks. */
#ifndef SVAC2_DEC_BLOCKS_H
#define SVAC2_DEC_BLOCKS_H

#include "common/env.h"
#include "recon/frame.h"

/* Who takes rows of CTUs while later ones are still to be decoded. */
typedef struct sv_row_sink {
    /* Once there is a header, before anything else. */
    svac2_status (*begin)(void *shared, svac2_error *error);
    /* All rows before `end` are final; those from end - lag on stay until the next call. */
    svac2_status (*take)(void *shared, int end, sv_env *env, svac2_error *error);
    void *shared;
    int lag;
} sv_row_sink;

/* A part of a layer, and what has been decoded before it. */
typedef struct sv_block_source {
    const uint8_t *payload;
    size_t size;
    sv_frame_task frame;
    int qp;
    int wave;                /* format/wave.h */
    uint32_t strength;       /* in the file header */
    bool whole;              /* colour of the last layer, the only one that may be restored */
    const sv_row_sink *sink; /* NULL: the frame is to have all rows in the end */
} sv_block_source;

/* All rows are; else each of them is a stream. */
static inline bool sv_is_one_stream(const sv_block_source *source) { return source->wave == 0; }

/* Decodes to a frame, all zeros before, that is to be destroyed in any case. */
svac2_status sv_decode_blocks(sv_frame *frame, sv_picture_header *header,
                              const sv_block_source *source, sv_env *env, svac2_error *error);
/* What that costs for a CTU (common/env.h). */
uint64_t sv_decode_blocks_cost(void);

/* Threads from which on a window does not grow. */
enum { SV_DECODE_THREADS = 4 };
/* Rows of CTUs that a frame has room for where a sink of that lag takes them. */
int sv_decode_window(int threads, int lag);
/* Bytes that each thread works in, whatever it does. */
size_t sv_decode_scratch(const sv_components *components);

#endif
