/* AVX2 variants: squared error, residual and quantisation kernels. */
#include "common/intmath.h"
#include "dsp/dsp.h"
#include "dsp/x86/avx2.h"
#include "format/cross.h"

static inline __m256i add_squares(__m256i sum, __m256i difference)
{
    return _mm256_add_epi32(sum, _mm256_madd_epi16(difference, difference));
}

/* Widths 4 and 8, heights that are multiples of 4 and at most 64: the sum fits 32 bits. */
static inline uint32_t sse_narrow(const uint16_t *a, ptrdiff_t a_stride, const uint16_t *b,
                                  ptrdiff_t b_stride, int width, int height)
{
    __m256i sum = _mm256_setzero_si256();
    for (int y = 0; y < height; y += 4) {
        const uint16_t *a2 = a + 2 * a_stride;
        const uint16_t *b2 = b + 2 * b_stride;
        if (width == 4) {
            sum = add_squares(sum, join(difference_4x2(a, a_stride, b, b_stride),
                                        difference_4x2(a2, a_stride, b2, b_stride)));
        } else {
            sum = add_squares(sum, difference_8x2(a, a_stride, b, b_stride));
            sum = add_squares(sum, difference_8x2(a2, a_stride, b2, b_stride));
        }
        a += 4 * a_stride;
        b += 4 * b_stride;
    }
    return sum_epi32(sum);
}

/* At most 256 x 64 samples: a 32-bit lane takes at most 1152 times 2 * 1023^2. */
static uint64_t sse_tile(const uint16_t *a, ptrdiff_t a_stride, const uint16_t *b,
                         ptrdiff_t b_stride, int width, int height)
{
    __m256i sum = _mm256_setzero_si256();
    for (int y = 0; y < height; y++) {
        int x = 0;
        for (; x + 16 <= width; x += 16) {
            sum = add_squares(sum, _mm256_sub_epi16(load16(a + x), load16(b + x)));
        }
        for (; x < width; x += 4) {
            __m128i difference = _mm_sub_epi16(load4(a + x), load4(b + x));
            sum = add_squares(sum, _mm256_zextsi128_si256(difference));
        }
        a += a_stride;
        b += b_stride;
    }
    const __m256i zero = _mm256_setzero_si256();
    __m256i wide =
        _mm256_add_epi64(_mm256_unpacklo_epi32(sum, zero), _mm256_unpackhi_epi32(sum, zero));
    __m128i half = _mm_add_epi64(_mm256_castsi256_si128(wide), _mm256_extracti128_si256(wide, 1));
    return (uint64_t)_mm_cvtsi128_si64(_mm_add_epi64(half, _mm_unpackhi_epi64(half, half)));
}

uint64_t sv_sse_avx2(const uint16_t *a, ptrdiff_t a_stride, const uint16_t *b, ptrdiff_t b_stride,
                     int width, int height)
{
    enum { TILE_WIDTH = 256, TILE_HEIGHT = 64 };
    if (width <= 8 && height <= TILE_HEIGHT && height % 4 == 0) {
        return sse_narrow(a, a_stride, b, b_stride, width, height);
    }
    uint64_t sum = 0;
    for (int y = 0; y < height; y += TILE_HEIGHT) {
        for (int x = 0; x < width; x += TILE_WIDTH) {
            sum += sse_tile(a + y * a_stride + x, a_stride, b + y * b_stride + x, b_stride,
                            sv_min(width - x, TILE_WIDTH), sv_min(height - y, TILE_HEIGHT));
        }
    }
    return sum;
}

static inline __m256i scaled_8(const int16_t *residual, __m256i factor)
{
    const __m256i products = _mm256_mullo_epi32(_mm256_cvtepi16_epi32(load8(residual)), factor);
    return _mm256_srai_epi32(_mm256_add_epi32(products, _mm256_set1_epi32(2)), SV_CROSS_UNIT_LOG2);
}

void sv_scale_residual_avx2(int16_t *residual, int count, int factor)
{
    const __m256i factors = _mm256_set1_epi32(factor);
    for (int i = 0; i < count; i += 16, residual += 16) {
        const __m256i packed =
            _mm256_packs_epi32(scaled_8(residual, factors), scaled_8(residual + 8, factors));
        store16(residual, _mm256_permute4x64_epi64(packed, 0xd8));
    }
}

void sv_subtract_avx2(int16_t *residual, const uint16_t *a, ptrdiff_t a_stride, const uint16_t *b,
                      ptrdiff_t b_stride, int width, int height)
{
    if (width == 4) {
        for (int y = 0; y < height; y += 2) {
            store8(residual + 4 * y, difference_4x2(a, a_stride, b, b_stride));
            a += 2 * a_stride;
            b += 2 * b_stride;
        }
        return;
    }
    if (width == 8) {
        for (int y = 0; y < height; y += 2) {
            store16(residual + 8 * y, difference_8x2(a, a_stride, b, b_stride));
            a += 2 * a_stride;
            b += 2 * b_stride;
        }
        return;
    }
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x += 16) {
            store16(residual + x, _mm256_sub_epi16(load16(a + x), load16(b + x)));
        }
        residual += width;
        a += a_stride;
        b += b_stride;
    }
}

/* The sum saturates far above max_value, so the clip stays exact. */
static inline __m256i add_clip(__m256i samples, __m256i residual, __m256i maximum)
{
    __m256i sum = _mm256_adds_epi16(samples, residual);
    return _mm256_min_epi16(_mm256_max_epi16(sum, _mm256_setzero_si256()), maximum);
}

void sv_add_clip_avx2(uint16_t *dst, ptrdiff_t dst_stride, const int16_t *residual, int width,
                      int height, int max_value)
{
    const __m256i maximum = _mm256_set1_epi16((int16_t)max_value);
    if (width == 4) {
        for (int y = 0; y < height; y += 4) {
            uint16_t *below = dst + 2 * dst_stride;
            __m256i sum =
                add_clip(join(load4x2(dst, dst + dst_stride), load4x2(below, below + dst_stride)),
                         load16(residual + 4 * y), maximum);
            store4x2(dst, dst + dst_stride, _mm256_castsi256_si128(sum));
            store4x2(below, below + dst_stride, _mm256_extracti128_si256(sum, 1));
            dst += 4 * dst_stride;
        }
        return;
    }
    if (width == 8) {
        for (int y = 0; y < height; y += 2) {
            store8x2(dst, dst + dst_stride,
                     add_clip(load8x2(dst, dst + dst_stride), load16(residual + 8 * y), maximum));
            dst += 2 * dst_stride;
        }
        return;
    }
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x += 16) {
            store16(dst + x, add_clip(load16(dst + x), load16(residual + x), maximum));
        }
        residual += width;
        dst += dst_stride;
    }
}

static inline void transpose_4x4(uint16_t *dst, ptrdiff_t dst_stride, const uint16_t *src,
                                 ptrdiff_t src_stride)
{
    __m128i a = _mm_unpacklo_epi16(load4(src), load4(src + src_stride));
    __m128i b = _mm_unpacklo_epi16(load4(src + 2 * src_stride), load4(src + 3 * src_stride));
    store4x2(dst, dst + dst_stride, _mm_unpacklo_epi32(a, b));
    store4x2(dst + 2 * dst_stride, dst + 3 * dst_stride, _mm_unpackhi_epi32(a, b));
}

static inline void transpose_8x8(uint16_t *dst, ptrdiff_t dst_stride, const uint16_t *src,
                                 ptrdiff_t src_stride)
{
    __m256i rows[4]; /* rows i and i + 4 */
    for (int i = 0; i < 4; i++) {
        rows[i] = load8x2(src + i * src_stride, src + (i + 4) * src_stride);
    }
    __m256i a = _mm256_unpacklo_epi16(rows[0], rows[1]);
    __m256i b = _mm256_unpackhi_epi16(rows[0], rows[1]);
    __m256i c = _mm256_unpacklo_epi16(rows[2], rows[3]);
    __m256i d = _mm256_unpackhi_epi16(rows[2], rows[3]);
    /* Each lane now gives four rows of two columns. */
    __m256i columns[4] = {_mm256_unpacklo_epi32(a, c), _mm256_unpackhi_epi32(a, c),
                          _mm256_unpacklo_epi32(b, d), _mm256_unpackhi_epi32(b, d)};
    for (int i = 0; i < 4; i++) {
        store8x2(dst + 2 * i * dst_stride, dst + (2 * i + 1) * dst_stride,
                 _mm256_permute4x64_epi64(columns[i], 0xd8));
    }
}

void sv_transpose_avx2(uint16_t *dst, ptrdiff_t dst_stride, const uint16_t *src,
                       ptrdiff_t src_stride, int width, int height)
{
    if (width == 4 || height == 4) {
        for (int y = 0; y < height; y += 4) {
            for (int x = 0; x < width; x += 4) {
                transpose_4x4(dst + x * dst_stride + y, dst_stride, src + y * src_stride + x,
                              src_stride);
            }
        }
        return;
    }
    for (int y = 0; y < height; y += 8) {
        for (int x = 0; x < width; x += 8) {
            transpose_8x8(dst + x * dst_stride + y, dst_stride, src + y * src_stride + x,
                          src_stride);
        }
    }
}

int sv_quantize_avx2(int32_t *level, const int16_t *coef, int count, int factor, int offset,
                     int shift)
{
    /* |coef| reaches 32768, which 16 bits hold only as -|coef|: both factors are negated. */
    const __m256i factors = _mm256_set1_epi32(-factor & 0xffff);
    const __m256i offsets = _mm256_set1_epi32(offset);
    const __m128i shifts = _mm_cvtsi32_si128(shift);
    const __m256i zero = _mm256_setzero_si256();
    int zeros = 0;
    for (int i = 0; i < count; i += 8) {
        __m256i value = _mm256_cvtepi16_epi32(load8(coef + i));
        __m256i negated = _mm256_sub_epi32(zero, _mm256_abs_epi32(value));
        __m256i magnitude = _mm256_add_epi32(_mm256_madd_epi16(negated, factors), offsets);
        value = _mm256_sign_epi32(_mm256_srl_epi32(magnitude, shifts), value);
        store16(level + i, value);
        __m256 is_zero = _mm256_castsi256_ps(_mm256_cmpeq_epi32(value, zero));
        zeros += __builtin_popcount((unsigned)_mm256_movemask_ps(is_zero));
    }
    return count - zeros;
}

void sv_dequantize_avx2(int16_t *coef, const int32_t *level, int count, int factor, int shift)
{
    /* A level beyond the limit saturates all the same; below it the products fit 32 bits. */
    const int32_t rounding = 1 << (shift - 1);
    const int32_t limit = (INT32_MAX - rounding) / factor;
    const __m256i highest = _mm256_set1_epi32(limit);
    const __m256i lowest = _mm256_set1_epi32(-limit);
    const __m256i factors = _mm256_set1_epi32(factor);
    const __m256i roundings = _mm256_set1_epi32(rounding);
    const __m128i shifts = _mm_cvtsi32_si128(shift);
    for (int i = 0; i < count; i += 16) {
        __m256i values[2];
        for (int half = 0; half < 2; half++) {
            __m256i value = load16(level + i + 8 * half);
            value = _mm256_max_epi32(_mm256_min_epi32(value, highest), lowest);
            value = _mm256_add_epi32(_mm256_mullo_epi32(value, factors), roundings);
            values[half] = _mm256_sra_epi32(value, shifts);
        }
        store16(coef + i, _mm256_permute4x64_epi64(_mm256_packs_epi32(values[0], values[1]), 0xd8));
    }
}

uint64_t sv_squares_above_avx2(const int16_t *coef, int count, int64_t base, int64_t slope)
{
    const __m256i bases = _mm256_set1_epi32((int)base);
    const __m256i slopes = _mm256_set1_epi32((int)-slope & 0xffff);
    const __m256i low = _mm256_set1_epi64x(UINT32_MAX);
    __m256i sums = _mm256_setzero_si256();
    for (int i = 0; i < count; i += 8) {
        /* Both factors are negated, which 16 bits always hold, and the upper half of a lane is 0.
         */
        __m128i negated = _mm_sub_epi16(_mm_setzero_si128(), _mm_abs_epi16(load8(coef + i)));
        __m256i value = _mm256_cvtepu16_epi32(negated);
        __m256i square = _mm256_madd_epi16(value, value);
        __m256i bound = _mm256_srli_epi32(_mm256_madd_epi16(value, slopes), 4);
        __m256i above = _mm256_sub_epi32(square, _mm256_add_epi32(bases, bound));
        above = _mm256_max_epi32(above, _mm256_setzero_si256());
        sums = _mm256_add_epi64(sums, _mm256_and_si256(above, low));
        sums = _mm256_add_epi64(sums, _mm256_srli_epi64(above, 32));
    }
    __m128i halves = _mm_add_epi64(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
    return (uint64_t)_mm_cvtsi128_si64(halves) + (uint64_t)_mm_extract_epi64(halves, 1);
}

/* (value * factor + (1 << 19)) >> 20 of eight values. */
static inline __m256i scaled(__m256i value, __m256i factor)
{
    const __m256i half = _mm256_set1_epi64x(1 << 19);
    __m256i even = _mm256_add_epi64(_mm256_mul_epu32(value, factor), half);
    __m256i odd = _mm256_add_epi64(_mm256_mul_epu32(_mm256_srli_epi64(value, 32), factor), half);
    return _mm256_blend_epi32(_mm256_srli_epi64(even, 20), _mm256_slli_epi64(odd, 12), 0xaa);
}

/* Rows 0 and 1, and 2 and 3, in the order of the diagonal scan: 0x80 leaves a place to the other
 * two rows. */
static inline __m128i in_scan_order(__m128i rows01, __m128i rows23, __m128i from01, __m128i from23)
{
    return _mm_or_si128(_mm_shuffle_epi8(rows01, from01), _mm_shuffle_epi8(rows23, from23));
}

int32_t sv_group_values_avx2(int32_t *values, const int16_t *coefs, ptrdiff_t stride,
                             int64_t factor)
{
#define FROM(index) (char)(2 * (index)), (char)(2 * (index) + 1)
#define OTHER (char)0x80, (char)0x80
    const __m128i first01 =
        _mm_setr_epi8(FROM(0), FROM(4), FROM(1), OTHER, FROM(5), FROM(2), OTHER, OTHER);
    const __m128i first23 =
        _mm_setr_epi8(OTHER, OTHER, OTHER, FROM(0), OTHER, OTHER, FROM(4), FROM(1));
    const __m128i last01 =
        _mm_setr_epi8(FROM(6), FROM(3), OTHER, OTHER, FROM(7), OTHER, OTHER, OTHER);
    const __m128i last23 =
        _mm_setr_epi8(OTHER, OTHER, FROM(5), FROM(2), OTHER, FROM(6), FROM(3), FROM(7));
#undef FROM
#undef OTHER
    const __m128i rows01 = _mm_abs_epi16(load4x2(coefs, coefs + stride));
    const __m128i rows23 = _mm_abs_epi16(load4x2(coefs + 2 * stride, coefs + 3 * stride));
    const __m256i factors = _mm256_set1_epi64x(factor);
    const __m128i first = in_scan_order(rows01, rows23, first01, first23);
    const __m128i last = in_scan_order(rows01, rows23, last01, last23);
    const __m256i low = scaled(_mm256_cvtepu16_epi32(first), factors);
    const __m256i high = scaled(_mm256_cvtepu16_epi32(last), factors);
    store16(values, low);
    store16(values + 8, high);
    __m256i most = _mm256_max_epi32(low, high);
    __m128i half = _mm_max_epi32(_mm256_castsi256_si128(most), _mm256_extracti128_si256(most, 1));
    half = _mm_max_epi32(half, _mm_shuffle_epi32(half, 0x4e));
    return _mm_cvtsi128_si32(_mm_max_epi32(half, _mm_shuffle_epi32(half, 0xb1)));
}
