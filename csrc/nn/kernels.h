/* The engine's kernel table: scalar references, upgraded by what the processor has and the mask
 * allows. */
#ifndef SVAC2_NN_KERNELS_H
#define SVAC2_NN_KERNELS_H

#include "nn/model.h"

enum { SV_NN_COLUMNS = 16 }; /* that the widest kernels compute at once */

typedef struct sv_nn_shape {
    int rows;   /* lines of inputs: rows of the kernel times groups */
    int taps;   /* words of each that an output needs */
    int step;   /* from one of them to the next: 1, or 2 of planes */
    int offset; /* of the first tap, to the left */
    int outputs;
} sv_nn_shape;

typedef struct sv_nn_kernels {
#define KERNEL(type, name, arguments) type(*name) arguments;
#include "nn/kernels.def"
#undef KERNEL
} sv_nn_kernels;

#define KERNEL(type, name, arguments)     \
    type sv_nn_##name##_scalar arguments; \
    type sv_nn_##name##_avx2 arguments;   \
    type sv_nn_##name##_avx512 arguments;
#include "nn/kernels.def"
#undef KERNEL

/* The table for the features in `cpu` (SVAC2_CPU_* bits, already masked). */
const sv_nn_kernels *sv_nn_kernels_for(uint32_t cpu);

/* Outputs of the chunk that starts at output `first`. */
static inline int sv_nn_chunk(int outputs, int first)
{
    return outputs - first < SV_NN_CHUNK ? outputs - first : SV_NN_CHUNK;
}

#endif
