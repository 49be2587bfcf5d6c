#include "common/cpu.h"

#include "include/svac2.h"

uint32_t sv_cpu_detect(void)
{
    uint32_t features = 0;
#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
    if (__builtin_cpu_supports("avx2")) {
        features |= SVAC2_CPU_AVX2;
    }
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni")) {
        features |= SVAC2_CPU_AVX512_VNNI;
    }
#endif
    return features;
}

uint32_t svac2_cpu_features(void) { return sv_cpu_detect(); }
