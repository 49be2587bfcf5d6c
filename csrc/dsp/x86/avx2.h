/* Loads, differences and stores shared by the AVX2 kernels. None needs alignment. */
#ifndef SVAC2_DSP_X86_AVX2_H
#define SVAC2_DSP_X86_AVX2_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

/* Four 16-bit elements in the low half, the high half zero. */
static inline __m128i load4(const void *from) { return _mm_loadl_epi64(from); }
static inline __m128i load8(const void *from) { return _mm_loadu_si128(from); }
static inline __m256i load16(const void *from) { return _mm256_loadu_si256(from); }

/* Four elements from each of two places. */
static inline __m128i load4x2(const void *low, const void *high)
{
    return _mm_unpacklo_epi64(load4(low), load4(high));
}

static inline __m256i join(__m128i low, __m128i high)
{
    return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}

/* Eight elements from each of two places. */
static inline __m256i load8x2(const void *low, const void *high)
{
    return join(load8(low), load8(high));
}

static inline void store4(void *to, __m128i value) { _mm_storel_epi64(to, value); }
static inline void store8(void *to, __m128i value) { _mm_storeu_si128(to, value); }
static inline void store16(void *to, __m256i value) { _mm256_storeu_si256(to, value); }

static inline void store4x2(void *low, void *high, __m128i value)
{
    store4(low, value);
    store4(high, _mm_unpackhi_epi64(value, value));
}

static inline void store8x2(void *low, void *high, __m256i value)
{
    store8(low, _mm256_castsi256_si128(value));
    store8(high, _mm256_extracti128_si256(value, 1));
}

/* Differences of two rows (or other pieces), a_step and b_step apart. */
static inline __m128i difference_4x2(const uint16_t *a, ptrdiff_t a_step, const uint16_t *b,
                                     ptrdiff_t b_step)
{
    return _mm_sub_epi16(load4x2(a, a + a_step), load4x2(b, b + b_step));
}

static inline __m256i difference_8x2(const uint16_t *a, ptrdiff_t a_step, const uint16_t *b,
                                     ptrdiff_t b_step)
{
    return _mm256_sub_epi16(load8x2(a, a + a_step), load8x2(b, b + b_step));
}

static inline uint32_t sum_epi32(__m256i values)
{
    __m128i sum =
        _mm_add_epi32(_mm256_castsi256_si128(values), _mm256_extracti128_si256(values, 1));
    sum = _mm_add_epi32(sum, _mm_unpackhi_epi64(sum, sum));
    sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 1));
    return (uint32_t)_mm_cvtsi128_si32(sum);
}

#endif
