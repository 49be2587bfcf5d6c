/* Scalar references: residuals and coefficients of 32 bits, those of deep samples. */
#include "dsp/wide.h"

#define NAME(kernel) sv_##kernel##_wide_scalar
#include "dsp/residual_kernels.inc"
