/* The encoder: picture in, one layer or several, bitstream out. */
#include <math.h>
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

/* A part of the picture that is coded as if it were all of it; the corner lies on the grids of all
 * layers. */
typedef struct region {
    int x, y;
    uint32_t width, height;
} region;

/* A way to code a region: its layers, base first. Not to be moved. */
typedef struct variant {
    region region;
    int count;
    int scales[SVAC2_MAX_LAYERS];
    sv_picture sources[SVAC2_MAX_LAYERS]; /* views into the encoder's */
    sv_picture lower;                     /* the base layer, up-scaled */
    sv_layer_task tasks[SVAC2_MAX_LAYERS];
    sv_layer layers[SVAC2_MAX_LAYERS];
} variant;

typedef struct encoder {
    const svac2_encode_options *options;
    const svac2_image *image;
    svac2_subsampling subsampling;
    uint32_t cpu;
    sv_dsp dsp;
    sv_picture sources[SV_SCALE_MAX + 1]; /* by scale, as far as they are needed */
    sv_encode_progress progress;
    variant variants[2]; /* one layer, two layers */
} encoder;

/* Steps of the search for the quantiser of a base layer, beside that of the whole picture: finer
 * ones cost more than prediction from them gains (docs/tools.md). */
enum { BASE_QP_FIRST = 0, BASE_QP_STEP = 2, BASE_QP_TRIALS = 6, BASE_QP_EFFORT = 2 };

/* Tuned on training pictures: what a squared error of the base layer counts, beside one of the
 * whole picture. At 1 the base would take 5 % of all bits, at 0 it would not be fit to be seen. */
static const double BASE_ERROR_WEIGHT = 0.5;

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
    const svac2_encode_options *options = e->options;
    sv_picture *source = &e->sources[0];
    e->subsampling =
        image->channels == 1 ? SVAC2_SUBSAMPLING_400 : (svac2_subsampling)options->subsampling;
    if (e->subsampling == SVAC2_SUBSAMPLING_AUTO) {
        SV_TRY(choose_subsampling(e, source, error));
    } else {
        SV_TRY(sv_picture_create(source, sv_aligned_size(image->width),
                                 sv_aligned_size(image->height), e->subsampling, error));
        SV_TRY(sv_picture_from_image(source, image, &e->dsp, error));
    }
    int scales = options->mode == SVAC2_MODE_NORMAL ? 0 : options->base_scale;
    for (int scale = 1; scale <= scales; scale++) {
        SV_TRY(sv_picture_downscale(&e->sources[scale], &e->sources[scale - 1], image->width,
                                    image->height, scale, &e->dsp, error));
    }
    return SVAC2_OK;
}

/* ---- Layers ---- */

static sv_picture view_of(const sv_picture *picture, const region *r, int scale)
{
    sv_picture view = *picture;
    for (int p = 0; p < view.plane_count; p++) {
        sv_plane *plane = &view.planes[p];
        int shift = p > 0 ? view.chroma_shift : 0;
        plane->data += (r->y >> scale >> shift) * plane->stride + (r->x >> scale >> shift);
        plane->width = sv_aligned_size(sv_scaled_size(r->width, scale)) >> shift;
        plane->height = sv_aligned_size(sv_scaled_size(r->height, scale)) >> shift;
    }
    return view;
}

static sv_layer_task task_of(encoder *e, const region *r, const sv_picture *source, int scale,
                             int qp, int effort)
{
    return (sv_layer_task){.source = source,
                           .width = sv_scaled_size(r->width, scale),
                           .height = sv_scaled_size(r->height, scale),
                           .subsampling = e->subsampling,
                           .qp = qp,
                           .effort = sv_min(effort, SVAC2_MAX_EFFORT),
                           .threads = e->options->threads,
                           .cpu = e->cpu,
                           .progress = &e->progress};
}

/* Codes the layer at a scale on top of those that are there. */
static svac2_status add_layer(encoder *e, variant *v, int scale, int qp, svac2_error *error)
{
    int i = v->count++;
    v->scales[i] = scale;
    v->sources[i] = view_of(&e->sources[scale], &v->region, scale);
    /* There is time to be spent on a small picture. */
    v->tasks[i] = task_of(e, &v->region, &v->sources[i], scale, qp, e->options->effort + scale);
    if (i > 0) {
        SV_TRY(sv_picture_upscale(&v->lower, &v->layers[i - 1].frame.picture, v->region.width,
                                  v->region.height, v->scales[i - 1], scale, &e->dsp,
                                  e->options->threads, error));
        v->tasks[i].lower = &v->lower;
    }
    return sv_layer_code(&v->layers[i], &v->tasks[i], error);
}

static svac2_status payload_size(sv_layer *layer, size_t *size, svac2_error *error)
{
    sv_bytes payload;
    SV_TRY(sv_layer_write(layer, &payload, error));
    *size = payload.size;
    sv_free(payload.data);
    return SVAC2_OK;
}

/* Chooses the qp of the base layer by its bits and error alone, in quick trials. */
static svac2_status choose_base_qp(encoder *e, const region *r, int *chosen, svac2_error *error)
{
    int scale = e->options->base_scale;
    double lambda = sv_lambda(e->options->qp), least = INFINITY;
    sv_picture source = view_of(&e->sources[scale], r, scale);
    for (int i = 0; i < BASE_QP_TRIALS; i++) {
        int qp = sv_min(e->options->qp + BASE_QP_FIRST + i * BASE_QP_STEP, SVAC2_MAX_QP);
        sv_layer_task task = task_of(e, r, &source, scale, qp, BASE_QP_EFFORT);
        sv_layer trial;
        size_t size = 0;
        svac2_status status = sv_layer_code(&trial, &task, error);
        if (status == SVAC2_OK) {
            status = payload_size(&trial, &size, error);
        }
        double cost = lambda * 8 * (double)size;
        if (status == SVAC2_OK) {
            cost += BASE_ERROR_WEIGHT * sv_layer_error(&trial);
        }
        sv_layer_destroy(&trial);
        SV_TRY(status);
        if (cost < least) {
            least = cost;
            *chosen = qp;
        }
    }
    return SVAC2_OK;
}

static svac2_status code_variant(encoder *e, variant *v, const region *r, bool multiscale,
                                 svac2_error *error)
{
    v->region = *r;
    if (multiscale) {
        int qp;
        SV_TRY(choose_base_qp(e, r, &qp, error));
        SV_TRY(add_layer(e, v, e->options->base_scale, qp, error));
    }
    return add_layer(e, v, 0, e->options->qp, error);
}

static svac2_status cost_of(variant *v, double *cost, svac2_error *error)
{
    sv_layer *last = &v->layers[v->count - 1];
    *cost = sv_layer_error(last);
    for (int i = 0; i < v->count; i++) {
        size_t size;
        SV_TRY(payload_size(&v->layers[i], &size, error));
        *cost += last->job.lambda * 8 * (double)size;
    }
    return SVAC2_OK;
}

static void destroy_variant(variant *v)
{
    for (int i = 0; i < v->count; i++) {
        sv_layer_destroy(&v->layers[i]);
    }
    sv_picture_destroy(&v->lower);
    v->count = 0;
}

/* ---- Mode ---- */

/* The middle quarter; or all of a picture so small that it says too little. */
static region probe_of(const region *whole)
{
    enum { SMALL = 4 * SV_CTU_SIZE };
    if (whole->width < SMALL || whole->height < SMALL) {
        return *whole;
    }
    uint32_t mask = SV_CTU_SIZE - 1;
    return (region){(int)(whole->width / 4 & ~mask), (int)(whole->height / 4 & ~mask),
                    (whole->width / 2 + mask) & ~mask, (whole->height / 2 + mask) & ~mask};
}

static int ctus_of(const encoder *e, const region *r, bool multiscale)
{
    int scale = multiscale ? e->options->base_scale : 0;
    int count = 0;
    for (int layer = 0; layer <= multiscale; layer++, scale = 0) {
        uint32_t width = sv_scaled_size(r->width, scale), height = sv_scaled_size(r->height, scale);
        int ctus = sv_ctu_count(width) * sv_ctu_count(height);
        count += scale > 0 ? ctus * (1 + BASE_QP_TRIALS) : ctus;
    }
    return count;
}

/* Codes a region in both ways; variants[*multiscale] is the cheaper one. */
static svac2_status try_both(encoder *e, const region *r, bool *multiscale, svac2_error *error)
{
    double costs[2];
    for (int i = 0; i < 2; i++) {
        SV_TRY(code_variant(e, &e->variants[i], r, i == 1, error));
        SV_TRY(cost_of(&e->variants[i], &costs[i], error));
    }
    *multiscale = costs[1] < costs[0];
    return SVAC2_OK;
}

/* Codes the picture; *chosen is how. */
static svac2_status code_picture(encoder *e, variant **chosen, svac2_error *error)
{
    const svac2_encode_options *options = e->options;
    region whole = {0, 0, e->image->width, e->image->height}, probe = probe_of(&whole);
    bool multiscale = options->mode == SVAC2_MODE_MULTISCALE, done = false;
    if (options->mode == SVAC2_MODE_AUTO) {
        if (sv_effort_of(options->effort)->whole_trial) {
            probe = whole;
        }
        done = probe.width == whole.width && probe.height == whole.height;
        int both = ctus_of(e, &probe, false) + ctus_of(e, &probe, true);
        e->progress.total = both + (done ? 0 : ctus_of(e, &whole, true));
        SV_TRY(try_both(e, &probe, &multiscale, error));
    }
    *chosen = &e->variants[multiscale];
    if (done) {
        return SVAC2_OK;
    }
    destroy_variant(&e->variants[0]);
    destroy_variant(&e->variants[1]);
    int left = ctus_of(e, &whole, multiscale);
    if (options->mode != SVAC2_MODE_AUTO) {
        e->progress.total = left;
    }
    e->progress.done = e->progress.total - left;
    return code_variant(e, *chosen, &whole, multiscale, error);
}

/* ---- Output ---- */

static svac2_status search_restoration(const encoder *e, variant *v, svac2_error *error)
{
    const svac2_model *model = e->options->model;
    return model == NULL ? SVAC2_OK
                         : sv_layer_search_restoration(&v->layers[v->count - 1], model, error);
}

/* What a decoder will output. */
static svac2_status reconstruct(encoder *e, variant *v, svac2_error *error)
{
    const svac2_image *image = e->image;
    sv_layer *last = &v->layers[v->count - 1];
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

static sv_file_header describe(const encoder *e, const variant *v, const sv_bytes *payloads)
{
    sv_file_header file = {.version = SV_FORMAT_VERSION,
                           .checksum = (uint32_t)e->options->checksum,
                           .subsampling = e->subsampling,
                           .width = e->image->width,
                           .height = e->image->height,
                           .layer_count = (uint32_t)v->count};
    for (int i = 0; i < v->count; i++) {
        file.layers[i] = (sv_layer_header){.scale = (uint32_t)v->scales[i],
                                           .qp = (uint32_t)v->tasks[i].qp,
                                           .payload_size = (uint32_t)payloads[i].size};
    }
    const sv_restoration_params *restoration = &v->layers[v->count - 1].header.restoration;
    if (restoration->strength > 0) {
        file.restored = 1;
        file.strength = restoration->strength;
        file.model_id = e->options->model->id;
        file.model_hash = e->options->model->hash;
    }
    return file;
}

/* Joins header, payloads and checksums. */
static svac2_status assemble(const sv_file_header *file, const sv_bytes *payloads, uint8_t **out,
                             size_t *out_size, svac2_error *error)
{
    uint8_t header[SV_HEADER_MAX];
    size_t at = sv_write_file_header(file, header);
    uint64_t size = sv_layer_offset(file, at, file->layer_count);
    uint8_t *bytes = size <= SIZE_MAX ? sv_alloc((size_t)size, 1) : NULL;
    if (bytes == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for the bitstream");
    }
    memcpy(bytes, header, at);
    for (uint32_t i = 0; i < file->layer_count; i++) {
        memcpy(bytes + at, payloads[i].data, payloads[i].size);
        at += (size_t)sv_layer_size(file, i);
        if (file->checksum) {
            sv_put_checksum(bytes, at);
        }
    }
    *out = bytes;
    *out_size = at;
    return SVAC2_OK;
}

static svac2_status write_file(const encoder *e, variant *v, uint8_t **out, size_t *out_size,
                               svac2_error *error)
{
    sv_bytes payloads[SVAC2_MAX_LAYERS] = {{NULL, 0}};
    svac2_status status = SVAC2_OK;
    for (int i = 0; i < v->count && status == SVAC2_OK; i++) {
        status = sv_layer_write(&v->layers[i], &payloads[i], error);
    }
    if (status == SVAC2_OK) {
        sv_file_header file = describe(e, v, payloads);
        status = assemble(&file, payloads, out, out_size, error);
    }
    for (int i = 0; i < v->count; i++) {
        sv_free(payloads[i].data);
    }
    return status;
}

static void destroy(encoder *e)
{
    destroy_variant(&e->variants[0]);
    destroy_variant(&e->variants[1]);
    for (int scale = 0; scale <= SV_SCALE_MAX; scale++) {
        sv_picture_destroy(&e->sources[scale]);
    }
    sv_free(e);
}

static svac2_status encode(encoder *e, uint8_t **out, size_t *out_size, svac2_error *error)
{
    variant *v;
    SV_TRY(take_image(e, error));
    SV_TRY(code_picture(e, &v, error));
    SV_TRY(search_restoration(e, v, error));
    SV_TRY(write_file(e, v, out, out_size, error));
    if (e->options->reconstruction != NULL) {
        svac2_status status = reconstruct(e, v, error);
        if (status != SVAC2_OK) {
            sv_free(*out);
            *out = NULL;
            return status;
        }
    }
    return SVAC2_OK;
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
    e->progress = (sv_encode_progress){options->progress, options->progress_user, 0, 0};
    sv_dsp_init(&e->dsp, e->cpu);
    svac2_status status = encode(e, out, out_size, error);
    destroy(e);
    return status;
}
