/* The encoder's decision on the adaptive loop filter. */
#ifndef SVAC2_ENC_ALF_SEARCH_H
#define SVAC2_ENC_ALF_SEARCH_H

#include "common/env.h"
#include "dsp/dsp.h"
#include "format/alf.h"
#include "image/picture.h"

/* Chooses filters and CTU flags (one byte per CTU, row by row) for a deblocked reconstruction, so
 * that the sum over the planes of weights[p] * squared error, plus lambda * bits, is least. What
 * does not pay for itself is left off. The reconstruction is not changed. */
svac2_status sv_alf_search(sv_alf_params *params, uint8_t *ctu_flags, const sv_picture *source,
                           const sv_picture *reconstruction, double lambda,
                           const double weights[SV_PLANES_MAX], const sv_dsp *dsp, sv_env *env,
                           svac2_error *error);

#endif
