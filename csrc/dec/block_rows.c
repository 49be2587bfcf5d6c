#include "dec/block_rows.h"

#include <limits.h>

#include "common/memory.h"
#include "common/parallel.h"
#include "recon/block.h"

enum { LEAD = 2 }; /* CTUs that the row above is ahead: blocks are predicted from above right */

/* What a worker has for itself; the trees follow, one after the other. */
typedef struct row_reader {
    sv_reader reader;
    sv_ctu_tree *trees[SV_COMPONENTS_MAX];
} row_reader;

typedef struct run {
    sv_block_rows *rows;
    sv_env *env;
    int begin;
} run;

static size_t scratch_size(const sv_components *components)
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

static bool decode_ctu(sv_frame *frame, sv_reader *reader, sv_ctu_tree **trees, int x, int y)
{
    if (!sv_read_ctu(reader, x, y, trees)) {
        return false;
    }
    for (int tree = 0; tree < frame->layout.components.count; tree++) {
        const sv_ctu_tree *t = trees[tree];
        for (int i = 0; i < t->cu_count; i++) {
            sv_reconstruct_block(frame, tree, &t->cus[i], &t->levels[t->cus[i].levels]);
        }
    }
    return true;
}

static svac2_status fail_block(int x, int y, svac2_error *error)
{
    return sv_fail(error, SVAC2_ERR_CORRUPT, "damaged data in the block at (%d, %d)",
                   x << SV_CTU_LOG2, y << SV_CTU_LOG2);
}

static svac2_status check_end(const sv_reader *reader, int y, svac2_error *error)
{
    return reader->range.next == reader->range.end
               ? SVAC2_OK
               : sv_fail(error, SVAC2_ERR_CORRUPT, "%zu bytes follow the last block of row %d",
                         (size_t)(reader->range.end - reader->range.next), y);
}

/* ---- One stream ---- */

static svac2_status run_in_turn(sv_block_rows *rows, int begin, int end, sv_env *env,
                                svac2_error *error)
{
    sv_frame *frame = rows->frame;
    const sv_layout *layout = &frame->layout;
    for (int y = begin; y < end; y++) {
        for (int x = 0; x < layout->ctu_cols; x++) {
            if (!decode_ctu(frame, &rows->first, rows->trees, x, y)) {
                return fail_block(x, y, error);
            }
        }
        if (!sv_env_advance(env, SV_COST_BLOCKS * (uint64_t)layout->ctu_cols)) {
            return sv_env_status(env, error);
        }
    }
    return end == layout->ctu_rows ? check_end(&rows->first, end - 1, error) : SVAC2_OK;
}

/* ---- A stream for each row ---- */

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

static svac2_status decode_row(const run *r, row_reader *own, int y, svac2_error *error)
{
    sv_block_rows *rows = r->rows;
    sv_wave *wave = &rows->wave;
    const int columns = rows->frame->layout.ctu_cols;
    for (int x = 0; x < columns; x++) {
        if (!sv_wavefront_wait(&wave->front, y, x, LEAD) || y > atomic_load(&rows->failed)) {
            return SVAC2_OK;
        }
        if (!decode_ctu(rows->frame, &own->reader, own->trees, x, y)) {
            return fail_block(x, y, error);
        }
        sv_wave_advance(wave, x, y, &own->reader.contexts);
        if (!sv_env_advance(r->env, SV_COST_BLOCKS)) {
            sv_wavefront_stop(&wave->front);
        }
    }
    return check_end(&own->reader, y, error);
}

static void run_row(void *shared, void *scratch, int index)
{
    const run *r = shared;
    sv_block_rows *rows = r->rows;
    row_reader *own = scratch;
    const int y = r->begin + index;
    svac2_error error;
    own->reader = rows->first;
    place_trees(own, &rows->frame->layout.components);
    if (y > 0) {
        sv_range_decoder_start(&own->reader.range, rows->streams[y].data, rows->streams[y].size);
    }
    if (sv_wave_enter(&rows->wave, y, &own->reader.contexts) &&
        decode_row(r, own, y, &error) != SVAC2_OK) {
        note_failure(rows, y, &error);
    }
    sv_wavefront_leave(&rows->wave.front, y);
}

static svac2_status run_at_once(sv_block_rows *rows, int begin, int end, sv_env *env,
                                svac2_error *error)
{
    const sv_layout *layout = &rows->frame->layout;
    run r = {rows, env, begin};
    const sv_rows job = {.count = end - begin,
                         .cost = SV_COST_BLOCKS * (uint64_t)layout->ctu_cols,
                         .scratch = scratch_size(&layout->components),
                         .shared = &r,
                         .run = run_row,
                         .reports = true};
    SV_TRY(sv_parallel_rows(env, &job, error));
    if (atomic_load(&rows->failed) < INT_MAX) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "%s", rows->failure.message);
    }
    return SVAC2_OK;
}

/* ---- All rows ---- */

static svac2_status find_streams(sv_block_rows *rows, svac2_error *error)
{
    const sv_block_source *source = rows->source;
    const sv_layout *layout = &rows->frame->layout;
    if (source->wave == 0) {
        rows->streams[0] = (sv_stream){source->payload, source->size};
        return SVAC2_OK;
    }
    if (!sv_wave_find_streams(rows->streams, layout->ctu_rows, source->payload, source->size)) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "%zu bytes do not hold the streams of %d rows",
                       source->size, layout->ctu_rows);
    }
    return sv_wave_create(&rows->wave, source->wave, layout->ctu_rows, layout->ctu_cols, error);
}

static svac2_status allocate(sv_block_rows *rows, svac2_error *error)
{
    const sv_layout *layout = &rows->frame->layout;
    const bool is_one = rows->source->wave == 0;
    rows->streams = sv_alloc(is_one ? 1 : (size_t)layout->ctu_rows, sizeof *rows->streams);
    bool complete = rows->streams != NULL && pthread_mutex_init(&rows->mutex, NULL) == 0;
    if (!complete) {
        sv_free(rows->streams);
        rows->streams = NULL;
    }
    for (int i = 0; is_one && i < layout->components.count; i++) {
        rows->trees[i] = sv_alloc(1, sv_ctu_tree_size(&layout->components.list[i]));
        complete &= rows->trees[i] != NULL;
    }
    return complete ? SVAC2_OK : sv_fail(error, SVAC2_ERR_MEMORY, "no memory for a decoder");
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
    return sv_read_picture_header(reader, source->whole, source->strength, header)
               ? SVAC2_OK
               : sv_fail(error, SVAC2_ERR_CORRUPT, "damaged data in the picture header");
}

svac2_status sv_block_rows_run(sv_block_rows *rows, int begin, int end, sv_env *env,
                               svac2_error *error)
{
    return (rows->source->wave == 0 ? run_in_turn : run_at_once)(rows, begin, end, env, error);
}

void sv_block_rows_destroy(sv_block_rows *rows)
{
    if (rows->streams != NULL) {
        pthread_mutex_destroy(&rows->mutex);
    }
    sv_free(rows->streams);
    sv_wave_destroy(&rows->wave);
    for (int i = 0; i < SV_COMPONENTS_MAX; i++) {
        sv_free(rows->trees[i]);
    }
}
