/* svac2_enhance, and restoration alone: of pictures that were decoded elsewhere or before. */
#include <string.h>

#include "api/check.h"
#include "common/env.h"
#include "common/memory.h"
#include "format/limits.h"
#include "image/color.h"
#include "recon/restore_chroma.h"
#include "recon/restore_luma.h"

static svac2_status check_samples(const uint16_t *samples, size_t count, svac2_error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (samples[i] > SV_RESTORATION_SAMPLE_MAX) {
            return sv_fail(error, SVAC2_ERR_ARGUMENT, "a sample of %d is outside 0..%d", samples[i],
                           SV_RESTORATION_SAMPLE_MAX);
        }
    }
    return SVAC2_OK;
}

static svac2_status check_options(const svac2_enhance_options *options, svac2_error *error)
{
    if (options->model == NULL) {
        return sv_fail(error, SVAC2_ERR_ARGUMENT, "no model is given");
    }
    SV_TRY(sv_check_range("qp", options->qp, 0, SVAC2_MAX_QP, error));
    SV_TRY(sv_check_range("strength", options->strength, 0, SVAC2_STRENGTH_MAX, error));
    return sv_check_range("threads", options->threads, 1, SVAC2_MAX_THREADS, error);
}

svac2_status svac2_enhance(const svac2_image *image, const svac2_enhance_options *options,
                           void *pixels, ptrdiff_t stride, svac2_error *error)
{
    SV_TRY(sv_check_image(image, error));
    if (image->channels == 2 || image->channels == 4) {
        return sv_fail(error, SVAC2_ERR_UNSUPPORTED,
                       "%u channels; 1 (grey) and 3 (RGB) are enhanced", (unsigned)image->channels);
    }
    SV_TRY(check_options(options, error));
    if (options->model->planes > 1) {
        return sv_fail(error, SVAC2_ERR_ARGUMENT,
                       "the model reads %d planes; of a picture there is 1, its luma",
                       options->model->planes);
    }
    sv_env env;
    sv_dsp dsp;
    sv_env_init(&env, options->threads, options->cpu_mask, NULL, NULL);
    sv_dsp_init(&dsp, sv_format_of((int)image->bit_depth), env.cpu);
    sv_picture picture;
    SV_TRY(sv_picture_create(
        &picture, sv_aligned_size(image->width), sv_aligned_size(image->height),
        sv_components_of(image->channels == 1 ? SVAC2_SUBSAMPLING_400 : SVAC2_SUBSAMPLING_444),
        error));
    svac2_status status = sv_picture_from_image(&picture, image, &dsp, error);
    sv_restoration *restoration = NULL;
    if (status == SVAC2_OK) {
        status = sv_restoration_create_plain(&restoration, options->model, options->qp,
                                             options->strength, error);
    }
    if (status == SVAC2_OK) {
        const sv_plane *luma = &picture.planes[0];
        sv_restoration_input from = {.planes = {{luma->data, luma->stride}},
                                     .format = dsp.format,
                                     .width = (int)image->width,
                                     .height = (int)image->height};
        status = sv_restore_luma(restoration, &from, &picture, &env, error);
    }
    sv_free(restoration);
    if (status == SVAC2_OK) {
        sv_output output = sv_output_packed(image, pixels);
        output.stride = stride;
        status =
            sv_picture_to_image(&picture, &dsp, &output, image->width, image->height, &env, error);
    }
    sv_picture_destroy(&picture);
    return status;
}

svac2_status svac2_restore_luma(const uint16_t *planes, uint32_t width, uint32_t height,
                                const svac2_enhance_options *options, uint16_t *restored,
                                svac2_error *error)
{
    SV_TRY(sv_check_size(width, height, error));
    SV_TRY(check_options(options, error));
    sv_restoration_input from = {
        .format = sv_format_of(8), .width = (int)width, .height = (int)height};
    size_t area = (size_t)width * height;
    for (int p = 0; p < options->model->planes; p++) {
        from.planes[p] = (sv_nn_plane){planes + (size_t)p * area, (ptrdiff_t)width};
        SV_TRY(check_samples(from.planes[p].data, area, error));
    }
    sv_plane to = {restored, (ptrdiff_t)width, (int)width, (int)height};
    sv_restoration *restoration;
    SV_TRY(sv_restoration_create_plain(&restoration, options->model, options->qp, options->strength,
                                       error));
    sv_env env;
    sv_env_init(&env, options->threads, options->cpu_mask, NULL, NULL);
    svac2_status status = sv_restore_plane(restoration, &from, &to, &env, error);
    sv_free(restoration);
    return status;
}

/* Rows of Cb, then of Cr. */
static void put_chroma(void *user, const sv_piece *piece)
{
    const sv_plane *restored = user;
    for (int p = 0; p < 2; p++) {
        memcpy(restored[p].data + piece->y * restored[p].stride + piece->left, piece->rows[1 + p],
               (size_t)piece->width * sizeof *restored[p].data);
    }
}

svac2_status svac2_restore_chroma(const uint16_t *planes, uint32_t width, uint32_t height,
                                  const int8_t *factors, int32_t threads, uint32_t cpu_mask,
                                  uint16_t *restored, svac2_error *error)
{
    size_t area = (size_t)width * height;
    SV_TRY(sv_check_size(width, height, error));
    SV_TRY(check_samples(planes, 3 * area, error));
    SV_TRY(sv_check_range("threads", threads, 1, SVAC2_MAX_THREADS, error));
    sv_env env;
    sv_dsp dsp;
    sv_env_init(&env, threads, cpu_mask, NULL, NULL);
    sv_dsp_init(&dsp, sv_format_of(8), env.cpu);
    sv_chroma_restoration_params params = {.on = 1};
    memcpy(params.factors, factors, sizeof params.factors);
    sv_picture picture;
    SV_TRY(sv_picture_create(&picture, sv_aligned_size(width), sv_aligned_size(height),
                             sv_components_of(SVAC2_SUBSAMPLING_444), error));
    for (int p = 0; p < picture.components.plane_count; p++) {
        sv_copy_rows(picture.planes[p].data, picture.planes[p].stride, planes + (size_t)p * area,
                     (ptrdiff_t)width, (int)width, (int)height);
    }
    sv_plane to[2] = {{.data = restored, .stride = (ptrdiff_t)width},
                      {.data = restored + area, .stride = (ptrdiff_t)width}};
    sv_chroma_restoration restoration = {.rows = {.picture = &picture,
                                                  .dsp = &dsp,
                                                  .width = (int)width,
                                                  .height = (int)height,
                                                  .end = sv_ctu_count(height)},
                                         .params = &params,
                                         .put = put_chroma,
                                         .user = to};
    svac2_status status = sv_restore_chroma(&restoration, &env, error);
    sv_picture_destroy(&picture);
    return status;
}
