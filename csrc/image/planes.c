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

svac2_status sv_planes_from_picture(sv_planes *planes, const sv_picture *picture, const sv_dsp *dsp,
                                    uint32_t width, uint32_t height, sv_env *env,
                                    svac2_error *error)
{
    svac2_image image = {.width = width,
                         .height = height,
                         .channels = (uint32_t)picture->components.plane_count,
                         .bit_depth = (uint32_t)dsp->format.image_depth};
    void *pixels = sv_alloc(height, sv_row_size(&image));
    if (pixels == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for %ux%u pixels", width, height);
    }
    const sv_output output = sv_output_packed(&image, pixels);
    image.data = pixels;
    image.stride = output.stride;
    svac2_status status = sv_picture_to_image(picture, dsp, &output, width, height, env, error);
    if (status == SVAC2_OK) {
        status = sv_planes_from_image(planes, &image, error);
    }
    sv_free(pixels);
    return status;
}

static void join_row(const sv_planes *planes, int y, void *row, int image_depth)
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

svac2_status sv_planes_to_image(const sv_planes *planes, const sv_output *output,
                                svac2_error *error)
{
    const int width = planes->planes[0].width, height = planes->planes[0].height;
    const bool direct = sv_output_is_direct(output, planes->count);
    void *row = sv_alloc((size_t)width * sizeof(uint16_t), (size_t)planes->count);
    if (row == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for a row of %d pixels", width);
    }
    for (int y = 0; y < height; y++) {
        join_row(planes, y, direct ? sv_output_at(output, 0, y) : row, output->image_depth);
        if (!direct) {
            sv_output_pixels(
                output,
                &(sv_pixels){.y = y, .width = width, .colour = row, .colours = planes->count});
        }
    }
    sv_free(row);
    return SVAC2_OK;
}
