/* Coding of colour, in one layer or several, and of the file. */
#include "enc/coding.h"

#include "common/memory.h"
#include "enc/chroma_restoration_search.h"
#include "enc/encoder.h"
#include "enc/file.h"
#include "enc/subsampling.h"
#include "image/color.h"
#include "image/rows.h"
#include "image/scale.h"
#include "recon/finish.h"

svac2_status sv_encoder_take_image(sv_encoder *e, svac2_error *error)
{
    const svac2_image *image = e->image;
    const svac2_encode_options *options = e->job.options;
    sv_picture *source = &e->job.sources[0];
    for (int scale = 0; scale <= SV_SCALE_MAX; scale++) {
        sv_picture_destroy(&e->job.sources[scale]); /* of another subsampling */
    }
    e->job.subsampling =
        image->channels == 1 ? SVAC2_SUBSAMPLING_400 : (svac2_subsampling)options->subsampling;
    if (e->job.subsampling == SVAC2_SUBSAMPLING_AUTO) {
        SV_TRY(sv_choose_subsampling(source, &e->job.subsampling, image, e->job.qp, &e->job.dsp,
                                     error));
    } else {
        SV_TRY(sv_picture_create(source, sv_aligned_size(image->width),
                                 sv_aligned_size(image->height),
                                 sv_components_of(e->job.subsampling), error));
        SV_TRY(sv_picture_from_image(source, image, &e->job.dsp, error));
    }
    int scales = options->mode == SVAC2_MODE_NORMAL ? 0 : options->base_log2_scale;
    for (int scale = 1; scale <= scales; scale++) {
        SV_TRY(sv_picture_downscale(&e->job.sources[scale], &e->job.sources[scale - 1],
                                    image->width, image->height, scale, e->job.dsp.format, error));
    }
    return SVAC2_OK;
}

/* ---- Mode ---- */

/* The middle half of a side; or all of one so short that a part says too little. */
static void probe_side(uint32_t whole, int *start, uint32_t *size)
{
    uint32_t mask = SV_CTU_SIZE - 1;
    *start = whole < SV_PROBED_SIDE ? 0 : (int)(whole / 4 & ~mask);
    *size = whole < SV_PROBED_SIDE ? whole : (whole / 2 + mask) & ~mask;
}

static sv_region probe_of(const sv_region *whole)
{
    sv_region probe;
    probe_side(whole->width, &probe.x, &probe.width);
    probe_side(whole->height, &probe.y, &probe.height);
    return probe;
}

/* Codes a region in both ways; variants[*multiscale] is the cheaper one. */
static svac2_status try_both(sv_encoder *e, const sv_region *r, bool *multiscale,
                             svac2_error *error)
{
    double costs[2];
    for (int i = 0; i < 2; i++) {
        SV_TRY(sv_variant_code(&e->variants[i], &e->job, r, i == 1, error));
        SV_TRY(sv_variant_cost(&e->variants[i], &costs[i], error));
    }
    *multiscale = costs[1] < costs[0];
    return SVAC2_OK;
}

/* What comes after the picture is coded: the search for its restoration, and that itself. */
uint64_t sv_encoder_restoration_work(const sv_encoder *e)
{
    const svac2_encode_options *options = e->job.options;
    bool colour = options->model != NULL && e->image->channels > 1;
    uint64_t luma = options->model == NULL ? 0 : sv_nn_cost(options->model);
    uint64_t chroma = colour ? sv_chroma_restoration_search_cost() : 0;
    sv_finish finish = {.model = options->model};
    uint64_t output = options->reconstruction == NULL ? 0 : sv_finish_cost(&finish);
    return sv_ctus_of(e->image->width, e->image->height) * (luma + chroma + output);
}

sv_region sv_encoder_whole(const sv_encoder *e)
{
    return (sv_region){0, 0, e->image->width, e->image->height};
}

/* The part of the picture on which mode "auto" compares both ways. */
static sv_region compared_part(const sv_encoder *e)
{
    sv_region whole = sv_encoder_whole(e);
    return sv_effort_of(e->job.options->effort)->whole_trial ? whole : probe_of(&whole);
}

static bool is_whole(const sv_encoder *e, const sv_region *r)
{
    return r->width == e->image->width && r->height == e->image->height;
}

uint64_t sv_encoder_coding_work(const sv_encoder *e)
{
    const int mode = e->job.options->mode;
    sv_region whole = sv_encoder_whole(e), part = compared_part(e);
    if (mode != SVAC2_MODE_AUTO) {
        return sv_variant_work(&e->job, &whole, mode == SVAC2_MODE_MULTISCALE);
    }
    uint64_t both = sv_variant_work(&e->job, &part, false) + sv_variant_work(&e->job, &part, true);
    return both + (is_whole(e, &part) ? 0 : sv_variant_work(&e->job, &whole, true));
}

static void destroy_variants(sv_encoder *e)
{
    sv_variant_destroy(&e->variants[0]);
    sv_variant_destroy(&e->variants[1]);
}

svac2_status sv_encoder_code(sv_encoder *e, uint64_t later, svac2_error *error)
{
    sv_region whole = sv_encoder_whole(e), part = compared_part(e);
    bool multiscale = e->job.options->mode == SVAC2_MODE_MULTISCALE, done = false;
    destroy_variants(e);
    if (e->job.options->mode == SVAC2_MODE_AUTO) {
        done = is_whole(e, &part);
        SV_TRY(try_both(e, &part, &multiscale, error));
    }
    e->chosen = &e->variants[multiscale];
    if (done) {
        return SVAC2_OK;
    }
    destroy_variants(e);
    sv_env_set_left(e->job.env, sv_variant_work(&e->job, &whole, multiscale) + later);
    return sv_variant_code(e->chosen, &e->job, &whole, multiscale, error);
}

/* ---- Output ---- */

/* Chroma is restored in full size: its source is that of the image. */
static svac2_status search_chroma_restoration(const sv_encoder *e, sv_layer *layer,
                                              svac2_error *error)
{
    const sv_picture *source = &e->job.sources[0];
    if (sv_is_full_size(sv_chroma_of(&source->components))) {
        return sv_layer_search_chroma_restoration(layer, e->image, source, error);
    }
    sv_picture full;
    SV_TRY(sv_picture_create(&full, source->planes[0].width, source->planes[0].height,
                             sv_components_of(SVAC2_SUBSAMPLING_444), error));
    svac2_status status = sv_picture_from_image(&full, e->image, &e->job.dsp, error);
    if (status == SVAC2_OK) {
        status = sv_layer_search_chroma_restoration(layer, e->image, &full, error);
    }
    sv_picture_destroy(&full);
    return status;
}

svac2_status sv_encoder_restore(sv_encoder *e, svac2_error *error)
{
    const svac2_model *model = e->job.options->model;
    if (model == NULL) {
        return SVAC2_OK;
    }
    sv_layer *last = sv_variant_last(e->chosen);
    SV_TRY(sv_layer_search_luma_restoration(last, model, error));
    return sv_has_chroma(&last->frame.layout.components) ? search_chroma_restoration(e, last, error)
                                                         : SVAC2_OK;
}

svac2_status sv_encoder_output(sv_encoder *e, uint8_t *pixels, svac2_error *error)
{
    const svac2_image *image = e->image;
    const svac2_encode_options *options = e->job.options;
    sv_layer *last = sv_variant_last(e->chosen);
    bool restored = last->header.restoration.strength > 0;
    sv_finish finish = {.width = image->width,
                        .height = image->height,
                        .chroma = &last->header.chroma_restoration,
                        .model = restored ? options->model : NULL,
                        .luma = &last->header.restoration,
                        .qp = e->job.qp};
    sv_output output = sv_output_packed(image, pixels);
    return sv_finish_picture(&last->frame, &finish, &output, e->job.env, error);
}

static sv_file_header describe(const sv_encoder *e, const sv_variant *v)
{
    sv_file_header file = sv_encoder_header(e);
    file.layer_count = (uint32_t)v->count;
    for (int i = 0; i < v->count; i++) {
        file.layers[i] = (sv_layer_header){
            .scale = (uint32_t)v->scales[i],
            .parts = {{SV_PART_BLOCKS, v->tasks[i].qp, (uint32_t)v->layers[i].wave}}};
    }
    const sv_restoration_params *restoration = &v->layers[v->count - 1].header.restoration;
    if (restoration->strength > 0) {
        file.restored = 1;
        file.strength = restoration->strength;
        file.model_hash = e->job.options->model->hash;
    }
    return file;
}

/* Writes the layers' payloads, without restoration of luma where they are too small for it. */
static svac2_status write_layers(const sv_encoder *e, sv_variant *v, sv_bytes *payloads,
                                 svac2_error *error)
{
    sv_layer *last = sv_variant_last(v);
    sv_bytes *whole = &payloads[v->count - 1];
    for (int i = 0; i < v->count; i++) {
        SV_TRY(sv_layer_write(&v->layers[i], &payloads[i], error));
    }
    if (last->header.restoration.strength == 0 ||
        sv_may_restore(e->image->width, e->image->height, whole->size)) {
        return SVAC2_OK;
    }
    sv_free(whole->data);
    sv_layer_leave_luma(last);
    return sv_layer_write(last, whole, error);
}

svac2_status sv_encoder_write(sv_encoder *e, sv_bytes *out, svac2_error *error)
{
    sv_bytes payloads[SVAC2_MAX_LAYERS] = {{NULL, 0}};
    svac2_status status = write_layers(e, e->chosen, payloads, error);
    if (status == SVAC2_OK) {
        sv_file_header file = describe(e, e->chosen);
        status = sv_join_file(&file, payloads, &e->alpha, e->job.options, out, error);
    }
    for (int i = 0; i < SVAC2_MAX_LAYERS; i++) {
        sv_free(payloads[i].data);
    }
    return status;
}

void sv_encoder_forget(sv_encoder *e)
{
    destroy_variants(e);
    for (int scale = 0; scale <= SV_SCALE_MAX; scale++) {
        sv_picture_destroy(&e->job.sources[scale]);
    }
}
