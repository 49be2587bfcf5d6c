#include "image/output.h"

#include <assert.h>

/* A row of pixels on its way. */
typedef struct pixel_row {
    const void *colour;
    const uint16_t *alpha; /* or NULL */
    void *to;
    int colours, width;
} pixel_row;

/* Of 16 bits the sum stays just below 2^32. */
static inline uint32_t compose(uint32_t colour, uint32_t background, uint32_t alpha, uint32_t max)
{
    return (alpha * colour + (max - alpha) * background + max / 2) / max;
}

static inline void put_row(const sv_output *o, const pixel_row *row, bool deep)
{
    const int channels = (int)o->channels, colours = channels < 3 ? 1 : 3;
    const bool keeps_alpha = channels > colours, composes = row->alpha != NULL && !keeps_alpha;
    const int step = row->colours == 1 ? 0 : 1;
    const uint32_t max = (1u << o->image_depth) - 1;
    for (int x = 0; x < row->width; x++) {
        uint32_t alpha = row->alpha != NULL ? row->alpha[x] : max;
        for (int c = 0; c < colours; c++) {
            uint32_t sample =
                sv_sample_at(row->colour, (size_t)(x * row->colours + c * step), deep);
            sample = composes ? compose(sample, o->background[c], alpha, max) : sample;
            sv_put_sample(row->to, (size_t)(x * channels + c), sample, deep);
        }
        if (keeps_alpha) {
            sv_put_sample(row->to, (size_t)(x * channels + colours), alpha, deep);
        }
    }
}

void sv_output_pixels(const sv_output *output, const sv_pixels *pixels)
{
    const sv_plane *alpha = output->alpha;
    const int left = pixels->left, y = pixels->y;
    pixel_row row = {.colour = pixels->colour,
                     .alpha = alpha != NULL ? alpha->data + y * alpha->stride + left : NULL,
                     .to = sv_output_at(output, left, y),
                     .colours = pixels->colours,
                     .width = pixels->width};
    assert(pixels->colours == 1 || output->channels >= 3);
    if (sv_is_deep(output->image_depth)) {
        put_row(output, &row, true);
    } else {
        put_row(output, &row, false);
    }
}
