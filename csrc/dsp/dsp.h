/* The kernel table: scalar references, upgraded by what the processor has and the mask allows. */
#ifndef SVAC2_DSP_DSP_H
#define SVAC2_DSP_DSP_H

#include <stddef.h>
#include <stdint.h>

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
