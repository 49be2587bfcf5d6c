#include "image/scale.h"

#include <string.h>

#include "common/intmath.h"
#include "common/memory.h"
#include "common/parallel.h"
#include "common/status.h"
#include "format/limits.h"
#include "image/resample.h"

static svac2_status create_like(sv_picture *to, const sv_picture *from, uint32_t width,
                                uint32_t height, int scale, svac2_error *error)
{
    return sv_picture_create(to, sv_aligned_size(sv_scaled_size(width, scale)),
                             sv_aligned_size(sv_scaled_size(height, scale)), from->components,
                             error);
}

/* Means of two by two samples; what the source lacks is its last column or row repeated. */
static void downscale_plane(const sv_plane *to, const sv_plane *from)
{
    for (int y = 0; y < to->height; y++) {
        const uint16_t *top = from->data + sv_min(2 * y, from->height - 1) * from->stride;
        const uint16_t *bottom = from->data + sv_min(2 * y + 1, from->height - 1) * from->stride;
        uint16_t *row = to->data + y * to->stride;
        for (int x = 0; x < to->width; x++) {
            int left = sv_min(2 * x, from->width - 1), right = sv_min(2 * x + 1, from->width - 1);
            row[x] = (uint16_t)((top[left] + top[right] + bottom[left] + bottom[right] + 2) >> 2);
        }
    }
}

svac2_status sv_picture_downscale(sv_picture *to, const sv_picture *from, uint32_t width,
                                  uint32_t height, int scale, svac2_error *error)
{
    SV_TRY(create_like(to, from, width, height, scale, error));
    for (int p = 0; p < to->components.plane_count; p++) {
        downscale_plane(&to->planes[p], &from->planes[p]);
    }
    return SVAC2_OK;
}

enum { BAND = SV_CTU_SIZE }; /* rows that are scaled in one go */

typedef struct upscaling {
    const sv_picture *to, *from;
    int first_plane, end_plane; /* that are scaled */
    const sv_dsp *dsp;
} upscaling;

/* Samples of the two lines that a worker needs, one after the other. */
static size_t line_size(const upscaling *u)
{
    return (size_t)u->from->planes[u->first_plane].stride + 2 * SV_RESAMPLE_MARGIN;
}

static void upscale_band(void *shared, void *scratch, int band)
{
    const upscaling *u = shared;
    uint16_t *row = (uint16_t *)scratch + line_size(u);
    for (int p = u->first_plane; p < u->end_plane; p++) {
        const sv_plane *to = &u->to->planes[p];
        for (int y = band * BAND; y < sv_min((band + 1) * BAND, to->height); y++) {
            sv_upsample_row(&u->from->planes[p], u->dsp, y, scratch, row);
            memcpy(to->data + y * to->stride, row, (size_t)to->width * sizeof *row);
        }
    }
}

static svac2_status upscale_planes(upscaling u, sv_env *env, svac2_error *error)
{
    const sv_plane *first = &u.to->planes[u.first_plane];
    sv_rows rows = {.count = sv_ctu_count((uint32_t)first->height),
                    .cost = SV_COST_UPSCALE * (uint64_t)sv_ctu_count((uint32_t)first->width),
                    .scratch = 3 * line_size(&u) * sizeof(uint16_t),
                    .shared = &u,
                    .run = upscale_band};
    return sv_parallel_rows(env, &rows, error);
}

svac2_status sv_picture_upscale(sv_picture *to, const sv_picture *from, uint32_t width,
                                uint32_t height, int scale, const sv_dsp *dsp, sv_env *env,
                                svac2_error *error)
{
    sv_picture last = *from;
    svac2_status status = SVAC2_OK;
    for (int step = scale - 1; step >= 0 && status == SVAC2_OK; step--) {
        status = create_like(to, &last, width, height, step, error);
        if (status == SVAC2_OK) {
            status = upscale_planes((upscaling){to, &last, 0, to->components.plane_count, dsp}, env,
                                    error);
            if (status != SVAC2_OK) {
                sv_picture_destroy(to);
            }
        }
        if (step + 1 < scale) {
            sv_picture_destroy(&last);
        }
        last = *to;
    }
    return status;
}

svac2_status sv_picture_upscale_chroma(sv_picture *picture, const sv_dsp *dsp, sv_env *env,
                                       svac2_error *error)
{
    if (sv_chroma_shift(&picture->components) == 0) {
        return SVAC2_OK;
    }
    sv_picture full = *picture;
    full.components = sv_components_of(SVAC2_SUBSAMPLING_444);
    const sv_component *chroma = &full.components.list[SV_COMPONENT_CHROMA];
    const int first = chroma->first_plane, end = sv_component_end(chroma);
    for (int p = first; p < end; p++) {
        full.planes[p].data = NULL;
    }
    svac2_status status = SVAC2_OK;
    for (int p = first; p < end && status == SVAC2_OK; p++) {
        status =
            sv_plane_create(&full.planes[p], full.planes[0].width, full.planes[0].height, error);
    }
    if (status == SVAC2_OK) {
        status = upscale_planes((upscaling){&full, picture, first, end, dsp}, env, error);
    }
    sv_picture *rest = status == SVAC2_OK ? picture : &full;
    for (int p = first; p < end; p++) {
        sv_free(rest->planes[p].data);
    }
    if (status == SVAC2_OK) {
        *picture = full;
    }
    return status;
}
