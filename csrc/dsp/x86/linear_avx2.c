/* AVX2 variant: sums of products for linear prediction, and elimination. */
#include <assert.h>

#include "dsp/dsp.h"
#include "dsp/linear.h"
#include "dsp/x86/avx2.h"

enum { PAIRS_MAX = 8, GROUPS_MAX = 5 };

/* Two rows of inputs at a time: of each column both, side by side. */
static void interleave(__m256i *columns, const int16_t *inputs, ptrdiff_t stride, int groups)
{
    for (int g = 0; g < groups; g++) {
        __m128i first = _mm_loadu_si128((const __m128i *)(inputs + 8 * g));
        __m128i second = _mm_loadu_si128((const __m128i *)(inputs + stride + 8 * g));
        columns[g] =
            _mm256_set_m128i(_mm_unpackhi_epi16(first, second), _mm_unpacklo_epi16(first, second));
    }
}

void sv_gram_avx2(int32_t *sums, const int16_t *inputs, ptrdiff_t stride, int count, int rows,
                  int pitch)
{
    __m256i columns[PAIRS_MAX][GROUPS_MAX];
    const int pairs = count / 2, groups = pitch / 8;
    for (int r = 0; r < pairs; r++) {
        interleave(columns[r], inputs + 2 * r * stride, stride, groups);
    }
    for (int i = 0; i < rows; i++) {
        __m256i row[PAIRS_MAX];
        for (int r = 0; r < pairs; r++) {
            row[r] = _mm256_set1_epi32(((const int32_t *)columns[r])[i]);
        }
        for (int g = i / 8; g < groups; g++) {
            __m256i sum = _mm256_setzero_si256();
            for (int r = 0; r < pairs; r++) {
                sum = _mm256_add_epi32(sum, _mm256_madd_epi16(row[r], columns[r][g]));
            }
            _mm256_storeu_si256((__m256i *)(sums + i * pitch + 8 * g), sum);
        }
    }
}

/* The low halves of (a * b) >> 24, for 32-bit elements. */
static inline __m256i multiply(__m256i a, __m256i b)
{
    __m256i even = _mm256_srli_epi64(_mm256_mul_epi32(a, b), 24);
    __m256i odd = _mm256_slli_epi64(_mm256_mul_epi32(_mm256_srli_epi64(a, 32), b), 8);
    return _mm256_blend_epi32(even, odd, 0xaa);
}

/* The sums of the lanes of four. */
static inline __m128i total4(const __m256i *parts)
{
    const __m256i low = _mm256_hadd_epi32(parts[0], parts[1]);
    const __m256i high = _mm256_hadd_epi32(parts[2], parts[3]);
    const __m256i both = _mm256_hadd_epi32(low, high);
    return _mm_add_epi32(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
}

/* Of three rows with three rows. */
static inline void sum_nine(int32_t nine[12], const int16_t *first, const int16_t *second,
                            ptrdiff_t stride, int samples)
{
    __m256i sums[12];
    for (int i = 0; i < 12; i++) {
        sums[i] = _mm256_setzero_si256();
    }
    for (int x = 0; x < samples; x += 16) {
        for (int i = 0; i < 3; i++) {
            const __m256i row = load16(first + i * stride + x);
            for (int j = 0; j < 3; j++) {
                const __m256i pairs = _mm256_madd_epi16(row, load16(second + j * stride + x));
                sums[3 * i + j] = _mm256_add_epi32(sums[3 * i + j], pairs);
            }
        }
    }
    for (int i = 0; i < 12; i += 4) {
        _mm_storeu_si128((__m128i *)(nine + i), total4(sums + i));
    }
}

void sv_products_avx2(int32_t *sums, const int16_t *rows, ptrdiff_t stride, int count, int samples)
{
    int32_t nine[12];
    assert(count % 3 == 0 && samples % 16 == 0);
    for (int i = 0; i < count; i += 3) {
        for (int j = i; j < count; j += 3) {
            sum_nine(nine, rows + i * stride, rows + j * stride, stride, samples);
            for (int k = 0; k < 9; k++) {
                sums[(i + k / 3) * count + j + k % 3] = nine[k];
            }
        }
    }
}

void sv_eliminate_avx2(int32_t *matrix, int32_t *factors, int pitch, int size, int pivot,
                       int64_t inverse)
{
    const int32_t *from = matrix + pivot * pitch;
    for (int j = pivot + 1; j < size; j++) {
        const int32_t factor = sv_elimination_factor(from[j], inverse);
        const __m256i factor8 = _mm256_set1_epi32(factor);
        factors[j * pitch + pivot] = factor;
        for (int m = j & ~7; m < pitch; m += 8) {
            __m256i *to = (__m256i *)(matrix + j * pitch + m);
            __m256i change = multiply(load16(from + m), factor8);
            _mm256_storeu_si256(to, _mm256_sub_epi32(_mm256_loadu_si256(to), change));
        }
    }
}

/* The largest sum of two products, 2^31, looks like the least number, below the least of these
 * sums: less 1 they all fit. */
int64_t sv_dot_avx2(const int16_t *a, const int16_t *b, int count)
{
    const __m256i one = _mm256_set1_epi32(1);
    __m256i sums = _mm256_setzero_si256();
    int x = 0;
    for (; x + 16 <= count; x += 16) {
        __m256i pairs = _mm256_sub_epi32(_mm256_madd_epi16(load16(a + x), load16(b + x)), one);
        __m256i low = _mm256_cvtepi32_epi64(_mm256_castsi256_si128(pairs));
        __m256i high = _mm256_cvtepi32_epi64(_mm256_extracti128_si256(pairs, 1));
        sums = _mm256_add_epi64(sums, _mm256_add_epi64(low, high));
    }
    int64_t parts[4];
    store16(parts, sums);
    return parts[0] + parts[1] + parts[2] + parts[3] + x / 2 +
           sv_dot_scalar(a + x, b + x, count - x);
}
