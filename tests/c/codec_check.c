/* Random small pictures: the decoder makes what the encoder says it will make, whatever threads and
 * processor features either uses; and damaged files do no harm, which the fuzz target checks.
 *
 *     codec_check COUNT SEED
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drawing.h"
#include "include/svac2.h"

enum { MAX_SIDE = 90, LONG_SIDE = 300, DAMAGES = 20, TRUNCATIONS = 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct picture {
    svac2_image image;
    void *pixels;
    size_t size; /* bytes */
} picture;

static void require(bool condition, const char *what, const picture *p,
                    const svac2_encode_options *options)
{
    if (!condition) {
        fprintf(
            stderr,
            "%s: %ux%ux%u of %u bits, qp %d, lossless %d, effort %d, subsampling %d, threads %d, "
            "cpu %x\n",
            what, p->image.width, p->image.height, p->image.channels, p->image.bit_depth,
            options->qp, options->lossless, options->effort, options->subsampling, options->threads,
            (unsigned)options->cpu_mask);
        exit(1);
    }
}

static void *allocate(size_t size)
{
    void *memory = malloc(size);
    if (memory == NULL) {
        exit(2);
    }
    return memory;
}

/* Makes words of bytes, which become their highest eight bits; the others are noise, or zeros. */
static void deepen(picture *p, uint64_t *state)
{
    int more = (int)p->image.bit_depth - 8, noise = random_int(state, 0, (1 << more) - 1);
    const uint8_t *bytes = p->pixels;
    uint16_t *words = allocate(p->size * sizeof *words);
    for (size_t i = 0; i < p->size; i++) {
        words[i] = (uint16_t)(bytes[i] << more | random_int(state, 0, noise));
    }
    free(p->pixels);
    p->image.data = p->pixels = words;
    p->image.stride *= (ptrdiff_t)sizeof *words;
    p->size *= sizeof *words;
}

/* One in four is a line of pixels. */
static picture random_picture(uint64_t *state)
{
    int shape = random_int(state, 0, 7);
    int width = shape == 0 ? 1 : random_int(state, 1, shape == 1 ? LONG_SIDE : MAX_SIDE);
    int height = shape == 1 ? 1 : random_int(state, 1, shape == 0 ? LONG_SIDE : MAX_SIDE);
    int channels = random_int(state, 1, 6); /* half of them are opaque colour */
    channels = channels > 4 ? 3 : channels;
    picture p = {.size = (size_t)width * (size_t)height * (size_t)channels};
    p.pixels = allocate(p.size);
    draw(p.pixels, width, height, channels, random_int(state, 0, DRAWING_KINDS - 1), state);
    p.image = (svac2_image){.data = p.pixels,
                            .stride = (ptrdiff_t)width * channels,
                            .width = (uint32_t)width,
                            .height = (uint32_t)height,
                            .channels = (uint32_t)channels,
                            .bit_depth = 8u + 2u * (uint32_t)random_int(state, 0, 4)};
    if (p.image.bit_depth > 8) {
        deepen(&p, state);
    }
    return p;
}

static svac2_encode_options random_options(uint64_t *state, const picture *p)
{
    static const int32_t colour[4] = {SVAC2_SUBSAMPLING_AUTO, SVAC2_SUBSAMPLING_420,
                                      SVAC2_SUBSAMPLING_422, SVAC2_SUBSAMPLING_444};
    int qp_min = -64 * ((int)p->image.bit_depth - 8);
    bool grey = p->image.channels < 3, lossless = random_int(state, 0, 2) == 0;
    bool lossy_alpha = p->image.channels % 2 == 0 && random_int(state, 0, 2) == 0;
    return (svac2_encode_options){
        .qp = random_int(state, qp_min, SVAC2_MAX_QP),
        .mode = random_int(state, SVAC2_MODE_NORMAL, SVAC2_MODE_AUTO),
        .base_qp = random_base_qp(state),
        .base_log2_scale = random_int(state, 1, 3),
        .effort = random_int(state, 1, SVAC2_MAX_EFFORT),
        .subsampling = grey ? SVAC2_SUBSAMPLING_400 : colour[random_int(state, 0, 3)],
        .lossless = lossless,
        .max_error = lossless * random_int(state, 0, 3) * random_int(state, 0, 3),
        .alpha_qp = lossy_alpha ? random_int(state, qp_min, SVAC2_MAX_QP) : SVAC2_ALPHA_LOSSLESS,
        .exact = random_int(state, 0, 1),
        .threads = random_int(state, 1, 5),
        .checksum = random_int(state, 0, 1),
        .cpu_mask = random_int(state, 0, 1) ? SVAC2_CPU_ALL : 0};
}

static void check_decoder(const picture *p, const svac2_encode_options *made_with,
                          const uint8_t *file, size_t size, const uint8_t *expected)
{
    uint8_t *decoded = malloc(p->size);
    svac2_error error;
    svac2_info info;
    require(svac2_read_info(file, size, &info, &error) == SVAC2_OK, error.message, p, made_with);
    for (int i = 0; i < 2; i++) {
        svac2_decode_options options = {.threads = 1 + 2 * i,
                                        .verify = 1,
                                        .cpu_mask = i ? SVAC2_CPU_ALL : 0,
                                        .layer = info.layer_count - 1};
        svac2_status status =
            svac2_decode(file, size, &info, &options, decoded, p->image.stride, &error);
        require(status == SVAC2_OK, error.message, p, made_with);
        require(memcmp(decoded, expected, p->size) == 0, "not what the encoder reconstructed", p,
                made_with);
    }
    free(decoded);
}

/* A layer that is not there, and room for a picture of another size. */
static void check_refusals(const picture *p, const svac2_encode_options *made_with,
                           const uint8_t *file, size_t size)
{
    uint8_t *decoded = malloc(p->size);
    svac2_error error;
    svac2_info info;
    svac2_decode_options options = {.threads = 1};
    require(svac2_read_info(file, size, &info, &error) == SVAC2_OK, error.message, p, made_with);
    options.layer = info.layer_count;
    require(svac2_decode(file, size, &info, &options, decoded, p->image.stride, &error) ==
                SVAC2_ERR_ARGUMENT,
            "a layer that is not there", p, made_with);
    options.layer = 0;
    info.layers[0].width++;
    require(svac2_decode(file, size, &info, &options, decoded, p->image.stride, &error) ==
                SVAC2_ERR_ARGUMENT,
            "a base layer of another size", p, made_with);
    free(decoded);
}

/* Asks to stop after a while. */
static int stop_later(void *user, uint32_t done, uint32_t total)
{
    int *left = user;
    return done > total || (*left)-- == 0;
}

static void check_cancelling(const picture *p, svac2_encode_options options, uint64_t *state)
{
    int left = random_int(state, 0, 8);
    uint8_t *file = NULL;
    size_t size = 0;
    svac2_error error;
    options.progress = stop_later;
    options.progress_user = &left;
    svac2_status status = svac2_encode(&p->image, &options, &file, &size, &error);
    require(status == (left < 0 ? SVAC2_ERR_CANCELLED : SVAC2_OK), "cancelled or not", p, &options);
    svac2_free(file);
}

/* Other threads and features make the same bytes. */
static void check_encoder(const picture *p, svac2_encode_options options, const uint8_t *file,
                          size_t size)
{
    uint8_t *again = NULL;
    size_t again_size = 0;
    svac2_error error;
    options.reconstruction = NULL;
    options.threads = options.threads == 1 ? 2 : 1;
    options.cpu_mask = ~options.cpu_mask;
    svac2_status status = svac2_encode(&p->image, &options, &again, &again_size, &error);
    require(status == SVAC2_OK, error.message, p, &options);
    require(again_size == size && memcmp(again, file, size) == 0, "other bytes", p, &options);
    svac2_free(again);
}

/* The target is given copies of exact size, so that a sanitizer sees any read behind them. */
static void damage(const uint8_t *file, size_t size, uint64_t *state)
{
    for (int i = 0; i < DAMAGES + TRUNCATIONS; i++) {
        size_t kept = i < TRUNCATIONS ? random_bits(state) % (size + 1) : size;
        uint8_t *copy = malloc(kept > 0 ? kept : 1);
        if (copy == NULL) {
            exit(2);
        }
        memcpy(copy, file, kept);
        for (int k = i % 3; k > 0 && kept > 0; k--) {
            copy[random_bits(state) % kept] = (uint8_t)random_bits(state);
        }
        LLVMFuzzerTestOneInput(copy, kept);
        free(copy);
    }
}

static void check_picture(uint64_t *state)
{
    picture p = random_picture(state);
    svac2_encode_options options = random_options(state, &p);
    options.reconstruction = malloc(p.size);
    uint8_t *file = NULL;
    size_t size = 0;
    svac2_error error;
    svac2_status status = svac2_encode(&p.image, &options, &file, &size, &error);
    require(status == SVAC2_OK, error.message, &p, &options);
    check_decoder(&p, &options, file, size, options.reconstruction);
    check_encoder(&p, options, file, size);
    check_refusals(&p, &options, file, size);
    check_cancelling(&p, options, state);
    damage(file, size, state);
    svac2_free(file);
    free(options.reconstruction);
    free(p.pixels);
}

int main(int argc, char **argv)
{
    long count = argc > 1 ? strtol(argv[1], NULL, 10) : 1;
    uint64_t state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    for (long i = 0; i < count; i++) {
        check_picture(&state);
    }
    printf("%ld pictures\n", count);
    return 0;
}
