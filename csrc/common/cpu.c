#include "common/cpu.h"

#include "include/svac2.h"

#include <stdbool.h>

#if defined(__GNUC__) && defined(__x86_64__)
#include <cpuid.h>

/* __builtin_cpu_supports is not asked, since not every compiler's run-time library fills in what it
 * reads: by Zig's no processor has anything. Names of bits are those of cpuid.h; Intel SDM, volume
 * 1, 14.3 and 15.2. */

enum { STATE_AVX = 0x06, STATE_AVX512 = 0xe6 }; /* of registers that the system must save */

static bool system_saves(unsigned state)
{
    unsigned low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (low & state) == state;
}

static bool has(unsigned bits, unsigned wanted) { return (bits & wanted) == wanted; }

static uint32_t ask_processor(void)
{
    const unsigned avx512 = bit_AVX512F | bit_AVX512BW | bit_AVX512VL;
    unsigned a, b, c, d;
    uint32_t found = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !has(c, bit_OSXSAVE | bit_AVX) ||
        !system_saves(STATE_AVX) || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
        return 0;
    }
    if (has(b, bit_AVX2)) {
        found |= SVAC2_CPU_AVX2;
    }
    if (has(b, avx512) && has(c, bit_AVX512VNNI) && system_saves(STATE_AVX512)) {
        found |= SVAC2_CPU_AVX512_VNNI;
    }
    return found;
}

/* Written when the program or the library is loaded: a virtual machine takes 40 us to answer. */
static uint32_t features;
__attribute__((constructor)) static void ask_once(void) { features = ask_processor(); }

uint32_t sv_cpu_detect(void) { return features; }
#else
uint32_t sv_cpu_detect(void) { return 0; }
#endif

uint32_t svac2_cpu_features(void) { return sv_cpu_detect(); }
