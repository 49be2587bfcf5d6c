/* The decoder: layer by layer, CTU by CTU parse and reconstruct, then filters and output. */
#include "dec/decoder.h"

#include "common/memory.h"
#include "entropy/syntax.h"
#include "image/color.h"
#include "image/scale.h"
#include "recon/block.h"
#include "recon/finish.h"
#include "recon/loop_filter.h"

enum { BLOCKS_COST = 15 }; /* of a CTU, to parse and reconstruct it (common/env.h) */

typedef struct decoder {
    const sv_decode_request *request;
    sv_env *env;
    sv_dsp dsp;
    sv_frame frame;           /* of the layer under way */
    sv_picture lower;         /* the base layer, up-scaled */
    sv_picture_header header; /* of the layer that was decoded last */
} decoder;

static svac2_status decode_blocks(decoder *d, sv_reader *reader,
                                  sv_ctu_tree *trees[SV_COMPONENTS_MAX], svac2_error *error)
{
    sv_frame *frame = &d->frame;
    const sv_layout *layout = &frame->layout;
    for (int ctu_y = 0; ctu_y < layout->ctu_rows; ctu_y++) {
        for (int ctu_x = 0; ctu_x < layout->ctu_cols; ctu_x++) {
            if (!sv_read_ctu(reader, ctu_x, ctu_y, trees)) {
                return sv_fail(error, SVAC2_ERR_CORRUPT, "damaged data in the block at (%d, %d)",
                               ctu_x << SV_CTU_LOG2, ctu_y << SV_CTU_LOG2);
            }
            for (int tree = 0; tree < layout->components.count; tree++) {
                const sv_ctu_tree *t = trees[tree];
                for (int i = 0; i < t->cu_count; i++) {
                    sv_reconstruct_block(frame, tree, &t->cus[i], &t->levels[t->cus[i].levels]);
                }
            }
        }
        if (!sv_env_advance(d->env, BLOCKS_COST * (uint64_t)layout->ctu_cols)) {
            return sv_env_status(d->env, error);
        }
    }
    return SVAC2_OK;
}

/* Parses and reconstructs a layer, whose frame has been created. */
static svac2_status decode_payload(decoder *d, uint32_t index, sv_reader *reader,
                                   sv_ctu_tree *trees[SV_COMPONENTS_MAX], svac2_error *error)
{
    const sv_file_header *file = &d->request->file;
    int qp = file->layers[index].qp;
    sv_range_decoder_start(&reader->range, d->request->payloads[index], file->items[index].size);
    sv_contexts_init(&reader->contexts, qp);
    reader->layout = &d->frame.layout;
    bool whole = index == file->layer_count - 1;
    if (!sv_read_picture_header(reader, whole, file->strength, &d->header)) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "damaged data in the picture header");
    }
    sv_frame_configure(&d->frame, qp, &d->header);
    SV_TRY(decode_blocks(d, reader, trees, error));
    if (reader->range.next != reader->range.end) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "%zu bytes follow the last block",
                       (size_t)(reader->range.end - reader->range.next));
    }
    return SVAC2_OK;
}

static svac2_status decode_frame(decoder *d, uint32_t index, svac2_error *error)
{
    sv_reader *reader = sv_alloc_zeroed(1, sizeof *reader);
    sv_ctu_tree *trees[SV_COMPONENTS_MAX] = {NULL};
    bool complete = reader != NULL;
    for (int i = 0; i < d->frame.layout.components.count; i++) {
        trees[i] = sv_alloc(1, sv_ctu_tree_size(&d->frame.layout.components.list[i]));
        complete &= trees[i] != NULL;
    }
    svac2_status status = complete ? decode_payload(d, index, reader, trees, error)
                                   : sv_fail(error, SVAC2_ERR_MEMORY, "no memory for a decoder");
    sv_free(reader);
    for (int i = 0; i < SV_COMPONENTS_MAX; i++) {
        sv_free(trees[i]);
    }
    SV_TRY(status);
    SV_TRY(sv_deblock_picture(&d->frame, d->env, error));
    return sv_alf_picture(&d->frame, &d->header.alf, d->env, error);
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

static svac2_status decode_layer(decoder *d, uint32_t index, svac2_error *error)
{
    const sv_decode_request *request = d->request;
    const sv_layer_header *layer = &request->file.layers[index];
    if (index > 0) {
        SV_TRY(take_lower(d, layer - 1, error));
    }
    SV_TRY(sv_frame_create(&d->frame, layer->width, layer->height,
                           sv_components_of((svac2_subsampling)request->file.subsampling),
                           index > 0 ? &d->lower : NULL, &d->dsp, error));
    if (index == request->layer &&
        (request->planes != NULL || sv_restoration_needs_planes(request->model))) {
        SV_TRY(sv_frame_keep_planes(&d->frame, error));
    }
    return decode_frame(d, index, error);
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
                       .qp = layer->qp};
}

/* What is to be done in all, at most: that a file restores chroma is not known before. */
static uint64_t expected_work(const decoder *d, const sv_finish *finish)
{
    uint64_t work = 0, ctus = 0;
    for (uint32_t i = 0; i <= d->request->layer; i++) {
        const sv_layer_header *layer = &d->request->file.layers[i];
        ctus = sv_ctus_of(layer->width, layer->height);
        work += ctus * (BLOCKS_COST + SV_COST_DEBLOCK + SV_COST_ALF + SV_COST_UPSCALE);
    }
    return work + ctus * sv_finish_cost(finish);
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
    sv_finish finish = finish_of(d);
    sv_env_expect(d->env, expected_work(d, &finish));
    for (uint32_t i = 0; i <= request->layer; i++) {
        SV_TRY(decode_layer(d, i, error));
    }
    sv_picture_destroy(&d->lower); /* not needed any more */
    if (request->planes != NULL) {
        copy_planes(&d->frame, &finish, request->planes);
    }
    SV_TRY(sv_finish_picture(&d->frame, &finish, request->pixels, request->stride, d->env, error));
    return sv_env_finish(d->env, error);
}

svac2_status sv_decode(const sv_decode_request *request, sv_env *env, svac2_error *error)
{
    decoder d = {.request = request, .env = env};
    sv_dsp_init(&d.dsp, sv_format_of((int)request->file.bit_depth), env->cpu);
    svac2_status status = decode(&d, error);
    sv_frame_destroy(&d.frame);
    sv_picture_destroy(&d.lower);
    return status;
}
