/* Fuzz target (LLVM's libFuzzer, "Fuzz Target"): any bytes are a file to read and to decode.
 *
 * Whatever they are, there is either a picture or one status with a sentence that explains it, and
 * the processor's features change neither. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/checksum.h"
#include "format/container.h"

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

/* A layer's picture, its chroma restored where the file says so and names no model, and the planes
 * that restoration can read, or NULLs. The allocations are exact, so that a sanitizer sees any
 * access outside. */
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

static decoded decode(const uint8_t *data, size_t size, uint32_t cpu_mask, const svac2_info *info,
                      uint32_t layer, int verify)
{
    svac2_decode_options options = {.threads = 1,
                                    .verify = verify,
                                    .max_pixels = MAX_PIXELS,
                                    .cpu_mask = cpu_mask,
                                    .strength = info->enhanced ? 0 : SVAC2_STRENGTH_CODED,
                                    .layer = layer};
    svac2_error error;
    uint32_t width = info->layers[layer].width, height = info->layers[layer].height;
    size_t row = (size_t)width * info->channels;
    bool small = (uint64_t)width * height <= MAX_PIXELS;
    size_t samples = (size_t)width * height * SVAC2_RESTORATION_PLANES;
    decoded d = {malloc(small ? row * height : 1),
                 malloc(small ? samples * sizeof(uint16_t) : sizeof(uint16_t)), SVAC2_OK};
    require(d.pixels != NULL && d.planes != NULL, "out of memory");
    options.planes = d.planes;
    d.status = svac2_decode(data, size, info, &options, d.pixels, (ptrdiff_t)row, &error);
    if (d.status == SVAC2_OK) {
        require(small, "the limit of pixels was not kept");
        return d;
    }
    require_explained(d.status, &error);
    free_decoded(&d);
    return (decoded){NULL, NULL, d.status};
}

static void decode_every_way(const uint8_t *data, size_t size, const svac2_info *info)
{
    for (uint32_t layer = 0; layer < info->layer_count; layer++) {
        decoded d = decode(data, size, SVAC2_CPU_ALL, info, layer, 0);
        decoded scalar = decode(data, size, 0, info, layer, 0);
        decoded verified = decode(data, size, 0, info, layer, 1);
        require(verified.status == d.status || verified.status == SVAC2_ERR_CORRUPT,
                "a checksum that does more than find damage");
        require(d.status == scalar.status, "the status depends on the processor");
        if (d.pixels != NULL) {
            const svac2_layer *size_of = &info->layers[layer];
            size_t count = (size_t)size_of->width * size_of->height;
            require(memcmp(d.pixels, scalar.pixels, count * info->channels) == 0,
                    "the pixels depend on the processor");
            require(memcmp(d.planes, scalar.planes,
                           count * SVAC2_RESTORATION_PLANES * sizeof *d.planes) == 0,
                    "the planes depend on the processor");
        }
        free_decoded(&d);
        free_decoded(&scalar);
        free_decoded(&verified);
    }
}

/* The same items under a header that states their true sizes, and no checksums: nearly every
 * mutation of a file would otherwise end at the header.  */
static void decode_repaired(const uint8_t *data, size_t size, const sv_file_header *header,
                            size_t header_size)
{
    sv_file_header copy = *header;
    size_t left = size > header_size ? size - header_size : 0;
    uint8_t bytes[SVAC2_MAX_HEADER];
    for (uint32_t i = 0; i < copy.item_count; i++) {
        sv_item *item = &copy.items[i];
        bool last = i == copy.item_count - 1;
        item->size = (uint32_t)(last || item->size > left ? left : item->size);
        item->flags &= (uint32_t)~SV_ITEM_CHECKED;
        left -= item->size;
    }
    size_t new_size = sv_write_file_header(&copy, bytes), rest = size - header_size;
    uint8_t *file = malloc(new_size + rest);
    require(file != NULL, "out of memory");
    memcpy(file, bytes, new_size);
    memcpy(file + new_size, data + header_size, rest);
    svac2_info info;
    svac2_error error;
    if (svac2_read_info(file, new_size + rest, &info, &error) == SVAC2_OK) {
        decode_every_way(file, new_size + rest, &info);
    }
    free(file);
}

/* The bytes with the checksum of a header put right. */
static void read_repaired(const uint8_t *data, size_t size)
{
    size_t header_size;
    svac2_error error;
    if (svac2_header_size(data, size, &header_size, &error) != SVAC2_OK || header_size > size) {
        return;
    }
    uint8_t *copy = malloc(size);
    require(copy != NULL, "out of memory");
    memcpy(copy, data, size);
    uint16_t checksum = sv_crc16(data, header_size - 2);
    copy[header_size - 2] = (uint8_t)(checksum >> 8);
    copy[header_size - 1] = (uint8_t)checksum;
    sv_file_header header;
    if (sv_read_file_header(copy, size, &header, &header_size, &error) == SVAC2_OK) {
        decode_repaired(copy, size, &header, header_size);
    } else {
        require_explained(error.status, &error);
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    svac2_info info;
    svac2_error error;
    read_repaired(data, size);
    svac2_status status = svac2_read_info(data, size, &info, &error);
    if (status != SVAC2_OK) {
        require_explained(status, &error);
        return 0;
    }
    require(info.width >= 1 && info.width <= SVAC2_MAX_DIMENSION, "width out of range");
    require(info.height >= 1 && info.height <= SVAC2_MAX_DIMENSION, "height out of range");
    require(info.channels == 1 || info.channels == 3, "channels out of range");
    require(info.qp <= SVAC2_MAX_QP, "qp out of range");
    require(info.header_size <= size, "the header is longer than the data");
    require(info.layer_count >= 1 && info.layer_count <= SVAC2_MAX_LAYERS, "layers out of range");
    decode_every_way(data, size, &info);
    return 0;
}
