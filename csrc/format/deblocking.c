#include "format/deblocking.h"

#include "common/intmath.h"
#include "format/quantiser.h"

const uint8_t sv_deblock_weight[SV_DEBLOCK_LONG] = {59, 50, 41, 32, 23, 14, 5};
const uint8_t sv_deblock_bounds[SV_DEBLOCK_LONG] = {6, 5, 4, 3, 2, 1, 1};

/* tc grows with the quantiser step, beta with its logarithm, which is given on the scale of 10
 * bits. */
sv_deblock_limits sv_deblock_limits_of(int qp, sv_format format)
{
    /* 64 * 0.33 * 2^(i / 8) */
    static const int fraction[8] = {21, 23, 25, 27, 30, 33, 36, 39};
    const int shift = format.depth - 10, whole = sv_max(0, sv_whole_qp(qp));
    return (sv_deblock_limits){
        .beta = sv_clip(sv_max(4 * whole - 20, 7 * whole - 118), 0, 256) << shift,
        .tc = ((fraction[whole & 7] << ((whole >> 3) + shift)) + 32) >> 6,
    };
}
