/* Choices of the lossless coder. */
#ifndef SVAC2_ENC_LOSSLESS_SEARCH_H
#define SVAC2_ENC_LOSSLESS_SEARCH_H

#include <stdbool.h>

#include "format/lossless.h"
#include "recon/ranks.h"

/* Whether planes have so few of the values between their least and largest ones that their ranks
 * are worth the tables. */
bool sv_ranks_pay(const sv_ranks *ranks, const sv_planes *planes);

/* Sets header->by_pixel. */
svac2_status sv_choose_order(sv_lossless_header *header, const sv_planes *planes, int depth,
                             uint32_t cpu, svac2_error *error);

#endif
