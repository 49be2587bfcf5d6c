#include "dsp/dsp.h"

#include "include/svac2.h"

static const sv_dsp scalar_kernels = {
#define KERNEL(type, name, arguments) .name = sv_##name##_scalar,
#include "dsp/kernels.def"
#undef KERNEL
};

#if defined(SVAC2_HAVE_X86)
static const sv_dsp avx2_kernels = {
#define KERNEL(type, name, arguments) .name = sv_##name##_avx2,
#include "dsp/kernels.def"
#undef KERNEL
};
#endif

void sv_dsp_init(sv_dsp *dsp, uint32_t cpu)
{
    *dsp = scalar_kernels;
#if defined(SVAC2_HAVE_X86)
    if (cpu & SVAC2_CPU_AVX2) {
        *dsp = avx2_kernels;
    }
#else
    (void)cpu;
#endif
}
