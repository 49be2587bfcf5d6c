/* Scalar references: intra prediction. */
#include <assert.h>

#include "common/intmath.h"
#include "dsp/dsp.h"

void REFERENCE(predict_planar)(uint16_t *dst, ptrdiff_t stride, const uint16_t *top,
                               const uint16_t *left, int width, int height)
{
    const int shift = sv_floor_log2((uint32_t)width) + sv_floor_log2((uint32_t)height) + 1;
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            int vertical = (height - 1 - y) * top[x] + (y + 1) * left[height];
            int horizontal = (width - 1 - x) * left[y] + (x + 1) * top[width];
            dst[y * stride + x] =
                (uint16_t)((vertical * width + horizontal * height + width * height) >> shift);
        }
    }
}

void REFERENCE(blend_sides)(uint16_t *dst, ptrdiff_t stride, const uint16_t *top,
                            const uint16_t *left, const uint16_t *weights, int width, int height,
                            int reach)
{
    assert(reach % 4 == 0);
    for (int y = 0; y < height; y++, dst += stride) {
        int weight_top = weights[y], columns = weight_top != 0 ? width : sv_min(width, reach);
        for (int x = 0; x < columns; x++) {
            int rest = 64 - weights[x] - weight_top;
            int sum = left[y] * weights[x] + top[x] * weight_top + rest * dst[x] + 32;
            dst[x] = (uint16_t)(sum >> 6);
        }
    }
}

void REFERENCE(predict_angular)(uint16_t *dst, ptrdiff_t stride, const uint16_t *ref, int angle,
                                int distance, const int8_t *filter, int width, int height,
                                int max_value)
{
    assert(angle >= -32 && angle <= 32);
    for (int y = 0; y < height; y++) {
        const int position = (y + distance) * angle;
        const uint16_t *row = ref + (position >> 5);
        const int8_t *taps = &filter[4 * (position & 31)];
        for (int x = 0; x < width; x++) {
            int sum = 32;
            for (int t = 0; t < 4; t++) {
                sum += taps[t] * row[x + t];
            }
            dst[y * stride + x] = (uint16_t)sv_clip(sum >> 6, 0, max_value);
        }
    }
}
