#include "enc/alpha.h"

#include "common/memory.h"
#include "enc/lossless.h"
#include "image/scale.h"
#include "recon/lossless.h"

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

/* Codes the alpha of the layer at a scale; that of the whole picture is kept as decoders will have
 * it. */
static svac2_status code_lossless(sv_alpha *alpha, const job *j, int scale, svac2_error *error)
{
    const sv_lossless_task task = {.depth = (int)j->image->bit_depth,
                                   .effort = sv_layer_effort(j->options->effort, scale),
                                   .env = j->env};
    sv_planes small = {0}, *planes = scale == 0 ? &alpha->decoded : &small;
    svac2_status status =
        scale == 0 ? sv_planes_from_image(planes, j->image, error)
                   : sv_planes_from_picture(planes, &j->sources[scale], &j->dsp,
                                            sv_scaled_size(j->image->width, scale),
                                            sv_scaled_size(j->image->height, scale), j->env, error);
    alpha->headers[scale] = (sv_part_header){.coding = SV_PART_LOSSLESS};
    if (status == SVAC2_OK) {
        status = sv_lossless_encode(planes, &task, &alpha->payloads[scale], error);
    }
    sv_planes_destroy(&small);
    return status;
}

static svac2_status code_blocks(sv_alpha *alpha, const job *j, int scale, svac2_error *error)
{
    sv_layer_task task = {.dsp = &j->dsp,
                          .source = &j->sources[scale],
                          .width = sv_scaled_size(j->image->width, scale),
                          .height = sv_scaled_size(j->image->height, scale),
                          .qp = j->options->alpha_qp,
                          .effort = sv_layer_effort(j->options->effort, scale),
                          .env = j->env};
    sv_layer layer;
    svac2_status status = sv_layer_code(&layer, &task, error);
    if (status == SVAC2_OK) {
        status = sv_layer_write(&layer, &alpha->payloads[scale], error);
    }
    alpha->headers[scale] = (sv_part_header){SV_PART_BLOCKS, task.qp, (uint32_t)layer.wave};
    if (status == SVAC2_OK && scale == 0) {
        status = sv_planes_from_picture(&alpha->decoded, &layer.frame.picture, task.dsp, task.width,
                                        task.height, j->env, error);
    }
    sv_layer_destroy(&layer);
    return status;
}

static svac2_status code_layers(sv_alpha *alpha, job *j, svac2_error *error)
{
    const int base = base_scale(j->options);
    const bool is_lossless = j->options->alpha_qp == SVAC2_ALPHA_LOSSLESS;
    svac2_status (*code)(sv_alpha *, const job *, int, svac2_error *) =
        is_lossless ? code_lossless : code_blocks;
    if (!is_lossless || base > 0) {
        SV_TRY(make_sources(j, error));
    }
    SV_TRY(code(alpha, j, 0, error));
    return base > 0 ? code(alpha, j, base, error) : SVAC2_OK;
}

svac2_status sv_alpha_code(sv_alpha *alpha, const svac2_image *image,
                           const svac2_encode_options *options, sv_env *env, svac2_error *error)
{
    job j = {.image = image, .options = options, .env = env};
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

size_t sv_alpha_size(const sv_alpha *alpha) { return alpha->payloads[0].size; }

static uint64_t layer_work(const svac2_image *image, const svac2_encode_options *options, int scale)
{
    return options->alpha_qp == SVAC2_ALPHA_LOSSLESS
               ? sv_lossless_cost(sv_scaled_size(image->width, scale),
                                  sv_scaled_size(image->height, scale), 1)
               : sv_layer_work(image->width, image->height, scale,
                               sv_layer_effort(options->effort, scale));
}

uint64_t sv_alpha_work(const svac2_image *image, const svac2_encode_options *options)
{
    const int base = base_scale(options);
    uint64_t work = layer_work(image, options, 0);
    return work + (base > 0 ? layer_work(image, options, base) : 0);
}
