#include "image/planes.h"

#include <string.h>

#include "common/intmath.h"
#include "common/memory.h"
#include "common/status.h"
#include "format/sample.h"
#include "image/rows.h"

svac2_status sv_planes_create(sv_planes *planes, int count, int width, int height,
                              svac2_error *error)
{
    memset(planes, 0, sizeof *planes);
    planes->count = count;
    for (int p = 0; p < count; p++) {
        svac2_status status = sv_plane_create(&planes->planes[p], width, height, error);
        if (status != SVAC2_OK) {
            sv_planes_destroy(planes);
            return status;
        }
    }
    return SVAC2_OK;
}

void sv_planes_destroy(sv_planes *planes)
{
    for (int p = 0; p < planes->count; p++) {
        sv_free(planes->planes[p].data);
        planes->planes[p].data = NULL;
    }
}

static void split_row(sv_planes *planes, int y, const void *row, int image_depth)
{
    const bool deep = sv_is_deep(image_depth);
    const int max = (1 << image_depth) - 1;
    for (int p = 0; p < planes->count; p++) {
        const sv_plane *plane = &planes->planes[p];
        uint16_t *to = plane->data + y * plane->stride;
        for (int x = 0; x < plane->width; x++) {
            to[x] = (uint16_t)sv_min(sv_sample_at(row, (size_t)(x * planes->count + p), deep), max);
        }
    }
}

svac2_status sv_planes_from_image(sv_planes *planes, const svac2_image *image, svac2_error *error)
{
    SV_TRY(sv_planes_create(planes, (int)image->channels, (int)image->width, (int)image->height,
                            error));
    for (int y = 0; y < (int)image->height; y++) {
        split_row(planes, y, (const uint8_t *)image->data + y * image->stride,
                  (int)image->bit_depth);
    }
    return SVAC2_OK;
}

void sv_planes_from_grey(sv_planes *planes, const sv_picture *picture, const sv_dsp *dsp)
{
    const sv_plane *from = &picture->planes[0], *to = &planes->planes[0];
    for (int y = 0; y < to->height; y++) {
        sv_row_to_samples(dsp, to->data + y * to->stride, from->data + y * from->stride, to->width);
    }
}

void sv_planes_to_row(const sv_planes *planes, int y, void *row, int image_depth)
{
    const bool deep = sv_is_deep(image_depth);
    for (int p = 0; p < planes->count; p++) {
        const sv_plane *plane = &planes->planes[p];
        const uint16_t *from = plane->data + y * plane->stride;
        for (int x = 0; x < plane->width; x++) {
            sv_put_sample(row, (size_t)(x * planes->count + p), from[x], deep);
        }
    }
}
