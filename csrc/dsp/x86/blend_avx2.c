/* AVX2 variants: blending predictions with reference samples. */
#include <assert.h>

#include "common/intmath.h"
#include "dsp/dsp.h"
#include "dsp/x86/avx2.h"

/* 10-bit samples times weights that add up to 64: sums just fit 16 bits. */
static inline __m128i blend8(__m128i samples, __m128i top, __m128i left, __m128i weight_top,
                             __m128i weight_left)
{
    __m128i rest = _mm_sub_epi16(_mm_sub_epi16(_mm_set1_epi16(64), weight_left), weight_top);
    __m128i sum = _mm_add_epi16(_mm_mullo_epi16(left, weight_left), _mm_mullo_epi16(rest, samples));
    sum = _mm_add_epi16(sum, _mm_mullo_epi16(top, weight_top));
    return _mm_srli_epi16(_mm_add_epi16(sum, _mm_set1_epi16(32)), 6);
}

void sv_blend_sides_avx2(uint16_t *dst, ptrdiff_t stride, const uint16_t *top, const uint16_t *left,
                         const uint16_t *weights, int width, int height, int reach)
{
    for (int y = 0; y < height; y++, dst += stride) {
        const __m128i side = _mm_set1_epi16((int16_t)left[y]);
        const __m128i weight_top = _mm_set1_epi16((int16_t)weights[y]);
        int columns = weights[y] != 0 ? width : sv_min(width, reach), x = 0;
        for (; x + 8 <= columns; x += 8) {
            store8(dst + x,
                   blend8(load8(dst + x), load8(top + x), side, weight_top, load8(weights + x)));
        }
        if (x < columns) {
            store4(dst + x,
                   blend8(load4(dst + x), load4(top + x), side, weight_top, load4(weights + x)));
        }
    }
}

/* In units of 2^-6; a multiplication that rounds takes them as 2^-15. The sum is clipped after. */
static inline __m128i add_gradient(__m128i samples, __m128i gradient, __m128i weights,
                                   __m128i maximum)
{
    __m128i change = _mm_mulhrs_epi16(gradient, _mm_slli_epi16(weights, 9));
    __m128i sum = _mm_max_epi16(_mm_add_epi16(samples, change), _mm_setzero_si128());
    return _mm_min_epi16(sum, maximum);
}

void sv_blend_gradient_avx2(uint16_t *dst, ptrdiff_t stride, const uint16_t *side,
                            const uint16_t *weights, int reach, int height, int max_value)
{
    assert(reach % 4 == 0);
    const __m128i maximum = _mm_set1_epi16((int16_t)max_value);
    for (int y = 0; y < height; y++, dst += stride) {
        const __m128i gradient = _mm_set1_epi16((int16_t)(side[1 + y] - side[0]));
        int x = 0;
        for (; x + 8 <= reach; x += 8) {
            store8(dst + x, add_gradient(load8(dst + x), gradient, load8(weights + x), maximum));
        }
        if (x < reach) {
            store4(dst + x, add_gradient(load4(dst + x), gradient, load4(weights + x), maximum));
        }
    }
}

/* Four samples of each of two rows. */
static inline void blend_rows(uint16_t *dst, ptrdiff_t stride, __m128i side, __m128i weights)
{
    const __m128i zero = _mm_setzero_si128();
    store4x2(dst, dst + stride, blend8(load4x2(dst, dst + stride), zero, side, zero, weights));
}

void sv_blend_direction_avx2(uint16_t *dst, ptrdiff_t stride, const uint16_t *side, int inverse,
                             const uint16_t *weights, int reach, int height)
{
    assert(height % 4 == 0);
    for (int x = 0; x < reach; x += 4) {
        const __m128i columns = load4x2(weights + x, weights + x);
        const uint16_t *from[4]; /* of columns beyond reach, which have no weight, the last one's */
        for (int i = 0; i < 4; i++) {
            from[i] = side + 1 + ((sv_min(x + i + 1, reach) * inverse + 256) >> 9);
        }
        for (int y = 0; y < height; y += 4) {
            __m128i ab = _mm_unpacklo_epi16(load4(from[0] + y), load4(from[1] + y));
            __m128i cd = _mm_unpacklo_epi16(load4(from[2] + y), load4(from[3] + y));
            uint16_t *to = dst + y * stride + x;
            blend_rows(to, stride, _mm_unpacklo_epi32(ab, cd), columns);
            blend_rows(to + 2 * stride, stride, _mm_unpackhi_epi32(ab, cd), columns);
        }
    }
}
