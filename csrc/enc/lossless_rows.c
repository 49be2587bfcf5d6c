#include "enc/lossless_rows.h"

#include "common/memory.h"
#include "entropy/lossless_syntax.h"
#include "recon/lossless.h"

/* The sample becomes what a decoder gives. */
static void encode_sample(sv_lossless *lossless, sv_range_encoder *range, int plane, int x,
                          uint16_t *sample)
{
    const sv_residual_site *site = sv_lossless_predict(lossless, plane, x);
    const sv_sample_residual residual = sv_residual_of(site, *sample);
    sv_write_residual(range, site, residual);
    *sample = (uint16_t)sv_sample_of(site, residual);
    sv_lossless_take(lossless, plane, x, *sample);
}

static uint16_t *sample_at(const sv_planes *planes, int index, int x, int y)
{
    const sv_plane *plane = &planes->planes[sv_lossless_order(planes->count, index)];
    return plane->data + y * plane->stride + x;
}

static void encode_by_plane(sv_lossless *lossless, sv_range_encoder *range, sv_planes *planes,
                            int y)
{
    for (int i = 0; i < planes->count; i++) {
        uint16_t *row = sample_at(planes, i, 0, y);
        for (int x = 0; x < lossless->width; x++) {
            encode_sample(lossless, range, i, x, &row[x]);
        }
        sv_lossless_end_row(lossless, i);
    }
}

static void encode_pixel(sv_lossless *lossless, sv_range_encoder *range, sv_planes *planes, int x,
                         int y)
{
    uint32_t pixel = 0;
    for (int i = 0; i < planes->count; i++) {
        pixel = pixel << lossless->depth | *sample_at(planes, i, x, y);
    }
    bool known = sv_write_repeat(range, &lossless->repeats, x, &pixel);
    for (int i = 0; i < planes->count; i++) {
        uint16_t *sample = sample_at(planes, i, x, y);
        if (known) {
            *sample = (uint16_t)sv_pixel_sample(&lossless->repeats.format, pixel, i);
            sv_lossless_know(lossless, i, x, *sample);
        } else {
            encode_sample(lossless, range, i, x, sample);
            known = i == 0 && sv_write_partner(range, &lossless->repeats, *sample, &pixel);
        }
    }
    sv_lossless_end_pixel(lossless, x);
}

static void encode_by_pixel(sv_lossless *lossless, sv_range_encoder *range, sv_planes *planes,
                            int y)
{
    for (int x = 0; x < lossless->width; x++) {
        encode_pixel(lossless, range, planes, x, y);
    }
    for (int i = 0; i < planes->count; i++) {
        sv_lossless_end_row(lossless, i);
    }
}

static void encode_row(sv_lossless *lossless, sv_range_encoder *range, sv_planes *planes, int y)
{
    sv_lossless_start_row(lossless, y);
    if (lossless->header.by_pixel) {
        encode_by_pixel(lossless, range, planes, y);
    } else {
        encode_by_plane(lossless, range, planes, y);
    }
}

static svac2_status encode_rows(sv_lossless *lossless, sv_range_encoder *range, sv_planes *planes,
                                sv_env *env, svac2_error *error)
{
    const sv_plane *first = &planes->planes[0];
    const uint64_t cost = sv_lossless_row_cost((uint32_t)first->width, (uint32_t)planes->count);
    for (int y = 0; y < first->height; y++) {
        encode_row(lossless, range, planes, y);
        if (!sv_env_advance(env, cost)) {
            return sv_env_status(env, error);
        }
    }
    return SVAC2_OK;
}

svac2_status sv_lossless_write_rows(const sv_lossless_header *header, sv_range_encoder *range,
                                    sv_planes *planes, const sv_lossless_setup *setup, sv_env *env,
                                    svac2_error *error)
{
    sv_lossless *lossless = sv_alloc_zeroed(1, sizeof *lossless);
    if (lossless == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for a lossless coder");
    }
    svac2_status status = sv_lossless_create(lossless, header, planes, setup, error);
    if (status == SVAC2_OK) {
        status = encode_rows(lossless, range, planes, env, error);
    }
    sv_lossless_destroy(lossless);
    sv_free(lossless);
    return status;
}
