/* Scalar reference: sums of absolute Hadamard-transformed differences. */
#include <stdlib.h>

#include "dsp/dsp.h"

/* One-dimensional unnormalised Hadamard transform of n values, `step` apart. */
static void hadamard(int32_t *values, int n, int step)
{
    for (int half = n / 2; half > 0; half /= 2) {
        for (int i = 0; i < n; i++) {
            if ((i & half) == 0) {
                int32_t *low = &values[i * step];
                int32_t *high = &values[(i + half) * step];
                int32_t sum = *low + *high;
                *high = *low - *high;
                *low = sum;
            }
        }
    }
}

static uint32_t satd_square(const uint16_t *a, ptrdiff_t a_stride, const uint16_t *b,
                            ptrdiff_t b_stride, int size)
{
    int32_t values[64];
    for (int y = 0; y < size; y++) {
        for (int x = 0; x < size; x++) {
            values[y * size + x] = a[y * a_stride + x] - b[y * b_stride + x];
        }
        hadamard(&values[y * size], size, 1);
    }
    uint32_t sum = 0;
    for (int x = 0; x < size; x++) {
        hadamard(&values[x], size, size);
        for (int y = 0; y < size; y++) {
            sum += (uint32_t)abs(values[y * size + x]);
        }
    }
    return size == 8 ? (sum + 2) >> 2 : (sum + 1) >> 1;
}

uint32_t sv_satd_scalar(const uint16_t *a, ptrdiff_t a_stride, const uint16_t *b,
                        ptrdiff_t b_stride, int width, int height)
{
    int size = width >= 8 && height >= 8 ? 8 : 4;
    uint32_t sum = 0;
    for (int y = 0; y < height; y += size) {
        for (int x = 0; x < width; x += size) {
            sum +=
                satd_square(&a[y * a_stride + x], a_stride, &b[y * b_stride + x], b_stride, size);
        }
    }
    return sum;
}
