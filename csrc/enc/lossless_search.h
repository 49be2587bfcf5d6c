/* Choices of the lossless coder. */
#ifndef SVAC2_ENC_LOSSLESS_SEARCH_H
#define SVAC2_ENC_LOSSLESS_SEARCH_H

#include <stdbool.h>

#include "recon/ranks.h"

/* Whether planes have so few of the values between their least and largest ones that their ranks
 * are worth the tables. */
bool sv_ranks_pay(const sv_ranks *ranks, const sv_planes *planes);

/* Whether colours repeat so much that planes are coded by pixel. */
bool sv_colours_repeat(const sv_planes *planes, int depth);

#endif
