#include "dec/lossless.h"

#include "common/memory.h"
#include "dec/fast.h"
#include "entropy/lossless_syntax.h"
#include "recon/lossless.h"
#include "recon/ranks.h"

static void decode_sample(sv_lossless *lossless, sv_lossless_reader *reader, int plane, int x,
                          uint16_t *sample)
{
    const sv_residual_site *site = sv_lossless_predict(lossless, plane, x);
    *sample = (uint16_t)sv_sample_of(site, sv_read_residual(reader, site));
    sv_lossless_take(lossless, plane, x, *sample);
}

#define CODER sv_lossless_reader
#define CODES 0
#define SAMPLE decode_sample
#define REPEAT sv_read_repeat
#define PARTNER sv_read_partner
#include "recon/lossless_rows.inc"

static bool decode_row(sv_lossless *lossless, sv_lossless_reader *reader, sv_planes *planes, int y)
{
    code_row(lossless, reader, planes, y);
    return !reader->invalid && reader->range.overrun <= SV_TRIM_MAX;
}

static svac2_status decode_rows(sv_lossless *lossless, sv_lossless_reader *reader,
                                sv_planes *planes, sv_env *env, svac2_error *error)
{
    const sv_plane *first = &planes->planes[0];
    const uint64_t cost = sv_lossless_row_cost((uint32_t)first->width, (uint32_t)planes->count);
    for (int y = 0; y < first->height; y++) {
        if (!decode_row(lossless, reader, planes, y)) {
            return sv_fail(error, SVAC2_ERR_CORRUPT, "damaged data in row %d", y);
        }
        if (!sv_env_advance(env, cost)) {
            return sv_env_status(env, error);
        }
    }
    if (reader->range.next != reader->range.end) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "%zu bytes follow the last row",
                       (size_t)(reader->range.end - reader->range.next));
    }
    return SVAC2_OK;
}

static svac2_status decode_planes(const sv_lossless_header *header, sv_lossless_reader *reader,
                                  sv_planes *planes, const sv_lossless_setup *setup, sv_env *env,
                                  svac2_error *error)
{
    if (header->by_pixel && !sv_lossless_can_repeat(planes->count, setup->depth)) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "pixels of %d samples of %d bits", planes->count,
                       setup->depth);
    }
    if (header->from_below && (setup->below == NULL || header->ranked)) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "a lossless part from a layer that is not there");
    }
    sv_lossless *lossless = sv_alloc_zeroed(1, sizeof *lossless);
    if (lossless == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for a lossless coder");
    }
    svac2_status status = sv_lossless_create(lossless, header, planes, setup, error);
    if (status == SVAC2_OK) {
        status = decode_rows(lossless, reader, planes, env, error);
    }
    sv_lossless_destroy(lossless);
    sv_free(lossless);
    return status;
}

static svac2_status decode_ranks(sv_ranks *ranks, const sv_lossless_header *header,
                                 sv_lossless_reader *reader, sv_planes *planes, sv_env *env,
                                 svac2_error *error)
{
    for (int p = 0; p < planes->count; p++) {
        if (!sv_read_values(reader, &ranks->tables[p], (1 << ranks->depth) - 1)) {
            return sv_fail(error, SVAC2_ERR_CORRUPT, "damaged data in a table of values");
        }
    }
    const sv_lossless_setup setup = {.depth = sv_ranks_depth(ranks, planes->count),
                                     .cpu = env->cpu};
    SV_TRY(decode_planes(header, reader, planes, &setup, env, error));
    if (!sv_ranks_to_values(ranks, planes)) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "a sample beyond its table of values");
    }
    return SVAC2_OK;
}

static svac2_status decode_mixed(const sv_lossless_source *source, sv_planes *planes,
                                 svac2_error *error)
{
    sv_lossless_reader reader = {.invalid = false};
    sv_lossless_header header = {.max_error = (uint32_t)source->max_error};
    sv_range_decoder_start(&reader.range, source->payload + 1, source->size - 1);
    if (!sv_read_lossless_header(&reader, &header)) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "damaged data in the header of a lossless part");
    }
    if (!header.ranked) {
        const sv_lossless_setup setup = {source->depth, source->env->cpu, source->below};
        return decode_planes(&header, &reader, planes, &setup, source->env, error);
    }
    sv_ranks ranks;
    svac2_status status = sv_ranks_create(&ranks, planes->count, source->depth, error);
    if (status == SVAC2_OK) {
        status = decode_ranks(&ranks, &header, &reader, planes, source->env, error);
    }
    sv_ranks_destroy(&ranks);
    return status;
}

svac2_status sv_lossless_decode(const sv_lossless_source *source, sv_planes *planes,
                                svac2_error *error)
{
    const int first = source->size > 0 ? source->payload[0] : 0;
    if (first == SV_LOSSLESS_MIXED) {
        return decode_mixed(source, planes, error);
    }
    if ((first & SV_LOSSLESS_METHOD_MASK) == SV_LOSSLESS_FAST) {
        return sv_fast_decode(source, planes, error);
    }
    return sv_fail(error, SVAC2_ERR_CORRUPT, "a lossless part of an unknown method");
}
