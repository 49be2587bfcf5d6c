/* The probability of a bin of the block coder: what one context says, or the mean of what two say.
 * model.h has the lossless coder's, which mixes more of them by weights that learn, and is slower.
 */
#ifndef SVAC2_ENTROPY_CONTEXT_MODEL_H
#define SVAC2_ENTROPY_CONTEXT_MODEL_H

#include "format/contexts.h"

/* In 1..2^15 - 1. */
static inline uint32_t sv_predict_bin(const sv_context *contexts, sv_bin_site site)
{
    const uint32_t one = sv_estimates_of(&contexts[site.first]);
    return site.second == SV_CTX_NONE
               ? one >> (17 - SV_PROBABILITY_BITS)
               : (one + sv_estimates_of(&contexts[site.second])) >> (18 - SV_PROBABILITY_BITS);
}

static inline void sv_adapt_bin(sv_context *contexts, sv_bin_site site, int bin)
{
    sv_adapt(&contexts[site.first], bin);
    if (site.second != SV_CTX_NONE) {
        sv_adapt(&contexts[site.second], bin);
    }
}

#endif
