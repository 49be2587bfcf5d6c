/* The decoder: header, then CTU by CTU parse and reconstruct, then filters and output. */
#include <string.h>

#include "common/cpu.h"
#include "common/memory.h"
#include "common/parallel.h"
#include "entropy/syntax.h"
#include "format/container.h"
#include "image/color.h"
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
        .qp = header.qp,
        .subsampling = header.subsampling,
        .bit_depth = 8,
        .checksum = header.checksum,
        .enhanced = header.restored,
        .model_id = header.model_id,
        .model_hash = header.model_hash,
        .strength = header.strength,
        .header_size = (uint32_t)header_size,
        .payload_size = header.payload_size,
    };
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

static bool wants_restoration(const sv_file_header *file, const svac2_decode_options *options)
{
    return options->strength == SVAC2_STRENGTH_CODED ? file->restored != 0 : options->strength > 0;
}

/* Whether the caller's model is the one that the file names, if that is asked for. */
static svac2_status check_model(const sv_file_header *file, const svac2_decode_options *options,
                                svac2_error *error)
{
    const svac2_model *model = options->model;
    if (!wants_restoration(file, options)) {
        return SVAC2_OK;
    }
    if (model == NULL) {
        return sv_fail(error, SVAC2_ERR_MODEL, "no model is given to restore the picture with");
    }
    if (options->strength == SVAC2_STRENGTH_CODED &&
        (file->model_id != model->id || file->model_hash != model->hash)) {
        return sv_fail(error, SVAC2_ERR_MODEL,
                       "the file wants model %u with hash %04x, not model %u with hash %04x",
                       file->model_id, file->model_hash, model->id, model->hash);
    }
    return SVAC2_OK;
}

/* A CTU has at least one bin, and no bin is likelier than 32760 / 32768: 1 / 2839 bit. */
enum { CTUS_PER_BYTE_MAX = 1 << 15 };

static svac2_status check_file(const uint8_t *data, size_t size, const sv_file_header *header,
                               size_t header_size, const svac2_decode_options *options,
                               svac2_error *error)
{
    uint64_t pixels = (uint64_t)header->width * header->height;
    if (options->max_pixels != 0 && pixels > options->max_pixels) {
        return sv_fail(error, SVAC2_ERR_LIMIT, "%ux%u pixels are more than the limit of %llu",
                       header->width, header->height, (unsigned long long)options->max_pixels);
    }
    uint64_t expected =
        (uint64_t)header_size + header->payload_size + (header->checksum ? SV_CHECKSUM_SIZE : 0);
    if (size < expected) {
        return sv_fail(error, SVAC2_ERR_TRUNCATED, "the file has %zu of %llu bytes", size,
                       (unsigned long long)expected);
    }
    if (size > expected) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "%llu bytes follow the end of the picture",
                       (unsigned long long)(size - expected));
    }
    uint64_t ctus = (uint64_t)((header->width + SV_CTU_SIZE - 1) / SV_CTU_SIZE) *
                    ((header->height + SV_CTU_SIZE - 1) / SV_CTU_SIZE);
    if (ctus > ((uint64_t)header->payload_size + SV_TRIM_MAX) * CTUS_PER_BYTE_MAX) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "%u bytes cannot hold %ux%u pixels",
                       header->payload_size, header->width, header->height);
    }
    if (header->checksum && options->verify) {
        SV_TRY(sv_check_checksum(data, size, error));
    }
    return SVAC2_OK;
}

static svac2_status decode_blocks(sv_frame *frame, sv_reader *reader,
                                  sv_ctu_tree *trees[SV_TREE_COUNT],
                                  const svac2_decode_options *options, svac2_error *error)
{
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
        if (options->progress != NULL &&
            options->progress(options->progress_user, (uint32_t)ctu_y + 1,
                              (uint32_t)layout->ctu_rows) != 0) {
            return sv_fail(error, SVAC2_ERR_CANCELLED, "cancelled by the progress callback");
        }
    }
    return SVAC2_OK;
}

static svac2_status decode_frame(sv_frame *frame, const sv_file_header *file,
                                 const uint8_t *payload, const svac2_decode_options *options,
                                 sv_restoration_params *restoration, svac2_error *error)
{
    sv_reader *reader = sv_alloc_zeroed(1, sizeof *reader);
    sv_ctu_tree *trees[SV_TREE_COUNT] = {sv_alloc(1, sizeof(sv_ctu_tree)),
                                         sv_alloc(1, sizeof(sv_ctu_tree))};
    svac2_status status;
    if (reader == NULL || trees[0] == NULL || trees[1] == NULL) {
        status = sv_fail(error, SVAC2_ERR_MEMORY, "no memory for a decoder");
    } else {
        reader->layout = &frame->layout;
        sv_range_decoder_start(&reader->range, payload, file->payload_size);
        sv_contexts_init(&reader->contexts, (int)file->qp);
        sv_picture_header header = {.restoration.strength = (uint8_t)file->strength};
        bool valid = sv_read_picture_header(reader, &header);
        sv_frame_configure(frame, (int)file->qp, &header);
        status = valid ? decode_blocks(frame, reader, trees, options, error)
                       : sv_fail(error, SVAC2_ERR_CORRUPT, "damaged data in the picture header");
        if (status == SVAC2_OK && reader->range.next != reader->range.end) {
            status = sv_fail(error, SVAC2_ERR_CORRUPT, "%zu bytes follow the last block",
                             (size_t)(reader->range.end - reader->range.next));
        }
        if (status == SVAC2_OK) {
            sv_deblock_picture(frame, options->threads);
            status = sv_alf_picture(frame, &header.alf, options->threads, error);
        }
        *restoration = header.restoration;
    }
    sv_free(reader);
    sv_free(trees[0]);
    sv_free(trees[1]);
    return status;
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

static svac2_status output_picture(const sv_frame *frame, const sv_file_header *header,
                                   uint8_t *pixels, ptrdiff_t stride, int threads,
                                   svac2_error *error)
{
    output_job job = {.frame = frame,
                      .pixels = pixels,
                      .stride = stride,
                      .width = header->width,
                      .height = header->height,
                      .workers = threads};
    sv_run_workers(threads, output_band, &job);
    for (int i = 0; i < threads; i++) {
        if (job.status[i] != SVAC2_OK) {
            return sv_fail(error, job.status[i], "no memory to convert rows of %u pixels",
                           header->width);
        }
    }
    return SVAC2_OK;
}

/* Restores the picture as the file says, or as the caller wants. */
static svac2_status restore_picture(sv_frame *frame, const sv_file_header *file,
                                    const sv_restoration_params *params,
                                    const svac2_decode_options *options, svac2_error *error)
{
    const svac2_model *model = options->model;
    sv_restoration restoration;
    if (!wants_restoration(file, options)) {
        return SVAC2_OK;
    }
    if (options->strength != SVAC2_STRENGTH_CODED) {
        sv_restoration_init_plain(&restoration, model, (int)file->qp, options->strength);
    } else if (params->head_count != model->head.outputs) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "the file mixes %d heads, its model has %d",
                       params->head_count, model->head.outputs);
    } else {
        sv_restoration_init(&restoration, model, (int)file->qp, params,
                            frame->layout.restoration_blocks);
    }
    restoration.threads = options->threads;
    restoration.cpu = sv_cpu_detect() & options->cpu_mask;
    return sv_restore_picture(&restoration, &frame->picture, (int)file->width, (int)file->height,
                              error);
}

static void copy_luma(const sv_plane *plane, const sv_file_header *header, uint16_t *luma)
{
    for (uint32_t y = 0; y < header->height; y++) {
        memcpy(luma + (size_t)y * header->width, plane->data + (ptrdiff_t)y * plane->stride,
               header->width * sizeof *luma);
    }
}

svac2_status svac2_decode(const uint8_t *data, size_t size, const svac2_info *info,
                          const svac2_decode_options *options, uint8_t *pixels, ptrdiff_t stride,
                          svac2_error *error)
{
    sv_file_header header;
    size_t header_size;
    SV_TRY(check_options(options, error));
    SV_TRY(read_header(data, size, &header, &header_size, error));
    if (header.width != info->width || header.height != info->height ||
        channels_of(&header) != info->channels) {
        return sv_fail(
            error, SVAC2_ERR_ARGUMENT,
            "the output has room for %ux%u pixels of %u channels, the file has %ux%u of %u",
            info->width, info->height, info->channels, header.width, header.height,
            channels_of(&header));
    }
    SV_TRY(check_file(data, size, &header, header_size, options, error));
    SV_TRY(check_model(&header, options, error));
    sv_frame frame;
    SV_TRY(sv_frame_create(&frame, header.width, header.height,
                           (svac2_subsampling)header.subsampling,
                           sv_cpu_detect() & options->cpu_mask, error));
    sv_restoration_params params = {0};
    svac2_status status =
        decode_frame(&frame, &header, data + header_size, options, &params, error);
    if (status == SVAC2_OK && options->luma != NULL) {
        copy_luma(&frame.picture.planes[0], &header, options->luma);
    }
    if (status == SVAC2_OK) {
        status = restore_picture(&frame, &header, &params, options, error);
    }
    if (status == SVAC2_OK) {
        status = output_picture(&frame, &header, pixels, stride, options->threads, error);
    }
    sv_frame_destroy(&frame);
    return status;
}
