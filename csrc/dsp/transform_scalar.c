/* Scalar reference: one pass of a separable transform. */
#include <assert.h>

#include "common/intmath.h"
#include "dsp/dsp.h"

void sv_transform_pass_scalar(int16_t *dst, const int16_t *src, ptrdiff_t src_stride,
                              const int16_t *matrix, int matrix_stride, int cols, int taps,
                              int outputs, int shift)
{
    assert(cols % 4 == 0 && taps % 4 == 0 && outputs % 4 == 0);
    assert(cols <= 64 && taps <= 64 && outputs <= 64);
    for (int c = 0; c < cols; c++) {
        for (int k = 0; k < outputs; k++) {
            int32_t sum = 1 << (shift - 1);
            for (int t = 0; t < taps; t++) {
                sum += matrix[k * matrix_stride + t] * src[t * src_stride + c];
            }
            dst[c * outputs + k] = sv_saturate16(sum >> shift);
        }
    }
}
