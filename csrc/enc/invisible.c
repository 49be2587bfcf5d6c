/* Push and pull: a pyramid of means of the visible pixels goes up, and what is missing comes down
 * from it, interpolated (after Gortler et al., "The Lumigraph", SIGGRAPH 1996, section 3.2.1). */
#include "enc/invisible.h"

#include <string.h>

#include "common/intmath.h"
#include "common/memory.h"
#include "image/rows.h"

enum { LEVELS_MAX = 17 }; /* down to a single pixel */

/* A channel at 1 / 2^n of the size. */
typedef struct level {
    int width, height;
    uint16_t *samples;
    uint8_t *known; /* 1 where a pixel below is visible */
} level;

typedef struct pyramid {
    level levels[LEVELS_MAX];
    int count;
    uint16_t *samples;
    uint8_t *known;
} pyramid;

static svac2_status create(pyramid *p, const svac2_image *image, svac2_error *error)
{
    size_t starts[LEVELS_MAX], size = 0;
    int width = (int)image->width, height = (int)image->height;
    for (p->count = 0; p->count == 0 || width > 1 || height > 1; p->count++) {
        if (p->count > 0) {
            width = (width + 1) / 2;
            height = (height + 1) / 2;
        }
        p->levels[p->count] = (level){.width = width, .height = height};
        starts[p->count] = size;
        size += (size_t)width * (size_t)height;
    }
    p->samples = sv_alloc(size, sizeof *p->samples);
    p->known = sv_alloc(size, sizeof *p->known);
    if (p->samples == NULL || p->known == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory to fill %ux%u pixels", image->width,
                       image->height);
    }
    for (int i = 0; i < p->count; i++) {
        p->levels[i].samples = p->samples + starts[i];
        p->levels[i].known = p->known + starts[i];
    }
    return SVAC2_OK;
}

static void destroy(pyramid *p)
{
    sv_free(p->samples);
    sv_free(p->known);
}

/* The mean of what is known of the four below. */
static void push(const level *fine, level *coarse)
{
    for (int y = 0; y < coarse->height; y++) {
        for (int x = 0; x < coarse->width; x++) {
            uint32_t sum = 0, count = 0;
            for (int k = 0; k < 4; k++) {
                const int fx = 2 * x + (k & 1), fy = 2 * y + (k >> 1);
                const ptrdiff_t at = (ptrdiff_t)fy * fine->width + fx;
                if (fx < fine->width && fy < fine->height && fine->known[at]) {
                    sum += fine->samples[at];
                    count++;
                }
            }
            const ptrdiff_t to = (ptrdiff_t)y * coarse->width + x;
            coarse->known[to] = count > 0;
            coarse->samples[to] = count > 0 ? (uint16_t)((sum + count / 2) / count) : 0;
        }
    }
}

/* Weights of 3/4 and 1/4 in both directions. */
static void pull(level *fine, const level *coarse)
{
    for (int y = 0; y < fine->height; y++) {
        const int beside_y = sv_clip((y >> 1) + (y & 1 ? 1 : -1), 0, coarse->height - 1);
        const uint16_t *near = coarse->samples + (ptrdiff_t)(y >> 1) * coarse->width;
        const uint16_t *beside = coarse->samples + (ptrdiff_t)beside_y * coarse->width;
        uint16_t *to = fine->samples + (ptrdiff_t)y * fine->width;
        const uint8_t *known = fine->known + (ptrdiff_t)y * fine->width;
        for (int x = 0; x < fine->width; x++) {
            if (!known[x]) {
                int cx = x >> 1, bx = sv_clip(cx + (x & 1 ? 1 : -1), 0, coarse->width - 1);
                int sum = 3 * (3 * near[cx] + near[bx]) + 3 * beside[cx] + beside[bx];
                to[x] = (uint16_t)((sum + 8) >> 4);
            }
        }
    }
}

/* Fills a channel, in a pyramid whose first level says what is known. */
static void fill_channel(pyramid *p, const svac2_image *image, void *pixels, uint32_t channel)
{
    const level *whole = &p->levels[0];
    const size_t count = (size_t)whole->width * (size_t)whole->height;
    const bool deep = sv_is_deep((int)image->bit_depth);
    for (size_t i = 0; i < count; i++) {
        whole->samples[i] = sv_sample_at(pixels, i * image->channels + channel, deep);
    }
    for (int i = 1; i < p->count; i++) {
        push(&p->levels[i - 1], &p->levels[i]);
    }
    for (int i = p->count - 1; i > 0; i--) {
        pull(&p->levels[i - 1], &p->levels[i]);
    }
    for (size_t i = 0; i < count; i++) {
        sv_put_sample(pixels, i * image->channels + channel, whole->samples[i], deep);
    }
}

/* Says what is visible; whether that is not all. */
static bool find_visible(level *whole, const svac2_image *alpha)
{
    const size_t count = (size_t)whole->width * (size_t)whole->height;
    const bool deep = sv_is_deep((int)alpha->bit_depth);
    bool all = true;
    for (size_t i = 0; i < count; i++) {
        whole->known[i] = sv_sample_at(alpha->data, i, deep) > 0;
        all &= whole->known[i];
    }
    return !all;
}

svac2_status sv_fill_invisible(sv_parts *parts, svac2_error *error)
{
    const svac2_image *colour = &parts->images[SV_PART_COLOUR];
    pyramid p = {.count = 0};
    svac2_status status = create(&p, colour, error);
    if (status == SVAC2_OK && find_visible(&p.levels[0], &parts->images[SV_PART_ALPHA])) {
        for (uint32_t channel = 0; channel < colour->channels; channel++) {
            fill_channel(&p, colour, parts->samples, channel);
        }
    }
    destroy(&p);
    return status;
}

/* repeats: else black. */
static void fill_runs(sv_parts *parts, bool repeats)
{
    const svac2_image *colour = &parts->images[SV_PART_COLOUR];
    const svac2_image *alpha = &parts->images[SV_PART_ALPHA];
    const bool deep = sv_is_deep((int)alpha->bit_depth);
    const size_t pixel = colour->channels * sv_sample_size((int)colour->bit_depth);
    static const uint16_t black[SV_PLANES_MAX];
    uint8_t *to = parts->samples;
    for (size_t y = 0, i = 0; y < colour->height; y++) {
        const void *before = y > 0 ? (const void *)(to - colour->stride) : black;
        for (uint32_t x = 0; x < colour->width; x++, i++, to += pixel) {
            if (sv_sample_at(alpha->data, i, deep) == 0) {
                memcpy(to, repeats ? before : black, pixel);
            }
            before = to;
        }
    }
}

void sv_repeat_visible(sv_parts *parts) { fill_runs(parts, true); }

void sv_blacken_invisible(sv_parts *parts) { fill_runs(parts, false); }
