/* Choices of the lossless coder. */
#ifndef SVAC2_ENC_LOSSLESS_SEARCH_H
#define SVAC2_ENC_LOSSLESS_SEARCH_H

#include <stdbool.h>

#include "recon/lossless.h"
#include "recon/ranks.h"

/* Whether planes have so few of the values between their least and largest ones that their ranks
 * are worth the tables. */
bool sv_ranks_pay(const sv_ranks *ranks, const sv_planes *planes);

/* Whether planes look drawn, not taken by a camera: few values, or colours that repeat. */
svac2_status sv_look_drawn(const sv_planes *planes, int depth, bool *drawn, svac2_error *error);

/* Chooses all that a header tells of how planes are coded, but whether they are ranked. */
svac2_status sv_choose_way(sv_lossless_header *header, const sv_planes *planes,
                           const sv_lossless_setup *setup, int effort, svac2_error *error);

#endif
