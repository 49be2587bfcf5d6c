/* AVX2 variants for samples of any depth: the references, which compilers vectorise. */
#define REFERENCE(name) sv_##name##_deep_avx2
#include "dsp/block_scalar.c"
#include "dsp/chroma_scalar.c"
#include "dsp/color_scalar.c"
#include "dsp/intra_scalar.c"
#include "dsp/loop_filter_scalar.c"
#include "dsp/wide_scalar.c"
