/* The core's memory: what happens where it is refused, and how much is taken.
 *
 *     allocation_check failing STEP        allocations of calls of all kinds fail in turn: each of
 *                                          the first, then one of STEP
 *     allocation_check memory WIDTH HEIGHT peaks, and what svac2_info and svac2_encode_memory say
 *
 * To be linked with --wrap=aligned_alloc,--wrap=free. */
#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../fuzz/networks.inc"
#include "common/memory.h"
#include "common/parallel.h"
#include "dec/decoder.h"
#include "drawing.h"
#include "enc/encoder.h"

/* ---- The memory ---- */

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *pointer);
void __wrap_free(void *pointer);

static atomic_long until_failure = -1; /* allocations that succeed before one fails; -1: all do */
static atomic_long live, peak;         /* bytes */

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    if (atomic_load(&until_failure) >= 0 && atomic_fetch_sub(&until_failure, 1) == 0) {
        return NULL;
    }
    void *pointer = __real_aligned_alloc(alignment, size);
    long now = atomic_fetch_add(&live, (long)malloc_usable_size(pointer));
    now += (long)malloc_usable_size(pointer);
    for (long most = atomic_load(&peak);
         now > most && !atomic_compare_exchange_weak(&peak, &most, now);) {
    }
    return pointer;
}

void __wrap_free(void *pointer)
{
    atomic_fetch_sub(&live, (long)malloc_usable_size(pointer));
    __real_free(pointer);
}

/* ---- Calls ---- */

enum { METADATA = 2 };

typedef struct test_case {
    int width, height, channels, subsampling, mode, scale, base_qp, threads;
    const svac2_model *model;
    bool with_metadata;
    uint64_t target_size;
    double target_psnr;
    int lossless; /* effort of it, or 0 */
    int alpha_qp;
    int drawing; /* kind of content */
} test_case;

/* A file, and what it is made of. */
typedef struct material {
    const test_case *of;
    svac2_image image;
    uint8_t *samples, *output;
    svac2_metadata metadata[METADATA];
    svac2_encode_options encoding;
    uint8_t *file;
    size_t size;
    svac2_info info;
    svac2_decode_options decoding;
} material;

static void fail(const material *m, const char *what)
{
    const test_case *t = m->of;
    printf("%s: %dx%dx%d, subsampling %d, mode %d, scale %d, %d threads%s%s\n", what, t->width,
           t->height, t->channels, t->subsampling, t->mode, t->scale, t->threads,
           t->lossless > 0 ? ", lossless" : "", t->model != NULL ? ", restored" : "");
    exit(1);
}

static void require(bool condition, const material *m, const char *what)
{
    if (!condition) {
        fail(m, what);
    }
}

static svac2_status encode(material *m, svac2_error *error)
{
    return svac2_encode(&m->image, &m->encoding, &m->file, &m->size, error);
}

static svac2_status decode(material *m, svac2_error *error)
{
    ptrdiff_t stride = (ptrdiff_t)m->info.layers[m->decoding.layer].width * m->of->channels;
    return svac2_decode(m->file, m->size, &m->info, &m->decoding, m->output, stride, error);
}

static void create(material *m, const test_case *t)
{
    static const uint8_t content[100] = {1, 2, 3};
    uint64_t state = 1;
    size_t size = (size_t)(t->width * t->height * t->channels);
    *m = (material){.of = t, .samples = sv_alloc(size, 1), .output = sv_alloc(size, 1)};
    draw(m->samples, t->width, t->height, t->channels, t->drawing, &state);
    m->image = (svac2_image){.data = m->samples,
                             .stride = (ptrdiff_t)t->width * t->channels,
                             .width = (uint32_t)t->width,
                             .height = (uint32_t)t->height,
                             .channels = (uint32_t)t->channels,
                             .bit_depth = 8};
    m->metadata[0] = (svac2_metadata){SVAC2_ITEM_ICC, content, sizeof content};
    m->metadata[1] = (svac2_metadata){SVAC2_ITEM_XMP, content, 1};
    m->encoding = (svac2_encode_options){
        .qp = t->model == NULL && t->threads == 1 ? 0 : 40 * SVAC2_QP_ONE, /* a long file, too */
        .target_size = t->target_size,
        .target_psnr = t->target_psnr,
        .lossless = t->lossless > 0,
        .alpha_qp = t->alpha_qp,
        .mode = t->mode,
        .base_log2_scale = t->scale,
        .base_qp = t->base_qp,
        .effort = t->lossless > 0 ? t->lossless : 1,
        .subsampling = t->subsampling,
        .threads = t->threads,
        .checksum = 1,
        .cpu_mask = SVAC2_CPU_ALL,
        .model = t->model,
        .metadata = m->metadata,
        .metadata_count = t->with_metadata ? METADATA : 0,
        .reconstruction = m->output};
    m->decoding = (svac2_decode_options){.threads = t->threads,
                                         .verify = 1,
                                         .cpu_mask = SVAC2_CPU_ALL,
                                         .model = t->model,
                                         .strength = t->model != NULL ? SVAC2_STRENGTH_ONE : 0};
}

static void destroy(material *m)
{
    svac2_free(m->file);
    sv_free(m->samples);
    sv_free(m->output);
}

/* ---- Failing ---- */

static long step = 1; /* between the allocations that fail, once each of the first has */

enum { EACH = 8 };

/* Lets the first allocation fail, the second, and so on, until the call does with as many as have
 * succeeded. Returns how many have failed. */
static long fail_in_turn(material *m, svac2_status (*call)(material *, svac2_error *))
{
    long turns = 0;
    for (long count = 0;; count += count < EACH ? 1 : step) {
        svac2_error error = {.status = SVAC2_OK};
        long before = atomic_load(&live);
        atomic_store(&until_failure, count);
        svac2_status status = call(m, &error);
        bool failed = atomic_exchange(&until_failure, -1) < 0;
        if (!failed) {
            require(status == SVAC2_OK, m, error.message);
            return turns;
        }
        turns++;
        require(status == SVAC2_ERR_MEMORY && error.status == status, m, "not the memory's status");
        require(error.message[0] != '\0', m, "an error without a sentence");
        require(atomic_load(&live) == before, m, "memory is lost");
    }
}

static long fail_case(const test_case *t)
{
    material m;
    svac2_error error;
    create(&m, t);
    long count = fail_in_turn(&m, encode);
    require(svac2_read_info(m.file, m.size, &m.info, &error) == SVAC2_OK, &m, error.message);
    for (; m.decoding.layer < m.info.layer_count; m.decoding.layer++) {
        count += fail_in_turn(&m, decode);
    }
    destroy(&m);
    return count;
}

static svac2_status create_model(material *m, svac2_error *error)
{
    svac2_model *model;
    (void)m;
    SV_TRY(svac2_model_create(&networks[0], &model, error));
    svac2_model_destroy(model);
    return SVAC2_OK;
}

static svac2_status enhance(material *m, svac2_error *error)
{
    svac2_enhance_options options = {m->of->model, 40 * SVAC2_QP_ONE, SVAC2_STRENGTH_ONE, 1,
                                     SVAC2_CPU_ALL};
    return svac2_enhance(&m->image, &options, m->output, m->image.stride, error);
}

static void fail_all(const svac2_model *guided, const svac2_model *plain)
{
    const int chosen = SVAC2_BASE_QP_CHOSEN, fine = 40 * SVAC2_QP_ONE;
    const int lossless = SVAC2_ALPHA_LOSSLESS;
    const test_case cases[] = {
        {20, 30, 1, SVAC2_SUBSAMPLING_400, SVAC2_MODE_NORMAL, 1, 0, 1, NULL, true, 0, 0, 0, 0, 0},
        {40, 24, 3, SVAC2_SUBSAMPLING_AUTO, SVAC2_MODE_NORMAL, 1, 0, 1, NULL, false, 0, 0, 0, 0, 0},
        {24, 16, 3, SVAC2_SUBSAMPLING_420, SVAC2_MODE_MULTISCALE, 3, chosen, 1, guided, true, 0, 0,
         0, 0, 0},
        {30, 24, 3, SVAC2_SUBSAMPLING_444, SVAC2_MODE_AUTO, 2, fine, 1, guided, false, 0, 0, 0, 0,
         0},
        {8, 270, 3, SVAC2_SUBSAMPLING_422, SVAC2_MODE_NORMAL, 1, 0, 2, plain, false, 0, 0, 0, 0, 0},
        {8, 270, 1, SVAC2_SUBSAMPLING_400, SVAC2_MODE_MULTISCALE, 1, fine, 2, plain, false, 0, 0, 0,
         0, 0},
        {24, 16, 3, SVAC2_SUBSAMPLING_AUTO, SVAC2_MODE_NORMAL, 1, 0, 1, guided, true, 400, 0, 0, 0,
         0},
        {24, 16, 1, SVAC2_SUBSAMPLING_400, SVAC2_MODE_NORMAL, 1, 0, 1, plain, false, 0, 25, 0, 0,
         0},
        {24, 16, 4, SVAC2_SUBSAMPLING_AUTO, SVAC2_MODE_MULTISCALE, 1, fine, 1, plain, false, 0, 0,
         0, fine, 0},
        {24, 16, 2, SVAC2_SUBSAMPLING_400, SVAC2_MODE_MULTISCALE, 1, fine, 1, NULL, false, 0, 0, 0,
         lossless, 0},
        {24, 16, 4, SVAC2_SUBSAMPLING_444, SVAC2_MODE_NORMAL, 1, 0, 1, NULL, false, 0, 25, 0,
         lossless, 0},
        {24, 16, 3, SVAC2_SUBSAMPLING_AUTO, SVAC2_MODE_MULTISCALE, 2, fine, 1, NULL, true, 0, 0, 5,
         lossless, 0},
        {20, 30, 2, SVAC2_SUBSAMPLING_400, SVAC2_MODE_NORMAL, 1, 0, 1, NULL, false, 0, 0, 1,
         lossless, 0},
    };
    long count = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        count += fail_case(&cases[i]);
    }
    material m;
    test_case small = {
        20, 30, 3, SVAC2_SUBSAMPLING_444, SVAC2_MODE_NORMAL, 1, 0, 1, plain, false, 0, 0, 0, 0, 0};
    create(&m, &small);
    count += fail_in_turn(&m, create_model) + fail_in_turn(&m, enhance);
    destroy(&m);
    printf("%ld allocations fail in turn\n", count);
}

/* ---- Measuring ---- */

/* The structure of `guided` (docs/network.md), which takes as much memory. */
static svac2_model *create_default(void)
{
    enum { WEIGHTS = 171712, OUTPUTS = 480, FEATURES = 128, HEADS = 4, PHASES = 4 };
    static const int32_t layers[][4] = {{3, 64, 1, 2},   {3, 56, 2, 2},      {3, 48, 4, 2},
                                        {3, 44, 8, 2},   {3, 40, 16, 2},     {3, 36, 32, 2},
                                        {3, 32, 64, 2},  {1, 96, 254, 2},    {1, 32, 254, 2},
                                        {3, 32, 512, 2}, {1, HEADS, 1280, 2}};
    static const int32_t qps[] = {40};
    static const int16_t weights[WEIGHTS];
    static const int32_t biases[OUTPUTS];
    static const uint8_t shifts[OUTPUTS];
    svac2_model_arrays arrays = {.planes = 3,
                                 .views = 8,
                                 .layers = layers[0],
                                 .qps = qps,
                                 .weights = weights,
                                 .biases = biases,
                                 .shifts = shifts,
                                 .head_weights = weights,
                                 .head_biases = biases,
                                 .layer_count = sizeof layers / sizeof *layers,
                                 .set_count = 1,
                                 .weight_count = WEIGHTS,
                                 .bias_count = OUTPUTS,
                                 .shift_count = OUTPUTS,
                                 .head_weight_count = HEADS * PHASES * FEATURES,
                                 .head_bias_count = HEADS * PHASES};
    svac2_model *model;
    svac2_error error;
    if (svac2_model_create(&arrays, &model, &error) != SVAC2_OK) {
        printf("%s\n", error.message);
        exit(1);
    }
    return model;
}

/* Above this many samples a side, what is stated is at most half as much again as what is taken,
 * and SLACK. */
enum { LARGE_SIDE = 256, SLACK = 4 << 20 };

static int wrong; /* statements */

static void compare(const material *m, const char *what, long taken, uint64_t stated, bool tight)
{
    long stacks = (long)(m->of->threads - 1) * SV_WORKER_STACK, whole = taken + stacks;
    bool large = m->of->width > LARGE_SIDE && m->of->height > LARGE_SIDE;
    long most = whole + whole / 2 + SLACK;
    bool low = (long)stated < whole, high = tight && large && (long)stated > most;
    wrong += low || high;
    if (getenv("VERBOSE") || low || high) {
        printf("%-8s taken %9ld stated %9ld  %.2f ", what, whole, (long)stated,
               (double)stated / (double)whole);
        printf("%dx%dx%d, sub %d, mode %d, scale %d, %d threads%s%s %s\n", m->of->width,
               m->of->height, m->of->channels, m->of->subsampling, m->of->mode, m->of->scale,
               m->of->threads, m->of->lossless > 0 ? ", lossless" : "",
               m->of->model != NULL ? ", restored" : "",
               low    ? "LOW"
               : high ? "HIGH"
                      : "");
    }
}

static void measure(const test_case *t)
{
    material m;
    svac2_error error;
    /* What is kept of a part without loss hangs on its content: stated is the most. */
    const bool tight = t->lossless == 0 && t->channels % 2 != 0;
    create(&m, t);
    long before = atomic_load(&live);
    atomic_store(&peak, before);
    require(encode(&m, &error) == SVAC2_OK, &m, error.message);
    compare(&m, "encode", atomic_load(&peak) - before, svac2_encode_memory(&m.image, &m.encoding),
            tight);
    require(svac2_read_info(m.file, m.size, &m.info, &error) == SVAC2_OK, &m, error.message);
    for (; m.decoding.layer < m.info.layer_count; m.decoding.layer++) {
        const svac2_layer *layer = &m.info.layers[m.decoding.layer];
        bool whole = m.decoding.layer == m.info.layer_count - 1;
        before = atomic_load(&live);
        atomic_store(&peak, before);
        require(decode(&m, &error) == SVAC2_OK, &m, error.message);
        long output = (long)(layer->width * layer->height) * t->channels;
        compare(&m, whole ? "decode" : "base", atomic_load(&peak) - before + output,
                layer->memory + (uint64_t)(t->threads - 1) * layer->thread_memory,
                tight && (!whole || t->model != NULL));
    }
    destroy(&m);
}

static void measure_size(int width, int height, const svac2_model *model)
{
    enum { NOISE = 0, CHECKERBOARD = 3 };
    static const int kinds[][4] = {
        {1, SVAC2_SUBSAMPLING_400, 0, NOISE},        {2, SVAC2_SUBSAMPLING_400, 0, NOISE},
        {3, SVAC2_SUBSAMPLING_420, 0, NOISE},        {3, SVAC2_SUBSAMPLING_422, 0, NOISE},
        {3, SVAC2_SUBSAMPLING_444, 0, NOISE},        {3, SVAC2_SUBSAMPLING_AUTO, 0, NOISE},
        {4, SVAC2_SUBSAMPLING_420, 0, NOISE},        {1, SVAC2_SUBSAMPLING_400, 5, NOISE},
        {3, SVAC2_SUBSAMPLING_AUTO, 1, NOISE},       {3, SVAC2_SUBSAMPLING_AUTO, 5, NOISE},
        {4, SVAC2_SUBSAMPLING_AUTO, 5, NOISE},       {1, SVAC2_SUBSAMPLING_400, 5, CHECKERBOARD},
        {3, SVAC2_SUBSAMPLING_AUTO, 5, CHECKERBOARD}};
    static const int modes[][2] = {{SVAC2_MODE_NORMAL, 1},
                                   {SVAC2_MODE_MULTISCALE, 1},
                                   {SVAC2_MODE_MULTISCALE, 3},
                                   {SVAC2_MODE_AUTO, 1}};
    for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
        for (size_t mode = 0; mode < sizeof modes / sizeof *modes; mode++) {
            for (int variant = 0; variant < 4; variant++) {
                test_case t = {width,
                               height,
                               kinds[kind][0],
                               kinds[kind][1],
                               modes[mode][0],
                               modes[mode][1],
                               SVAC2_BASE_QP_CHOSEN,
                               variant & 1 ? 4 : 1,
                               variant & 2 ? model : NULL,
                               false,
                               0,
                               0,
                               kinds[kind][2],
                               SVAC2_ALPHA_LOSSLESS,
                               kinds[kind][3]};
                measure(&t);
            }
        }
    }
}

int main(int argc, char **argv)
{
    svac2_model *model = create_default(), *small[2];
    svac2_error error;
    if (argc == 3 && strcmp(argv[1], "failing") == 0) {
        step = atoi(argv[2]);
        for (int i = 0; i < 2; i++) {
            if (svac2_model_create(&networks[i], &small[i], &error) != SVAC2_OK) {
                return 2;
            }
        }
        fail_all(small[0], small[1]);
        svac2_model_destroy(small[0]);
        svac2_model_destroy(small[1]);
    } else if (argc == 4 && strcmp(argv[1], "memory") == 0) {
        measure_size(atoi(argv[2]), atoi(argv[3]), model);
        printf("%d statements of memory are wrong\n", wrong);
    }
    svac2_model_destroy(model);
    return 0;
}
