#include "enc/lossless.h"

#include "common/memory.h"
#include "common/status.h"
#include "enc/fast.h"
#include "enc/lossless_rows.h"
#include "enc/lossless_search.h"
#include "entropy/lossless_syntax.h"

static svac2_status encode(sv_ranks *ranks, sv_range_encoder *range, sv_planes *planes,
                           const sv_lossless_task *task, svac2_error *error)
{
    sv_lossless_header header = {.max_error = (uint32_t)task->max_error};
    SV_TRY(sv_ranks_create(ranks, planes->count, task->depth, error));
    sv_ranks_collect(ranks, planes);
    header.ranked = task->max_error == 0 && sv_ranks_pay(ranks, planes);
    const sv_lossless_setup setup = {.depth = header.ranked ? sv_ranks_depth(ranks, planes->count)
                                                            : task->depth,
                                     .cpu = task->env->cpu,
                                     .below = task->below};
    if (header.ranked) {
        sv_values_to_ranks(ranks, planes);
    }
    SV_TRY(sv_choose_way(&header, planes, &setup, task->effort, error));
    sv_write_lossless_header(range, &header);
    for (int p = 0; header.ranked && p < planes->count; p++) {
        sv_write_values(range, &ranks->tables[p], (1 << task->depth) - 1);
    }
    SV_TRY(sv_lossless_write_rows(&header, range, planes, &setup, task->env, error));
    if (header.ranked) {
        sv_ranks_to_values(ranks, planes);
    }
    return SVAC2_OK;
}

static svac2_status encode_mixed(sv_planes *planes, const sv_lossless_task *task, sv_bytes *payload,
                                 svac2_error *error)
{
    sv_range_encoder range;
    sv_ranks ranks;
    sv_range_encoder_start(&range);
    sv_range_encoder_put_first(&range, SV_LOSSLESS_MIXED);
    svac2_status status = encode(&ranks, &range, planes, task, error);
    sv_ranks_destroy(&ranks);
    sv_range_encoder_finish(&range);
    if (status == SVAC2_OK && range.out_of_memory) {
        status = sv_fail(error, SVAC2_ERR_MEMORY, "no memory for a payload");
    }
    if (status != SVAC2_OK) {
        sv_free(range.bytes);
        return status;
    }
    *payload = (sv_bytes){range.bytes, range.size};
    return SVAC2_OK;
}

svac2_status sv_lossless_encode(sv_planes *planes, const sv_lossless_task *task, sv_bytes *payload,
                                svac2_error *error)
{
    return task->effort <= SV_FAST_EFFORT_MAX ? sv_fast_encode(planes, task, payload, error)
                                              : encode_mixed(planes, task, payload, error);
}
