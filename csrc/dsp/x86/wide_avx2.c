/* AVX2 variants: the references, which compilers vectorise. */
#include "dsp/wide.h"

#define NAME(kernel) sv_##kernel##_wide_avx2
#include "dsp/residual_kernels.inc"
