/* Rows of CTUs go through the stages, some at a time: parsed and reconstructed, filtered, taken. */
#include "dec/blocks.h"

#include "common/intmath.h"
#include "common/memory.h"
#include "dec/block_rows.h"
#include "recon/loop_filter.h"

/* Rows at a time: few, since what one stage leaves in the cache the next one finds there; more
 * where a network computes samples around a pass in vain; for several threads many, which wait for
 * each other at the end. */
enum { PASS_ROWS = 2, PASS_ROWS_RESTORED = 4, PASS_ROWS_PER_THREAD = 8 };

typedef struct decoding {
    const sv_block_source *source;
    sv_block_rows rows;
    sv_loop_filter filter;
} decoding;

uint64_t sv_decode_blocks_cost(void) { return SV_COST_BLOCKS + SV_COST_DEBLOCK + SV_COST_ALF; }

static int rows_at_a_time(bool restores_luma, int threads)
{
    return threads > 1     ? PASS_ROWS_PER_THREAD * sv_min(threads, SV_DECODE_THREADS)
           : restores_luma ? PASS_ROWS_RESTORED
                           : PASS_ROWS;
}

int sv_decode_window(bool restores_luma, int threads, int lag)
{
    return rows_at_a_time(restores_luma, threads) + SV_LOOP_FILTER_LAG + lag;
}

static svac2_status decode_rows(decoding *d, sv_frame *frame, sv_env *env, svac2_error *error)
{
    const sv_row_sink *sink = d->source->sink;
    const int rows = frame->layout.ctu_rows;
    const int step =
        sink == NULL ? rows : rows_at_a_time(d->source->frame.keep_planes, env->threads);
    for (int begin = 0; begin < rows; begin += step) {
        const int end = sv_min(begin + step, rows);
        SV_TRY(sv_block_rows_run(&d->rows, begin, end, env, error));
        SV_TRY(sv_loop_filter_run(&d->filter, end, env, error));
        if (sink != NULL) {
            SV_TRY(sink->take(sink->shared, d->filter.filtered, env, error));
            sv_frame_slide(frame, sv_max(d->filter.filtered - sink->lag, 0));
        }
    }
    return SVAC2_OK;
}

static svac2_status decode(decoding *d, sv_frame *frame, sv_picture_header *header, sv_env *env,
                           svac2_error *error)
{
    SV_TRY(sv_block_rows_create(&d->rows, d->source, frame, header, error));
    sv_frame_configure(frame, d->source->qp, header);
    SV_TRY(sv_loop_filter_create(&d->filter, frame, &header->alf, error));
    if (d->source->sink != NULL) {
        SV_TRY(d->source->sink->begin(d->source->sink->shared, error));
    }
    return decode_rows(d, frame, env, error);
}

svac2_status sv_decode_blocks(sv_frame *frame, sv_picture_header *header,
                              const sv_block_source *source, sv_env *env, svac2_error *error)
{
    sv_frame_task task = source->frame;
    task.rows = source->sink == NULL
                    ? 0
                    : sv_decode_window(task.keep_planes, env->threads, source->sink->lag);
    SV_TRY(sv_frame_create(frame, &task, error));
    decoding *d = sv_alloc_zeroed(1, sizeof *d);
    if (d == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for a decoder");
    }
    d->source = source;
    svac2_status status = decode(d, frame, header, env, error);
    sv_loop_filter_destroy(&d->filter);
    sv_block_rows_destroy(&d->rows);
    sv_free(d);
    return status;
}
