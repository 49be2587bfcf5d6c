/* The encoder's entrance: a picture is split into its parts, and their coding ends in a file. */
#include "common/memory.h"
#include "enc/coding.h"
#include "enc/encoder.h"
#include "enc/invisible.h"
#include "enc/lossless_picture.h"
#include "enc/target.h"
#include "image/output.h"

sv_file_header sv_encoder_header(const sv_encoder *e)
{
    return (sv_file_header){.subsampling = e->job.subsampling,
                            .bit_depth = e->image->bit_depth,
                            .part_count = e->parts.count,
                            .width = e->image->width,
                            .height = e->image->height};
}

uint64_t sv_encoder_alpha_work(const sv_encoder *e)
{
    return e->parts.count > SV_PART_ALPHA
               ? sv_alpha_work(&e->parts.images[SV_PART_ALPHA], e->job.options)
               : 0;
}

svac2_status sv_encoder_code_alpha(sv_encoder *e, svac2_error *error)
{
    return e->parts.count > SV_PART_ALPHA
               ? sv_alpha_code(&e->alpha, &e->parts.images[SV_PART_ALPHA], e->job.options,
                               e->job.env, error)
               : SVAC2_OK;
}

static svac2_status encode_at_qp(sv_encoder *e, sv_bytes *out, svac2_error *error)
{
    uint64_t later = sv_encoder_restoration_work(e);
    sv_env_expect(e->job.env, sv_encoder_alpha_work(e) + sv_encoder_coding_work(e) + later);
    SV_TRY(sv_encoder_code_alpha(e, error));
    SV_TRY(sv_encoder_take_image(e, error));
    SV_TRY(sv_encoder_code(e, later, error));
    SV_TRY(sv_encoder_restore(e, error));
    SV_TRY(sv_encoder_write(e, out, error));
    uint8_t *pixels = e->job.options->reconstruction;
    return pixels == NULL ? SVAC2_OK : sv_encoder_output(e, pixels, error);
}

/* Codes a picture that has been split; what is reconstructed is its colour. */
static svac2_status encode_parts(sv_encoder *e, sv_bytes *out, svac2_error *error)
{
    const svac2_encode_options *options = &e->options;
    bool aims = options->target_size > 0 || options->target_psnr > 0;
    return (options->lossless ? sv_encode_lossless
            : aims            ? sv_encode_to_target
                              : encode_at_qp)(e, out, error);
}

/* Joins decoded colour and alpha to the pixels that decoders give. */
static void join_pixels(const sv_encoder *e, const uint8_t *colour, const sv_output *output)
{
    for (int y = 0; y < (int)e->image->height; y++, colour += sv_row_size(e->image)) {
        sv_output_pixels(output, &(sv_pixels){.y = y,
                                              .width = (int)e->image->width,
                                              .colour = colour,
                                              .colours = (int)e->image->channels});
    }
}

/* Codes a picture of which all is reconstructed. */
static svac2_status encode_and_join(sv_encoder *e, sv_output output, sv_bytes *out,
                                    svac2_error *error)
{
    uint8_t *colour = sv_alloc(e->image->height, sv_row_size(e->image));
    if (colour == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for the decoded colour");
    }
    e->options.reconstruction = colour;
    svac2_status status = encode_parts(e, out, error);
    if (status == SVAC2_OK) {
        output.alpha = &e->alpha.decoded.planes[0];
        join_pixels(e, colour, &output);
    }
    sv_free(colour);
    return status;
}

/* Without loss there is a base layer where it is asked for, and colour is not subsampled. */
static svac2_encode_options options_of_colour(const svac2_encode_options *options)
{
    svac2_encode_options own = *options;
    if (own.lossless) {
        own.subsampling = SVAC2_SUBSAMPLING_444;
        own.mode = own.mode == SVAC2_MODE_AUTO ? SVAC2_MODE_NORMAL : own.mode;
    }
    return own;
}

static svac2_status encode(sv_encoder *e, const svac2_image *image, sv_bytes *out,
                           svac2_error *error)
{
    SV_TRY(sv_parts_split(&e->parts, image, error));
    e->image = &e->parts.images[SV_PART_COLOUR];
    if (e->parts.count == 1) {
        return encode_parts(e, out, error);
    }
    bool by_blocks = !e->options.lossless || e->options.mode == SVAC2_MODE_MULTISCALE;
    if (!e->options.exact && by_blocks) {
        SV_TRY(sv_fill_invisible(&e->parts, error));
    }
    return e->options.reconstruction == NULL
               ? encode_parts(e, out, error)
               : encode_and_join(e, sv_output_packed(image, e->options.reconstruction), out, error);
}

static void destroy(sv_encoder *e)
{
    sv_encoder_forget(e);
    sv_alpha_destroy(&e->alpha);
    sv_parts_destroy(&e->parts);
    sv_free(e);
}

svac2_status sv_encode(const svac2_image *image, const svac2_encode_options *options, sv_env *env,
                       sv_bytes *out, svac2_error *error)
{
    sv_encoder *e = sv_alloc_zeroed(1, sizeof *e);
    if (e == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for an encoder");
    }
    e->options = options_of_colour(options);
    e->job.options = &e->options;
    e->job.qp = options->qp;
    e->job.env = env;
    sv_dsp_init(&e->job.dsp, sv_format_of((int)image->bit_depth), env->cpu);
    svac2_status status = encode(e, image, out, error);
    if (status != SVAC2_OK) {
        sv_free(out->data);
    }
    destroy(e);
    return status;
}
