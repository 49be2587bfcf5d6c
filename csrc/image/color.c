#include "image/color.h"

#include <assert.h>
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

void sv_put_piece(const sv_output *to, const sv_dsp *dsp, const sv_piece *piece)
{
    uint16_t packed[3 * SV_PIECE]; /* or bytes */
    const int colours = piece->plane_count, width = piece->width;
    const bool direct = sv_output_is_direct(to, colours);
    void *pixels = direct ? sv_output_at(to, piece->left, piece->y) : packed;
    const uint16_t *const *rows = piece->rows;
    assert(width <= SV_PIECE);
    if (colours == 1) {
        sv_row_to_grey(dsp, pixels, rows[0], width);
    } else {
        sv_row_to_rgb(dsp, pixels, rows[0], rows[1], rows[2], width);
    }
    if (!direct) {
        sv_output_pixels(to, &(sv_pixels){piece->left, piece->y, width, packed, colours});
    }
}

/* What the workers share. */
typedef struct output {
    const sv_picture_rows *rows;
    const sv_output *to;
} output;

/* `width` pixels from column left of row y on, chroma up-sampled where it is smaller. */
static void output_piece(const output *o, int left, int y, int width)
{
    uint16_t chroma[2][SV_PIECE];
    int16_t scratch[SV_PIECE / 2 + 2 * SV_RESAMPLE_MARGIN];
    const sv_picture *picture = o->rows->picture;
    sv_piece piece = {left, o->rows->top + y, width, picture->components.plane_count, {NULL}};
    for (int p = 0; p < piece.plane_count; p++) {
        const sv_plane *plane = &picture->planes[p];
        const sv_component *component = sv_component_at(&picture->components, p);
        if (sv_is_full_size(component)) {
            piece.rows[p] = plane->data + y * plane->stride + left;
        } else {
            piece.rows[p] = chroma[p - component->first_plane];
            sv_upsample_piece(plane, component->shift_y, o->rows->dsp, y, left / 2, (width + 1) / 2,
                              scratch, chroma[p - component->first_plane]);
        }
    }
    sv_put_piece(o->to, o->rows->dsp, &piece);
}

static void output_row(void *shared, void *scratch, int index)
{
    (void)scratch;
    const output *o = shared;
    const sv_picture_rows *rows = o->rows;
    const int begin = (rows->begin + index) * SV_CTU_SIZE;
    for (int y = begin; y < sv_min(begin + SV_CTU_SIZE, rows->height); y++) {
        for (int left = 0; left < rows->width; left += SV_PIECE) {
            output_piece(o, left, y, sv_min(SV_PIECE, rows->width - left));
        }
    }
}

svac2_status sv_put_rows(const sv_picture_rows *rows, const sv_output *to, sv_env *env,
                         svac2_error *error)
{
    output o = {rows, to};
    sv_rows job = {.count = rows->end - rows->begin,
                   .cost = SV_COST_OUTPUT * (uint64_t)sv_ctu_count((uint32_t)rows->width),
                   .shared = &o,
                   .run = output_row};
    return sv_parallel_rows(env, &job, error);
}

svac2_status sv_picture_to_image(const sv_picture *picture, const sv_dsp *dsp, const sv_output *to,
                                 uint32_t width, uint32_t height, sv_env *env, svac2_error *error)
{
    const sv_picture_rows rows = {.picture = picture,
                                  .dsp = dsp,
                                  .width = (int)width,
                                  .height = (int)height,
                                  .end = sv_ctu_count(height)};
    return sv_put_rows(&rows, to, env, error);
}
