#include "enc/parts.h"

#include <string.h>

#include "common/memory.h"
#include "format/sample.h"
#include "image/rows.h"

static void split_row(const uint8_t *pixels, uint8_t *colour, uint8_t *alpha, uint32_t width,
                      size_t colour_size, size_t alpha_size)
{
    for (uint32_t x = 0; x < width; x++) {
        memcpy(colour, pixels, colour_size);
        memcpy(alpha, pixels + colour_size, alpha_size);
        pixels += colour_size + alpha_size;
        colour += colour_size;
        alpha += alpha_size;
    }
}

static svac2_image packed(const svac2_image *image, const uint8_t *samples, uint32_t channels)
{
    svac2_image part = *image;
    part.data = samples;
    part.channels = channels;
    part.stride = (ptrdiff_t)sv_row_size(&part);
    return part;
}

svac2_status sv_parts_split(sv_parts *parts, const svac2_image *image, svac2_error *error)
{
    *parts = (sv_parts){.count = 1, .images = {*image}};
    if (image->channels % 2 != 0) {
        return SVAC2_OK;
    }
    const size_t sample = sv_sample_size((int)image->bit_depth);
    uint64_t pixels = (uint64_t)image->width * image->height, size = pixels * sample;
    uint8_t *samples = sv_alloc((size_t)size, image->channels);
    if (samples == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory to split %ux%u pixels", image->width,
                       image->height);
    }
    const uint32_t colours = image->channels - 1;
    uint8_t *colour = samples, *alpha = samples + size * colours;
    parts->count = SV_PARTS_MAX;
    parts->samples = samples;
    parts->images[SV_PART_COLOUR] = packed(image, colour, colours);
    parts->images[SV_PART_ALPHA] = packed(image, alpha, 1);
    for (uint32_t y = 0; y < image->height; y++) {
        split_row((const uint8_t *)image->data + (ptrdiff_t)y * image->stride, colour, alpha,
                  image->width, colours * sample, sample);
        colour += parts->images[SV_PART_COLOUR].stride;
        alpha += parts->images[SV_PART_ALPHA].stride;
    }
    return SVAC2_OK;
}

void sv_parts_destroy(sv_parts *parts)
{
    sv_free(parts->samples);
    parts->samples = NULL;
}
