/* The encoder: picture in, one layer or several, bitstream out. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/cpu.h"
#include "common/intmath.h"
#include "common/memory.h"
#include "enc/layer.h"
#include "enc/subsampling.h"
#include "format/container.h"
#include "image/color.h"
#include "image/scale.h"
#include "recon/restore.h"

/* The layers of a file, base first. */
typedef struct layers {
    int count;
    int scales[SVAC2_MAX_LAYERS];
    sv_layer_task tasks[SVAC2_MAX_LAYERS];
    sv_layer layers[SVAC2_MAX_LAYERS];
    sv_picture lower[SVAC2_MAX_LAYERS]; /* what each is predicted from */
    sv_bytes payloads[SVAC2_MAX_LAYERS];
    double cost; /* squared error of the last one, and lambda times all bits */
} layers;

typedef struct encoder {
    const svac2_encode_options *options;
    const svac2_image *image;
    svac2_subsampling subsampling;
    uint32_t cpu;
    sv_dsp dsp;
    sv_picture sources[SV_SCALE_MAX + 1]; /* by scale, as far as they are needed */
    sv_encode_progress progress;
    layers variants[2];
} encoder;

/* Tuned on training pictures: what 4:2:0 may lose per sample, in squared steps. */
static const double SUBSAMPLING_TOLERANCE = 0.001;

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
    SV_TRY(check_range("mode", options->mode, SVAC2_MODE_NORMAL, SVAC2_MODE_AUTO, error));
    SV_TRY(check_range("base_scale", options->base_scale, 1, SV_SCALE_MAX, error));
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

/* Takes 4:2:0 where what it loses is small against the error of quantisation. */
static svac2_status choose_subsampling(encoder *e, sv_picture *source, svac2_error *error)
{
    sv_picture full, half;
    const svac2_image *image = e->image;
    int width = sv_aligned_size(image->width), height = sv_aligned_size(image->height);
    double step = sv_quantiser_step(e->options->qp), loss = 0;
    SV_TRY(sv_picture_create(&full, width, height, SVAC2_SUBSAMPLING_444, error));
    svac2_status status = sv_picture_create(&half, width, height, SVAC2_SUBSAMPLING_420, error);
    if (status == SVAC2_OK) {
        status = sv_picture_from_image(&full, image, &e->dsp, error);
    }
    if (status == SVAC2_OK) {
        status = sv_picture_from_image(&half, image, &e->dsp, error);
    }
    for (int p = 1; p < 3 && status == SVAC2_OK; p++) {
        double sum;
        status = sv_subsampling_error(&full.planes[p], &half.planes[p], &e->dsp, &sum, error);
        loss += sv_chroma_weight[p - 1] * sum / ((double)width * height);
    }
    e->subsampling =
        loss < SUBSAMPLING_TOLERANCE * step * step ? SVAC2_SUBSAMPLING_420 : SVAC2_SUBSAMPLING_444;
    /* The picture that is to be coded stays. */
    sv_picture *kept = e->subsampling == SVAC2_SUBSAMPLING_420 ? &half : &full;
    *source = *kept;
    sv_picture_destroy(kept == &half ? &full : &half);
    return status;
}

static svac2_status take_image(encoder *e, svac2_error *error)
{
    const svac2_image *image = e->image;
    sv_picture *source = &e->sources[0];
    e->subsampling = image->channels == 1 ? SVAC2_SUBSAMPLING_400
                                          : (svac2_subsampling)e->options->subsampling;
    if (e->subsampling == SVAC2_SUBSAMPLING_AUTO) {
        SV_TRY(choose_subsampling(e, source, error));
    } else {
        SV_TRY(sv_picture_create(source, sv_aligned_size(image->width),
                                 sv_aligned_size(image->height), e->subsampling, error));
        SV_TRY(sv_picture_from_image(source, image, &e->dsp, error));
    }
    for (int scale = 1; e->options->mode != SVAC2_MODE_NORMAL && scale <= e->options->base_scale;
         scale++) {
        SV_TRY(sv_picture_downscale(&e->sources[scale], &e->sources[scale - 1], image->width,
                                    image->height, scale, &e->dsp, error));
    }
    return SVAC2_OK;
}

/* Codes the layer at a scale on top of those that are there. */
static svac2_status add_layer(encoder *e, layers *l, int scale, int qp, svac2_error *error)
{
    const svac2_image *image = e->image;
    int i = l->count++;
    l->scales[i] = scale;
    l->tasks[i] = (sv_layer_task){.source = &e->sources[scale],
                                  .width = sv_scaled_size(image->width, scale),
                                  .height = sv_scaled_size(image->height, scale),
                                  .subsampling = e->subsampling,
                                  .qp = qp,
                                  .effort = e->options->effort,
                                  .threads = e->options->threads,
                                  .cpu = e->cpu,
                                  .progress = &e->progress};
    if (i > 0) {
        SV_TRY(sv_picture_upscale(&l->lower[i], &l->layers[i - 1].frame.picture, image->width,
                                  image->height, l->scales[i - 1], scale, &e->dsp,
                                  e->options->threads, error));
        l->tasks[i].lower = &l->lower[i];
    }
    return sv_layer_code(&l->layers[i], &l->tasks[i], error);
}

static svac2_status code_layers(encoder *e, layers *l, svac2_error *error)
{
    const svac2_encode_options *options = e->options;
    if (options->mode == SVAC2_MODE_MULTISCALE) {
        const char *off = getenv("SVAC2_OFF");
        int qp = sv_clip(options->qp + (off ? atoi(off) : -6), 0, SVAC2_MAX_QP);
        SV_TRY(add_layer(e, l, options->base_scale, qp, error));
    }
    return add_layer(e, l, 0, options->qp, error);
}

static svac2_status search_restoration(encoder *e, layers *l, svac2_error *error)
{
    const svac2_model *model = e->options->model;
    return model == NULL ? SVAC2_OK
                         : sv_layer_search_restoration(&l->layers[l->count - 1], model, error);
}

/* What a decoder will output. */
static svac2_status reconstruct(encoder *e, layers *l, svac2_error *error)
{
    const svac2_image *image = e->image;
    sv_layer *last = &l->layers[l->count - 1];
    sv_frame *frame = &last->frame;
    if (last->header.restoration.strength > 0) {
        sv_restoration restoration;
        sv_restoration_init(&restoration, e->options->model, e->options->qp,
                            &last->header.restoration, frame->layout.restoration_blocks);
        restoration.threads = e->options->threads;
        restoration.cpu = e->cpu;
        SV_TRY(sv_restore_picture(&restoration, &frame->picture, (int)image->width,
                                  (int)image->height, error));
    }
    ptrdiff_t stride = (ptrdiff_t)image->width * (ptrdiff_t)image->channels;
    return sv_picture_rows_to_image(&frame->picture, &frame->dsp, 0, (int)image->height,
                                    e->options->reconstruction, stride, image->width, error);
}

static sv_file_header describe(const encoder *e, const layers *l)
{
    sv_file_header file = {.version = SV_FORMAT_VERSION,
                           .checksum = (uint32_t)e->options->checksum,
                           .subsampling = e->subsampling,
                           .width = e->image->width,
                           .height = e->image->height,
                           .layer_count = (uint32_t)l->count};
    for (int i = 0; i < l->count; i++) {
        file.layers[i] = (sv_layer_header){.scale = (uint32_t)l->scales[i],
                                           .qp = (uint32_t)l->tasks[i].qp,
                                           .payload_size = (uint32_t)l->payloads[i].size};
    }
    const sv_restoration_params *restoration = &l->layers[l->count - 1].header.restoration;
    if (restoration->strength > 0) {
        file.restored = 1;
        file.strength = restoration->strength;
        file.model_id = e->options->model->id;
        file.model_hash = e->options->model->hash;
    }
    return file;
}

static svac2_status write_file(const encoder *e, layers *l, uint8_t **out, size_t *out_size,
                               svac2_error *error)
{
    for (int i = 0; i < l->count; i++) {
        SV_TRY(sv_layer_write(&l->layers[i], &l->payloads[i], error));
    }
    sv_file_header file = describe(e, l);
    uint8_t header[SV_HEADER_MAX];
    size_t header_size = sv_write_file_header(&file, header);
    uint64_t size = sv_layer_offset(&file, header_size, file.layer_count);
    uint8_t *bytes = size <= SIZE_MAX ? sv_alloc((size_t)size, 1) : NULL;
    if (bytes == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for the bitstream");
    }
    memcpy(bytes, header, header_size);
    size_t at = header_size;
    for (int i = 0; i < l->count; i++) {
        memcpy(bytes + at, l->payloads[i].data, l->payloads[i].size);
        at += (size_t)sv_layer_size(&file, (uint32_t)i);
        if (file.checksum) {
            sv_put_checksum(bytes, at);
        }
    }
    *out = bytes;
    *out_size = at;
    return SVAC2_OK;
}

static void destroy_layers(layers *l)
{
    for (int i = 0; i < l->count; i++) {
        sv_layer_destroy(&l->layers[i]);
        sv_picture_destroy(&l->lower[i]);
        sv_free(l->payloads[i].data);
    }
}

static void destroy(encoder *e)
{
    for (int i = 0; i < 2; i++) {
        destroy_layers(&e->variants[i]);
    }
    for (int scale = 0; scale <= SV_SCALE_MAX; scale++) {
        sv_picture_destroy(&e->sources[scale]);
    }
    sv_free(e);
}

static svac2_status encode(encoder *e, uint8_t **out, size_t *out_size, svac2_error *error)
{
    layers *l = &e->variants[0];
    SV_TRY(take_image(e, error));
    SV_TRY(code_layers(e, l, error));
    SV_TRY(search_restoration(e, l, error));
    SV_TRY(write_file(e, l, out, out_size, error));
    return e->options->reconstruction == NULL ? SVAC2_OK : reconstruct(e, l, error);
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
    e->image = image;
    e->cpu = sv_cpu_detect() & options->cpu_mask;
    e->progress = (sv_encode_progress){options->progress, options->progress_user, 0, 1};
    sv_dsp_init(&e->dsp, e->cpu);
    svac2_status status = encode(e, out, out_size, error);
    destroy(e);
    return status;
}
