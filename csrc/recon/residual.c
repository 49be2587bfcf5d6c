#include "recon/residual.h"

#include <assert.h>
#include <string.h>

#include "format/levels.h"
#include "format/quantiser.h"

sv_quantiser sv_quantiser_of(sv_format format, sv_quantisation quantisation, int qp, int log2_w,
                             int log2_h)
{
    bool halved = quantisation == SV_QUANTISATION_DEPENDENT;
    int index = qp - sv_qp_min(format.image_depth) + (halved ? SV_DEPENDENT_QP : 0);
    int scale = sv_coefficient_scale(format, log2_w, log2_h);
    return (sv_quantiser){sv_step_at(index), SV_STEP_BITS - sv_lift(format) - scale + halved};
}

/* A block on its way through both passes of a transform; they stand here twice, for 16 and for 32
 * bits. Bases are orthonormal in BASIS_BITS, so the passes together shift by twice as many less or
 * plus the coefficient scale. */
enum { BASIS_BITS = 12, AREA = SV_CTU_SIZE * SV_CTU_SIZE };
typedef struct shape {
    int log2_w, log2_h, width, height, kept_w, kept_h;
    int extent_w, extent_h; /* all levels lie there */
    const int16_t *horizontal, *vertical;
    sv_secondary secondary; /* its kernel is NULL where there is none */
} shape;

/* In place: returned by value it would be copied while its parts are still being stored. */
static void set_shape(shape *s, const int16_t *const (*bases)[5], const sv_cu *cu)
{
    s->log2_w = cu->log2_w;
    s->log2_h = cu->log2_h;
    s->width = 1 << cu->log2_w;
    s->height = 1 << cu->log2_h;
    s->kept_w = 1 << sv_kept_log2(cu->log2_w);
    s->kept_h = 1 << sv_kept_log2(cu->log2_h);
    s->horizontal = bases[sv_horizontal_basis(cu->tx)][cu->log2_w - 2];
    s->vertical = bases[sv_vertical_basis(cu->tx)][cu->log2_h - 2];
    s->secondary.kernel = NULL;
    if (cu->tx >= SV_TX_SECONDARY) {
        s->secondary = sv_secondary_of(cu->mode, cu->log2_w, cu->log2_h, cu->tx - SV_TX_SECONDARY);
    }
}

/* The inverse of a secondary transform fills its corner. */
static void extend_to_corner(shape *s)
{
    const sv_secondary *secondary = &s->secondary;
    s->extent_w = secondary->transposed ? secondary->height : secondary->width;
    s->extent_h = secondary->transposed ? secondary->width : secondary->height;
}

/* The first pass leaves the largest scale at which 16 bits hold its results: 10-bit residuals grow
 * by sqrt(n) in an n-point transform. */
static void inverse_narrow(const sv_dsp *dsp, const sv_level *levels, shape *s,
                           sv_quantiser quantiser, int16_t *residual)
{
    int16_t coefs[SV_TX_MAX_COEFS * SV_TX_MAX_COEFS], half[SV_TX_HALF_MAX];
    int scale = sv_coefficient_scale(dsp->format, s->log2_w, s->log2_h);
    int shift = 7 + scale + ((s->log2_w + 1) >> 1);
    dsp->dequantize(coefs, levels, s->extent_h * s->kept_w, quantiser.factor, quantiser.shift);
    if (s->secondary.kernel != NULL) {
        dsp->secondary_inverse(coefs, s->kept_w, &s->secondary);
        extend_to_corner(s);
    }
    dsp->transform_pass(half, coefs, s->kept_w, s->vertical, s->kept_h, s->extent_w, s->extent_h,
                        s->height, shift);
    dsp->transform_pass(residual, half, s->height, s->horizontal, s->kept_w, s->height, s->extent_w,
                        s->width, 2 * BASIS_BITS + scale - shift);
}

static void inverse_wide(const sv_dsp *dsp, const sv_level *levels, shape *s,
                         sv_quantiser quantiser, int32_t *residual)
{
    int32_t coefs[SV_TX_MAX_COEFS * SV_TX_MAX_COEFS], half[SV_TX_HALF_MAX];
    dsp->dequantize_wide(coefs, levels, s->extent_h * s->kept_w, quantiser.factor, quantiser.shift);
    if (s->secondary.kernel != NULL) {
        dsp->secondary_inverse_wide(coefs, s->kept_w, &s->secondary);
        extend_to_corner(s);
    }
    dsp->transform_pass_wide(half, coefs, s->kept_w, s->vertical, s->kept_h, s->extent_w,
                             s->extent_h, s->height, BASIS_BITS);
    dsp->transform_pass_wide(residual, half, s->height, s->horizontal, s->kept_w, s->height,
                             s->extent_w, s->width, BASIS_BITS + SV_WIDE_SCALE);
}

void sv_residual_of_levels(const sv_dsp *dsp, sv_block_residual *residual, const sv_level *levels,
                           const sv_cu *cu, int plane, sv_quantiser quantiser)
{
    shape s;
    set_shape(&s, sv_tx_inverse, cu);
    s.extent_w = cu->extent_w[plane];
    s.extent_h = cu->extent_h[plane];
    if (sv_is_wide(dsp->format)) {
        inverse_wide(dsp, levels, &s, quantiser, residual->wide);
    } else {
        inverse_narrow(dsp, levels, &s, quantiser, residual->narrow);
    }
}

void sv_residual_add(const sv_dsp *dsp, const sv_block_residual *residual, const sv_cu *cu,
                     uint16_t *dst, ptrdiff_t stride)
{
    const int width = 1 << cu->log2_w, height = 1 << cu->log2_h, max = dsp->format.max;
    if (sv_is_wide(dsp->format)) {
        dsp->add_clip_wide(dst, stride, residual->wide, width, height, max);
    } else {
        dsp->add_clip(dst, stride, residual->narrow, width, height, max);
    }
}

void sv_residual_scale(const sv_dsp *dsp, sv_block_residual *residual, int factor, const sv_cu *cu)
{
    const int count = 1 << (cu->log2_w + cu->log2_h);
    if (sv_is_wide(dsp->format)) {
        dsp->scale_residual_wide(residual->wide, count, factor);
    } else {
        dsp->scale_residual(residual->narrow, count, factor);
    }
}

void sv_block_residual_of(const sv_dsp *dsp, sv_block_residual *residual, const uint16_t *original,
                          ptrdiff_t stride, const uint16_t *prediction, const sv_cu *cu)
{
    const int width = 1 << cu->log2_w, height = 1 << cu->log2_h;
    if (sv_is_wide(dsp->format)) {
        dsp->subtract_wide(residual->wide, original, stride, prediction, width, width, height);
    } else {
        dsp->subtract(residual->narrow, original, stride, prediction, width, width, height);
    }
}

static void columns_wide(const sv_dsp *dsp, int32_t *half, const int32_t *residual, const shape *s,
                         int shift)
{
    dsp->transform_pass_wide(half, residual, s->width, s->vertical, s->height, s->width, s->height,
                             s->kept_h, shift);
}

static void rows_wide(const sv_dsp *dsp, int32_t *coefs, const int32_t *half, const shape *s)
{
    dsp->transform_pass_wide(coefs, half, s->kept_h, s->horizontal, s->width, s->kept_h, s->width,
                             s->kept_w, BASIS_BITS);
}

/* Of the first pass of coefficients of 16 bits. */
static int columns_shift(const shape *s) { return 7 + ((s->log2_h + 1) >> 1); }

void sv_transform_columns(const sv_dsp *dsp, sv_half_coefs *half, const sv_block_residual *residual,
                          const sv_cu *cu)
{
    shape s;
    set_shape(&s, sv_tx_forward, cu);
    if (sv_is_wide(dsp->format)) {
        columns_wide(dsp, half->wide, residual->wide, &s, BASIS_BITS - SV_WIDE_SCALE);
    } else {
        dsp->transform_pass(half->narrow, residual->narrow, s.width, s.vertical, s.height, s.width,
                            s.height, s.kept_h, columns_shift(&s));
    }
}

void sv_transform_rows(const sv_dsp *dsp, sv_coefs *coefs, const sv_half_coefs *half,
                       const sv_cu *cu)
{
    shape s;
    set_shape(&s, sv_tx_forward, cu);
    if (sv_is_wide(dsp->format)) {
        rows_wide(dsp, coefs->wide, half->wide, &s);
    } else {
        const int scale = sv_coefficient_scale(dsp->format, s.log2_w, s.log2_h);
        dsp->transform_pass(coefs->narrow, half->narrow, s.kept_h, s.horizontal, s.width, s.kept_h,
                            s.width, s.kept_w, 2 * BASIS_BITS - scale - columns_shift(&s));
    }
}

void sv_transform_secondary(const sv_dsp *dsp, sv_coefs *kept, const sv_coefs *coefs,
                            const sv_cu *cu)
{
    const int stride = 1 << sv_kept_log2(cu->log2_w);
    const sv_secondary secondary =
        sv_secondary_of(cu->mode, cu->log2_w, cu->log2_h, cu->tx - SV_TX_SECONDARY);
    if (sv_is_wide(dsp->format)) {
        dsp->secondary_forward_wide(kept->wide, coefs->wide, stride, &secondary);
    } else {
        dsp->secondary_forward(kept->narrow, coefs->narrow, stride, &secondary);
    }
}

/* All that is left of the coefficients is what a secondary transform keeps. */
static void keep_secondary(const sv_dsp *dsp, sv_coefs *coefs, const sv_cu *cu)
{
    const int stride = 1 << sv_kept_log2(cu->log2_w);
    const size_t count = sv_level_area(cu->log2_w, cu->log2_h);
    const bool wide = sv_is_wide(dsp->format);
    sv_coefs kept;
    sv_transform_secondary(dsp, &kept, coefs, cu);
    memset(coefs, 0, count * (wide ? sizeof *coefs->wide : sizeof *coefs->narrow));
    for (int k = 0; k < SV_SECONDARY_KEPT; k++) {
        const int place = sv_secondary_place(k, stride);
        if (wide) {
            coefs->wide[place] = kept.wide[k];
        } else {
            coefs->narrow[place] = kept.narrow[k];
        }
    }
}

void sv_transform_forward(const sv_dsp *dsp, sv_coefs *coefs, const sv_block_residual *residual,
                          const sv_cu *cu)
{
    sv_half_coefs half;
    sv_transform_columns(dsp, &half, residual, cu);
    sv_transform_rows(dsp, coefs, &half, cu);
    if (cu->tx >= SV_TX_SECONDARY) {
        keep_secondary(dsp, coefs, cu);
    }
}

void sv_transform_correct(const sv_dsp *dsp, int32_t *coefs, const int32_t *residual,
                          const sv_cu *cu)
{
    assert(cu->tx < SV_TX_SECONDARY);
    int32_t half[SV_TX_HALF_MAX], left[AREA], more[SV_TX_MAX_COEFS * SV_TX_MAX_COEFS];
    shape forward;
    set_shape(&forward, sv_tx_forward, cu);
    shape s;
    set_shape(&s, sv_tx_inverse, cu);
    dsp->transform_pass_wide(half, coefs, s.kept_w, s.vertical, s.kept_h, s.kept_w, s.kept_h,
                             s.height, BASIS_BITS);
    dsp->transform_pass_wide(left, half, s.height, s.horizontal, s.kept_w, s.height, s.kept_w,
                             s.width, BASIS_BITS);
    for (int i = 0; i < s.width * s.height; i++) {
        left[i] = residual[i] * (1 << SV_WIDE_SCALE) - left[i];
    }
    columns_wide(dsp, half, left, &forward, BASIS_BITS);
    rows_wide(dsp, more, half, &forward);
    for (int i = 0; i < s.kept_w * s.kept_h; i++) {
        coefs[i] += more[i];
    }
}
