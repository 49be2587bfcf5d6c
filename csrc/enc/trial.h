/* What the residual of a block costs against a prediction. */
#ifndef SVAC2_ENC_TRIAL_H
#define SVAC2_ENC_TRIAL_H

#include "enc/search.h"

/* Transforms and quantises one plane of a block against a prediction; returns weighted error plus
 * lambda times the price of its levels, coded-block flag and transform set, and sets the flag in
 * *cu. A set that the syntax could not express for these levels costs INFINITY. */
double sv_try_residual(sv_search *search, sv_cu *cu, int plane, const uint16_t *prediction,
                       sv_level *levels);

#endif
