#include "enc/alpha.h"

#include "common/memory.h"
#include "image/color.h"
#include "image/scale.h"

/* What the layers share. */
typedef struct job {
    const svac2_image *image;
    const svac2_encode_options *options;
    sv_env *env;
    sv_dsp dsp;
    sv_picture sources[SV_SCALE_MAX + 1]; /* by scale */
} job;

/* The scale of the base layer, 0 where there will be none. */
static int base_scale(const svac2_encode_options *options)
{
    return options->mode == SVAC2_MODE_NORMAL ? 0 : options->base_log2_scale;
}

static svac2_status make_sources(job *j, svac2_error *error)
{
    const svac2_image *image = j->image;
    SV_TRY(sv_picture_create(&j->sources[0], sv_aligned_size(image->width),
                             sv_aligned_size(image->height),
                             sv_components_of(SVAC2_SUBSAMPLING_400), error));
    SV_TRY(sv_picture_from_image(&j->sources[0], image, &j->dsp, error));
    for (int scale = 1; scale <= base_scale(j->options); scale++) {
        SV_TRY(sv_picture_downscale(&j->sources[scale], &j->sources[scale - 1], image->width,
                                    image->height, scale, j->dsp.format, error));
    }
    return SVAC2_OK;
}

/* Keeps the whole picture as decoders will have it. */
static svac2_status keep_decoded(sv_alpha *alpha, const sv_layer *layer, svac2_error *error)
{
    const sv_layer_task *task = layer->task;
    SV_TRY(sv_planes_create(&alpha->decoded, 1, (int)task->width, (int)task->height, error));
    sv_planes_from_grey(&alpha->decoded, &layer->frame.picture, task->dsp);
    return SVAC2_OK;
}

static svac2_status code_layer(sv_alpha *alpha, const job *j, int scale, svac2_error *error)
{
    sv_layer_task task = {.dsp = &j->dsp,
                          .source = &j->sources[scale],
                          .width = sv_scaled_size(j->image->width, scale),
                          .height = sv_scaled_size(j->image->height, scale),
                          .qp = alpha->header.level,
                          .effort = sv_layer_effort(j->options->effort, scale),
                          .env = j->env};
    sv_layer layer;
    svac2_status status = sv_layer_code(&layer, &task, error);
    if (status == SVAC2_OK) {
        status = sv_layer_write(&layer, &alpha->payloads[scale], error);
    }
    if (status == SVAC2_OK && scale == 0) {
        status = keep_decoded(alpha, &layer, error);
    }
    sv_layer_destroy(&layer);
    return status;
}

static svac2_status code_layers(sv_alpha *alpha, job *j, svac2_error *error)
{
    int base = base_scale(j->options);
    SV_TRY(make_sources(j, error));
    SV_TRY(code_layer(alpha, j, 0, error));
    return base > 0 ? code_layer(alpha, j, base, error) : SVAC2_OK;
}

svac2_status sv_alpha_code(sv_alpha *alpha, const svac2_image *image,
                           const svac2_encode_options *options, sv_env *env, svac2_error *error)
{
    job j = {.image = image, .options = options, .env = env};
    if (options->alpha_qp == SVAC2_ALPHA_LOSSLESS) {
        return sv_fail(error, SVAC2_ERR_UNSUPPORTED, "lossless coding is not there yet");
    }
    alpha->header = (sv_part_header){SV_PART_BLOCKS, options->alpha_qp};
    sv_dsp_init(&j.dsp, sv_format_of((int)image->bit_depth), env->cpu);
    svac2_status status = code_layers(alpha, &j, error);
    for (int scale = 0; scale <= SV_SCALE_MAX; scale++) {
        sv_picture_destroy(&j.sources[scale]);
    }
    return status;
}

void sv_alpha_destroy(sv_alpha *alpha)
{
    for (int scale = 0; scale <= SV_SCALE_MAX; scale++) {
        sv_free(alpha->payloads[scale].data);
    }
    sv_planes_destroy(&alpha->decoded);
}

size_t sv_alpha_size(const sv_alpha *alpha)
{
    size_t size = 0;
    for (int scale = 0; scale <= SV_SCALE_MAX; scale++) {
        size += alpha->payloads[scale].size;
    }
    return size;
}

uint64_t sv_alpha_work(const svac2_image *image, const svac2_encode_options *options)
{
    int base = base_scale(options), effort = sv_layer_effort(options->effort, base);
    uint64_t work = sv_layer_work(image->width, image->height, 0, options->effort);
    return work + (base > 0 ? sv_layer_work(image->width, image->height, base, effort) : 0);
}
