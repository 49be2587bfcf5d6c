#include "image/color.h"

#include <string.h>

#include "common/intmath.h"
#include "common/parallel.h"
#include "format/limits.h"
#include "image/resample.h"
#include "image/rows.h"

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

static const void *image_row(const svac2_image *image, int y)
{
    return (const uint8_t *)image->data + y * image->stride;
}

static void fill_grey(sv_plane *plane, const svac2_image *image, const sv_dsp *dsp)
{
    int width = (int)image->width, height = (int)image->height;
    for (int y = 0; y < height; y++) {
        uint16_t *row = plane->data + y * plane->stride;
        sv_row_from_grey(dsp, row, image_row(image, y), width);
        replicate_right(row, width, plane->width);
    }
    replicate_down(plane, height);
}

static void fill_444(sv_picture *picture, const svac2_image *image, const sv_dsp *dsp)
{
    int width = (int)image->width, height = (int)image->height;
    for (int y = 0; y < height; y++) {
        uint16_t *rows[SV_PLANES_MAX];
        for (int p = 0; p < picture->components.plane_count; p++) {
            rows[p] = picture->planes[p].data + y * picture->planes[p].stride;
        }
        sv_row_from_rgb(dsp, rows[0], rows[1], rows[2], image_row(image, y), width);
        for (int p = 0; p < picture->components.plane_count; p++) {
            replicate_right(rows[p], width, picture->planes[p].width);
        }
    }
    for (int p = 0; p < picture->components.plane_count; p++) {
        replicate_down(&picture->planes[p], height);
    }
}

static void fill_subsampled(sv_picture *picture, const svac2_image *image, const sv_dsp *dsp,
                            sv_downsampler down[2])
{
    int width = (int)image->width, height = (int)image->height;
    sv_plane *luma = &picture->planes[0];
    for (int y = 0; y < height; y++) {
        uint16_t *row = luma->data + y * luma->stride;
        uint16_t *cb = sv_downsampler_row(&down[0]), *cr = sv_downsampler_row(&down[1]);
        sv_row_from_rgb(dsp, row, cb, cr, image_row(image, y), width);
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
    if (!sv_has_chroma(&picture->components)) {
        fill_grey(&picture->planes[0], image, dsp);
        return SVAC2_OK;
    }
    if (sv_is_full_size(sv_chroma_of(&picture->components))) {
        fill_444(picture, image, dsp);
        return SVAC2_OK;
    }
    sv_downsampler down[2];
    const int shift_y = sv_chroma_of(&picture->components)->shift_y;
    SV_TRY(sv_downsampler_init(&down[0], &picture->planes[1], shift_y, dsp, error));
    svac2_status status = sv_downsampler_init(&down[1], &picture->planes[2], shift_y, dsp, error);
    if (status == SVAC2_OK) {
        fill_subsampled(picture, image, dsp, down);
        sv_downsampler_destroy(&down[1]);
    }
    sv_downsampler_destroy(&down[0]);
    return status;
}

typedef struct output {
    const sv_picture *picture;
    const sv_dsp *dsp;
    const sv_output *to;
    int width, height;
} output;

enum { LINES = 3, PIXEL_LINES = 3 }; /* of chroma; of the pixels of a row */

/* Samples of each of the lines of scratch memory. */
static size_t line_size(const output *o)
{
    return (size_t)o->picture->planes[0].stride + 2 * SV_RESAMPLE_MARGIN;
}

/* Row y of a chroma plane, up-sampled to *line where that is smaller. */
static const uint16_t *chroma_row(const output *o, int p, int y, int16_t *scratch, uint16_t *line)
{
    const sv_plane *plane = &o->picture->planes[p];
    const sv_component *chroma = sv_chroma_of(&o->picture->components);
    if (sv_is_full_size(chroma)) {
        return plane->data + y * plane->stride;
    }
    sv_upsample_row(plane, chroma->shift_y, o->dsp, y, scratch, line);
    return line;
}

static void output_band(void *shared, void *scratch, int band)
{
    const output *o = shared;
    const sv_plane *luma = &o->picture->planes[0];
    const int channels = o->picture->components.plane_count;
    const bool direct = sv_output_is_direct(o->to, channels);
    uint16_t *lines = (uint16_t *)scratch + line_size(o);
    for (int y = band * SV_CTU_SIZE; y < sv_min((band + 1) * SV_CTU_SIZE, o->height); y++) {
        void *to = direct ? sv_output_at(o->to, y) : (uint16_t *)scratch + LINES * line_size(o);
        const uint16_t *row = luma->data + y * luma->stride;
        if (!sv_has_chroma(&o->picture->components)) {
            sv_row_to_grey(o->dsp, to, row, o->width);
        } else {
            sv_row_to_rgb(o->dsp, to, row, chroma_row(o, 1, y, scratch, lines),
                          chroma_row(o, 2, y, scratch, lines + line_size(o)), o->width);
        }
        if (!direct) {
            sv_output_row(o->to, y, to, channels, o->width);
        }
    }
}

svac2_status sv_picture_to_image(const sv_picture *picture, const sv_dsp *dsp, const sv_output *to,
                                 uint32_t width, uint32_t height, sv_env *env, svac2_error *error)
{
    output o = {
        .picture = picture, .dsp = dsp, .to = to, .width = (int)width, .height = (int)height};
    bool direct = sv_output_is_direct(to, picture->components.plane_count);
    sv_rows rows = {.count = sv_ctu_count(height),
                    .cost = SV_COST_OUTPUT * (uint64_t)sv_ctu_count(width),
                    .scratch =
                        (LINES + (direct ? 0 : PIXEL_LINES)) * line_size(&o) * sizeof(uint16_t),
                    .shared = &o,
                    .run = output_band};
    return sv_parallel_rows(env, &rows, error);
}
