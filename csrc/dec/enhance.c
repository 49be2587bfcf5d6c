/* Restoration of pictures that were decoded elsewhere or before. */
#include "common/cpu.h"
#include "common/status.h"
#include "format/limits.h"
#include "image/color.h"
#include "recon/restore.h"

static svac2_status check(uint32_t width, uint32_t height, const svac2_enhance_options *options,
                          svac2_error *error)
{
    if (width < 1 || width > SVAC2_MAX_DIMENSION || height < 1 || height > SVAC2_MAX_DIMENSION) {
        return sv_fail(error, SVAC2_ERR_ARGUMENT, "size %ux%u is outside 1..%d", width, height,
                       SVAC2_MAX_DIMENSION);
    }
    if (options->model == NULL) {
        return sv_fail(error, SVAC2_ERR_ARGUMENT, "no model is given");
    }
    const struct {
        const char *name;
        int32_t value, low, high;
    } ranges[] = {
        {"qp", options->qp, 0, SVAC2_MAX_QP},
        {"strength", options->strength, 0, SVAC2_STRENGTH_MAX},
        {"threads", options->threads, 1, SVAC2_MAX_THREADS},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        if (ranges[i].value < ranges[i].low || ranges[i].value > ranges[i].high) {
            return sv_fail(error, SVAC2_ERR_ARGUMENT, "%s %d is outside %d..%d", ranges[i].name,
                           (int)ranges[i].value, (int)ranges[i].low, (int)ranges[i].high);
        }
    }
    return SVAC2_OK;
}

static sv_restoration restoration_of(const svac2_enhance_options *options)
{
    sv_restoration restoration;
    sv_restoration_init_plain(&restoration, options->model, options->qp, options->strength);
    restoration.threads = options->threads;
    restoration.cpu = sv_cpu_detect() & options->cpu_mask;
    return restoration;
}

svac2_status svac2_enhance(const svac2_image *image, const svac2_enhance_options *options,
                           uint8_t *pixels, ptrdiff_t stride, svac2_error *error)
{
    SV_TRY(check(image->width, image->height, options, error));
    if (image->channels != 1 && image->channels != 3) {
        return sv_fail(error, SVAC2_ERR_UNSUPPORTED,
                       "%u channels; 1 (grey) and 3 (RGB) are accepted", (unsigned)image->channels);
    }
    if (options->model->planes > 1) {
        return sv_fail(error, SVAC2_ERR_ARGUMENT,
                       "the model reads %d planes; of a picture there is 1, its luma",
                       options->model->planes);
    }
    sv_dsp dsp;
    sv_dsp_init(&dsp, sv_cpu_detect() & options->cpu_mask);
    sv_picture picture;
    SV_TRY(sv_picture_create(
        &picture, sv_aligned_size(image->width), sv_aligned_size(image->height),
        image->channels == 1 ? SVAC2_SUBSAMPLING_400 : SVAC2_SUBSAMPLING_444, error));
    svac2_status status = sv_picture_from_image(&picture, image, &dsp, error);
    if (status == SVAC2_OK) {
        sv_restoration restoration = restoration_of(options);
        const sv_plane *luma = &picture.planes[0];
        sv_restoration_input from = {.planes = {{luma->data, luma->stride}},
                                     .width = (int)image->width,
                                     .height = (int)image->height};
        status = sv_restore_picture(&restoration, &from, &picture, error);
    }
    if (status == SVAC2_OK) {
        status = sv_picture_rows_to_image(&picture, &dsp, 0, (int)image->height, pixels, stride,
                                          image->width, error);
    }
    sv_picture_destroy(&picture);
    return status;
}

svac2_status svac2_restore_luma(const uint16_t *planes, uint32_t width, uint32_t height,
                                const svac2_enhance_options *options, uint16_t *restored,
                                svac2_error *error)
{
    SV_TRY(check(width, height, options, error));
    sv_restoration_input from = {.width = (int)width, .height = (int)height};
    size_t area = (size_t)width * height;
    for (int p = 0; p < options->model->planes; p++) {
        from.planes[p] = (sv_nn_plane){planes + (size_t)p * area, (ptrdiff_t)width};
        for (size_t i = 0; i < area; i++) {
            if (from.planes[p].data[i] > SV_NN_SAMPLE_MAX) {
                return sv_fail(error, SVAC2_ERR_ARGUMENT, "a sample of %d is outside 0..%d",
                               from.planes[p].data[i], SV_NN_SAMPLE_MAX);
            }
        }
    }
    sv_plane to = {restored, (ptrdiff_t)width, (int)width, (int)height};
    sv_restoration restoration = restoration_of(options);
    return sv_restore_plane(&restoration, &from, &to, error);
}
