/* Rows of CTUs that are streams of their own, so that several threads can decode them at once, in
 * the manner of H.265 9.3.1 (entropy_coding_sync_enabled_flag). A row starts from what those above
 * it have learned: the mean of the contexts of the row above after its first CTUs, and of those at
 * the end of the row 2^wave above.
 *
 *     row y - 2   ------------------------------------->*
 *     row y - 1   ------->*------->                      \
 *     row y                * <------- the mean of both ---+       (wave = 1)
 *
 * So 2^wave rows can be under way at once. Where all rows are one stream, the wave is 0, and each
 * row waits for the end of the one above. */
#ifndef SVAC2_FORMAT_WAVE_H
#define SVAC2_FORMAT_WAVE_H

#include <stddef.h>

#include "common/parallel.h"
#include "format/contexts.h"

enum {
    SV_WAVE_MAX = 3,
    SV_WAVE_LEAD = 8,      /* CTUs after which a row's contexts serve the next one */
    SV_WAVE_SIZE_BYTES = 4 /* of the size of a stream, at most */
};

/* What a row leaves to those below it. */
typedef struct sv_wave_row {
    sv_context_set lead, end;
} sv_wave_row;

/* For how many rows it is kept: a row overwrites it when the one 2^wave above is done, and by then
 * all have started that need what was there, 2^wave rows below it and less. */
static inline int sv_wave_kept(int log2_rows) { return 2 << log2_rows; }

/* A picture's rows, while they are coded or decoded. */
typedef struct sv_wave {
    int wave, row_count;
    sv_wave_row *rows; /* those kept, in turn; NULL: one stream */
    sv_wavefront front;
} sv_wave;

svac2_status sv_wave_create(sv_wave *wave, int log2_rows, int ctu_rows, int ctu_cols,
                            svac2_error *error);
/* What was created, or is all zeros. */
void sv_wave_destroy(sv_wave *wave);

/* Waits until row y can start; false when the wavefront was stopped. */
bool sv_wave_wait(sv_wave *wave, int y);
/* Sets the contexts of a row that starts; those of the first one, and of one stream, stay as they
 * are. */
void sv_wave_enter(const sv_wave *wave, int y, sv_context_set *contexts);
/* Says that the CTU in column x is done, after which contexts are these. */
void sv_wave_advance(sv_wave *wave, int x, int y, const sv_context_set *contexts);

/* ---- The payload: how many bytes a size has, sizes of all streams but the last, low byte first,
 * then the streams. ---- */

typedef struct sv_stream {
    const uint8_t *data;
    size_t size;
} sv_stream;

/* Bytes before the streams, if the sizes have so many each; how many they need. */
size_t sv_wave_head_size(int size_bytes, int count);
int sv_wave_size_bytes(const sv_stream *streams, int count);
void sv_wave_put_head(uint8_t *to, const sv_stream *streams, int count);
/* Finds the streams; false where the payload is too short for them. */
bool sv_wave_find_streams(sv_stream *streams, int count, const uint8_t *payload, size_t size);

#endif
