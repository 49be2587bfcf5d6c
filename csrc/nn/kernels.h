/* The engine's kernel table: scalar references, upgraded by what the processor has and the mask
 * allows. */
#ifndef SVAC2_NN_KERNELS_H
#define SVAC2_NN_KERNELS_H

#include "nn/pack.h"

enum { SV_NN_COLUMNS = 16 }; /* that the widest kernels compute at once */

#define KERNEL(type, name, arguments)             \
    typedef type sv_nn_##name##_kernel arguments; \
    sv_nn_##name##_kernel sv_nn_##name##_scalar;
#include "nn/kernels.def"
#undef KERNEL

#define KERNEL(name) sv_nn_##name##_kernel sv_nn_##name##_avx2;
#include "nn/x86/avx2.def"
#undef KERNEL
#define KERNEL(name) sv_nn_##name##_kernel sv_nn_##name##_avx512;
#include "nn/x86/avx512.def"
#undef KERNEL

typedef struct sv_nn_kernels {
#define KERNEL(type, name, arguments) sv_nn_##name##_kernel *name;
#include "nn/kernels.def"
#undef KERNEL
} sv_nn_kernels;

/* Fills the table for the features in `cpu` (SVAC2_CPU_* bits, already masked). A set of kernels
 * may have some only: it replaces single pointers. */
void sv_nn_kernels_init(sv_nn_kernels *kernels, uint32_t cpu);

#endif
