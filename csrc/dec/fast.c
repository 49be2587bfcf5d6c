#include "dec/fast.h"

#include "common/memory.h"
#include "dec/fast_rows.h"
#include "recon/lossless.h"

static svac2_status decode_rows(sv_fast *fast, sv_rans_reader *reader, const sv_planes *planes,
                                sv_env *env, svac2_error *error)
{
    const int section = sv_fast_section_rows(fast);
    const uint64_t cost = sv_lossless_row_cost((uint32_t)fast->width, (uint32_t)fast->count);
    for (int y = 0; y < fast->height; y++) {
        uint16_t *rows[SV_PLANES_MAX];
        sv_fast_rows_of(fast, planes, y, rows);
        if (y % section == 0) {
            sv_rans_start_section(reader, fast->count);
        }
        sv_fast_read_row(reader, fast, rows);
        if ((y + 1) % section == 0 || y == fast->height - 1) {
            sv_rans_check_section(reader, fast->count);
        }
        if (reader->invalid) {
            return sv_fail(error, SVAC2_ERR_CORRUPT, "damaged data in row %d", y);
        }
        if (!sv_env_advance(env, cost)) {
            return sv_env_status(env, error);
        }
    }
    if (reader->next != reader->end) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "%zu bytes follow the last row",
                       (size_t)(reader->end - reader->next));
    }
    return SVAC2_OK;
}

/* Whether there are as many bytes as sections begin with: few must not ask for much. */
static bool is_large_enough(const sv_fast *fast, size_t size)
{
    const int rows = sv_fast_section_rows(fast);
    const size_t sections = ((size_t)fast->height + (size_t)rows - 1) / (size_t)rows;
    return size >= sections * (size_t)fast->count * sizeof(uint64_t);
}

svac2_status sv_fast_decode(const sv_lossless_source *source, sv_planes *planes, svac2_error *error)
{
    sv_fast_header header = {.max_error = (uint32_t)source->max_error};
    if (source->size < SV_FAST_HEADER_SIZE ||
        !sv_fast_read_header(source->payload, planes->count, &header)) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "damaged data in the header of a lossless part");
    }
    sv_rans_reader reader = {.next = source->payload + SV_FAST_HEADER_SIZE,
                             .end = source->payload + source->size};
    sv_fast *fast = sv_alloc_zeroed(1, sizeof *fast);
    if (fast == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for a lossless coder");
    }
    svac2_status status = sv_fast_create(fast, &header, planes, source->depth, error);
    if (status == SVAC2_OK && !is_large_enough(fast, source->size - SV_FAST_HEADER_SIZE)) {
        status = sv_fail(error, SVAC2_ERR_CORRUPT, "%zu bytes are too few for %dx%d pixels",
                         source->size, fast->width, fast->height);
    } else if (status == SVAC2_OK) {
        status = decode_rows(fast, &reader, planes, source->env, error);
    }
    sv_fast_destroy(fast);
    sv_free(fast);
    return status;
}
