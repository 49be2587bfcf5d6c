/* Dequantisation and inverse transform; the forward transform stands beside it, since both share
 * scales and bases. */
#ifndef SVAC2_RECON_RESIDUAL_H
#define SVAC2_RECON_RESIDUAL_H

#include "dsp/dsp.h"
#include "format/limits.h"
#include "format/modes.h"

/* Scale of the coefficients of a block: 2^sv_coefficient_scale times orthonormal, -1..3, the
 * largest at which 10-bit residuals fit 16-bit coefficients. */
static inline int sv_coefficient_scale(int log2_w, int log2_h)
{
    return 5 - ((log2_w + log2_h + 1) >> 1);
}

/* Quantiser as dequantisation sees it: coefficient = level * factor / 2^shift, rounded. */
typedef struct sv_quantiser {
    int factor, shift;
} sv_quantiser;

sv_quantiser sv_quantiser_of(int qp, int log2_w, int log2_h);

/* levels: kept rectangle, row-major. Adds the residual to dst, which holds the prediction. */
void sv_residual_add(const sv_dsp *dsp, const sv_level *levels, int log2_w, int log2_h, int tx_set,
                     int extent_w, int extent_h, sv_quantiser quantiser, uint16_t *dst,
                     ptrdiff_t stride);

/* residual: packed. coefs: kept rectangle, row-major. */
void sv_transform_forward(const sv_dsp *dsp, int16_t *coefs, const int16_t *residual, int log2_w,
                          int log2_h, int tx_set);

#endif
