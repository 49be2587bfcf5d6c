/* AVX2 variant: the sum of absolute transformed differences. */
#include "dsp/dsp.h"
#include "dsp/x86/avx2.h"

static inline void butterfly(__m256i *a, __m256i *b)
{
    __m256i sum = _mm256_add_epi16(*a, *b);
    *b = _mm256_sub_epi16(*a, *b);
    *a = sum;
}

/* Three butterfly stages along the rows held by a and b, eight values each per lane. Unpacking
 * puts the first halves of both in one register and the second halves in the other, so each
 * stage is a plain sum and difference; the order of the outputs does not matter to a SATD. */
static inline void hadamard_rows8(__m256i *a, __m256i *b)
{
    for (int stage = 0; stage < 3; stage++) {
        __m256i low = _mm256_unpacklo_epi16(*a, *b);
        *b = _mm256_unpackhi_epi16(*a, *b);
        *a = low;
        butterfly(a, b);
    }
}

/* The last Hadamard stage and the sum of magnitudes at once: |x + y| + |x - y| = 2 max(|x|, |y|).
 * Up to there five stages of 10-bit differences fit 16 bits; the results are half sums. */
static inline __m256i half_magnitudes(__m256i x, __m256i y)
{
    __m256i maximum = _mm256_max_epi16(_mm256_abs_epi16(x), _mm256_abs_epi16(y));
    return _mm256_madd_epi16(maximum, _mm256_set1_epi16(1));
}

/* Two 8x8 blocks, one per lane, rows d[0..7]: half of each lane's sum of magnitudes, spread over
 * the lane. */
static inline __m256i satd_8x8_pair(__m256i d[8])
{
    for (int i = 0; i < 4; i++) {
        butterfly(&d[i], &d[i + 4]);
        hadamard_rows8(&d[i], &d[i + 4]);
    }
    __m256i sum = _mm256_setzero_si256();
    for (int i = 0; i < 8; i += 4) {
        butterfly(&d[i], &d[i + 1]);
        butterfly(&d[i + 2], &d[i + 3]);
    }
    for (int i = 0; i < 8; i += 4) {
        sum = _mm256_add_epi32(sum, half_magnitudes(d[i], d[i + 2]));
        sum = _mm256_add_epi32(sum, half_magnitudes(d[i + 1], d[i + 3]));
    }
    return sum;
}

/* One 8x8 block, rows i and i + 4 in the lanes of d[i]: half its sum of magnitudes, spread. */
static inline __m256i satd_8x8_single(__m256i d[4])
{
    for (int i = 0; i < 2; i++) {
        butterfly(&d[i], &d[i + 2]);
        hadamard_rows8(&d[i], &d[i + 2]);
    }
    __m256i sum = _mm256_setzero_si256();
    for (int i = 0; i < 4; i += 2) {
        butterfly(&d[i], &d[i + 1]);
        sum =
            _mm256_add_epi32(sum, half_magnitudes(_mm256_permute2x128_si256(d[i], d[i + 1], 0x20),
                                                  _mm256_permute2x128_si256(d[i], d[i + 1], 0x31)));
    }
    return sum;
}

/* Horizontal transform of 4x4 blocks whose vertical one is done: groups of four columns in a and
 * b. The half sum of magnitudes is the block's SATD, since a sum of 16 numbers of one parity is
 * even: (2 s + 1) >> 1 = s. */
static inline __m256i satd_4x4_columns(__m256i a, __m256i b)
{
    __m256 x = _mm256_castsi256_ps(a);
    __m256 y = _mm256_castsi256_ps(b);
    a = _mm256_castps_si256(_mm256_shuffle_ps(x, y, 0x88));
    b = _mm256_castps_si256(_mm256_shuffle_ps(x, y, 0xdd));
    butterfly(&a, &b);
    return half_magnitudes(_mm256_blend_epi16(a, _mm256_slli_epi32(b, 16), 0xaa),
                           _mm256_blend_epi16(_mm256_srli_epi32(a, 16), b, 0xaa));
}

/* 4x4 blocks above each other: rows 0 and 1 of a block in a lane of `top`, 2 and 3 in `bottom`. */
static inline __m256i satd_4x4_rows(__m256i top, __m256i bottom)
{
    butterfly(&top, &bottom);
    __m256i even = _mm256_unpacklo_epi64(top, bottom);
    __m256i odd = _mm256_unpackhi_epi64(top, bottom);
    butterfly(&even, &odd);
    return satd_4x4_columns(even, odd);
}

/* Rows 0 and 1 of the 4x4 block at a and b in the low lane, those of the block below in the high
 * one. */
static inline __m256i difference_4x2x2(const uint16_t *a, ptrdiff_t a_stride, const uint16_t *b,
                                       ptrdiff_t b_stride)
{
    return join(difference_4x2(a, a_stride, b, b_stride),
                difference_4x2(a + 4 * a_stride, a_stride, b + 4 * b_stride, b_stride));
}

static uint32_t satd_width4(const uint16_t *a, ptrdiff_t a_stride, const uint16_t *b,
                            ptrdiff_t b_stride, int height)
{
    if (height == 4) {
        __m128i top = difference_4x2(a, a_stride, b, b_stride);
        __m128i bottom = difference_4x2(a + 2 * a_stride, a_stride, b + 2 * b_stride, b_stride);
        return sum_epi32(
            satd_4x4_rows(_mm256_zextsi128_si256(top), _mm256_zextsi128_si256(bottom)));
    }
    __m256i sum = _mm256_setzero_si256();
    for (int y = 0; y < height; y += 8) {
        __m256i top = difference_4x2x2(a, a_stride, b, b_stride);
        __m256i bottom = difference_4x2x2(a + 2 * a_stride, a_stride, b + 2 * b_stride, b_stride);
        sum = _mm256_add_epi32(sum, satd_4x4_rows(top, bottom));
        a += 8 * a_stride;
        b += 8 * b_stride;
    }
    return sum_epi32(sum);
}

static uint32_t satd_height4(const uint16_t *a, ptrdiff_t a_stride, const uint16_t *b,
                             ptrdiff_t b_stride, int width)
{
    __m256i sum = _mm256_setzero_si256();
    for (int x = 0; x < width; x += 8) {
        __m256i top = difference_8x2(a + x, a_stride, b + x, b_stride);
        __m256i bottom =
            difference_8x2(a + x + 2 * a_stride, a_stride, b + x + 2 * b_stride, b_stride);
        butterfly(&top, &bottom);
        __m256i even = _mm256_permute2x128_si256(top, bottom, 0x20);
        __m256i odd = _mm256_permute2x128_si256(top, bottom, 0x31);
        butterfly(&even, &odd);
        sum = _mm256_add_epi32(sum, satd_4x4_columns(even, odd));
    }
    return sum_epi32(sum);
}

static uint32_t satd_8x8(const uint16_t *a, ptrdiff_t a_stride, const uint16_t *b,
                         ptrdiff_t b_stride)
{
    __m256i d[4];
    for (int i = 0; i < 4; i++) {
        d[i] = difference_8x2(a + i * a_stride, 4 * a_stride, b + i * b_stride, 4 * b_stride);
    }
    return (sum_epi32(satd_8x8_single(d)) + 1) >> 1;
}

/* The sum of a pair's SATDs, spread over the lanes. */
static inline __m256i satd_of_pair(__m256i d[8])
{
    const __m256i zero = _mm256_setzero_si256();
    __m256i sum = _mm256_hadd_epi32(satd_8x8_pair(d), zero);
    sum = _mm256_hadd_epi32(sum, zero);
    return _mm256_srli_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(1)), 1);
}

/* Pairs of 8x8 blocks above each other. */
static uint32_t satd_width8(const uint16_t *a, ptrdiff_t a_stride, const uint16_t *b,
                            ptrdiff_t b_stride, int height)
{
    __m256i sum = _mm256_setzero_si256();
    for (int y = 0; y < height; y += 16) {
        __m256i d[8];
        for (int i = 0; i < 8; i++) {
            d[i] = difference_8x2(a, 8 * a_stride, b, 8 * b_stride);
            a += a_stride;
            b += b_stride;
        }
        sum = _mm256_add_epi32(sum, satd_of_pair(d));
        a += 8 * a_stride;
        b += 8 * b_stride;
    }
    return sum_epi32(sum);
}

/* Pairs of 8x8 blocks side by side. */
static uint32_t satd_wide(const uint16_t *a, ptrdiff_t a_stride, const uint16_t *b,
                          ptrdiff_t b_stride, int width, int height)
{
    __m256i sum = _mm256_setzero_si256();
    for (int y = 0; y < height; y += 8) {
        for (int x = 0; x < width; x += 16) {
            __m256i d[8];
            for (int i = 0; i < 8; i++) {
                d[i] = _mm256_sub_epi16(load16(a + i * a_stride + x), load16(b + i * b_stride + x));
            }
            sum = _mm256_add_epi32(sum, satd_of_pair(d));
        }
        a += 8 * a_stride;
        b += 8 * b_stride;
    }
    return sum_epi32(sum);
}

uint32_t sv_satd_avx2(const uint16_t *a, ptrdiff_t a_stride, const uint16_t *b, ptrdiff_t b_stride,
                      int width, int height)
{
    if (width == 4) {
        return satd_width4(a, a_stride, b, b_stride, height);
    }
    if (height == 4) {
        return satd_height4(a, a_stride, b, b_stride, width);
    }
    if (width == 8) {
        return height == 8 ? satd_8x8(a, a_stride, b, b_stride)
                           : satd_width8(a, a_stride, b, b_stride, height);
    }
    return satd_wide(a, a_stride, b, b_stride, width, height);
}
