/* The kernel table: scalar references, upgraded by what the processor has and the mask allows. */
#ifndef SVAC2_DSP_DSP_H
#define SVAC2_DSP_DSP_H

#include <stddef.h>
#include <stdint.h>

#include "dsp/linear.h"
#include "dsp/trellis.h"
#include "format/alf.h"
#include "format/deblocking.h"
#include "format/sample.h"
#include "format/secondary.h"

/* A luma filter of the adaptive loop filter as its kernel takes it: the coefficients of the pairs,
 * that of the centre sample (128 minus twice their sum), the rounding offset 64. */
enum { SV_ALF_LUMA_ENTRIES = SV_ALF_LUMA_PAIRS + 2 };
/* The most that products are gathered of at once. */
enum { SV_ALF_FEATURES_MAX = 25, SV_ALF_BLOCKS_MAX = 16 };

/* What the chroma filters of the adaptive loop filter are made of: samples at the same place of
 * rows `stride` apart, first those that are added in pairs, then single ones. Both even. */
typedef struct sv_alf_terms {
    const uint16_t *list[3 * SV_ALF_FEATURES_MAX];
    ptrdiff_t stride;
    int pairs, singles;
} sv_alf_terms;

#define KERNEL(type, name, arguments)          \
    typedef type sv_##name##_kernel arguments; \
    sv_##name##_kernel sv_##name##_scalar;
#include "dsp/kernels.def"
#undef KERNEL

#define KERNEL(name, depth) sv_##name##_kernel sv_##name##_avx2;
#include "dsp/x86/avx2.def"
#undef KERNEL
#define KERNEL(name) sv_##name##_kernel sv_##name##_deep_avx2;
#include "dsp/x86/deep_avx2.def"
#undef KERNEL

/* The references' names; x86/deep_avx2.c compiles them a second time, under names of its own. */
#ifndef REFERENCE
#define REFERENCE(name) sv_##name##_scalar
#endif

typedef struct sv_dsp {
    sv_format format; /* of the samples that the kernels are for */
#define KERNEL(type, name, arguments) sv_##name##_kernel *name;
#include "dsp/kernels.def"
#undef KERNEL
} sv_dsp;

/* Fills the table for the features in `cpu` (SVAC2_CPU_* bits, already masked). A set of kernels
 * may have some only, or only for fewer bits: it replaces single pointers. */
void sv_dsp_init(sv_dsp *dsp, sv_format format, uint32_t cpu);

#endif
