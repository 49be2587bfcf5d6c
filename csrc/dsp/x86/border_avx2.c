/* AVX2 variants: what signs are foreseen by. */
#include <assert.h>

#include "dsp/dsp.h"
#include "dsp/x86/avx2.h"
#include "format/sign_walk.h"

/* Sums of both halves' pairs, those of the low halves first. */
static inline __m128i sum_halves(__m256i values)
{
    return _mm_hadd_epi32(_mm256_castsi256_si128(values), _mm256_extracti128_si256(values, 1));
}

static inline __m128i four_of_4(const int16_t *border, const int16_t *basis)
{
    return sum_halves(_mm256_madd_epi16(_mm256_broadcastq_epi64(load4(border)), load16(basis)));
}

static inline __m128i four_of_8(const int16_t *border, const int16_t *basis)
{
    const __m256i twice = _mm256_broadcastsi128_si256(load8(border));
    const __m256i even = _mm256_madd_epi16(twice, load8x2(basis, basis + 16));
    const __m256i odd = _mm256_madd_epi16(twice, load8x2(basis + 8, basis + 24));
    return sum_halves(_mm256_hadd_epi32(even, odd));
}

static inline __m128i four_of_more(const int16_t *border, const int16_t *basis, int size)
{
    __m256i sums[4];
    for (int k = 0; k < 4; k++, basis += size) {
        sums[k] = _mm256_madd_epi16(load16(border), load16(basis));
        for (int i = 16; i < size; i += 16) {
            const __m256i more = _mm256_madd_epi16(load16(border + i), load16(basis + i));
            sums[k] = _mm256_add_epi32(sums[k], more);
        }
    }
    const __m256i sum =
        _mm256_hadd_epi32(_mm256_hadd_epi32(sums[0], sums[1]), _mm256_hadd_epi32(sums[2], sums[3]));
    return _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
}

void sv_border_frequencies_avx2(int32_t *to, const int16_t *border, const int16_t *basis, int size,
                                int count, int shift)
{
    const __m128i half = _mm_set1_epi32(1 << (shift - 1)), by = _mm_cvtsi32_si128(shift);
    const __m128i max = _mm_set1_epi32(SV_SIGN_MISMATCH_MAX);
    const __m128i min = _mm_set1_epi32(-SV_SIGN_MISMATCH_MAX);
    for (int k = 0; k < count; k += 4, basis += 4 * size) {
        const __m128i sum = size == 4   ? four_of_4(border, basis)
                            : size == 8 ? four_of_8(border, basis)
                                        : four_of_more(border, basis, size);
        const __m128i value = _mm_sra_epi32(_mm_add_epi32(sum, half), by);
        store8(to + k, _mm_min_epi32(_mm_max_epi32(value, min), max));
    }
}

/* Which of eight levels are not 0, a bit each. */
static inline uint64_t occupied8(const int32_t *levels)
{
    const __m256i zero = _mm256_cmpeq_epi32(load16(levels), _mm256_setzero_si256());
    return (uint64_t)_mm256_movemask_ps(_mm256_castsi256_ps(zero)) ^ 0xff;
}

int sv_find_levels_avx2(uint16_t *places, const int32_t *levels, int count)
{
    int found = 0;
    assert(count % 16 == 0 && count <= SV_TX_MAX_COEFS * SV_TX_MAX_COEFS);
    for (int start = 0; start < count; start += 64) {
        const int end = count - start < 64 ? count - start : 64;
        uint64_t rest = 0;
        for (int i = 0; i < end; i += 8) {
            rest |= occupied8(levels + start + i) << i;
        }
        for (; rest != 0; rest &= rest - 1) {
            places[found++] = (uint16_t)(start + __builtin_ctzll(rest));
        }
    }
    return found;
}
