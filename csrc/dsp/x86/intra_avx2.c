/* AVX2 variants: intra prediction. */
#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "common/intmath.h"
#include "dsp/dsp.h"
#include "dsp/x86/avx2.h"
#include "format/intra.h"

/* Planar works on samples less 512: both weighted sums then fit 16 bits, and since the weights of
 * a sample add up to the divisor, the difference comes out unchanged. */
enum { PLANAR_BIAS = 512 };

/* A vector holds 16 columns of one row, or all columns of several rows where width < 16. */
static inline __m256i load_top(const uint16_t *top, int width)
{
    return width == 4   ? _mm256_broadcastq_epi64(load4(top))
           : width == 8 ? _mm256_broadcastsi128_si256(load8(top))
                        : load16(top);
}

/* Sample of each element's row. */
static inline __m256i load_left(const uint16_t *left, int width)
{
    if (width == 4) {
        const __m256i rows = _mm256_setr_epi64x(0x0100010001000100, 0x0302030203020302,
                                                0x0504050405040504, 0x0706070607060706);
        return _mm256_shuffle_epi8(_mm256_broadcastq_epi64(load4(left)), rows);
    }
    if (width == 8) {
        return join(_mm_set1_epi16((int16_t)left[0]), _mm_set1_epi16((int16_t)left[1]));
    }
    return _mm256_set1_epi16((int16_t)left[0]);
}

static inline void store_rows(uint16_t *dst, ptrdiff_t stride, int width, __m256i value)
{
    if (width == 4) {
        store4x2(dst, dst + stride, _mm256_castsi256_si128(value));
        dst += 2 * stride;
        store4x2(dst, dst + stride, _mm256_extracti128_si256(value, 1));
    } else if (width == 8) {
        store8x2(dst, dst + stride, value);
    } else {
        store16(dst, value);
    }
}

static inline __m256i weigh(__m256i vertical, __m256i horizontal, int width, int height,
                            __m128i shift)
{
    const __m256i sizes = _mm256_set1_epi32(height << 16 | width);
    __m256i low = _mm256_madd_epi16(_mm256_unpacklo_epi16(vertical, horizontal), sizes);
    __m256i high = _mm256_madd_epi16(_mm256_unpackhi_epi16(vertical, horizontal), sizes);
    __m256i sum = _mm256_packs_epi32(_mm256_sra_epi32(low, shift), _mm256_sra_epi32(high, shift));
    return _mm256_add_epi16(sum, _mm256_set1_epi16(PLANAR_BIAS));
}

/* 16 columns from x on, or all of them where width < 16. */
static inline void planar_columns(uint16_t *dst, ptrdiff_t stride, const uint16_t *top,
                                  const uint16_t *left, int x, int width, int height)
{
    const int rows = width < 16 ? 16 / width : 1;
    const __m128i shift =
        _mm_cvtsi32_si128(sv_floor_log2((uint32_t)width) + sv_floor_log2((uint32_t)height) + 1);
    const __m256i bias = _mm256_set1_epi16(PLANAR_BIAS);
    const __m256i element = _mm256_setr_epi16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m256i column = _mm256_add_epi16(
        _mm256_and_si256(element, _mm256_set1_epi16((int16_t)(sv_min(width, 16) - 1))),
        _mm256_set1_epi16((int16_t)x));
    const __m256i row =
        _mm256_srl_epi16(element, _mm_cvtsi32_si128(sv_floor_log2((uint32_t)sv_min(width, 16))));
    const __m256i one = _mm256_set1_epi16(1);

    /* Half the rounding offset width * height goes through each sum. */
    const __m256i right = _mm256_set1_epi16((int16_t)(top[width] - PLANAR_BIAS));
    const __m256i from_right =
        _mm256_add_epi16(_mm256_mullo_epi16(_mm256_add_epi16(column, one), right),
                         _mm256_set1_epi16((int16_t)(width / 2)));
    const __m256i left_weight = _mm256_sub_epi16(_mm256_set1_epi16((int16_t)(width - 1)), column);

    const __m256i above = load_top(top + x, width);
    const __m256i slope = _mm256_sub_epi16(_mm256_set1_epi16((int16_t)left[height]), above);
    const __m256i step = _mm256_mullo_epi16(slope, _mm256_set1_epi16((int16_t)rows));
    __m256i vertical =
        _mm256_mullo_epi16(_mm256_sub_epi16(above, bias), _mm256_set1_epi16((int16_t)height));
    vertical = _mm256_add_epi16(vertical, _mm256_set1_epi16((int16_t)(height / 2)));
    vertical = _mm256_add_epi16(vertical, _mm256_mullo_epi16(_mm256_add_epi16(row, one), slope));
    for (int y = 0; y < height; y += rows) {
        __m256i beside = _mm256_sub_epi16(load_left(left + y, width), bias);
        __m256i horizontal = _mm256_add_epi16(from_right, _mm256_mullo_epi16(beside, left_weight));
        store_rows(dst + y * stride + x, stride, width,
                   weigh(vertical, horizontal, width, height, shift));
        vertical = _mm256_add_epi16(vertical, step);
    }
}

void sv_predict_planar_avx2(uint16_t *dst, ptrdiff_t stride, const uint16_t *top,
                            const uint16_t *left, int width, int height)
{
    if (width == 4) {
        planar_columns(dst, stride, top, left, 0, 4, height);
    } else if (width == 8) {
        planar_columns(dst, stride, top, left, 0, 8, height);
    } else {
        for (int x = 0; x < width; x += 16) {
            planar_columns(dst, stride, top, left, x, width, height);
        }
    }
}

/* The four taps of a row's fraction, as 16-bit pairs in the low 64 bits. */
static inline __m128i load_taps(const int8_t *filter, int position)
{
    int32_t bytes;
    memcpy(&bytes, &filter[4 * (position & 31)], sizeof bytes);
    return _mm_cvtepi8_epi16(_mm_cvtsi32_si128(bytes));
}

static inline __m256i normalize(__m256i sum)
{
    return _mm256_srai_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(32)), 6);
}

/* Four outputs per lane from eight reference samples per lane; taps as from load_taps, repeated. */
static inline __m256i filter4x2(__m256i samples, __m256i taps01, __m256i taps23)
{
    const __m256i pairs01 =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7, 6, 7, 8, 9));
    const __m256i pairs23 = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(4, 5, 6, 7, 6, 7, 8, 9, 8, 9, 10, 11, 10, 11, 12, 13));
    return normalize(
        _mm256_add_epi32(_mm256_madd_epi16(_mm256_shuffle_epi8(samples, pairs01), taps01),
                         _mm256_madd_epi16(_mm256_shuffle_epi8(samples, pairs23), taps23)));
}

/* Rows y and y + 1 of a block four wide, one per lane. */
static inline __m256i angular4_rows(const uint16_t *ref, int position, int angle,
                                    const int8_t *filter)
{
    const int next = position + angle;
    __m256i samples = load8x2(ref + (position >> 5), ref + (next >> 5));
    __m256i taps = join(load_taps(filter, position), load_taps(filter, next));
    return filter4x2(samples, _mm256_shuffle_epi32(taps, 0x00), _mm256_shuffle_epi32(taps, 0x55));
}

static void angular_width4(uint16_t *dst, ptrdiff_t stride, const uint16_t *ref, int angle,
                           int distance, const int8_t *filter, int height, __m256i maximum)
{
    for (int y = 0; y < height; y += 4) {
        __m256i first = angular4_rows(ref, (y + distance) * angle, angle, filter);
        __m256i second = angular4_rows(ref, (y + 2 + distance) * angle, angle, filter);
        /* Rows y and y + 2 in the low lane. */
        __m256i rows = _mm256_min_epu16(_mm256_packus_epi32(first, second), maximum);
        store4x2(dst, dst + 2 * stride, _mm256_castsi256_si128(rows));
        store4x2(dst + stride, dst + 3 * stride, _mm256_extracti128_si256(rows, 1));
        dst += 4 * stride;
    }
}

/* One row of a block eight wide. */
static inline __m256i angular8_row(const uint16_t *ref, int position, const int8_t *filter)
{
    const uint16_t *row = ref + (position >> 5);
    __m256i taps = _mm256_broadcastq_epi64(load_taps(filter, position));
    return filter4x2(load8x2(row, row + 4), _mm256_shuffle_epi32(taps, 0x00),
                     _mm256_shuffle_epi32(taps, 0x55));
}

static void angular_width8(uint16_t *dst, ptrdiff_t stride, const uint16_t *ref, int angle,
                           int distance, const int8_t *filter, int height, __m256i maximum)
{
    for (int y = 0; y < height; y += 2) {
        __m256i first = angular8_row(ref, (y + distance) * angle, filter);
        __m256i second = angular8_row(ref, (y + 1 + distance) * angle, filter);
        __m256i rows = _mm256_min_epu16(_mm256_packus_epi32(first, second), maximum);
        store8x2(dst, dst + stride, _mm256_permute4x64_epi64(rows, 0xd8));
        dst += 2 * stride;
    }
}

static void angular_wide(uint16_t *dst, ptrdiff_t stride, const uint16_t *ref, int angle,
                         int distance, const int8_t *filter, int width, int height, __m256i maximum)
{
    for (int y = 0; y < height; y++) {
        const int position = (y + distance) * angle;
        const uint16_t *row = ref + (position >> 5);
        const __m256i taps = _mm256_broadcastq_epi64(load_taps(filter, position));
        const __m256i taps01 = _mm256_shuffle_epi32(taps, 0x00);
        const __m256i taps23 = _mm256_shuffle_epi32(taps, 0x55);
        for (int x = 0; x < width; x += 16) {
            __m256i a = load16(row + x);
            __m256i b = load16(row + x + 1);
            __m256i c = load16(row + x + 2);
            __m256i d = load16(row + x + 3);
            __m256i low = _mm256_add_epi32(_mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), taps01),
                                           _mm256_madd_epi16(_mm256_unpacklo_epi16(c, d), taps23));
            __m256i high = _mm256_add_epi32(_mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), taps01),
                                            _mm256_madd_epi16(_mm256_unpackhi_epi16(c, d), taps23));
            __m256i out = _mm256_packus_epi32(normalize(low), normalize(high));
            store16(dst + x, _mm256_min_epu16(out, maximum));
        }
        dst += stride;
    }
}

void sv_predict_angular_avx2(uint16_t *dst, ptrdiff_t stride, const uint16_t *ref, int angle,
                             int distance, const int8_t *filter, int width, int height,
                             int max_value)
{
    const __m256i maximum = _mm256_set1_epi16((int16_t)max_value);
    if (width == 4) {
        angular_width4(dst, stride, ref, angle, distance, filter, height, maximum);
    } else if (width == 8) {
        angular_width8(dst, stride, ref, angle, distance, filter, height, maximum);
    } else {
        angular_wide(dst, stride, ref, angle, distance, filter, width, height, maximum);
    }
}

/* Of sums of two rows the means, packed in the low half of each lane. */
static inline __m256i mean_pairs(__m256i sums)
{
    __m256i sum = _mm256_madd_epi16(sums, _mm256_set1_epi16(1));
    sum = _mm256_srli_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(2)), 2);
    return _mm256_packus_epi32(sum, sum);
}

void sv_mean_2x2_avx2(uint16_t *dst, ptrdiff_t dst_stride, const uint16_t *src,
                      ptrdiff_t src_stride, int width, int height)
{
    for (int y = 0; y < height; y++, dst += dst_stride, src += 2 * src_stride) {
        const uint16_t *below = src + src_stride;
        int x = 0;
        for (; x + 8 <= width; x += 8) {
            __m256i sums = _mm256_add_epi16(load16(src + 2 * x), load16(below + 2 * x));
            __m256i means = _mm256_permute4x64_epi64(mean_pairs(sums), 0xd8);
            store8(dst + x, _mm256_castsi256_si128(means));
        }
        if (x < width) {
            __m128i sums = _mm_add_epi16(load8(src + 2 * x), load8(below + 2 * x));
            store4(dst + x, _mm256_castsi256_si128(mean_pairs(_mm256_castsi128_si256(sums))));
        }
    }
}

void sv_line_sums_avx2(int64_t *sums, const uint16_t *x, const uint16_t *y, int count)
{
    assert(count % 4 == 0 && count <= 128);
    const __m128i one = _mm_set1_epi16(1);
    __m128i sum_x = _mm_setzero_si128(), sum_y = sum_x, sum_xx = sum_x, sum_xy = sum_x;
    for (int i = 0; i < count; i += 8) {
        const bool full = i + 8 <= count;
        __m128i a = full ? load8(x + i) : load4(x + i), b = full ? load8(y + i) : load4(y + i);
        sum_x = _mm_add_epi32(sum_x, _mm_madd_epi16(a, one));
        sum_y = _mm_add_epi32(sum_y, _mm_madd_epi16(b, one));
        sum_xx = _mm_add_epi32(sum_xx, _mm_madd_epi16(a, a));
        sum_xy = _mm_add_epi32(sum_xy, _mm_madd_epi16(a, b));
    }
    __m128i all = _mm_hadd_epi32(_mm_hadd_epi32(sum_x, sum_y), _mm_hadd_epi32(sum_xx, sum_xy));
    store16(sums, _mm256_add_epi64(load16(sums), _mm256_cvtepi32_epi64(all)));
}

void sv_predict_linear_avx2(uint16_t *dst, ptrdiff_t stride, const uint16_t *src, int slope,
                            int offset, int width, int height, int max_value)
{
    const __m256i zero = _mm256_setzero_si256(), maximum = _mm256_set1_epi16((int16_t)max_value);
    const __m256i slopes = _mm256_set1_epi32(slope & 0xffff), offsets = _mm256_set1_epi32(offset);
    const int rows = width < 16 ? 16 / width : 1;
    for (int y = 0; y < height; y += rows) {
        for (int x = 0; x < width; x += 16, src += 16) {
            __m256i samples = load16(src);
            __m256i low = _mm256_madd_epi16(_mm256_unpacklo_epi16(samples, zero), slopes);
            __m256i high = _mm256_madd_epi16(_mm256_unpackhi_epi16(samples, zero), slopes);
            low = _mm256_srai_epi32(_mm256_add_epi32(low, offsets), SV_LINEAR_SLOPE_BITS);
            high = _mm256_srai_epi32(_mm256_add_epi32(high, offsets), SV_LINEAR_SLOPE_BITS);
            __m256i value = _mm256_min_epu16(_mm256_packus_epi32(low, high), maximum);
            store_rows(dst + y * stride + x, stride, width, value);
        }
    }
}

/* Eight samples less their mean. */
static inline __m128i load_less(const uint16_t *at, __m128i mean)
{
    return _mm_sub_epi16(_mm_loadu_si128((const __m128i *)at), mean);
}

/* Of two inputs. */
static inline __m256i weigh_pair(__m128i first, __m128i second, const int16_t weights[2])
{
    const __m256i pairs =
        join(_mm_unpacklo_epi16(first, second), _mm_unpackhi_epi16(first, second));
    return _mm256_madd_epi16(
        pairs, _mm256_set1_epi32((uint16_t)weights[0] | (int32_t)((uint32_t)weights[1] << 16)));
}

void sv_predict_convolved_avx2(uint16_t *dst, ptrdiff_t stride, const uint16_t *luma,
                               ptrdiff_t luma_stride, const sv_convolution *filter, int width,
                               int height, int max_value)
{
    const int16_t *weights = filter->weights;
    const __m128i mean = _mm_set1_epi16((int16_t)filter->mean);
    const __m128i target_mean = _mm_set1_epi16((int16_t)filter->target_mean);
    const __m128i maximum = _mm_set1_epi16((int16_t)max_value), zero = _mm_setzero_si128();
    const __m256i fixed = _mm256_set1_epi32((1 << (SV_CONVOLUTION_BITS - 1)) +
                                            weights[SV_CONVOLUTION_ONE] * SV_CONVOLUTION_VALUE);
    assert((width == 4 || width % 8 == 0) && filter->extra == 0);
    for (int y = 0; y < height; y++, dst += stride, luma += luma_stride) {
        for (int x = 0; x < width; x += 8) {
            const uint16_t *at = luma + x;
            const __m128i here = load_less(at, mean), eight = _mm_slli_epi16(here, 3);
            __m256i sum = _mm256_add_epi32(
                fixed, weigh_pair(here, load_less(at - luma_stride, mean), weights));
            sum = _mm256_add_epi32(sum, weigh_pair(load_less(at + luma_stride, mean),
                                                   load_less(at - 1, mean), weights + 2));
            sum = _mm256_add_epi32(sum, weigh_pair(load_less(at + 1, mean),
                                                   _mm_mulhi_epi16(eight, eight), weights + 4));
            sum = _mm256_srai_epi32(sum, SV_CONVOLUTION_BITS);
            __m128i value =
                _mm_packs_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
            value = _mm_adds_epi16(value, target_mean);
            value = _mm_min_epi16(_mm_max_epi16(value, zero), maximum);
            if (width == 4) {
                _mm_storel_epi64((__m128i *)dst, value);
            } else {
                _mm_storeu_si128((__m128i *)(dst + x), value);
            }
        }
    }
}
