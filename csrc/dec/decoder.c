/* The decoder: header, then CTU by CTU parse and reconstruct, then filters and output. */
#include <string.h>

#include "common/cpu.h"
#include "common/memory.h"
#include "common/parallel.h"
#include "entropy/syntax.h"
#include "format/container.h"
#include "image/color.h"
#include "image/scale.h"
#include "recon/block.h"
#include "recon/loop_filter.h"
#include "recon/restore.h"

static svac2_status read_header(const uint8_t *data, size_t size, sv_file_header *header,
                                size_t *header_size, svac2_error *error)
{
    if (data == NULL && size > 0) {
        return sv_fail(error, SVAC2_ERR_ARGUMENT, "data is NULL");
    }
    return sv_read_file_header(data, size, header, header_size, error);
}

static uint32_t channels_of(const sv_file_header *header)
{
    return header->subsampling == SVAC2_SUBSAMPLING_400 ? 1 : 3;
}

svac2_status svac2_read_info(const uint8_t *data, size_t size, svac2_info *info, svac2_error *error)
{
    sv_file_header header;
    size_t header_size;
    SV_TRY(read_header(data, size, &header, &header_size, error));
    *info = (svac2_info){
        .width = header.width,
        .height = header.height,
        .channels = channels_of(&header),
        .version = header.version,
        .qp = sv_last_layer(&header)->qp,
        .subsampling = header.subsampling,
        .bit_depth = 8,
        .checksum = header.checksum,
        .enhanced = header.restored,
        .model_id = header.model_id,
        .model_hash = header.model_hash,
        .strength = header.strength,
        .header_size = (uint32_t)header_size,
        .layer_count = header.layer_count,
    };
    for (uint32_t i = 0; i < header.layer_count; i++) {
        const sv_layer_header *layer = &header.layers[i];
        info->layers[i] = (svac2_layer){.width = sv_scaled_size(header.width, (int)layer->scale),
                                        .height = sv_scaled_size(header.height, (int)layer->scale),
                                        .scale = layer->scale,
                                        .qp = layer->qp,
                                        .offset = sv_layer_offset(&header, header_size, i),
                                        .size = sv_layer_size(&header, i)};
    }
    return SVAC2_OK;
}

static svac2_status check_options(const svac2_decode_options *options, svac2_error *error)
{
    if (options->threads < 1 || options->threads > SVAC2_MAX_THREADS) {
        return sv_fail(error, SVAC2_ERR_ARGUMENT, "threads %d is outside 1..%d",
                       (int)options->threads, SVAC2_MAX_THREADS);
    }
    if (options->strength < SVAC2_STRENGTH_CODED || options->strength > SVAC2_STRENGTH_MAX) {
        return sv_fail(error, SVAC2_ERR_ARGUMENT, "strength %d is outside %d..%d",
                       (int)options->strength, SVAC2_STRENGTH_CODED, SVAC2_STRENGTH_MAX);
    }
    return SVAC2_OK;
}

/* A file and what is wanted of it. */
typedef struct decoder {
    const uint8_t *data;
    size_t size, header_size;
    sv_file_header file;
    const svac2_decode_options *options;
    uint32_t cpu;
    sv_frame frame; /* of the layer under way */
    sv_picture lower;
    sv_restoration_params restoration; /* of the layer that was decoded last */
    uint32_t done, total;              /* rows of CTUs, for the progress */
} decoder;

static bool wants_last_layer(const decoder *d)
{
    return d->options->layer == d->file.layer_count - 1;
}

static bool wants_restoration(const decoder *d)
{
    int strength = d->options->strength;
    return wants_last_layer(d) &&
           (strength == SVAC2_STRENGTH_CODED ? d->file.restored != 0 : strength > 0);
}

/* Whether the caller's model is the one that the file names, if that is asked for. */
static svac2_status check_model(const decoder *d, svac2_error *error)
{
    const svac2_model *model = d->options->model;
    const sv_file_header *file = &d->file;
    if (!wants_restoration(d)) {
        return SVAC2_OK;
    }
    if (model == NULL) {
        return sv_fail(error, SVAC2_ERR_MODEL, "no model is given to restore the picture with");
    }
    if (d->options->strength == SVAC2_STRENGTH_CODED &&
        (file->model_id != model->id || file->model_hash != model->hash)) {
        return sv_fail(error, SVAC2_ERR_MODEL,
                       "the file wants model %u with hash %04x, not model %u with hash %04x",
                       file->model_id, file->model_hash, model->id, model->hash);
    }
    return SVAC2_OK;
}

/* A CTU has at least one bin, and no bin is likelier than 32760 / 32768: 1 / 2839 bit. */
enum { CTUS_PER_BYTE_MAX = 1 << 15 };

/* The header's claims about a layer, and its bytes. */
static svac2_status check_layer(const decoder *d, uint32_t index, svac2_error *error)
{
    const sv_layer_header *layer = &d->file.layers[index];
    uint32_t width = sv_scaled_size(d->file.width, (int)layer->scale);
    uint32_t height = sv_scaled_size(d->file.height, (int)layer->scale);
    uint64_t ctus = (uint64_t)sv_ctu_count(width) * (uint64_t)sv_ctu_count(height);
    if (ctus > ((uint64_t)layer->payload_size + SV_TRIM_MAX) * CTUS_PER_BYTE_MAX) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "%u bytes cannot hold %ux%u pixels",
                       layer->payload_size, width, height);
    }
    if (d->file.checksum && d->options->verify) {
        size_t end = (size_t)sv_layer_offset(&d->file, d->header_size, index + 1);
        SV_TRY(sv_check_checksum(d->data, end, error));
    }
    return SVAC2_OK;
}

static svac2_status check_file(const decoder *d, svac2_error *error)
{
    const sv_file_header *file = &d->file;
    const svac2_decode_options *options = d->options;
    if (options->layer >= file->layer_count) {
        return sv_fail(error, SVAC2_ERR_ARGUMENT, "layer %u is outside 0..%u", options->layer,
                       file->layer_count - 1);
    }
    int scale = (int)file->layers[options->layer].scale;
    uint32_t width = sv_scaled_size(file->width, scale);
    uint32_t height = sv_scaled_size(file->height, scale);
    if (options->max_pixels != 0 && (uint64_t)width * height > options->max_pixels) {
        return sv_fail(error, SVAC2_ERR_LIMIT, "%ux%u pixels are more than the limit of %llu",
                       width, height, (unsigned long long)options->max_pixels);
    }
    uint64_t needed = sv_layer_offset(file, d->header_size, options->layer + 1);
    uint64_t whole = sv_layer_offset(file, d->header_size, file->layer_count);
    if (d->size < needed) {
        return sv_fail(error, SVAC2_ERR_TRUNCATED, "the file has %zu of %llu bytes", d->size,
                       (unsigned long long)whole);
    }
    if (d->size > whole) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "%llu bytes follow the end of the picture",
                       (unsigned long long)(d->size - whole));
    }
    for (uint32_t layer = 0; layer <= options->layer; layer++) {
        SV_TRY(check_layer(d, layer, error));
    }
    return SVAC2_OK;
}

static svac2_status decode_blocks(decoder *d, sv_reader *reader, sv_ctu_tree *trees[SV_TREE_COUNT],
                                  svac2_error *error)
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
static svac2_status decode_frame(decoder *d, uint32_t index, svac2_error *error)
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
        sv_picture_header header = {0};
        if (index == d->file.layer_count - 1) {
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
    }
    sv_free(reader);
    sv_free(trees[0]);
    sv_free(trees[1]);
    return status;
}

/* Decodes a layer on top of the one below it, which is in d->frame. */
static svac2_status decode_layer(decoder *d, uint32_t index, svac2_error *error)
{
    const sv_file_header *file = &d->file;
    int scale = (int)file->layers[index].scale;
    if (index > 0) {
        sv_picture lower = d->lower;
        d->lower = (sv_picture){0};
        svac2_status status = sv_picture_upscale(&d->lower, &d->frame.picture, file->width,
                                                 file->height, (int)file->layers[index - 1].scale,
                                                 scale, &d->frame.dsp, d->options->threads, error);
        sv_picture_destroy(&lower);
        sv_frame_destroy(&d->frame);
        SV_TRY(status);
    }
    SV_TRY(sv_frame_create(
        &d->frame, sv_scaled_size(file->width, scale), sv_scaled_size(file->height, scale),
        (svac2_subsampling)file->subsampling, index > 0 ? &d->lower : NULL, d->cpu, error));
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

static svac2_status output_picture(const decoder *d, const svac2_layer *layer, uint8_t *pixels,
                                   ptrdiff_t stride, svac2_error *error)
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

/* Restores the picture as the file says, or as the caller wants. */
static svac2_status restore_picture(decoder *d, svac2_error *error)
{
    const svac2_decode_options *options = d->options;
    const svac2_model *model = options->model;
    const sv_file_header *file = &d->file;
    int qp = (int)sv_last_layer(file)->qp;
    sv_restoration restoration;
    if (!wants_restoration(d)) {
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
    return sv_restore_picture(&restoration, &d->frame.picture, (int)file->width, (int)file->height,
                              error);
}

static void copy_luma(const sv_plane *plane, const svac2_layer *layer, uint16_t *luma)
{
    for (uint32_t y = 0; y < layer->height; y++) {
        memcpy(luma + (size_t)y * layer->width, plane->data + (ptrdiff_t)y * plane->stride,
               layer->width * sizeof *luma);
    }
}

static svac2_status decode(decoder *d, const svac2_layer *layer, uint8_t *pixels, ptrdiff_t stride,
                           svac2_error *error)
{
    for (uint32_t i = 0; i <= d->options->layer; i++) {
        SV_TRY(decode_layer(d, i, error));
    }
    if (d->options->luma != NULL) {
        copy_luma(&d->frame.picture.planes[0], layer, d->options->luma);
    }
    SV_TRY(restore_picture(d, error));
    return output_picture(d, layer, pixels, stride, error);
}

svac2_status svac2_decode(const uint8_t *data, size_t size, const svac2_info *info,
                          const svac2_decode_options *options, uint8_t *pixels, ptrdiff_t stride,
                          svac2_error *error)
{
    decoder d = {
        .data = data, .size = size, .options = options, .cpu = sv_cpu_detect() & options->cpu_mask};
    SV_TRY(check_options(options, error));
    SV_TRY(read_header(data, size, &d.file, &d.header_size, error));
    if (d.file.width != info->width || d.file.height != info->height ||
        channels_of(&d.file) != info->channels || d.file.layer_count != info->layer_count) {
        return sv_fail(
            error, SVAC2_ERR_ARGUMENT,
            "the output has room for %ux%u pixels of %u channels, the file has %ux%u of %u",
            info->width, info->height, info->channels, d.file.width, d.file.height,
            channels_of(&d.file));
    }
    SV_TRY(check_file(&d, error));
    SV_TRY(check_model(&d, error));
    for (uint32_t i = 0; i <= options->layer; i++) {
        d.total += (uint32_t)sv_ctu_count(info->layers[i].height);
    }
    svac2_status status = decode(&d, &info->layers[options->layer], pixels, stride, error);
    sv_frame_destroy(&d.frame);
    sv_picture_destroy(&d.lower);
    return status;
}
