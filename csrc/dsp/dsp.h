/* The kernel table: scalar references, upgraded by what the processor has and the mask allows. */
#ifndef SVAC2_DSP_DSP_H
#define SVAC2_DSP_DSP_H

#include <stddef.h>
#include <stdint.h>

#include "format/alf.h"

/* A luma filter of the adaptive loop filter as its kernel takes it: the coefficients of the pairs,
 * that of the centre sample (128 minus twice their sum), the rounding offset 64. */
enum { SV_ALF_LUMA_ENTRIES = SV_ALF_LUMA_PAIRS + 2 };
/* The most that products are gathered of at once. */
enum { SV_ALF_FEATURES_MAX = 25, SV_ALF_BLOCKS_MAX = 16 };

typedef struct sv_dsp {
#define KERNEL(type, name, arguments) type(*name) arguments;
#include "dsp/kernels.def"
#undef KERNEL
} sv_dsp;

#define KERNEL(type, name, arguments)  \
    type sv_##name##_scalar arguments; \
    type sv_##name##_avx2 arguments;
#include "dsp/kernels.def"
#undef KERNEL

/* Fills the table for the features in `cpu` (SVAC2_CPU_* bits, already masked). */
void sv_dsp_init(sv_dsp *dsp, uint32_t cpu);

#endif
