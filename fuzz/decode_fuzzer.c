/* Fuzz target (LLVM's libFuzzer, "Fuzz Target"): any bytes are a file to read and to decode.
 *
 * Whatever they are, there is either a picture or one status with a sentence that explains it, and
 * neither the processor's features nor the number of threads change that. The picture is decoded as
 * it is, and restored by two small networks (networks.inc). */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/checksum.h"
#include "format/container.h"
#include "networks.inc"

enum { NETWORKS = sizeof networks / sizeof *networks };
enum { MAX_PIXELS = 1 << 14 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "decode_fuzzer: %s\n", what);
        abort();
    }
}

static void require_explained(svac2_status status, const svac2_error *error)
{
    require(status == error->status, "the status returned is not the one recorded");
    require(error->message[0] != '\0', "an error without a sentence");
    require(memchr(error->message, '\0', sizeof error->message) != NULL,
            "a sentence without an end");
}

/* Bytes, what their header says, and the networks. */
typedef struct input {
    const uint8_t *data;
    size_t size;
    svac2_info info;
    svac2_model *models[NETWORKS];
} input;

/* ---- One layer, one way ---- */

/* By which kernels and how many threads, whether checksums are checked; by which of the networks
 * luma is restored, and how strongly; to how many channels, 0: those of the file. */
typedef struct way {
    uint32_t cpu_mask;
    int32_t threads, verify, strength;
    const svac2_model *model;
    uint32_t channels;
} way;

/* A layer's picture and the planes that restoration can read, or NULLs. The allocations are exact,
 * so that a sanitizer sees any access outside. */
typedef struct decoded {
    uint8_t *pixels;
    uint16_t *planes;
    svac2_status status;
} decoded;

static void free_decoded(decoded *d)
{
    free(d->pixels);
    free(d->planes);
}

static size_t pixel_size(const svac2_info *info)
{
    return info->channels * (info->bit_depth > 8 ? sizeof(uint16_t) : sizeof(uint8_t));
}

static decoded decode(const input *in, uint32_t layer, const way *w)
{
    svac2_decode_options options = {.threads = w->threads,
                                    .verify = w->verify,
                                    .max_pixels = MAX_PIXELS,
                                    .cpu_mask = w->cpu_mask,
                                    .model = w->model,
                                    .strength = w->strength,
                                    .layer = layer,
                                    .channels = w->channels,
                                    .background = {1, 0, 255}};
    svac2_error error;
    uint32_t width = in->info.layers[layer].width, height = in->info.layers[layer].height;
    size_t row = width * pixel_size(&in->info);
    bool small = (uint64_t)width * height <= MAX_PIXELS;
    size_t samples = (size_t)width * height * SVAC2_RESTORATION_PLANES;
    decoded d = {calloc(small ? row * height : 1, 1),
                 malloc(small ? samples * sizeof(uint16_t) : sizeof(uint16_t)), SVAC2_OK};
    require(d.pixels != NULL && d.planes != NULL, "out of memory");
    options.planes = in->info.layers[layer].lossless ? NULL : d.planes;
    d.status =
        svac2_decode(in->data, in->size, &in->info, &options, d.pixels, (ptrdiff_t)row, &error);
    if (d.status == SVAC2_OK) {
        require(small, "the limit of pixels was not kept");
        return d;
    }
    require_explained(d.status, &error);
    free_decoded(&d);
    return (decoded){NULL, NULL, d.status};
}

static void require_same(const input *in, uint32_t layer, const decoded *a, const decoded *b)
{
    const svac2_layer *size_of = &in->info.layers[layer];
    size_t count = (size_t)size_of->width * size_of->height;
    require(a->status == b->status, "the status depends on processor or threads");
    if (a->pixels != NULL) {
        require(memcmp(a->pixels, b->pixels, count * pixel_size(&in->info)) == 0,
                "the pixels depend on processor or threads");
        require(size_of->lossless ||
                    memcmp(a->planes, b->planes,
                           count * SVAC2_RESTORATION_PLANES * sizeof *a->planes) == 0,
                "the planes depend on processor or threads");
    }
}

/* ---- All layers, all ways ---- */

/* With all kernels, AVX2's alone on two threads, and none. */
static svac2_status decode_alike(const input *in, uint32_t layer, way w)
{
    static const way machines[] = {{.cpu_mask = SVAC2_CPU_ALL, .threads = 1},
                                   {.cpu_mask = SVAC2_CPU_AVX2, .threads = 2}};
    w.cpu_mask = 0;
    w.threads = 1;
    decoded scalar = decode(in, layer, &w);
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++) {
        w.cpu_mask = machines[i].cpu_mask;
        w.threads = machines[i].threads;
        decoded d = decode(in, layer, &w);
        require_same(in, layer, &d, &scalar);
        free_decoded(&d);
    }
    free_decoded(&scalar);
    return scalar.status;
}

static void decode_verified(const input *in, uint32_t layer, svac2_status unverified)
{
    way w = {.threads = 1, .verify = 1};
    decoded d = decode(in, layer, &w);
    require(d.status == unverified || d.status == SVAC2_ERR_CORRUPT,
            "a checksum that does more than find damage");
    free_decoded(&d);
}

/* As the file says, by the network that it names or by another; and whatever it says. */
static void decode_restored(const input *in, uint32_t layer)
{
    svac2_model *const *models = in->models;
    bool second = in->info.model_hash == networks[1].hash;
    bool known = second || in->info.model_hash == networks[0].hash;
    svac2_status status =
        decode_alike(in, layer, (way){.strength = SVAC2_STRENGTH_CODED, .model = models[second]});
    require(!in->info.enhanced || known || status == SVAC2_ERR_MODEL, "restored by a wrong model");
    decode_alike(in, layer,
                 (way){.strength = 1 + (int32_t)(in->size % SVAC2_STRENGTH_MAX),
                       .model = models[in->size & 1]});
}

static void decode_every_way(const input *in)
{
    for (uint32_t layer = 0; layer < in->info.layer_count; layer++) {
        svac2_status status = decode_alike(in, layer, (way){.strength = 0});
        decode_verified(in, layer, status);
        if (in->info.channels % 2 == 0) {
            decode_alike(in, layer, (way){.channels = in->info.channels - 1});
        }
        if (status == SVAC2_OK && layer == in->info.layer_count - 1) {
            decode_restored(in, layer);
        }
    }
}

/* ---- Items ---- */

static void check_items(const input *in)
{
    svac2_error error;
    for (uint32_t i = 0; i < in->info.item_count; i++) {
        const svac2_item *item = &in->info.items[i];
        uint64_t end = item->offset + item->size + (item->checked ? SVAC2_ITEM_CHECKSUM : 0);
        require(end <= in->info.file_size, "an item behind the end of the file");
        if (end <= in->size) {
            svac2_status status = svac2_check_item(in->data + item->offset, item, &error);
            require(status == SVAC2_OK || (item->checked && status == SVAC2_ERR_CORRUPT),
                    "an item without checksum that is damaged");
        }
    }
}

static void run(const input *in)
{
    check_items(in);
    decode_every_way(in);
}

/* The same items under a header that states their true sizes, and no checksums: nearly every
 * mutation of a file would otherwise end at the header.  */
static void run_repaired(const input *in, const sv_file_header *header, size_t header_size)
{
    sv_file_header copy = *header;
    input repaired = *in;
    size_t left = in->size - header_size;
    uint8_t bytes[SVAC2_MAX_HEADER];
    for (uint32_t i = 0; i < copy.item_count; i++) {
        sv_item *item = &copy.items[i];
        bool last = i == copy.item_count - 1;
        item->size = (uint32_t)(last || item->size > left ? left : item->size);
        item->flags &= (uint32_t)~SV_ITEM_CHECKED;
        left -= item->size;
    }
    size_t new_size = sv_write_file_header(&copy, bytes), rest = in->size - header_size;
    uint8_t *file = malloc(new_size + rest);
    require(file != NULL, "out of memory");
    memcpy(file, bytes, new_size);
    memcpy(file + new_size, in->data + header_size, rest);
    repaired.data = file;
    repaired.size = new_size + rest;
    svac2_error error;
    if (svac2_read_info(file, repaired.size, &repaired.info, &error) == SVAC2_OK) {
        run(&repaired);
    }
    free(file);
}

/* The bytes with the checksum of a header put right. */
static void read_repaired(const input *in)
{
    size_t header_size;
    svac2_error error;
    if (svac2_header_size(in->data, in->size, &header_size, &error) != SVAC2_OK ||
        header_size > in->size) {
        return;
    }
    uint8_t *copy = malloc(in->size);
    require(copy != NULL, "out of memory");
    memcpy(copy, in->data, in->size);
    uint16_t checksum = sv_crc16(in->data, header_size - 2);
    copy[header_size - 2] = (uint8_t)(checksum >> 8);
    copy[header_size - 1] = (uint8_t)checksum;
    sv_file_header header;
    if (sv_read_file_header(copy, in->size, &header, &header_size, &error) == SVAC2_OK) {
        run_repaired(in, &header, header_size);
    } else {
        require_explained(error.status, &error);
    }
    free(copy);
}

static void check_info(const svac2_info *info, size_t size)
{
    require(info->width >= 1 && info->width <= SVAC2_MAX_DIMENSION, "width out of range");
    require(info->height >= 1 && info->height <= SVAC2_MAX_DIMENSION, "height out of range");
    require(info->channels >= 1 && info->channels <= 4, "channels out of range");
    require(info->max_error <= SVAC2_MAX_ERROR, "max_error out of range");
    require(info->qp >= -64 * ((int)info->bit_depth - 8) && info->qp <= SVAC2_MAX_QP,
            "qp out of range");
    require(info->header_size <= size, "the header is longer than the data");
    require(info->layer_count >= 1 && info->layer_count <= SVAC2_MAX_LAYERS, "layers out of range");
    require(info->item_count <= SVAC2_MAX_ITEMS, "items out of range");
}

static void read_and_run(input *in)
{
    svac2_error error;
    read_repaired(in);
    svac2_status status = svac2_read_info(in->data, in->size, &in->info, &error);
    if (status != SVAC2_OK) {
        require_explained(status, &error);
        return;
    }
    check_info(&in->info, in->size);
    run(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input in = {.data = data, .size = size};
    svac2_error error;
    for (size_t i = 0; i < NETWORKS; i++) {
        require(svac2_model_create(&networks[i], &in.models[i], &error) == SVAC2_OK, error.message);
    }
    read_and_run(&in);
    for (size_t i = 0; i < NETWORKS; i++) {
        svac2_model_destroy(in.models[i]);
    }
    return 0;
}
