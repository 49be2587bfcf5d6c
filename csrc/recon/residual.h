/* Dequantisation and inverse transform; the forward transform stands beside it, since both share
 * scales and bases. */
#ifndef SVAC2_RECON_RESIDUAL_H
#define SVAC2_RECON_RESIDUAL_H

#include "dsp/dsp.h"
#include "format/limits.h"
#include "format/modes.h"
#include "format/quantiser.h"

/* Those of a block that are kept, row by row. */
typedef union sv_coefs {
    int16_t narrow[SV_TX_MAX_COEFS * SV_TX_MAX_COEFS];
    int32_t wide[SV_TX_MAX_COEFS * SV_TX_MAX_COEFS]; /* of wide formats (format/sample.h) */
} sv_coefs;

static inline int32_t sv_coef_at(const sv_coefs *coefs, sv_format format, int index)
{
    return sv_is_wide(format) ? coefs->wide[index] : coefs->narrow[index];
}

/* Scale of the coefficients of a block: they are 2^sv_coefficient_scale times orthonormal. Narrow
 * ones have the largest scale, -1..3, at which 16 bits hold what comes of 10-bit residuals. */
enum { SV_WIDE_SCALE = 5 };
static inline int sv_coefficient_scale(sv_format format, int log2_w, int log2_h)
{
    return sv_is_wide(format) ? SV_WIDE_SCALE : 5 - ((log2_w + log2_h + 1) >> 1);
}

/* Quantiser as dequantisation sees it: coefficient = level * factor / 2^shift, rounded. */
typedef struct sv_quantiser {
    int factor, shift;
} sv_quantiser;

sv_quantiser sv_quantiser_of(sv_format format, sv_quantisation quantisation, int qp, int log2_w,
                             int log2_h);

/* What a prediction, which is packed, leaves of a block. */
typedef union sv_block_residual {
    int16_t narrow[SV_CTU_SIZE * SV_CTU_SIZE];
    int32_t wide[SV_CTU_SIZE * SV_CTU_SIZE];
} sv_block_residual;

void sv_block_residual_of(const sv_dsp *dsp, sv_block_residual *residual, const uint16_t *original,
                          ptrdiff_t stride, const uint16_t *prediction, const sv_cu *cu);

/* That of levels: the kept rectangle of a plane of the block, row-major. */
void sv_residual_of_levels(const sv_dsp *dsp, sv_block_residual *residual, const sv_level *levels,
                           const sv_cu *cu, int plane, sv_quantiser quantiser);

/* Adds it to dst, which holds the prediction. */
void sv_residual_add(const sv_dsp *dsp, const sv_block_residual *residual, const sv_cu *cu,
                     uint16_t *dst, ptrdiff_t stride);

/* Times factor / 2^SV_CROSS_UNIT_LOG2 (format/cross.h). */
void sv_residual_scale(const sv_dsp *dsp, sv_block_residual *residual, int factor, const sv_cu *cu);

/* Between both passes of a transform: the columns are transformed, by the vertical basis of a set.
 */
enum { SV_TX_HALF_MAX = SV_TX_MAX_COEFS * SV_CTU_SIZE };
typedef union sv_half_coefs {
    int16_t narrow[SV_TX_HALF_MAX];
    int32_t wide[SV_TX_HALF_MAX];
} sv_half_coefs;

/* The passes of a set of two bases; those that share the vertical one share the first. */
void sv_transform_columns(const sv_dsp *dsp, sv_half_coefs *half, const sv_block_residual *residual,
                          const sv_cu *cu);
void sv_transform_rows(const sv_dsp *dsp, sv_coefs *coefs, const sv_half_coefs *half,
                       const sv_cu *cu);

/* Its coefficients by the transform set in *cu. */
void sv_transform_forward(const sv_dsp *dsp, sv_coefs *coefs, const sv_block_residual *residual,
                          const sv_cu *cu);

/* Those of DCT-2 alone become the SV_SECONDARY_KEPT ones of the secondary transform in *cu. */
void sv_transform_secondary(const sv_dsp *dsp, sv_coefs *kept, const sv_coefs *coefs,
                            const sv_cu *cu);

/* Bases are orthonormal to 12 bits only, which is seen where steps are finer than those of 8-bit
 * pictures: adds to wide coefficients, without a secondary transform, those of what the inverse
 * transform would leave of the residual. */
void sv_transform_correct(const sv_dsp *dsp, int32_t *coefs, const int32_t *residual,
                          const sv_cu *cu);

#endif
