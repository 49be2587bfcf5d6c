/* Scalar references: intra prediction. */
#include <assert.h>

#include "common/intmath.h"
#include "dsp/dsp.h"
#include "format/intra.h"

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

void REFERENCE(blend_gradient)(uint16_t *dst, ptrdiff_t stride, const uint16_t *side,
                               const uint16_t *weights, int reach, int height, int max_value)
{
    assert(reach % 4 == 0);
    for (int y = 0; y < height; y++, dst += stride) {
        int gradient = side[1 + y] - side[0];
        for (int x = 0; x < reach; x++) {
            int value = dst[x] + ((gradient * weights[x] + 32) >> 6);
            dst[x] = (uint16_t)sv_clip(value, 0, max_value);
        }
    }
}

void REFERENCE(blend_direction)(uint16_t *dst, ptrdiff_t stride, const uint16_t *side, int inverse,
                                const uint16_t *weights, int reach, int height)
{
    for (int x = 0; x < reach; x++) {
        const uint16_t *from = side + 1 + (((x + 1) * inverse + 256) >> 9);
        int weight = weights[x];
        for (int y = 0; y < height; y++) {
            uint16_t *at = dst + y * stride + x;
            *at = (uint16_t)((from[y] * weight + (64 - weight) * *at + 32) >> 6);
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

void REFERENCE(mean_2x2)(uint16_t *dst, ptrdiff_t dst_stride, const uint16_t *src,
                         ptrdiff_t src_stride, int width, int height)
{
    assert(width % 4 == 0);
    for (int y = 0; y < height; y++, dst += dst_stride, src += 2 * src_stride) {
        const uint16_t *below = src + src_stride;
        for (int x = 0; x < width; x++) {
            int sum = src[2 * x] + src[2 * x + 1] + below[2 * x] + below[2 * x + 1];
            dst[x] = (uint16_t)((sum + 2) >> 2);
        }
    }
}

void REFERENCE(line_sums)(int64_t *sums, const uint16_t *x, const uint16_t *y, int count)
{
    assert(count % 4 == 0 && count <= 128);
    for (int i = 0; i < count; i++) {
        sums[0] += x[i];
        sums[1] += y[i];
        sums[2] += (int64_t)x[i] * x[i];
        sums[3] += (int64_t)x[i] * y[i];
    }
}

void REFERENCE(predict_linear)(uint16_t *dst, ptrdiff_t stride, const uint16_t *src, int slope,
                               int offset, int width, int height, int max_value)
{
    assert(slope >= -SV_LINEAR_SLOPE_MAX && slope <= SV_LINEAR_SLOPE_MAX);
    for (int y = 0; y < height; y++, dst += stride, src += width) {
        for (int x = 0; x < width; x++) {
            int value = (slope * src[x] + offset) >> SV_LINEAR_SLOPE_BITS;
            dst[x] = (uint16_t)sv_clip(value, 0, max_value);
        }
    }
}

void REFERENCE(predict_convolved)(uint16_t *dst, ptrdiff_t stride, const uint16_t *luma,
                                  ptrdiff_t luma_stride, const sv_convolution *filter, int width,
                                  int height, int max_value)
{
    const int16_t *weights = filter->weights;
    const int mean = filter->mean, extra = filter->extra;
    const int64_t fixed = (1 << (SV_CONVOLUTION_BITS - 1)) +
                          weights[SV_CONVOLUTION_ONE] * ((int64_t)SV_CONVOLUTION_VALUE << extra);
    assert((width == 4 || width % 8 == 0) && extra >= 0);
    for (int y = 0; y < height; y++, dst += stride, luma += luma_stride) {
        for (int x = 0; x < width; x++) {
            const uint16_t *at = luma + x;
            const int32_t here = at[0] - mean;
            const int32_t square = sv_convolution_square(here >> extra) << extra;
            int64_t sum = fixed + (int64_t)weights[0] * here;
            sum += (int64_t)weights[1] * (at[-luma_stride] - mean);
            sum += (int64_t)weights[2] * (at[luma_stride] - mean);
            sum += (int64_t)weights[3] * (at[-1] - mean);
            sum += (int64_t)weights[4] * (at[1] - mean);
            sum += (int64_t)weights[SV_CONVOLUTION_SQUARE] * square;
            dst[x] = (uint16_t)sv_clip(filter->target_mean + (int)(sum >> SV_CONVOLUTION_BITS), 0,
                                       max_value);
        }
    }
}
