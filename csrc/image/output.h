/* Where an image goes: its rows, in the channels that are wanted. */
#ifndef SVAC2_IMAGE_OUTPUT_H
#define SVAC2_IMAGE_OUTPUT_H

#include <stdbool.h>

#include "image/picture.h"
#include "image/rows.h"

typedef struct sv_output {
    void *pixels;
    ptrdiff_t stride; /* in bytes */
    uint32_t channels;
    int image_depth;
    const sv_plane *alpha;  /* of the picture, in samples of the image; NULL: it is opaque */
    uint16_t background[3]; /* that it is composed over where alpha is not wanted */
} sv_output;

/* Packed rows of the image's kind. */
static inline sv_output sv_output_packed(const svac2_image *image, void *pixels)
{
    return (sv_output){.pixels = pixels,
                       .stride = (ptrdiff_t)sv_row_size(image),
                       .channels = image->channels,
                       .image_depth = (int)image->bit_depth};
}

/* Whether rows of so many channels (1 or 3) are the output's as they are. */
static inline bool sv_output_is_direct(const sv_output *output, int colours)
{
    return output->alpha == NULL && (int)output->channels == colours;
}

static inline void *sv_output_at(const sv_output *output, int x, int y)
{
    ptrdiff_t pixel = (ptrdiff_t)(output->channels * sv_sample_size(output->image_depth));
    return (uint8_t *)output->pixels + y * output->stride + x * pixel;
}

/* Pixels of a row, from column `left` on. */
typedef struct sv_pixels {
    int left, y, width;
    const void *colour; /* packed, of so many channels */
    int colours;
} sv_pixels;

/* Puts them: grey becomes R = G = B where there are 3 or 4 channels, an opaque picture gets the
 * largest alpha, and without alpha the picture is composed. */
void sv_output_pixels(const sv_output *output, const sv_pixels *pixels);

#endif
