/* Wiener filters from statistics: least squares, then rate-distortion optimised rounding. */
#ifndef SVAC2_ENC_ALF_FIT_H
#define SVAC2_ENC_ALF_FIT_H

#include <stdint.h>

#include "format/alf_params.h"

/* Sums that the alf_gather kernel makes over the blocks of one class; 96: 91 rounded up to 8. */
typedef struct sv_alf_stats {
    int64_t sums[96];
} sv_alf_stats;

/* What is minimised: weight * squared error + lambda * bits. */
typedef struct sv_alf_cost {
    double weight, lambda;
} sv_alf_cost;

/* The best single filter of `pairs` coefficients. */
void sv_alf_fit_filter(int8_t *coefs, const sv_alf_stats *stats, int pairs, const uint8_t *orders,
                       sv_alf_cost cost);
/* The best filters for the luma classes: merges classes as far as that lowers the cost. Fills the
 * luma part of params with at least one filter. */
void sv_alf_fit_luma(sv_alf_params *params, const sv_alf_stats stats[SV_ALF_CLASSES],
                     sv_alf_cost cost);

/* Estimated bits of one filter's coefficients, and of the luma part of params. */
int sv_alf_filter_bits(const int8_t *coefs, int pairs, const uint8_t *orders);
double sv_alf_luma_bits(const sv_alf_params *params);

#endif
