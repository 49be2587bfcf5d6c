/* Scalar references: squared error of blocks, and their transposition. */
#include <assert.h>

#include "dsp/dsp.h"

uint64_t REFERENCE(sse)(const uint16_t *a, ptrdiff_t a_stride, const uint16_t *b,
                        ptrdiff_t b_stride, int width, int height)
{
    assert(width % 4 == 0);
    uint64_t sum = 0;
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            int difference = a[y * a_stride + x] - b[y * b_stride + x];
            sum += (uint64_t)((int64_t)difference * difference);
        }
    }
    return sum;
}

void REFERENCE(transpose)(uint16_t *dst, ptrdiff_t dst_stride, const uint16_t *src,
                          ptrdiff_t src_stride, int width, int height)
{
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            dst[x * dst_stride + y] = src[y * src_stride + x];
        }
    }
}
