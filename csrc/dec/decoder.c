/* The decoder: layer by layer, CTU by CTU parse and reconstruct, then filters and output. */
#include <string.h>

#include "common/cpu.h"
#include "common/memory.h"
#include "common/parallel.h"
#include "dec/decoder.h"
#include "entropy/syntax.h"
#include "image/color.h"
#include "image/scale.h"
#include "recon/block.h"
#include "recon/loop_filter.h"
#include "recon/restore_chroma.h"

static svac2_status decode_blocks(sv_decoder *d, sv_reader *reader,
                                  sv_ctu_tree *trees[SV_TREE_COUNT], svac2_error *error)
{
    const svac2_decode_options *options = d->options;
    sv_frame *frame = &d->frame;
    const sv_layout *layout = &frame->layout;
    for (int ctu_y = 0; ctu_y < layout->ctu_rows; ctu_y++) {
        for (int ctu_x = 0; ctu_x < layout->ctu_cols; ctu_x++) {
            if (!sv_read_ctu(reader, ctu_x, ctu_y, trees)) {
                return sv_fail(error, SVAC2_ERR_CORRUPT, "damaged data in the block at (%d, %d)",
                               ctu_x << SV_CTU_LOG2, ctu_y << SV_CTU_LOG2);
            }
            for (int tree = 0; tree < layout->tree_count; tree++) {
                const sv_ctu_tree *t = trees[tree];
                for (int i = 0; i < t->cu_count; i++) {
                    sv_reconstruct_block(frame, tree, &t->cus[i], &t->levels[t->cus[i].levels]);
                }
            }
        }
        d->done++;
        if (options->progress != NULL &&
            options->progress(options->progress_user, d->done, d->total) != 0) {
            return sv_fail(error, SVAC2_ERR_CANCELLED, "cancelled by the progress callback");
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
    sv_ctu_tree *trees[SV_TREE_COUNT] = {sv_alloc(1, sizeof(sv_ctu_tree)),
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
            sv_deblock_picture(frame, d->options->threads);
            status = sv_alf_picture(frame, &header.alf, d->options->threads, error);
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
                           (int)layer->scale, &d->frame.dsp, d->options->threads, error);
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
                           (svac2_subsampling)d->file.subsampling, index > 0 ? &d->lower : NULL,
                           d->cpu, error));
    bool reads = sv_wants_restoration(d) && sv_restoration_needs_planes(d->options->model);
    if (index == d->options->layer && (reads || d->options->planes != NULL)) {
        SV_TRY(sv_frame_keep_planes(&d->frame, error));
    }
    return decode_frame(d, index, error);
}

/* Output of bands of rows. */
typedef struct output_job {
    const sv_frame *frame;
    uint8_t *pixels;
    ptrdiff_t stride;
    uint32_t width, height;
    int workers;
    svac2_status status[SVAC2_MAX_THREADS];
} output_job;

static void output_band(void *shared, int index)
{
    output_job *job = shared;
    int first = (int)((uint64_t)job->height * (unsigned)index / (unsigned)job->workers);
    int end = (int)((uint64_t)job->height * (unsigned)(index + 1) / (unsigned)job->workers);
    job->status[index] =
        sv_picture_rows_to_image(&job->frame->picture, &job->frame->dsp, first, end - first,
                                 job->pixels, job->stride, job->width, NULL);
}

static svac2_status output_picture(const sv_decoder *d, const sv_layer_header *layer,
                                   uint8_t *pixels, ptrdiff_t stride, svac2_error *error)
{
    int threads = d->options->threads;
    output_job job = {.frame = &d->frame,
                      .pixels = pixels,
                      .stride = stride,
                      .width = layer->width,
                      .height = layer->height,
                      .workers = threads};
    sv_run_workers(threads, output_band, &job);
    for (int i = 0; i < threads; i++) {
        if (job.status[i] != SVAC2_OK) {
            return sv_fail(error, job.status[i], "no memory to convert rows of %u pixels",
                           layer->width);
        }
    }
    return SVAC2_OK;
}

/* Restores chroma as the file says. */
static svac2_status restore_chroma(sv_decoder *d, svac2_error *error)
{
    if (!sv_allows_restoration(d) || !d->chroma_restoration.on) {
        return SVAC2_OK;
    }
    return sv_restore_chroma(&d->frame.picture, (int)d->file.width, (int)d->file.height,
                             &d->chroma_restoration, &d->frame.dsp, d->options->threads, error);
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
    restoration.threads = options->threads;
    restoration.cpu = d->cpu;
    sv_restoration_input from =
        sv_restoration_input_of(&d->frame, (int)file->width, (int)file->height);
    return sv_restore_luma(&restoration, &from, &d->frame.picture, error);
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

static svac2_status decode(sv_decoder *d, uint8_t *pixels, ptrdiff_t stride, svac2_error *error)
{
    const sv_layer_header *layer = &d->file.layers[d->options->layer];
    for (uint32_t i = 0; i <= d->options->layer; i++) {
        d->total += (uint32_t)sv_ctu_count(d->file.layers[i].height);
    }
    for (uint32_t i = 0; i <= d->options->layer; i++) {
        SV_TRY(decode_layer(d, i, error));
    }
    if (d->options->planes != NULL) {
        copy_planes(&d->frame, layer, d->options->planes);
    }
    sv_picture_destroy(&d->lower);    /* not needed any more */
    SV_TRY(restore_chroma(d, error)); /* by luma as it is before */
    SV_TRY(restore_luma(d, error));
    return output_picture(d, layer, pixels, stride, error);
}

svac2_status svac2_decode(const uint8_t *data, size_t size, const svac2_info *info,
                          const svac2_decode_options *options, uint8_t *pixels, ptrdiff_t stride,
                          svac2_error *error)
{
    sv_decoder d = {
        .data = data, .size = size, .options = options, .cpu = sv_cpu_detect() & options->cpu_mask};
    SV_TRY(sv_decoder_open(&d, info, error));
    svac2_status status = decode(&d, pixels, stride, error);
    sv_frame_destroy(&d.frame);
    sv_picture_destroy(&d.lower);
    return status;
}
