/* The decoder: layer by layer, CTU by CTU parse and reconstruct, then filters and output. */
#include <string.h>

#include "common/memory.h"
#include "dec/decoder.h"
#include "entropy/syntax.h"
#include "image/color.h"
#include "image/scale.h"
#include "recon/block.h"
#include "recon/loop_filter.h"
#include "recon/restore_chroma.h"

enum { BLOCKS_COST = 15 }; /* of a CTU, to parse and reconstruct (common/env.h) */

static svac2_status decode_blocks(sv_decoder *d, sv_reader *reader,
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
static svac2_status decode_frame(sv_decoder *d, uint32_t index, svac2_error *error)
{
    const sv_layer_header *layer = &d->file.layers[index];
    sv_frame *frame = &d->frame;
    sv_reader *reader = sv_alloc_zeroed(1, sizeof *reader);
    sv_ctu_tree *trees[SV_COMPONENTS_MAX] = {sv_alloc(1, sizeof(sv_ctu_tree)),
                                             sv_alloc(1, sizeof(sv_ctu_tree))};
    svac2_status status;
    if (reader == NULL || trees[0] == NULL || trees[1] == NULL) {
        status = sv_fail(error, SVAC2_ERR_MEMORY, "no memory for a decoder");
    } else {
        reader->layout = &frame->layout;
        sv_range_decoder_start(&reader->range,
                               d->data + sv_layer_offset(&d->file, d->header_size, index),
                               layer->payload_size);
        sv_contexts_init(&reader->contexts, (int)layer->qp);
        sv_picture_header header = {.whole = index == d->file.layer_count - 1};
        if (header.whole) {
            header.restoration.strength = (uint8_t)d->file.strength;
        }
        bool valid = sv_read_picture_header(reader, &header);
        sv_frame_configure(frame, (int)layer->qp, &header);
        status = valid ? decode_blocks(d, reader, trees, error)
                       : sv_fail(error, SVAC2_ERR_CORRUPT, "damaged data in the picture header");
        if (status == SVAC2_OK && reader->range.next != reader->range.end) {
            status = sv_fail(error, SVAC2_ERR_CORRUPT, "%zu bytes follow the last block",
                             (size_t)(reader->range.end - reader->range.next));
        }
        if (status == SVAC2_OK) {
            status = sv_deblock_picture(frame, d->env, error);
        }
        if (status == SVAC2_OK) {
            status = sv_alf_picture(frame, &header.alf, d->env, error);
        }
        d->restoration = header.restoration;
        d->chroma_restoration = header.chroma_restoration;
    }
    sv_free(reader);
    sv_free(trees[0]);
    sv_free(trees[1]);
    return status;
}

/* Takes the decoded layer for the one below the next. */
static svac2_status take_lower(sv_decoder *d, const sv_layer_header *layer, svac2_error *error)
{
    svac2_status status =
        sv_picture_upscale(&d->lower, &d->frame.picture, d->file.width, d->file.height,
                           (int)layer->scale, &d->frame.dsp, d->env, error);
    sv_frame_destroy(&d->frame);
    return status;
}

static svac2_status decode_layer(sv_decoder *d, uint32_t index, svac2_error *error)
{
    const sv_layer_header *layer = &d->file.layers[index];
    if (index > 0) {
        SV_TRY(take_lower(d, layer - 1, error));
    }
    SV_TRY(sv_frame_create(&d->frame, layer->width, layer->height,
                           sv_components_of((svac2_subsampling)d->file.subsampling),
                           index > 0 ? &d->lower : NULL, d->env->cpu, error));
    bool reads = sv_wants_restoration(d) && sv_restoration_needs_planes(d->options->model);
    if (index == d->options->layer && (reads || d->options->planes != NULL)) {
        SV_TRY(sv_frame_keep_planes(&d->frame, error));
    }
    return decode_frame(d, index, error);
}

/* Restores chroma as the file says. */
static svac2_status restore_chroma(sv_decoder *d, svac2_error *error)
{
    if (!sv_allows_restoration(d) || !d->chroma_restoration.on) {
        return SVAC2_OK;
    }
    return sv_restore_chroma(&d->frame.picture, (int)d->file.width, (int)d->file.height,
                             &d->chroma_restoration, &d->frame.dsp, d->env, error);
}

/* Restores luma as the file says, or as the caller wants. */
static svac2_status restore_luma(sv_decoder *d, svac2_error *error)
{
    const svac2_decode_options *options = d->options;
    const svac2_model *model = options->model;
    const sv_file_header *file = &d->file;
    int qp = (int)sv_last_layer(file)->qp;
    sv_restoration restoration;
    if (!sv_wants_restoration(d)) {
        return SVAC2_OK;
    }
    if (options->strength != SVAC2_STRENGTH_CODED) {
        sv_restoration_init_plain(&restoration, model, qp, options->strength);
    } else if (d->restoration.head_count != model->head.outputs) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "the file mixes %d heads, its model has %d",
                       d->restoration.head_count, model->head.outputs);
    } else {
        sv_restoration_init(&restoration, model, qp, &d->restoration,
                            d->frame.layout.restoration_blocks);
    }
    sv_restoration_input from =
        sv_restoration_input_of(&d->frame, (int)file->width, (int)file->height);
    return sv_restore_luma(&restoration, &from, &d->frame.picture, d->env, error);
}

/* Copies what a restoration can read. */
static void copy_planes(const sv_frame *frame, const sv_layer_header *layer, uint16_t *to)
{
    sv_restoration_input from =
        sv_restoration_input_of(frame, (int)layer->width, (int)layer->height);
    for (int p = 0; p < SVAC2_RESTORATION_PLANES; p++) {
        for (uint32_t y = 0; y < layer->height; y++, to += layer->width) {
            memcpy(to, from.planes[p].data + (ptrdiff_t)y * from.planes[p].stride,
                   layer->width * sizeof *to);
        }
    }
}

/* What is to be done in all, at most: that a file restores chroma is not known before. */
static uint64_t expected_work(const sv_decoder *d)
{
    uint64_t work = 0, ctus = 0;
    for (uint32_t i = 0; i <= d->options->layer; i++) {
        const sv_layer_header *layer = &d->file.layers[i];
        ctus = (uint64_t)sv_ctu_count(layer->width) * (uint64_t)sv_ctu_count(layer->height);
        work += ctus * (BLOCKS_COST + SV_COST_DEBLOCK + SV_COST_ALF);
    }
    if (sv_allows_restoration(d) && sv_channels_of(&d->file) > 1) {
        work += ctus * (SV_COST_CHROMA_LINES + SV_COST_CHROMA_TILE);
    }
    if (sv_wants_restoration(d)) {
        work += ctus * sv_nn_cost(d->options->model);
    }
    return work + ctus * SV_COST_OUTPUT;
}

static svac2_status decode(sv_decoder *d, uint8_t *pixels, ptrdiff_t stride, svac2_error *error)
{
    const sv_layer_header *layer = &d->file.layers[d->options->layer];
    sv_env_expect(d->env, expected_work(d));
    for (uint32_t i = 0; i <= d->options->layer; i++) {
        SV_TRY(decode_layer(d, i, error));
    }
    if (d->options->planes != NULL) {
        copy_planes(&d->frame, layer, d->options->planes);
    }
    sv_picture_destroy(&d->lower);    /* not needed any more */
    SV_TRY(restore_chroma(d, error)); /* by luma as it is before */
    SV_TRY(restore_luma(d, error));
    SV_TRY(sv_picture_to_image(&d->frame.picture, &d->frame.dsp, pixels, stride, layer->width,
                               layer->height, d->env, error));
    return sv_env_finish(d->env, error);
}

svac2_status svac2_decode(const uint8_t *data, size_t size, const svac2_info *info,
                          const svac2_decode_options *options, uint8_t *pixels, ptrdiff_t stride,
                          svac2_error *error)
{
    sv_env env;
    sv_decoder d = {.data = data, .size = size, .options = options, .env = &env};
    SV_TRY(sv_decoder_open(&d, info, error));
    sv_env_init(&env, options->threads, options->cpu_mask, options->progress,
                options->progress_user);
    svac2_status status = decode(&d, pixels, stride, error);
    sv_frame_destroy(&d.frame);
    sv_picture_destroy(&d.lower);
    return status;
}
