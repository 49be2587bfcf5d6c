/* AVX2 variant: SATD of samples of any depth, in sums of 32 bits; an 8x8 square is in eight
 * registers. */
#include "dsp/dsp.h"
#include "dsp/x86/avx2.h"

static inline __m256i differences(const uint16_t *a, const uint16_t *b)
{
    return _mm256_sub_epi32(_mm256_cvtepu16_epi32(load8(a)), _mm256_cvtepu16_epi32(load8(b)));
}

static inline void butterfly(__m256i *a, __m256i *b)
{
    __m256i sum = _mm256_add_epi32(*a, *b);
    *b = _mm256_sub_epi32(*a, *b);
    *a = sum;
}

/* Hadamard transform down the columns of an 8x8 square. */
static inline void hadamard_columns(__m256i rows[8])
{
    for (int half = 4; half > 0; half /= 2) {
        for (int y = 0; y < 8; y++) {
            if ((y & half) == 0) {
                butterfly(&rows[y], &rows[y + half]);
            }
        }
    }
}

static inline void transpose(__m256i rows[8])
{
    __m256i pairs[8], quads[8];
    for (int y = 0; y < 8; y += 2) {
        pairs[y] = _mm256_unpacklo_epi32(rows[y], rows[y + 1]);
        pairs[y + 1] = _mm256_unpackhi_epi32(rows[y], rows[y + 1]);
    }
    for (int y = 0; y < 8; y += 4) {
        for (int i = 0; i < 2; i++) {
            quads[y + 2 * i] = _mm256_unpacklo_epi64(pairs[y + i], pairs[y + 2 + i]);
            quads[y + 2 * i + 1] = _mm256_unpackhi_epi64(pairs[y + i], pairs[y + 2 + i]);
        }
    }
    for (int y = 0; y < 4; y++) {
        rows[y] = _mm256_permute2x128_si256(quads[y], quads[y + 4], 0x20);
        rows[y + 4] = _mm256_permute2x128_si256(quads[y], quads[y + 4], 0x31);
    }
}

static uint32_t satd_8x8(const uint16_t *a, ptrdiff_t a_stride, const uint16_t *b,
                         ptrdiff_t b_stride)
{
    __m256i rows[8], sum = _mm256_setzero_si256();
    for (int y = 0; y < 8; y++) {
        rows[y] = differences(a + y * a_stride, b + y * b_stride);
    }
    hadamard_columns(rows);
    transpose(rows);
    hadamard_columns(rows);
    for (int y = 0; y < 8; y++) {
        sum = _mm256_add_epi32(sum, _mm256_abs_epi32(rows[y]));
    }
    return (sum_epi32(sum) + 2) >> 2;
}

uint32_t sv_satd_deep_avx2(const uint16_t *a, ptrdiff_t a_stride, const uint16_t *b,
                           ptrdiff_t b_stride, int width, int height)
{
    if (width < 8 || height < 8) {
        return sv_satd_scalar(a, a_stride, b, b_stride, width, height);
    }
    uint32_t sum = 0;
    for (int y = 0; y < height; y += 8, a += 8 * a_stride, b += 8 * b_stride) {
        for (int x = 0; x < width; x += 8) {
            sum += satd_8x8(a + x, a_stride, b + x, b_stride);
        }
    }
    return sum;
}
