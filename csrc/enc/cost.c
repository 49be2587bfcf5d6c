#include "enc/cost.h"

#include <math.h>

#include "common/intmath.h"
#include "format/quantiser.h"

enum { FRACTION_BITS = 24 };

/* Tuned on tuning pictures: squared error per bit, in squared steps. */
static const double LAMBDA_PER_SQUARED_STEP = 0.1;

/* The columns of the inverse BT.601 matrix, squared and averaged. */
const double sv_chroma_weight[2] = {(0.344 * 0.344 + 1.772 * 1.772) / 3,
                                    (0.714 * 0.714 + 1.402 * 1.402) / 3};

double sv_quantiser_step(sv_format format, int qp)
{
    return ldexp(sv_step_at(qp - sv_qp_min(format.image_depth)), sv_lift(format) - SV_STEP_BITS);
}

double sv_lambda(sv_format format, int qp)
{
    double step = sv_quantiser_step(format, qp);
    return LAMBDA_PER_SQUARED_STEP * step * step;
}

/* Logarithm to base 2 in 1/2^24, digit by digit: a square has twice the logarithm. */
static int32_t fixed_log2(uint32_t value)
{
    int whole = sv_floor_log2(value);
    int32_t result = whole;
    uint64_t mantissa = (uint64_t)value << (31 - whole); /* from 1 to 2, in 1/2^31 */
    for (int i = 0; i < FRACTION_BITS; i++) {
        mantissa = mantissa * mantissa >> 31;
        int digit = (int)(mantissa >> 32);
        mantissa >>= digit;
        result = 2 * result + digit;
    }
    return result;
}

double sv_log2(uint64_t value)
{
    int shift = 0;
    while (value >> shift > UINT32_MAX) {
        shift++;
    }
    return shift + (double)fixed_log2((uint32_t)(value >> shift)) / (1 << FRACTION_BITS);
}

double sv_share_bits(int count, int total, int kinds)
{
    int32_t price =
        fixed_log2(2 * (uint32_t)total + (uint32_t)kinds) - fixed_log2(2 * (uint32_t)count + 1);
    return (double)price / (1 << FRACTION_BITS);
}
