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

#define CODER sv_range_encoder
#define CODES 1
#define SAMPLE encode_sample
#define REPEAT sv_write_repeat
#define PARTNER sv_write_partner
#include "recon/lossless_rows.inc"

static svac2_status encode_rows(sv_lossless *lossless, sv_range_encoder *range, sv_planes *planes,
                                sv_env *env, svac2_error *error)
{
    const sv_plane *first = &planes->planes[0];
    const uint64_t cost = sv_lossless_row_cost((uint32_t)first->width, (uint32_t)planes->count);
    for (int y = 0; y < first->height; y++) {
        code_row(lossless, range, planes, y);
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
