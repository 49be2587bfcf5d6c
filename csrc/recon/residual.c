#include "recon/residual.h"

#include "common/intmath.h"
#include "format/levels.h"
#include "format/limits.h"
#include "format/quantiser.h"

/* Bases are orthonormal in 12 bits, so the two passes together shift by 24 less or plus the
 * coefficient scale. The first pass leaves the largest scale at which 16 bits hold its results:
 * 10-bit residuals grow by sqrt(n) in an n-point transform. */
static int first_shift_forward(int log2_h) { return 7 + ((log2_h + 1) >> 1); }
static int first_shift_inverse(int log2_w, int scale) { return 7 + scale + ((log2_w + 1) >> 1); }

static int horizontal_basis(int tx_set)
{
    static const uint8_t basis[SV_TX_SET_COUNT] = {SV_BASIS_DCT2, SV_BASIS_DST7, SV_BASIS_DCT8,
                                                   SV_BASIS_DST7, SV_BASIS_DCT8};
    return basis[tx_set];
}

static int vertical_basis(int tx_set)
{
    static const uint8_t basis[SV_TX_SET_COUNT] = {SV_BASIS_DCT2, SV_BASIS_DST7, SV_BASIS_DST7,
                                                   SV_BASIS_DCT8, SV_BASIS_DCT8};
    return basis[tx_set];
}

sv_quantiser sv_quantiser_of(int qp, int log2_w, int log2_h)
{
    /* Internal samples have two bits more than those of the picture. */
    int scale = sv_coefficient_scale(log2_w, log2_h);
    return (sv_quantiser){sv_step_at(qp), 8 - scale};
}

void sv_residual_add(const sv_dsp *dsp, const sv_level *levels, int log2_w, int log2_h, int tx_set,
                     int extent_w, int extent_h, sv_quantiser quantiser, uint16_t *dst,
                     ptrdiff_t stride)
{
    enum { AREA = SV_CTU_SIZE * SV_CTU_SIZE };
    int16_t coefs[SV_TX_MAX_COEFS * SV_TX_MAX_COEFS];
    int16_t half[SV_TX_MAX_COEFS * SV_CTU_SIZE];
    int16_t residual[AREA];
    int kept_w = 1 << sv_kept_log2(log2_w), kept_h = 1 << sv_kept_log2(log2_h);
    int width = 1 << log2_w, height = 1 << log2_h;
    int scale = sv_coefficient_scale(log2_w, log2_h);
    int shift = first_shift_inverse(log2_w, scale);
    dsp->dequantize(coefs, levels, extent_h * kept_w, quantiser.factor, quantiser.shift);
    dsp->transform_pass(half, coefs, kept_w, sv_tx_inverse[vertical_basis(tx_set)][log2_h - 2],
                        kept_h, extent_w, extent_h, height, shift);
    dsp->transform_pass(residual, half, height, sv_tx_inverse[horizontal_basis(tx_set)][log2_w - 2],
                        kept_w, height, extent_w, width, 24 + scale - shift);
    dsp->add_clip(dst, stride, residual, width, height, dsp->format.max);
}

void sv_transform_forward(const sv_dsp *dsp, int16_t *coefs, const int16_t *residual, int log2_w,
                          int log2_h, int tx_set)
{
    int16_t half[SV_CTU_SIZE * SV_TX_MAX_COEFS];
    int kept_w = 1 << sv_kept_log2(log2_w), kept_h = 1 << sv_kept_log2(log2_h);
    int width = 1 << log2_w, height = 1 << log2_h;
    int shift = first_shift_forward(log2_h);
    dsp->transform_pass(half, residual, width, sv_tx_forward[vertical_basis(tx_set)][log2_h - 2],
                        height, width, height, kept_h, shift);
    dsp->transform_pass(coefs, half, kept_h, sv_tx_forward[horizontal_basis(tx_set)][log2_w - 2],
                        width, kept_h, width, kept_w,
                        24 - sv_coefficient_scale(log2_w, log2_h) - shift);
}
