#include "image/color.h"

#include <string.h>

#include "common/intmath.h"
#include "common/memory.h"
#include "common/status.h"
#include "image/resample.h"

static void replicate_right(uint16_t *row, int from, int to)
{
    for (int x = from; x < to; x++) {
        row[x] = row[from - 1];
    }
}

static void replicate_down(sv_plane *plane, int from)
{
    for (int y = from; y < plane->height; y++) {
        memcpy(plane->data + y * plane->stride, plane->data + (from - 1) * plane->stride,
               (size_t)plane->width * sizeof(uint16_t));
    }
}

static const uint8_t *image_row(const svac2_image *image, int y)
{
    return image->data + y * image->stride;
}

static void fill_grey(sv_plane *plane, const svac2_image *image)
{
    int width = (int)image->width, height = (int)image->height;
    for (int y = 0; y < height; y++) {
        const uint8_t *from = image_row(image, y);
        uint16_t *row = plane->data + y * plane->stride;
        for (int x = 0; x < width; x++) {
            row[x] = (uint16_t)(4 * from[x]);
        }
        replicate_right(row, width, plane->width);
    }
    replicate_down(plane, height);
}

static void fill_444(sv_picture *picture, const svac2_image *image, const sv_dsp *dsp)
{
    int width = (int)image->width, height = (int)image->height;
    for (int y = 0; y < height; y++) {
        uint16_t *rows[3];
        for (int p = 0; p < 3; p++) {
            rows[p] = picture->planes[p].data + y * picture->planes[p].stride;
        }
        dsp->rgb_to_ycc(rows[0], rows[1], rows[2], image_row(image, y), width);
        for (int p = 0; p < 3; p++) {
            replicate_right(rows[p], width, picture->planes[p].width);
        }
    }
    for (int p = 0; p < 3; p++) {
        replicate_down(&picture->planes[p], height);
    }
}

static void fill_420(sv_picture *picture, const svac2_image *image, const sv_dsp *dsp,
                     sv_downsampler down[2])
{
    int width = (int)image->width, height = (int)image->height;
    sv_plane *luma = &picture->planes[0];
    for (int y = 0; y < height; y++) {
        uint16_t *row = luma->data + y * luma->stride;
        uint16_t *cb = sv_downsampler_row(&down[0]), *cr = sv_downsampler_row(&down[1]);
        dsp->rgb_to_ycc(row, cb, cr, image_row(image, y), width);
        replicate_right(row, width, luma->width);
        replicate_right(cb, width, luma->width);
        replicate_right(cr, width, luma->width);
        sv_downsampler_push(&down[0]);
        sv_downsampler_push(&down[1]);
    }
    replicate_down(luma, height);
    sv_downsampler_finish(&down[0]);
    sv_downsampler_finish(&down[1]);
}

svac2_status sv_picture_from_image(sv_picture *picture, const svac2_image *image, const sv_dsp *dsp,
                                   svac2_error *error)
{
    if (picture->plane_count == 1) {
        fill_grey(&picture->planes[0], image);
        return SVAC2_OK;
    }
    if (picture->chroma_shift == 0) {
        fill_444(picture, image, dsp);
        return SVAC2_OK;
    }
    sv_downsampler down[2];
    SV_TRY(sv_downsampler_init(&down[0], &picture->planes[1], dsp, error));
    svac2_status status = sv_downsampler_init(&down[1], &picture->planes[2], dsp, error);
    if (status == SVAC2_OK) {
        fill_420(picture, image, dsp, down);
        sv_downsampler_destroy(&down[1]);
    }
    sv_downsampler_destroy(&down[0]);
    return status;
}

static void grey_row(uint8_t *to, const uint16_t *from, int width)
{
    for (int x = 0; x < width; x++) {
        to[x] = (uint8_t)sv_min((from[x] + 2) >> 2, 255);
    }
}

svac2_status sv_picture_rows_to_image(const sv_picture *picture, const sv_dsp *dsp, int first_row,
                                      int row_count, uint8_t *pixels, ptrdiff_t stride,
                                      uint32_t width, svac2_error *error)
{
    const sv_plane *planes = picture->planes;
    size_t line = (size_t)planes[0].stride;
    uint16_t *chroma = NULL;
    int16_t *scratch = NULL;
    bool upsample = picture->plane_count == 3 && picture->chroma_shift == 1;
    if (upsample) {
        chroma = sv_alloc(2 * line, sizeof(uint16_t));
        scratch = sv_alloc(line + 2 * SV_RESAMPLE_MARGIN, sizeof(int16_t));
        if (chroma == NULL || scratch == NULL) {
            sv_free(chroma);
            sv_free(scratch);
            return sv_fail(error, SVAC2_ERR_MEMORY, "no memory to up-sample chroma");
        }
    }
    for (int y = first_row; y < first_row + row_count; y++) {
        uint8_t *to = pixels + y * stride;
        const uint16_t *luma = planes[0].data + y * planes[0].stride;
        if (picture->plane_count == 1) {
            grey_row(to, luma, (int)width);
        } else if (upsample) {
            sv_upsample_row(&planes[1], dsp, y, scratch, chroma);
            sv_upsample_row(&planes[2], dsp, y, scratch, chroma + line);
            dsp->ycc_to_rgb(to, luma, chroma, chroma + line, (int)width);
        } else {
            dsp->ycc_to_rgb(to, luma, planes[1].data + y * planes[1].stride,
                            planes[2].data + y * planes[2].stride, (int)width);
        }
    }
    sv_free(chroma);
    sv_free(scratch);
    return SVAC2_OK;
}
