/* Rows of CTUs go through the stages, some at a time: parsed and reconstructed, filtered, taken. */
#include "dec/blocks.h"

#include "common/intmath.h"
#include "common/memory.h"
#include "common/parallel.h"
#include "dec/block_rows.h"
#include "recon/loop_filter.h"

/* Rows that are taken at once, for each thread: few, since they take memory, but threads wait for
 * each other after them, and a network computes samples around them in vain. */
enum { PASS_ROWS = 4 };

typedef struct decoding {
    const sv_block_source *source;
    sv_env *env;
    sv_block_rows rows;
    sv_loop_filter filter;
    int begin, end; /* rows of a pass */
    int ahead;      /* rows that decoding is ahead of the loop filters */
} decoding;

uint64_t sv_decode_blocks_cost(void) { return SV_COST_BLOCKS + SV_COST_DEBLOCK + SV_COST_ALF; }

static int rows_at_a_time(int threads) { return PASS_ROWS * sv_min(threads, SV_DECODE_THREADS); }

/* As many as there are threads, up to there: where rows are streams, a thread that turns to
 * filtering never waits for those that decode. */
static int rows_ahead(int threads) { return sv_min(threads, SV_DECODE_THREADS); }

/* Final rows that stay for those who still read them. */
static int rows_kept(int lag) { return sv_max(lag, SV_LOOP_FILTER_ABOVE); }

int sv_decode_window(int threads, int lag)
{
    return rows_at_a_time(threads) + rows_ahead(threads) - 1 + SV_LOOP_FILTER_LAG + rows_kept(lag);
}

size_t sv_decode_scratch(const sv_components *components)
{
    const size_t blocks = sv_block_rows_scratch(components);
    return sv_align_size(blocks > sizeof(sv_alf_tiles) ? blocks : sizeof(sv_alf_tiles));
}

static void decode_row(decoding *d, void *scratch, int row)
{
    if (row < d->rows.frame->layout.ctu_rows) {
        sv_block_rows_decode(&d->rows, scratch, row, d->env);
    }
}

/* Row `ahead` further up. */
static void filter_behind(decoding *d, sv_alf_tiles *tiles, int row)
{
    const sv_layout *layout = &d->rows.frame->layout;
    const int filtered = row - d->ahead;
    if (filtered < 0) {
        return;
    }
    if (sv_block_rows_wait(&d->rows, sv_min(filtered + 2, layout->ctu_rows))) {
        sv_loop_filter_row(&d->filter, tiles, filtered);
        sv_env_advance(d->env, (SV_COST_DEBLOCK + SV_COST_ALF) * (uint64_t)layout->ctu_cols);
    } else {
        sv_loop_filter_leave(&d->filter, filtered);
    }
}

/* What a task waits for has been begun before it. Of rows that are streams tasks in turn decode one
 * and filter one further up, whose samples are still in the cache. */
static void run_rows(void *shared, void *scratch, int task)
{
    decoding *d = shared;
    const int row = d->begin + task / 2;
    if (task % 2 == 0) {
        decode_row(d, scratch, row);
    } else {
        filter_behind(d, scratch, row);
    }
}

/* One stream is one task, behind which the others filter: threads would only hand it on. One thread
 * of those keeps up with it, since filtering takes a seventh to a third of the time of reading. */
enum { STREAM_THREADS = 2 };
static void run_stream(void *shared, void *scratch, int task)
{
    decoding *d = shared;
    if (task > 0) {
        filter_behind(d, scratch, d->begin + task - 1);
        return;
    }
    for (int row = d->begin; row < d->end; row++) {
        decode_row(d, scratch, row);
    }
}

static svac2_status run_pass(decoding *d, svac2_error *error)
{
    const bool is_stream = sv_is_one_stream(d->source);
    const int rows = d->end - d->begin, count = is_stream ? 1 + rows : 2 * rows;
    const uint64_t ctus = (uint64_t)(rows * d->rows.frame->layout.ctu_cols);
    const sv_rows tasks = {.count = count,
                           .cost = ctus * sv_decode_blocks_cost() / (uint64_t)count,
                           .most = is_stream ? STREAM_THREADS : 0,
                           .scratch = sv_decode_scratch(&d->rows.frame->layout.components),
                           .memory = d->rows.frame->scratch,
                           .shared = d,
                           .run = is_stream ? run_stream : run_rows,
                           .reports = true};
    SV_TRY(sv_parallel_rows(d->env, &tasks, error));
    return sv_block_rows_status(&d->rows, error);
}

static svac2_status decode_rows(decoding *d, sv_frame *frame, svac2_error *error)
{
    const sv_row_sink *sink = d->source->sink;
    const int rows = frame->layout.ctu_rows;
    const int step = sink == NULL ? rows : rows_at_a_time(d->env->threads);
    for (; d->begin < rows; d->begin += step) {
        const bool is_last = d->begin + step >= rows;
        d->end = is_last ? rows + d->ahead : d->begin + step;
        SV_TRY(run_pass(d, error));
        if (sink != NULL) {
            const int final =
                is_last ? rows : sv_max(d->end - d->ahead + 1 - SV_LOOP_FILTER_LAG, 0);
            SV_TRY(sink->take(sink->shared, final, d->env, error));
            sv_frame_slide(frame, sv_max(final - rows_kept(sink->lag), 0));
        }
    }
    return SVAC2_OK;
}

static svac2_status decode(decoding *d, sv_frame *frame, sv_picture_header *header,
                           svac2_error *error)
{
    SV_TRY(sv_block_rows_create(&d->rows, d->source, frame, header, error));
    sv_frame_configure(frame, d->source->qp, header);
    SV_TRY(sv_loop_filter_create(&d->filter, frame, &header->alf, error));
    if (d->source->sink != NULL) {
        SV_TRY(d->source->sink->begin(d->source->sink->shared, error));
    }
    return decode_rows(d, frame, error);
}

svac2_status sv_decode_blocks(sv_frame *frame, sv_picture_header *header,
                              const sv_block_source *source, sv_env *env, svac2_error *error)
{
    sv_frame_task task = source->frame;
    task.scratch = sv_scratch_size(env, sv_decode_scratch(&task.components));
    task.rows = source->sink == NULL ? 0 : sv_decode_window(env->threads, source->sink->lag);
    SV_TRY(sv_frame_create(frame, &task, error));
    decoding *d = sv_alloc_zeroed(1, sizeof *d);
    if (d == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for a decoder");
    }
    d->source = source;
    d->env = env;
    d->ahead = rows_ahead(env->threads);
    svac2_status status = decode(d, frame, header, error);
    sv_loop_filter_destroy(&d->filter);
    sv_block_rows_destroy(&d->rows);
    sv_free(d);
    return status;
}
