#include "dec/block_rows.h"

#include <limits.h>

#include "common/memory.h"
#include "common/parallel.h"
#include "recon/follow.h"

enum { LEAD = 2 }; /* CTUs that the row above is ahead: blocks are predicted from above right */

/* What a worker has for itself; the trees follow, one after the other. */
typedef struct row_reader {
    sv_reader reader; /* of a row that is a stream of its own, and not the first one */
    sv_ctu_tree *trees[SV_COMPONENTS_MAX];
} row_reader;

size_t sv_block_rows_scratch(const sv_components *components)
{
    size_t size = sv_align_size(sizeof(row_reader));
    for (int i = 0; i < components->count; i++) {
        size += sv_align_size(sv_ctu_tree_size(&components->list[i]));
    }
    return size;
}

static void place_trees(row_reader *own, const sv_components *components)
{
    uint8_t *at = (uint8_t *)own + sv_align_size(sizeof *own);
    for (int i = 0; i < components->count; i++) {
        own->trees[i] = (sv_ctu_tree *)at;
        at += sv_align_size(sv_ctu_tree_size(&components->list[i]));
    }
}

static svac2_status fail_block(int x, int y, svac2_error *error)
{
    return sv_fail(error, SVAC2_ERR_CORRUPT, "damaged data in the block at (%d, %d)",
                   x << SV_CTU_LOG2, y << SV_CTU_LOG2);
}

/* A stream ends with its last block. */
static svac2_status check_end(const sv_block_rows *rows, const sv_reader *reader, int y,
                              svac2_error *error)
{
    const bool is_last = !sv_is_one_stream(rows->source) || y + 1 == rows->frame->layout.ctu_rows;
    return !is_last || reader->range.next == reader->range.end
               ? SVAC2_OK
               : sv_fail(error, SVAC2_ERR_CORRUPT, "%zu bytes follow the last block of row %d",
                         (size_t)(reader->range.end - reader->range.next), y);
}

/* ---- A row ---- */

/* Of several rows that are damaged the first one tells, whichever thread is quicker: rows below it
 * end, rows above go on. */
static void note_failure(sv_block_rows *rows, int y, const svac2_error *error)
{
    pthread_mutex_lock(&rows->mutex);
    if (y < atomic_load(&rows->failed)) {
        atomic_store(&rows->failed, y);
        rows->failure = *error;
    }
    pthread_mutex_unlock(&rows->mutex);
}

/* A row above is damaged. */
static bool is_lost(sv_block_rows *rows, int y) { return y > atomic_load(&rows->failed); }

/* The reader that goes on with row y. */
static sv_reader *reader_of(sv_block_rows *rows, row_reader *own, int y)
{
    sv_reader *reader = &own->reader;
    if (sv_is_one_stream(rows->source) || y == 0) {
        return &rows->first;
    }
    reader->follower = rows->first.follower;
    reader->layout = rows->first.layout;
    reader->invalid = false;
    sv_range_decoder_start(&reader->range, rows->streams[y].data, rows->streams[y].size);
    return reader;
}

static svac2_status decode_row(sv_block_rows *rows, row_reader *own, int y, sv_env *env,
                               svac2_error *error)
{
    sv_wave *wave = &rows->wave;
    sv_reader *reader = reader_of(rows, own, y);
    const int columns = rows->frame->layout.ctu_cols;
    if (!sv_wave_wait(wave, y) || is_lost(rows, y)) {
        return SVAC2_OK;
    }
    sv_wave_enter(wave, y, &reader->contexts);
    for (int x = 0; x < columns; x++) {
        if (!sv_wavefront_wait(&wave->front, y, x, LEAD) || is_lost(rows, y)) {
            return SVAC2_OK;
        }
        if (!sv_read_ctu(reader, x, y, own->trees)) {
            return fail_block(x, y, error);
        }
        sv_wave_advance(wave, x, y, &reader->contexts);
        if (!sv_env_advance(env, SV_COST_BLOCKS)) {
            sv_wavefront_stop(&wave->front);
        }
    }
    return check_end(rows, reader, y, error);
}

void sv_block_rows_decode(sv_block_rows *rows, void *scratch, int y, sv_env *env)
{
    row_reader *own = scratch;
    svac2_error error;
    place_trees(own, &rows->frame->layout.components);
    if (decode_row(rows, own, y, env, &error) != SVAC2_OK) {
        note_failure(rows, y, &error);
    }
    sv_wavefront_leave(&rows->wave.front, y);
}

bool sv_block_rows_wait(sv_block_rows *rows, int end)
{
    return sv_wavefront_wait(&rows->wave.front, end, 0, rows->frame->layout.ctu_cols) &&
           atomic_load(&rows->failed) >= end;
}

svac2_status sv_block_rows_status(const sv_block_rows *rows, svac2_error *error)
{
    return atomic_load(&rows->failed) == INT_MAX
               ? SVAC2_OK
               : sv_fail(error, SVAC2_ERR_CORRUPT, "%s", rows->failure.message);
}

/* ---- All rows ---- */

static svac2_status find_streams(sv_block_rows *rows, svac2_error *error)
{
    const sv_block_source *source = rows->source;
    const sv_layout *layout = &rows->frame->layout;
    if (sv_is_one_stream(source)) {
        rows->streams[0] = (sv_stream){source->payload, source->size};
    } else if (!sv_wave_find_streams(rows->streams, layout->ctu_rows, source->payload,
                                     source->size)) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "%zu bytes do not hold the streams of %d rows",
                       source->size, layout->ctu_rows);
    }
    return sv_wave_create(&rows->wave, source->wave, layout->ctu_rows, layout->ctu_cols, error);
}

static svac2_status allocate(sv_block_rows *rows, svac2_error *error)
{
    const size_t count = sv_is_one_stream(rows->source) ? 1 : (size_t)rows->frame->layout.ctu_rows;
    rows->streams = sv_alloc(count, sizeof *rows->streams);
    if (rows->streams == NULL || pthread_mutex_init(&rows->mutex, NULL) != 0) {
        sv_free(rows->streams);
        rows->streams = NULL;
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for a decoder");
    }
    return SVAC2_OK;
}

svac2_status sv_block_rows_create(sv_block_rows *rows, const sv_block_source *source,
                                  sv_frame *frame, sv_picture_header *header, svac2_error *error)
{
    sv_reader *reader = &rows->first;
    rows->source = source;
    rows->frame = frame;
    atomic_init(&rows->failed, INT_MAX);
    SV_TRY(allocate(rows, error));
    SV_TRY(find_streams(rows, error));
    sv_range_decoder_start(&reader->range, rows->streams[0].data, rows->streams[0].size);
    sv_contexts_init(&reader->contexts, source->qp);
    reader->layout = &frame->layout;
    reader->follower = sv_follower_of(frame);
    return sv_read_picture_header(reader, source->whole, source->strength, header)
               ? SVAC2_OK
               : sv_fail(error, SVAC2_ERR_CORRUPT, "damaged data in the picture header");
}

void sv_block_rows_destroy(sv_block_rows *rows)
{
    if (rows->streams != NULL) {
        pthread_mutex_destroy(&rows->mutex);
    }
    sv_free(rows->streams);
    sv_wave_destroy(&rows->wave);
}
