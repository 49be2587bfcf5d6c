/* Scalar reference: one pass of a separable transform. */
#include "common/intmath.h"
#include "dsp/dsp.h"

void sv_transform_pass_scalar(int16_t *dst, const int16_t *src, ptrdiff_t src_stride,
                              const int16_t *matrix, int matrix_stride, int cols, int taps,
                              int outputs, int shift)
{
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
