/* Restores chroma of random planes by random factors, up to the largest of both: any threads and
 * kernels give the same samples, and the sanitizers find nothing.
 *
 *     chroma_check COUNT
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drawing.h"
#include "include/svac2.h"

enum { MAX_SIDE = 200, SAMPLE_MAX = 1023 };

static void require(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "%s\n", what);
        exit(1);
    }
}

/* Blocks, in some pictures of two values alone: slopes and variances as large as there are. */
static void fill(uint16_t *plane, int width, int height, uint64_t *state)
{
    int log2_side = random_int(state, 0, 5), extreme = random_int(state, 0, 1);
    int noise = extreme ? 0 : random_int(state, 0, 60), base = random_int(state, 0, SAMPLE_MAX);
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            int odd = (x >> log2_side ^ y >> log2_side) & 1;
            int value =
                (extreme ? odd * SAMPLE_MAX : base + odd * 100) + random_int(state, 0, noise);
            plane[y * width + x] = (uint16_t)(value > SAMPLE_MAX ? SAMPLE_MAX : value);
        }
    }
}

static void check_picture(uint64_t *state)
{
    int width = random_int(state, 1, MAX_SIDE), height = random_int(state, 1, MAX_SIDE);
    size_t area = (size_t)width * (size_t)height;
    uint16_t *planes = malloc(3 * area * sizeof *planes), *restored[2];
    int8_t factors[2 * SVAC2_CHROMA_FACTORS];
    int bound = random_int(state, 0, 1) ? 127 : 12;
    require(planes != NULL, "no memory");
    for (int p = 0; p < 3; p++) {
        fill(planes + (size_t)p * area, width, height, state);
    }
    for (int i = 0; i < 2 * SVAC2_CHROMA_FACTORS; i++) {
        factors[i] = (int8_t)(bound == 127 && random_int(state, 0, 1)
                                  ? (random_int(state, 0, 1) ? 127 : -128)
                                  : random_int(state, -bound, bound));
    }
    for (int i = 0; i < 2; i++) {
        svac2_error error;
        restored[i] = malloc(2 * area * sizeof *restored[i]);
        require(restored[i] != NULL, "no memory");
        svac2_status status = svac2_restore_chroma(planes, (uint32_t)width, (uint32_t)height,
                                                   factors, i ? random_int(state, 2, 5) : 1,
                                                   i ? SVAC2_CPU_ALL : 0, restored[i], &error);
        require(status == SVAC2_OK, error.message);
    }
    require(memcmp(restored[0], restored[1], 2 * area * sizeof *planes) == 0, "other samples");
    free(planes);
    free(restored[0]);
    free(restored[1]);
}

int main(int argc, char **argv)
{
    require(argc == 2, "usage: chroma_check COUNT");
    int count = atoi(argv[1]);
    uint64_t state = 1;
    for (int i = 0; i < count; i++) {
        check_picture(&state);
    }
    printf("%d pictures\n", count);
    return 0;
}
