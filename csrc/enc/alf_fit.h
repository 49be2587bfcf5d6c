/* Wiener filters from statistics: least squares, then rate-distortion optimised rounding. */
#ifndef SVAC2_ENC_ALF_FIT_H
#define SVAC2_ENC_ALF_FIT_H

#include <stdint.h>

#include "enc/least_squares.h"
#include "format/alf.h"

/* Sums that the alf_gather kernel makes, of all pairs of features; rounded up to multiples of 8.
 * Luma: the features of the coefficients and the target, over the blocks of one class. Chroma: the
 * features of a Cb filter, the targets of Cb and Cr. */
enum { SV_ALF_LUMA_SUMS = 96, SV_ALF_CHROMA_SUMS = 328 };
typedef struct sv_alf_luma_stats {
    int64_t sums[SV_ALF_LUMA_SUMS];
} sv_alf_luma_stats;
typedef struct sv_alf_chroma_stats {
    int64_t sums[SV_ALF_CHROMA_SUMS];
} sv_alf_chroma_stats;

/* The best filters for the luma classes: merges classes as far as that lowers the cost. Fills the
 * luma part of params with at least one filter. */
void sv_alf_fit_luma(sv_alf_params *params, const sv_alf_luma_stats stats[SV_ALF_CLASSES],
                     sv_fit_cost cost);
/* The best filter of Cb (chroma 0) or Cr (1). */
void sv_alf_fit_chroma(sv_alf_params *params, const sv_alf_chroma_stats *stats, int chroma,
                       const sv_component *component, sv_fit_cost cost);

/* Estimated bits of the luma part of params, and of one chroma filter. */
double sv_alf_luma_bits(const sv_alf_params *params);
double sv_alf_chroma_bits(const sv_alf_params *params, int chroma, const sv_component *component);

#endif
