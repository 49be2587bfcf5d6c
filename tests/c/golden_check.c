/* Decodes a file as it is before restoration by a network, and writes what that could read: three
 * planes of 10 bits; of a lossless picture, which is not restored, its pixels.
 *
 *     golden_check FILE OUTPUT
 */
#include <stdio.h>
#include <stdlib.h>

#include "include/svac2.h"

enum { FILE_MAX = 1 << 16 };

static void require(int condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "golden_check: %s\n", what);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    static uint8_t data[FILE_MAX];
    svac2_info info;
    svac2_error error;
    require(argc == 3, "two arguments are expected");
    FILE *in = fopen(argv[1], "rb"), *out = fopen(argv[2], "wb");
    require(in != NULL && out != NULL, "a file cannot be opened");
    size_t size = fread(data, 1, sizeof data, in);
    require(svac2_read_info(data, size, &info, &error) == SVAC2_OK, error.message);
    svac2_decode_options options = {
        .threads = 2, .verify = 1, .cpu_mask = SVAC2_CPU_ALL, .layer = info.layer_count - 1};
    const svac2_layer *layer = &info.layers[options.layer];
    size_t sample = info.bit_depth > 8 ? sizeof(uint16_t) : sizeof(uint8_t);
    size_t row = (size_t)layer->width * info.channels * sample;
    size_t samples = (size_t)layer->width * layer->height * SVAC2_RESTORATION_PLANES;
    uint8_t *pixels = malloc(row * layer->height);
    uint16_t *planes = malloc(samples * sizeof *planes);
    require(pixels != NULL && planes != NULL, "out of memory");
    options.planes = layer->lossless ? NULL : planes;
    require(svac2_decode(data, size, &info, &options, pixels, (ptrdiff_t)row, &error) == SVAC2_OK,
            error.message);
    if (layer->lossless) {
        fwrite(pixels, row, layer->height, out);
    } else {
        fwrite(planes, sizeof *planes, samples, out);
    }
    free(pixels);
    free(planes);
    fclose(in);
    require(fclose(out) == 0, "the output cannot be written");
    return 0;
}
