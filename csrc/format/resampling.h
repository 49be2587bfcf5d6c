/* 1:2 up-sampling, of chroma and of layers: taps of the sample a quarter before sample i, on
 * samples i - 2 .. i + 1, in units of 2^-SV_UP_TAP_BITS; the sample a quarter after uses their
 * mirror image. Vertical comes first, with sv_fraction_bits in between. Chroma lies in the middle
 * of the luma samples that it covers. Fitted by training/chroma_filters.py on 30 photographs. */
#ifndef SVAC2_FORMAT_RESAMPLING_H
#define SVAC2_FORMAT_RESAMPLING_H

#include "format/sample.h"

enum { SV_UP_0 = -4, SV_UP_1 = 17, SV_UP_2 = 59, SV_UP_3 = -8 };
enum { SV_UP_TAPS = 4, SV_UP_TAP_BITS = 6 };

/* Fractional bits between the two passes: what 16 bits have room for beside the filters'
 * overshoot. */
static inline int sv_fraction_bits(sv_format format) { return 14 - format.depth; }

#endif
