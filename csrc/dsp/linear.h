/* What the kernels of linear prediction share. */
#ifndef SVAC2_DSP_LINEAR_H
#define SVAC2_DSP_LINEAR_H

#include <stdint.h>

/* By what the pivot's row is to be subtracted, in 1 / 2^24. */
static inline int32_t sv_elimination_factor(int32_t element, int64_t inverse)
{
    const int64_t most = (int64_t)1 << 30;
    const int64_t factor = element * (inverse >> 6) >> 24;
    return (int32_t)(factor > most ? most : factor < -most ? -most : factor);
}

#endif
