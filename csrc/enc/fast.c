#include "enc/fast.h"

#include "common/memory.h"
#include "enc/fast_rows.h"
#include "recon/lossless.h"

/* Of a pixel: whether it is found again, and for each sample a symbol and two times bits. */
enum { PIXEL_STEPS = 1 + 3 * SV_PLANES_MAX };

static svac2_status no_memory(svac2_error *error)
{
    return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for a payload");
}

static svac2_status encode_rows(sv_fast *fast, sv_rans_writer *writer, sv_planes *planes,
                                sv_env *env, svac2_error *error)
{
    const int section = sv_fast_section_rows(fast);
    const uint64_t cost = sv_lossless_row_cost((uint32_t)fast->width, (uint32_t)fast->count);
    for (int y = 0; y < fast->height; y++) {
        uint16_t *rows[SV_PLANES_MAX];
        sv_fast_rows_of(fast, planes, y, rows);
        if (!sv_rans_reserve(writer, (size_t)fast->width * PIXEL_STEPS)) {
            return no_memory(error);
        }
        sv_fast_write_row(writer, fast, rows);
        bool last = (y + 1) % section == 0 || y == fast->height - 1;
        if (last && !sv_rans_end_section(writer, fast->count)) {
            return no_memory(error);
        }
        if (!sv_env_advance(env, cost)) {
            return sv_env_status(env, error);
        }
    }
    return SVAC2_OK;
}

svac2_status sv_fast_encode(sv_planes *planes, const sv_lossless_task *task, sv_bytes *payload,
                            svac2_error *error)
{
    sv_fast_header header = sv_fast_choose(planes, task->max_error);
    uint8_t bytes[SV_FAST_HEADER_SIZE];
    sv_fast_write_header(&header, bytes);
    sv_fast *fast = sv_alloc_zeroed(1, sizeof *fast);
    sv_rans_writer writer = {.steps = NULL};
    if (fast == NULL || !sv_rans_append(&writer, bytes, sizeof bytes)) {
        sv_free(fast);
        return no_memory(error);
    }
    svac2_status status = sv_fast_create(fast, &header, planes, task->depth, error);
    if (status == SVAC2_OK) {
        status = encode_rows(fast, &writer, planes, task->env, error);
    }
    sv_fast_destroy(fast);
    sv_free(fast);
    if (status == SVAC2_OK) {
        *payload = (sv_bytes){writer.bytes, writer.size};
        writer.bytes = NULL; /* the caller's */
    }
    sv_rans_writer_destroy(&writer);
    return status;
}
