/* What the kernels of linear prediction share. */
#ifndef SVAC2_DSP_LINEAR_H
#define SVAC2_DSP_LINEAR_H

#include <stdint.h>

/* By what the pivot's row is to be subtracted, in 1 / 2^24. */
static inline int32_t sv_elimination_factor(int32_t element, int64_t inverse)
{
    const int64_t most = (int64_t)1 << 30;
    const int64_t factor = element * (inverse >> 6) >> 24;
    return (int32_t)(factor > most ? most : factor < -most ? -most : factor);
}

/* A filter that predicts a sample from others of another plane: these less their mean, then the
 * square of the one at its place, and a constant. */
enum {
    SV_CONVOLUTION_CROSS = 5, /* there, above, below, on the left, on the right */
    SV_CONVOLUTION_SQUARE = SV_CONVOLUTION_CROSS,
    SV_CONVOLUTION_ONE,
    SV_CONVOLUTION_INPUTS,
    SV_CONVOLUTION_BITS = 12,   /* of a weight of one */
    SV_CONVOLUTION_DEPTH = 10,  /* of samples that squares are for */
    SV_CONVOLUTION_VALUE = 256, /* the constant */
    SV_CONVOLUTION_ENTRIES = 8
};
typedef struct sv_convolution {
    int16_t weights[SV_CONVOLUTION_ENTRIES]; /* the sum of their sizes is 2^16 at most */
    int mean, target_mean;
    int extra; /* bits of samples beyond SV_CONVOLUTION_DEPTH */
} sv_convolution;

static inline int32_t sv_convolution_square(int32_t value)
{
    return value * value >> SV_CONVOLUTION_DEPTH;
}

#endif
