#include "nn/kernels.h"

static const sv_nn_kernels scalar_kernels = {
#define KERNEL(type, name, arguments) .name = sv_nn_##name##_scalar,
#include "nn/kernels.def"
#undef KERNEL
};

#if defined(SVAC2_HAVE_X86)
static const sv_nn_kernels avx2_kernels = {
#define KERNEL(type, name, arguments) .name = sv_nn_##name##_avx2,
#include "nn/kernels.def"
#undef KERNEL
};

static const sv_nn_kernels avx512_kernels = {
#define KERNEL(type, name, arguments) .name = sv_nn_##name##_avx512,
#include "nn/kernels.def"
#undef KERNEL
};
#endif

const sv_nn_kernels *sv_nn_kernels_for(uint32_t cpu)
{
#if defined(SVAC2_HAVE_X86)
    if (cpu & SVAC2_CPU_AVX512_VNNI) {
        return &avx512_kernels;
    }
    if (cpu & SVAC2_CPU_AVX2) {
        return &avx2_kernels;
    }
#else
    (void)cpu;
#endif
    return &scalar_kernels;
}
