/* The encoder: picture in, search of all CTUs (a wavefront of rows), loop filters, bitstream out.
 */
#include <math.h>
#include <string.h>

#include "common/cpu.h"
#include "common/intmath.h"
#include "common/memory.h"
#include "common/parallel.h"
#include "enc/alf_search.h"
#include "enc/restoration_search.h"
#include "enc/search.h"
#include "enc/subsampling.h"
#include "format/container.h"
#include "format/tables.h"
#include "image/color.h"
#include "recon/loop_filter.h"
#include "recon/restore.h"

typedef struct encoder {
    const svac2_encode_options *options;
    sv_frame frame;
    sv_picture source;
    sv_picture_header header;
    sv_search_job job;
    sv_ctu_tree **trees; /* [ctu][tree] */
    int ctu_count;
    sv_context_set *row_contexts; /* where the row below starts from */
    sv_search *searches[SVAC2_MAX_THREADS];
    sv_wavefront wavefront;
    bool cancelled;
} encoder;

/* Tuned on training pictures: squared error per bit, and what 4:2:0 may lose per sample, both in
 * squared steps. */
static const double LAMBDA_PER_SQUARED_STEP = 0.11, SUBSAMPLING_TOLERANCE = 0.001;

/* Step on the scale of internal samples. */
static double quantiser_step(int qp) { return ldexp(sv_step_scale[qp & 7], (qp >> 3) - 8); }

static svac2_status check_range(const char *name, int64_t value, int64_t low, int64_t high,
                                svac2_error *error)
{
    if (value < low || value > high) {
        return sv_fail(error, SVAC2_ERR_ARGUMENT, "%s %lld is outside %lld..%lld", name,
                       (long long)value, (long long)low, (long long)high);
    }
    return SVAC2_OK;
}

static svac2_status check_arguments(const svac2_image *image, const svac2_encode_options *options,
                                    svac2_error *error)
{
    SV_TRY(check_range("width", image->width, 1, SVAC2_MAX_DIMENSION, error));
    SV_TRY(check_range("height", image->height, 1, SVAC2_MAX_DIMENSION, error));
    if (image->channels != 1 && image->channels != 3) {
        return sv_fail(error, SVAC2_ERR_UNSUPPORTED,
                       "%u channels; 1 (grey) and 3 (RGB) are accepted", (unsigned)image->channels);
    }
    SV_TRY(check_range("qp", options->qp, 0, SVAC2_MAX_QP, error));
    SV_TRY(check_range("effort", options->effort, 1, SVAC2_MAX_EFFORT, error));
    SV_TRY(check_range("subsampling", options->subsampling, SVAC2_SUBSAMPLING_AUTO,
                       SVAC2_SUBSAMPLING_444, error));
    SV_TRY(check_range("threads", options->threads, 1, SVAC2_MAX_THREADS, error));
    SV_TRY(check_range("checksum", options->checksum, 0, 1, error));
    if (image->channels == 3 && options->subsampling == SVAC2_SUBSAMPLING_400) {
        return sv_fail(error, SVAC2_ERR_ARGUMENT, "subsampling 4:0:0 takes 1 channel, not 3");
    }
    return SVAC2_OK;
}

/* How much a squared error of a chroma plane adds to the mean squared error of R, G and B: the
 * columns of the inverse BT.601 matrix, squared and averaged. */
static const double chroma_weight[2] = {(0.344 * 0.344 + 1.772 * 1.772) / 3,
                                        (0.714 * 0.714 + 1.402 * 1.402) / 3};

static void set_weights(sv_search_job *job, svac2_subsampling subsampling)
{
    /* A 4:2:0 sample covers four pixels, less a little that interpolation smooths away. */
    double spread = subsampling == SVAC2_SUBSAMPLING_420 ? 3.8 : 1;
    job->weight[0] = 1;
    job->weight[1] = spread * chroma_weight[0];
    job->weight[2] = spread * chroma_weight[1];
}

/* Takes 4:2:0 where what it loses is small against the error of quantisation. */
static svac2_status choose_subsampling(encoder *e, const svac2_image *image, const sv_dsp *dsp,
                                       svac2_subsampling *chosen, svac2_error *error)
{
    sv_picture full, half;
    int width = sv_aligned_size(image->width), height = sv_aligned_size(image->height);
    double step = quantiser_step(e->options->qp), loss = 0;
    SV_TRY(sv_picture_create(&full, width, height, SVAC2_SUBSAMPLING_444, error));
    svac2_status status = sv_picture_create(&half, width, height, SVAC2_SUBSAMPLING_420, error);
    if (status == SVAC2_OK) {
        status = sv_picture_from_image(&full, image, dsp, error);
    }
    if (status == SVAC2_OK) {
        status = sv_picture_from_image(&half, image, dsp, error);
    }
    for (int p = 1; p < 3 && status == SVAC2_OK; p++) {
        double sum;
        status = sv_subsampling_error(&full.planes[p], &half.planes[p], dsp, &sum, error);
        loss += chroma_weight[p - 1] * sum / ((double)width * height);
    }
    *chosen =
        loss < SUBSAMPLING_TOLERANCE * step * step ? SVAC2_SUBSAMPLING_420 : SVAC2_SUBSAMPLING_444;
    /* The picture that is to be coded stays. */
    sv_picture *kept = *chosen == SVAC2_SUBSAMPLING_420 ? &half : &full;
    e->source = *kept;
    sv_picture_destroy(kept == &half ? &full : &half);
    return status;
}

static void search_rows(void *shared, int index)
{
    encoder *e = shared;
    const sv_layout *layout = &e->frame.layout;
    sv_search *search = e->searches[index];
    int row;
    while ((row = sv_wavefront_take_row(&e->wavefront)) >= 0) {
        for (int column = 0; column < layout->ctu_cols; column++) {
            if (!sv_wavefront_wait(&e->wavefront, row, column, 2)) {
                return;
            }
            if (column == 0) {
                if (row == 0) {
                    sv_contexts_init(&search->contexts, e->frame.qp[0]);
                } else {
                    search->contexts = e->row_contexts[row - 1];
                }
            }
            sv_search_ctu(search, column, row,
                          &e->trees[(row * layout->ctu_cols + column) * SV_TREE_COUNT]);
            if (column == sv_min(1, layout->ctu_cols - 1)) {
                e->row_contexts[row] = search->contexts;
            }
            int done = sv_wavefront_advance(&e->wavefront, row);
            if (index == 0 && e->options->progress != NULL &&
                e->options->progress(e->options->progress_user, (uint32_t)done,
                                     (uint32_t)e->ctu_count) != 0) {
                e->cancelled = true;
                sv_wavefront_stop(&e->wavefront);
                return;
            }
        }
    }
}

static svac2_status allocate(encoder *e, int workers, svac2_error *error)
{
    const sv_layout *layout = &e->frame.layout;
    bool complete = true;
    e->ctu_count = layout->ctu_cols * layout->ctu_rows;
    e->trees = sv_alloc_zeroed((size_t)e->ctu_count * SV_TREE_COUNT, sizeof *e->trees);
    e->row_contexts = sv_alloc((size_t)layout->ctu_rows, sizeof *e->row_contexts);
    for (int i = 0; e->trees != NULL && i < e->ctu_count * SV_TREE_COUNT; i++) {
        if (i % SV_TREE_COUNT < layout->tree_count) {
            e->trees[i] = sv_alloc(1, sizeof **e->trees);
            complete &= e->trees[i] != NULL;
        }
    }
    for (int i = 0; i < workers; i++) {
        e->searches[i] = sv_alloc_zeroed(1, sizeof(sv_search));
        complete &= e->searches[i] != NULL;
        if (e->searches[i] != NULL) {
            sv_search_start(e->searches[i], &e->job);
        }
    }
    if (e->trees == NULL || e->row_contexts == NULL || !complete) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory to encode %dx%d samples", layout->width,
                       layout->height);
    }
    return SVAC2_OK;
}

static svac2_status search_picture(encoder *e, svac2_error *error)
{
    const sv_layout *layout = &e->frame.layout;
    int workers = sv_min(e->options->threads, layout->ctu_rows);
    SV_TRY(allocate(e, workers, error));
    if (!sv_wavefront_create(&e->wavefront, layout->ctu_rows, layout->ctu_cols)) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory to encode %dx%d samples", layout->width,
                       layout->height);
    }
    sv_run_workers(workers, search_rows, e);
    sv_wavefront_destroy(&e->wavefront);
    if (!e->cancelled &&
        e->options->progress != NULL) { /* the last CTUs may have been another worker's */
        e->cancelled = e->options->progress(e->options->progress_user, (uint32_t)e->ctu_count,
                                            (uint32_t)e->ctu_count) != 0;
    }
    return e->cancelled ? sv_fail(error, SVAC2_ERR_CANCELLED, "cancelled by the progress callback")
                        : SVAC2_OK;
}

static svac2_status filter_picture(encoder *e, svac2_error *error)
{
    sv_frame *frame = &e->frame;
    sv_deblock_picture(frame, e->options->threads);
    SV_TRY(sv_alf_search(&e->header.alf, frame->layout.alf_flags, &e->source, &frame->picture,
                         e->job.lambda, e->job.weight, &frame->dsp, error));
    sv_frame_configure(frame, e->options->qp, &e->header);
    return sv_alf_picture(frame, &e->header.alf, e->options->threads, error);
}

static svac2_status search_restoration(encoder *e, const svac2_image *image, svac2_error *error)
{
    sv_frame *frame = &e->frame;
    if (e->options->model == NULL) {
        return SVAC2_OK;
    }
    sv_restoration_search search = {.model = e->options->model,
                                    .qp = e->options->qp,
                                    .source = &e->source.planes[0],
                                    .decoded = &frame->picture.planes[0],
                                    .width = (int)image->width,
                                    .height = (int)image->height,
                                    .lambda = e->job.lambda,
                                    .threads = e->options->threads,
                                    .cpu = sv_cpu_detect() & e->options->cpu_mask};
    SV_TRY(sv_search_restoration(&search, &e->header.restoration, frame->layout.restoration_blocks,
                                 error));
    sv_frame_configure(frame, e->options->qp, &e->header);
    return SVAC2_OK;
}

/* What a decoder will output. */
static svac2_status reconstruct(encoder *e, const svac2_image *image, svac2_error *error)
{
    sv_frame *frame = &e->frame;
    if (e->header.restoration.strength > 0) {
        sv_restoration restoration;
        sv_restoration_init(&restoration, e->options->model, e->options->qp, &e->header.restoration,
                            frame->layout.restoration_blocks);
        restoration.threads = e->options->threads;
        restoration.cpu = sv_cpu_detect() & e->options->cpu_mask;
        SV_TRY(sv_restore_picture(&restoration, &frame->picture, (int)image->width,
                                  (int)image->height, error));
    }
    ptrdiff_t stride = (ptrdiff_t)image->width * (ptrdiff_t)image->channels;
    return sv_picture_rows_to_image(&frame->picture, &frame->dsp, 0, (int)image->height,
                                    e->options->reconstruction, stride, image->width, error);
}

static svac2_status write_file(encoder *e, sv_file_header *file, uint8_t **out, size_t *out_size,
                               svac2_error *error)
{
    const sv_layout *layout = &e->frame.layout;
    sv_writer *writer = sv_alloc_zeroed(1, sizeof *writer);
    if (writer == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for the bitstream");
    }
    writer->layout = layout;
    sv_range_encoder_start(&writer->range);
    sv_contexts_init(&writer->contexts, (int)file->qp);
    sv_write_picture_header(writer, &e->header);
    for (int i = 0; i < e->ctu_count; i++) {
        sv_write_ctu(writer, i % layout->ctu_cols, i / layout->ctu_cols,
                     &e->trees[i * SV_TREE_COUNT]);
    }
    sv_range_encoder_finish(&writer->range);
    file->payload_size = (uint32_t)writer->range.size;
    uint8_t header[SV_HEADER_MAX];
    size_t header_size = sv_write_file_header(file, header);
    size_t size = header_size + writer->range.size + (file->checksum ? SV_CHECKSUM_SIZE : 0);
    uint8_t *bytes =
        writer->range.out_of_memory || writer->range.size > UINT32_MAX ? NULL : sv_alloc(size, 1);
    svac2_status status = SVAC2_OK;
    if (bytes == NULL) {
        status = sv_fail(error, SVAC2_ERR_MEMORY, "no memory for the bitstream");
    } else {
        memcpy(bytes, header, header_size);
        memcpy(bytes + header_size, writer->range.bytes, writer->range.size);
        if (file->checksum) {
            sv_put_checksum(bytes, size);
        }
        *out = bytes;
        *out_size = size;
    }
    sv_free(writer->range.bytes);
    sv_free(writer);
    return status;
}

static void destroy(encoder *e)
{
    for (int i = 0; e->trees != NULL && i < e->ctu_count * SV_TREE_COUNT; i++) {
        sv_free(e->trees[i]);
    }
    for (int i = 0; i < SVAC2_MAX_THREADS; i++) {
        sv_free(e->searches[i]);
    }
    sv_free(e->trees);
    sv_free(e->row_contexts);
    sv_picture_destroy(&e->source);
    sv_frame_destroy(&e->frame);
    sv_free(e);
}

static svac2_status encode(encoder *e, const svac2_image *image, uint8_t **out, size_t *out_size,
                           svac2_error *error)
{
    const svac2_encode_options *options = e->options;
    svac2_subsampling subsampling =
        image->channels == 1 ? SVAC2_SUBSAMPLING_400 : (svac2_subsampling)options->subsampling;
    sv_frame *frame = &e->frame;
    uint32_t cpu = sv_cpu_detect() & options->cpu_mask;
    sv_dsp dsp;
    sv_dsp_init(&dsp, cpu);
    if (subsampling == SVAC2_SUBSAMPLING_AUTO) {
        SV_TRY(choose_subsampling(e, image, &dsp, &subsampling, error));
    } else {
        SV_TRY(sv_picture_create(&e->source, sv_aligned_size(image->width),
                                 sv_aligned_size(image->height), subsampling, error));
        SV_TRY(sv_picture_from_image(&e->source, image, &dsp, error));
    }
    SV_TRY(sv_frame_create(frame, image->width, image->height, subsampling, cpu, error));
    set_weights(&e->job, subsampling);
    /* The quantisers that fit the planes' weights: squared steps in inverse proportion. */
    static const int chroma_qp_offsets[2][2] = {{0, 1}, {-8, -7}};
    for (int i = 0; i < 2; i++) {
        e->header.chroma_qp_offset[i] = chroma_qp_offsets[subsampling == SVAC2_SUBSAMPLING_420][i];
    }
    const sv_effort *effort = sv_effort_of(options->effort);
    sv_frame_configure(frame, options->qp, &e->header);
    double step = quantiser_step(options->qp);
    e->job.frame = frame;
    e->job.source = &e->source;
    e->job.effort = effort;
    e->job.lambda = LAMBDA_PER_SQUARED_STEP * step * step;
    SV_TRY(search_picture(e, error));
    SV_TRY(filter_picture(e, error));
    SV_TRY(search_restoration(e, image, error));
    sv_file_header file = {.version = SV_FORMAT_VERSION,
                           .checksum = (uint32_t)options->checksum,
                           .subsampling = subsampling,
                           .qp = (uint32_t)options->qp,
                           .width = image->width,
                           .height = image->height};
    if (e->header.restoration.strength > 0) {
        file.restored = 1;
        file.strength = e->header.restoration.strength;
        file.model_id = options->model->id;
        file.model_hash = options->model->hash;
    }
    if (options->reconstruction != NULL) {
        SV_TRY(reconstruct(e, image, error));
    }
    return write_file(e, &file, out, out_size, error);
}

svac2_status svac2_encode(const svac2_image *image, const svac2_encode_options *options,
                          uint8_t **out, size_t *out_size, svac2_error *error)
{
    SV_TRY(check_arguments(image, options, error));
    encoder *e = sv_alloc_zeroed(1, sizeof *e);
    if (e == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for an encoder");
    }
    e->options = options;
    svac2_status status = encode(e, image, out, out_size, error);
    destroy(e);
    return status;
}
