/* The decoder: alpha, then colour layer by layer, each from the one before; then output. */
#include "dec/decoder.h"

#include "common/memory.h"
#include "dec/blocks.h"
#include "image/color.h"
#include "image/planes.h"
#include "image/scale.h"
#include "recon/finish.h"

typedef struct decoder {
    const sv_decode_request *request;
    sv_env *env;
    sv_dsp dsp;
    sv_frame frame;           /* of the part under way */
    sv_picture lower;         /* the base layer, up-scaled */
    sv_picture_header header; /* of the part that was decoded last */
    sv_planes alpha;          /* of the wanted layer, in samples of the image */
} decoder;

static svac2_status decode_part(decoder *d, uint32_t index, sv_part part, svac2_error *error)
{
    const sv_decode_request *r = d->request;
    const sv_file_header *file = &r->file;
    const sv_layer_header *layer = &file->layers[index];
    bool is_colour = part == SV_PART_COLOUR;
    svac2_subsampling subsampling =
        is_colour ? (svac2_subsampling)file->subsampling : SVAC2_SUBSAMPLING_400;
    sv_block_source source = {.payload = r->payloads[index][part],
                              .size = sv_items_of_layer(file, index)[part].size,
                              .width = layer->width,
                              .height = layer->height,
                              .components = sv_components_of(subsampling),
                              .qp = layer->parts[part].level,
                              .strength = file->strength,
                              .whole = is_colour && index == file->layer_count - 1,
                              .keep_planes =
                                  is_colour && index == r->layer &&
                                  (r->planes != NULL || sv_restoration_needs_planes(r->model)),
                              .lower = is_colour && index > 0 ? &d->lower : NULL};
    if (layer->parts[part].coding != SV_PART_BLOCKS) {
        return sv_fail(error, SVAC2_ERR_UNSUPPORTED, "lossless coding is not there yet");
    }
    return sv_decode_blocks(&d->frame, &d->header, &source, &d->dsp, d->env, error);
}

/* Decodes the wanted layer's alpha. */
static svac2_status decode_alpha(decoder *d, svac2_error *error)
{
    const sv_layer_header *layer = &d->request->file.layers[d->request->layer];
    int width = (int)layer->width, height = (int)layer->height;
    SV_TRY(decode_part(d, d->request->layer, SV_PART_ALPHA, error));
    SV_TRY(sv_planes_create(&d->alpha, 1, width, height, error));
    sv_planes_from_grey(&d->alpha, &d->frame.picture, &d->dsp);
    sv_frame_destroy(&d->frame);
    return SVAC2_OK;
}

/* Takes the decoded layer for the one below the next. */
static svac2_status take_lower(decoder *d, const sv_layer_header *layer, svac2_error *error)
{
    const sv_file_header *file = &d->request->file;
    svac2_status status =
        sv_picture_upscale(&d->lower, &d->frame.picture, file->width, file->height,
                           (int)layer->scale, &d->frame.dsp, d->env, error);
    sv_frame_destroy(&d->frame);
    return status;
}

/* Decodes a layer's colour. */
static svac2_status decode_colour(decoder *d, uint32_t index, svac2_error *error)
{
    if (index > 0) {
        SV_TRY(take_lower(d, &d->request->file.layers[index - 1], error));
    }
    return decode_part(d, index, SV_PART_COLOUR, error);
}

static sv_finish finish_of(const decoder *d)
{
    const sv_decode_request *r = d->request;
    const sv_layer_header *layer = &r->file.layers[r->layer];
    return (sv_finish){.width = layer->width,
                       .height = layer->height,
                       .chroma = r->restores ? &d->header.chroma_restoration : NULL,
                       .model = r->model,
                       .luma = r->strength == SVAC2_STRENGTH_CODED ? &d->header.restoration : NULL,
                       .strength = r->strength,
                       .qp = layer->parts[SV_PART_COLOUR].level};
}

/* What is to be done in all, at most: that a file restores chroma is not known before. */
static uint64_t expected_work(const decoder *d, const sv_finish *finish)
{
    const sv_file_header *file = &d->request->file;
    uint64_t work = 0, ctus = 0;
    for (uint32_t i = 0; i <= d->request->layer; i++) {
        ctus = sv_ctus_of(file->layers[i].width, file->layers[i].height);
        work += ctus * (sv_decode_blocks_cost() + SV_COST_UPSCALE);
    }
    uint64_t alpha = (file->part_count - 1) * sv_decode_blocks_cost();
    return work + ctus * (alpha + sv_finish_cost(finish));
}

/* Copies what a restoration can read, of the depth that it sees. */
static void copy_planes(const sv_frame *frame, const sv_finish *finish, uint16_t *to)
{
    int width = (int)finish->width, height = (int)finish->height;
    sv_restoration_input from = sv_restoration_input_of(frame, width, height);
    const int shift = sv_restoration_shift(from.format);
    for (int row = 0; row < SVAC2_RESTORATION_PLANES * height; row++, to += width) {
        const sv_nn_plane *plane = &from.planes[row / height];
        const uint16_t *samples = plane->data + row % height * plane->stride;
        for (int x = 0; x < width; x++) {
            to[x] = (uint16_t)(samples[x] >> shift);
        }
    }
}

static svac2_status decode(decoder *d, svac2_error *error)
{
    const sv_decode_request *request = d->request;
    sv_output output = request->output;
    sv_finish finish = finish_of(d);
    sv_env_expect(d->env, expected_work(d, &finish));
    if (request->file.part_count > SV_PART_ALPHA) {
        SV_TRY(decode_alpha(d, error));
        output.alpha = &d->alpha.planes[0];
    }
    for (uint32_t i = 0; i <= request->layer; i++) {
        SV_TRY(decode_colour(d, i, error));
    }
    sv_picture_destroy(&d->lower); /* not needed any more */
    if (request->planes != NULL) {
        copy_planes(&d->frame, &finish, request->planes);
    }
    SV_TRY(sv_finish_picture(&d->frame, &finish, &output, d->env, error));
    return sv_env_finish(d->env, error);
}

svac2_status sv_decode(const sv_decode_request *request, sv_env *env, svac2_error *error)
{
    decoder d = {.request = request, .env = env};
    sv_dsp_init(&d.dsp, sv_format_of((int)request->file.bit_depth), env->cpu);
    svac2_status status = decode(&d, error);
    sv_frame_destroy(&d.frame);
    sv_picture_destroy(&d.lower);
    sv_planes_destroy(&d.alpha);
    return status;
}
