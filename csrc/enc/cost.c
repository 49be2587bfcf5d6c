#include "enc/cost.h"

#include <math.h>
#include <stdlib.h>

#include "common/intmath.h"
#include "format/tables.h"

/* Tuned on training pictures: squared error per bit, in squared steps. */
static const double LAMBDA_PER_SQUARED_STEP = 0.11;

/* The columns of the inverse BT.601 matrix, squared and averaged. */
const double sv_chroma_weight[2] = {(0.344 * 0.344 + 1.772 * 1.772) / 3,
                                    (0.714 * 0.714 + 1.402 * 1.402) / 3};

double sv_quantiser_step(int qp) { return ldexp(sv_step_scale[qp & 7], (qp >> 3) - 8); }

double sv_lambda(int qp)
{
    double step = sv_quantiser_step(qp);
    return LAMBDA_PER_SQUARED_STEP * step * step;
}

int sv_signed_golomb_bits(int value, int order)
{
    uint32_t magnitude = (uint32_t)abs(value);
    return 2 * sv_floor_log2((magnitude >> order) + 1) + 1 + order + (value != 0);
}
