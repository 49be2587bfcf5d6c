/* Holds the up-scaler against docs/bitstream.md 9.8 and 13.1, written down once more. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/cpu.h"
#include "drawing.h"
#include "format/limits.h"
#include "image/scale.h"

static void require(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "%s\n", what);
        exit(1);
    }
}

/* One line of twice the length; shift: of the pass; most: the largest sample, 0: not clipped. */
static void double_line(const int *from, int count, int step, int *to, int to_step, int shift,
                        int most)
{
    static const int taps[4] = {-4, 17, 59, -8};
    for (int i = 0; i < 2 * count; i++) {
        int sum = 1 << (shift - 1);
        for (int t = 0; t < 4; t++) {
            int at = i / 2 + (i % 2 ? 2 - t : t - 2);
            at = at < 0 ? 0 : at >= count ? count - 1 : at;
            sum += taps[t] * from[at * step];
        }
        sum >>= shift;
        to[i * to_step] = most == 0 ? sum : sum < 0 ? 0 : sum > most ? most : sum;
    }
}

/* Twice the size, cut to width x height: packed samples. */
static int *double_plane(const int *from, int from_width, int from_height, int width, int height,
                         int depth)
{
    const int fraction = 14 - depth;
    int *tall = malloc(sizeof *tall * 2 * (size_t)from_width * (size_t)from_height);
    int *wide = malloc(sizeof *wide * 4 * (size_t)from_width * (size_t)from_height);
    int *cut = malloc(sizeof *cut * (size_t)width * (size_t)height);
    require(tall != NULL && wide != NULL && cut != NULL, "no memory");
    for (int x = 0; x < from_width; x++) {
        double_line(from + x, from_height, from_width, tall + x, from_width, 6 - fraction, 0);
    }
    for (int y = 0; y < 2 * from_height; y++) {
        double_line(tall + y * from_width, from_width, 1, wide + y * 2 * from_width, 1,
                    6 + fraction, (1 << depth) - 1);
    }
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            cut[y * width + x] = wide[y * 2 * from_width + x];
        }
    }
    free(tall);
    free(wide);
    return cut;
}

static int coded(int size, int scale, int shift)
{
    int scaled = (size + (1 << scale) - 1) >> scale;
    return ((scaled + 7) / 8 * 8) >> shift;
}

static void check_plane(const sv_plane *from, const sv_plane *to, int width, int height, int scale,
                        const sv_component *component, int depth)
{
    int at_width = from->width, at_height = from->height;
    int *samples = malloc(sizeof *samples * (size_t)at_width * (size_t)at_height);
    require(samples != NULL, "no memory");
    for (int i = 0; i < at_width * at_height; i++) {
        samples[i] = from->data[i / at_width * from->stride + i % at_width];
    }
    for (int step = scale - 1; step >= 0; step--) {
        int next_width = coded(width, step, component->shift_x);
        int next_height = coded(height, step, component->shift_y);
        int *next = double_plane(samples, at_width, at_height, next_width, next_height, depth);
        free(samples);
        samples = next;
        at_width = next_width;
        at_height = next_height;
    }
    require(to->width == at_width && to->height == at_height, "another size");
    for (int i = 0; i < at_width * at_height; i++) {
        require(to->data[i / at_width * to->stride + i % at_width] == samples[i], "other samples");
    }
    free(samples);
}

static void check_picture(uint64_t *state)
{
    int width = random_int(state, 1, 90), height = random_int(state, 1, 90);
    int scale = random_int(state, 1, SV_SCALE_MAX);
    sv_picture from, to;
    sv_dsp dsp;
    svac2_error error;
    sv_format format = sv_format_of(8 + 2 * random_int(state, 0, 4));
    sv_dsp_init(&dsp, format, random_int(state, 0, 1) ? sv_cpu_detect() : 0);
    require(sv_picture_create(&from, coded(width, scale, 0), coded(height, scale, 0),
                              sv_components_of((svac2_subsampling)random_int(
                                  state, SVAC2_SUBSAMPLING_400, SVAC2_SUBSAMPLING_444)),
                              &error) == SVAC2_OK,
            "no memory");
    for (int p = 0; p < from.components.plane_count; p++) {
        const sv_plane *plane = &from.planes[p];
        for (int y = 0; y < plane->height; y++) {
            for (int x = 0; x < plane->width; x++) {
                int sample = random_int(state, 0, 3) ? random_int(state, 0, 1) * format.max
                                                     : random_int(state, 0, format.max);
                plane->data[y * plane->stride + x] = (uint16_t)sample;
            }
        }
    }
    sv_env env;
    sv_env_init(&env, random_int(state, 1, 3), 0, NULL, NULL);
    require(sv_picture_upscale(&to, &from, (uint32_t)width, (uint32_t)height, scale, &dsp, &env,
                               &error) == SVAC2_OK,
            "no memory");
    for (int p = 0; p < from.components.plane_count; p++) {
        check_plane(&from.planes[p], &to.planes[p], width, height, scale,
                    sv_component_at(&from.components, p), format.depth);
    }
    sv_picture_destroy(&from);
    sv_picture_destroy(&to);
}

int main(void)
{
    enum { PICTURES = 300 };
    uint64_t state = 1;
    for (int i = 0; i < PICTURES; i++) {
        check_picture(&state);
    }
    printf("%d pictures\n", PICTURES);
    return 0;
}
