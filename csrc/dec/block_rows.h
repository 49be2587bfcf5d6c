/* Rows of CTUs are parsed and reconstructed: in one stream one after the other, in streams of their
 * own several at once. */
#ifndef SVAC2_DEC_BLOCK_ROWS_H
#define SVAC2_DEC_BLOCK_ROWS_H

#include "dec/blocks.h"
#include "entropy/syntax.h"
#include "format/wave.h"

enum { SV_COST_BLOCKS = 6 }; /* of a CTU (common/env.h) */

typedef struct sv_block_rows {
    const sv_block_source *source;
    sv_frame *frame;
    sv_stream *streams; /* of the rows, or one */
    sv_wave wave;
    sv_reader first; /* has read the picture header, and goes on with the first row, or all */
    /* The first row that is damaged, and how: */
    pthread_mutex_t mutex;
    atomic_int failed;
    svac2_error failure;
} sv_block_rows;

/* Reads the picture header. The rows, all zeros before, are to be destroyed in any case. */
svac2_status sv_block_rows_create(sv_block_rows *rows, const sv_block_source *source,
                                  sv_frame *frame, sv_picture_header *header, svac2_error *error);
/* Does a row, by way of so many bytes of scratch memory. Rows are begun from the first one on, and
 * several may be under way; they wait for each other. */
size_t sv_block_rows_scratch(const sv_components *components);
void sv_block_rows_decode(sv_block_rows *rows, void *scratch, int y, sv_env *env);
/* Waits until all rows before `end` are done, each of which is begun or will be by who is at work
 * on an earlier one; false where one is damaged, or work has ended. */
bool sv_block_rows_wait(sv_block_rows *rows, int end);
/* What was wrong with the rows that were begun, once no thread is at work. */
svac2_status sv_block_rows_status(const sv_block_rows *rows, svac2_error *error);
void sv_block_rows_destroy(sv_block_rows *rows);

#endif
