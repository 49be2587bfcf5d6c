/* Rows of an image to rows of internal samples, and back. The image's samples have one byte where
 * they have 8 bits, else two. */
#ifndef SVAC2_IMAGE_ROWS_H
#define SVAC2_IMAGE_ROWS_H

#include "dsp/dsp.h"
#include "include/svac2.h"

/* Bytes of a packed row of the image. */
static inline size_t sv_row_size(const svac2_image *image)
{
    return (size_t)image->width * image->channels * sv_sample_size((int)image->bit_depth);
}

/* A sample of a row of the image, of one byte or two. */
static inline uint16_t sv_sample_at(const void *row, size_t i, bool deep)
{
    return deep ? ((const uint16_t *)row)[i] : ((const uint8_t *)row)[i];
}
static inline void sv_put_sample(void *row, size_t i, uint32_t sample, bool deep)
{
    if (deep) {
        ((uint16_t *)row)[i] = (uint16_t)sample;
    } else {
        ((uint8_t *)row)[i] = (uint8_t)sample;
    }
}

/* width pixels each. */
void sv_row_from_grey(const sv_dsp *dsp, uint16_t *y, const void *grey, int width);
void sv_row_from_rgb(const sv_dsp *dsp, uint16_t *y, uint16_t *cb, uint16_t *cr, const void *rgb,
                     int width);
void sv_row_to_grey(const sv_dsp *dsp, void *grey, const uint16_t *y, int width);
void sv_row_to_rgb(const sv_dsp *dsp, void *rgb, const uint16_t *y, const uint16_t *cb,
                   const uint16_t *cr, int width);

/* Squared error of two rows of `count` samples of the image. */
uint64_t sv_row_error(const void *a, const void *b, int count, int image_depth);

#endif
