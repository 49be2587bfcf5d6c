/* Scalar references: residuals and coefficients of 32 bits, those of deep samples. */
#include "dsp/wide.h"

#define NAME(kernel) REFERENCE(kernel##_wide)
#include "dsp/residual_kernels.inc"
