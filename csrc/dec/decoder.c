/* The decoder: alpha, then colour layer by layer, each from the one before; then output. */
#include "dec/decoder.h"

#include "common/intmath.h"
#include "common/memory.h"
#include "dec/blocks.h"
#include "dec/lossless.h"
#include "image/planes.h"
#include "image/scale.h"
#include "recon/finish.h"
#include "recon/lossless.h"

typedef struct decoder {
    const sv_decode_request *request;
    sv_env *env;
    sv_dsp dsp;
    sv_frame frame;                /* of the part under way */
    sv_picture lower;              /* the base layer, up-scaled */
    sv_picture_header header;      /* of the part that was decoded last */
    sv_planes parts[SV_PARTS_MAX]; /* of the wanted layer, in samples of the image */
    sv_output output;
    sv_finish finish;
    sv_finisher finisher; /* of a layer that is coded by blocks */
    int copied;           /* rows of CTUs, to request->planes */
} decoder;

/* Decodes a part to the frame, which has all rows in the end if no sink takes them before. */
static svac2_status decode_blocks(decoder *d, uint32_t index, sv_part part, const sv_row_sink *sink,
                                  svac2_error *error)
{
    const sv_decode_request *r = d->request;
    const sv_file_header *file = &r->file;
    const sv_layer_header *layer = &file->layers[index];
    bool is_colour = part == SV_PART_COLOUR;
    svac2_subsampling subsampling =
        is_colour ? (svac2_subsampling)file->subsampling : SVAC2_SUBSAMPLING_400;
    sv_block_source source = {
        .payload = r->payloads[index][part],
        .size = sv_items_of_layer(file, index)[part].size,
        .frame = {.width = layer->width,
                  .height = layer->height,
                  .components = sv_components_of(subsampling),
                  .lower = is_colour && index > 0 ? &d->lower : NULL,
                  .dsp = &d->dsp,
                  .keep_planes = is_colour && index == r->layer &&
                                 (r->planes != NULL || sv_restoration_needs_planes(r->model))},
        .qp = layer->parts[part].level,
        .wave = (int)layer->parts[part].wave,
        .strength = file->strength,
        .whole = is_colour && index == file->layer_count - 1,
        .sink = sink};
    return sv_decode_blocks(&d->frame, &d->header, &source, d->env, error);
}

/* Decodes a part of the wanted layer to planes. below: NULL, or the base layer, up-scaled. */
static svac2_status decode_lossless(decoder *d, sv_part part, const sv_planes *below,
                                    svac2_error *error)
{
    const sv_decode_request *r = d->request;
    const sv_file_header *file = &r->file;
    const sv_layer_header *layer = &file->layers[r->layer];
    const sv_lossless_source source = {.payload = r->payloads[r->layer][part],
                                       .size = sv_items_of_layer(file, r->layer)[part].size,
                                       .depth = (int)file->bit_depth,
                                       .max_error = layer->parts[part].level,
                                       .below = below,
                                       .env = d->env};
    SV_TRY(sv_planes_create(&d->parts[part], (int)sv_part_channels(file, part), (int)layer->width,
                            (int)layer->height, error));
    return sv_lossless_decode(&source, &d->parts[part], error);
}

/* Decodes the wanted layer's alpha. */
static svac2_status decode_alpha(decoder *d, svac2_error *error)
{
    const sv_layer_header *layer = &d->request->file.layers[d->request->layer];
    if (sv_is_lossless(layer, SV_PART_ALPHA)) {
        return decode_lossless(d, SV_PART_ALPHA, NULL, error);
    }
    SV_TRY(decode_blocks(d, d->request->layer, SV_PART_ALPHA, NULL, error));
    svac2_status status =
        sv_planes_from_picture(&d->parts[SV_PART_ALPHA], &d->frame.picture, &d->dsp, layer->width,
                               layer->height, d->env, error);
    sv_frame_destroy(&d->frame);
    return status;
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

static bool is_lossless(const decoder *d, uint32_t layer)
{
    return sv_is_lossless(&d->request->file.layers[layer], SV_PART_COLOUR);
}

/* Decodes the last layer's colour, from the one below if there is one. */
static svac2_status decode_lossless_colour(decoder *d, svac2_error *error)
{
    const sv_decode_request *r = d->request;
    sv_planes below = {0};
    if (r->layer == 0) {
        return decode_lossless(d, SV_PART_COLOUR, NULL, error);
    }
    svac2_status status = sv_planes_from_picture(&below, &d->lower, &d->dsp, r->file.width,
                                                 r->file.height, d->env, error);
    sv_picture_destroy(&d->lower);
    if (status == SVAC2_OK) {
        status = decode_lossless(d, SV_PART_COLOUR, &below, error);
    }
    sv_planes_destroy(&below);
    return status;
}

/* Copies what a restoration can read of rows of CTUs, of the depth that it sees. */
static void copy_planes(decoder *d, int end)
{
    const sv_finish *finish = &d->finish;
    const int width = (int)finish->width, height = (int)finish->height;
    const sv_restoration_input from = sv_restoration_input_of(&d->frame, width, height);
    const int shift = sv_restoration_shift(from.format);
    for (int p = 0; p < SVAC2_RESTORATION_PLANES; p++) {
        for (int y = d->copied * SV_CTU_SIZE; y < sv_min(end * SV_CTU_SIZE, height); y++) {
            const uint16_t *samples = from.planes[p].data + y * from.planes[p].stride;
            uint16_t *to = d->request->planes + ((ptrdiff_t)p * height + y) * width;
            for (int x = 0; x < width; x++) {
                to[x] = (uint16_t)(samples[x] >> shift);
            }
        }
    }
    d->copied = end;
}

static svac2_status begin_rows(void *shared, svac2_error *error)
{
    decoder *d = shared;
    return sv_finisher_create(&d->finisher, &d->frame, &d->finish, &d->output, error);
}

/* Puts out the wanted layer's rows as they come. */
static svac2_status take_rows(void *shared, int end, sv_env *env, svac2_error *error)
{
    decoder *d = shared;
    if (d->request->planes != NULL) {
        copy_planes(d, end);
    }
    return sv_finisher_run(&d->finisher, end, env, error);
}

/* Decodes a layer's colour; the wanted one's to the output. */
static svac2_status decode_colour(decoder *d, uint32_t index, svac2_error *error)
{
    const sv_components components =
        sv_components_of((svac2_subsampling)d->request->file.subsampling);
    const sv_row_sink sink = {.begin = begin_rows,
                              .take = take_rows,
                              .shared = d,
                              .lag = sv_finish_lag(&components, sv_finish_restores(&d->finish))};
    if (index > 0) {
        SV_TRY(take_lower(d, &d->request->file.layers[index - 1], error));
    }
    return is_lossless(d, index) ? decode_lossless_colour(d, error)
                                 : decode_blocks(d, index, SV_PART_COLOUR,
                                                 index == d->request->layer ? &sink : NULL, error);
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

static uint64_t work_of(const sv_file_header *file, uint32_t index, sv_part part)
{
    const sv_layer_header *layer = &file->layers[index];
    const uint64_t upscale = index > 0 ? SV_COST_UPSCALE : 0;
    return sv_is_lossless(layer, part)
               ? sv_lossless_cost(layer->width, layer->height, sv_part_channels(file, part))
               : sv_ctus_of(layer->width, layer->height) * (sv_decode_blocks_cost() + upscale);
}

/* What is to be done in all, at most: that a file restores chroma is not known before. */
static uint64_t expected_work(const decoder *d)
{
    const sv_file_header *file = &d->request->file;
    uint64_t work = 0;
    for (uint32_t i = 0; i <= d->request->layer; i++) {
        work += work_of(file, i, SV_PART_COLOUR);
    }
    if (file->part_count > SV_PART_ALPHA) {
        work += work_of(file, d->request->layer, SV_PART_ALPHA);
    }
    return work + sv_ctus_of(d->finish.width, d->finish.height) * sv_finish_cost(&d->finish);
}

/* Decodes the wanted layer's colour, and what that is predicted from. */
static svac2_status decode_colours(decoder *d, svac2_error *error)
{
    for (uint32_t i = 0; i <= d->request->layer; i++) {
        SV_TRY(decode_colour(d, i, error));
    }
    sv_picture_destroy(&d->lower); /* not needed any more */
    return SVAC2_OK;
}

static svac2_status decode(decoder *d, svac2_error *error)
{
    const sv_decode_request *request = d->request;
    d->output = request->output;
    d->finish = finish_of(d);
    sv_env_expect(d->env, expected_work(d));
    if (request->file.part_count > SV_PART_ALPHA) {
        SV_TRY(decode_alpha(d, error));
        d->output.alpha = &d->parts[SV_PART_ALPHA].planes[0];
    }
    SV_TRY(decode_colours(d, error));
    if (is_lossless(d, request->layer)) {
        SV_TRY(sv_planes_to_image(&d->parts[SV_PART_COLOUR], &d->output, error));
    }
    return sv_env_finish(d->env, error);
}

static decoder start(const sv_decode_request *request, sv_env *env)
{
    decoder d = {.request = request, .env = env};
    sv_dsp_init(&d.dsp, sv_format_of((int)request->file.bit_depth), env->cpu);
    return d;
}

static void destroy(decoder *d)
{
    sv_finisher_destroy(&d->finisher);
    sv_frame_destroy(&d->frame);
    sv_picture_destroy(&d->lower);
    for (int part = 0; part < SV_PARTS_MAX; part++) {
        sv_planes_destroy(&d->parts[part]);
    }
}

svac2_status sv_decode(const sv_decode_request *request, sv_env *env, svac2_error *error)
{
    decoder d = start(request, env);
    svac2_status status = decode(&d, error);
    destroy(&d);
    return status;
}

svac2_status sv_decode_lossless_part(const sv_decode_request *request, sv_part part,
                                     sv_planes *planes, sv_env *env, svac2_error *error)
{
    decoder d = start(request, env);
    svac2_status status = (part == SV_PART_ALPHA ? decode_alpha : decode_colours)(&d, error);
    *planes = d.parts[part];
    d.parts[part] = (sv_planes){.count = 0};
    destroy(&d);
    return status;
}

void sv_place_payloads(sv_decode_request *request, const uint8_t *file)
{
    for (uint32_t layer = 0; layer <= request->layer; layer++) {
        for (uint32_t part = 0; part < request->file.part_count; part++) {
            const sv_item *item = &sv_items_of_layer(&request->file, layer)[part];
            request->payloads[layer][part] = file + item->offset;
        }
    }
}
