/* The mean square of what lies between a border and a block that is coded, in 1/256 of a squared
 * step: [coding][top, left][class of the mode][qp][log2 size - 2][class of the frequency]. */
#ifndef SVAC2_FORMAT_SIGN_VARIANCES_H
#define SVAC2_FORMAT_SIGN_VARIANCES_H

#include <stdint.h>

extern const uint16_t sv_sign_variances[2][2][8][4][5][8];

#endif
