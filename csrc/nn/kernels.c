#include "nn/kernels.h"

void sv_nn_kernels_init(sv_nn_kernels *kernels, uint32_t cpu)
{
#define KERNEL(type, name, arguments) kernels->name = sv_nn_##name##_scalar;
#include "nn/kernels.def"
#undef KERNEL
#if defined(SVAC2_HAVE_X86)
    if (cpu & SVAC2_CPU_AVX2) {
#define KERNEL(name) kernels->name = sv_nn_##name##_avx2;
#include "nn/x86/avx2.def"
#undef KERNEL
    }
    if (cpu & SVAC2_CPU_AVX512_VNNI) {
#define KERNEL(name) kernels->name = sv_nn_##name##_avx512;
#include "nn/x86/avx512.def"
#undef KERNEL
    }
#else
    (void)cpu;
#endif
}
