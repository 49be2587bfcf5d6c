#include "dsp/dsp.h"

#include "include/svac2.h"

void sv_dsp_init(sv_dsp *dsp, sv_format format, uint32_t cpu)
{
    dsp->format = format;
#define KERNEL(type, name, arguments) dsp->name = sv_##name##_scalar;
#include "dsp/kernels.def"
#undef KERNEL
#if defined(SVAC2_HAVE_X86)
    if ((cpu & SVAC2_CPU_AVX2) != 0) {
#define KERNEL(name) dsp->name = sv_##name##_deep_avx2;
#include "dsp/x86/deep_avx2.def"
#undef KERNEL
#define KERNEL(name, most)            \
    if (format.depth <= (most)) {     \
        dsp->name = sv_##name##_avx2; \
    }
#include "dsp/x86/avx2.def"
#undef KERNEL
    }
#else
    (void)cpu;
#endif
}
