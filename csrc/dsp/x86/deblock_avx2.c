/* AVX2 variants: deblocking. Two segments of edges at once, one in each 128-bit lane, and both
 * sides of an edge in the same vectors: in s[i] the low half of a lane holds sample p_i of the four
 * lines, the high half q_i. Masks say in which segments, or lines, a filter acts. */
#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "common/intmath.h"
#include "dsp/dsp.h"
#include "dsp/x86/avx2.h"

/* What is made for each reach and direction would be left as calls otherwise. */
#define INLINE static inline __attribute__((always_inline))

INLINE __m256i swap(__m256i v) { return _mm256_shuffle_epi32(v, 0x4e); }
INLINE __m256i add(__m256i a, __m256i b) { return _mm256_add_epi16(a, b); }
INLINE __m256i sub(__m256i a, __m256i b) { return _mm256_sub_epi16(a, b); }
INLINE __m256i twice(__m256i a) { return _mm256_slli_epi16(a, 1); }
INLINE __m256i and(__m256i a, __m256i b) { return _mm256_and_si256(a, b); }
INLINE __m256i andnot(__m256i a, __m256i b) { return _mm256_andnot_si256(a, b); }
INLINE __m256i less(__m256i a, int b)
{
    return _mm256_cmpgt_epi16(_mm256_set1_epi16((int16_t)b), a);
}
INLINE __m256i all(int value) { return _mm256_set1_epi16((int16_t)value); }

/* old + change, the change bounded by +-reach. */
INLINE __m256i moved(__m256i old, __m256i change, __m256i reach)
{
    __m256i least = sub(_mm256_setzero_si256(), reach);
    return add(old, _mm256_min_epi16(_mm256_max_epi16(change, least), reach));
}

/* Low halves of a, high halves of b; and the other way round. */
INLINE __m256i outer(__m256i a, __m256i b) { return _mm256_blend_epi32(a, b, 0xcc); }
INLINE __m256i inner(__m256i a, __m256i b) { return _mm256_alignr_epi8(b, a, 8); }

/* Where the rows or columns of two segments begin. */
typedef struct pair {
    uint16_t *a, *b;
    ptrdiff_t stride;
} pair;

INLINE pair shifted(pair at, ptrdiff_t offset)
{
    return (pair){at.a + offset, at.b + offset, at.stride};
}

INLINE __m256i load_row(pair at, int row)
{
    return load8x2(at.a + row * at.stride, at.b + row * at.stride);
}

INLINE void store_row(pair at, int row, __m256i value)
{
    store8x2(at.a + row * at.stride, at.b + row * at.stride, value);
}

/* Four rows of eight samples to four vectors of two columns each. */
INLINE void rows_to_columns(__m256i pairs[4], pair at)
{
    __m256i a = load_row(at, 0), b = load_row(at, 1), c = load_row(at, 2), d = load_row(at, 3);
    __m256i ab_lo = _mm256_unpacklo_epi16(a, b), ab_hi = _mm256_unpackhi_epi16(a, b);
    __m256i cd_lo = _mm256_unpacklo_epi16(c, d), cd_hi = _mm256_unpackhi_epi16(c, d);
    pairs[0] = _mm256_unpacklo_epi32(ab_lo, cd_lo);
    pairs[1] = _mm256_unpackhi_epi32(ab_lo, cd_lo);
    pairs[2] = _mm256_unpacklo_epi32(ab_hi, cd_hi);
    pairs[3] = _mm256_unpackhi_epi32(ab_hi, cd_hi);
}

INLINE void columns_to_rows(pair at, const __m256i pairs[4])
{
    __m256i mixed[4];
    for (int i = 0; i < 4; i++) {
        mixed[i] = _mm256_unpacklo_epi16(pairs[i], swap(pairs[i]));
    }
    __m256i left_ab = _mm256_unpacklo_epi32(mixed[0], mixed[1]);
    __m256i left_cd = _mm256_unpackhi_epi32(mixed[0], mixed[1]);
    __m256i right_ab = _mm256_unpacklo_epi32(mixed[2], mixed[3]);
    __m256i right_cd = _mm256_unpackhi_epi32(mixed[2], mixed[3]);
    store_row(at, 0, _mm256_unpacklo_epi64(left_ab, right_ab));
    store_row(at, 1, _mm256_unpackhi_epi64(left_ab, right_ab));
    store_row(at, 2, _mm256_unpacklo_epi64(left_cd, right_cd));
    store_row(at, 3, _mm256_unpackhi_epi64(left_cd, right_cd));
}

/* s[0 .. count - 1]. */
INLINE void load_rows(__m256i *s, pair q, int count)
{
    for (int i = 0; i < count; i++) {
        ptrdiff_t p_row = -(i + 1) * q.stride, q_row = i * q.stride;
        s[i] = join(load4x2(q.a + p_row, q.a + q_row), load4x2(q.b + p_row, q.b + q_row));
    }
}

INLINE void store_rows(const __m256i *s, pair q, int count)
{
    for (int i = 0; i < count; i++) {
        ptrdiff_t p_row = -(i + 1) * q.stride, q_row = i * q.stride;
        store4x2(q.a + p_row, q.a + q_row, _mm256_castsi256_si128(s[i]));
        store4x2(q.b + p_row, q.b + q_row, _mm256_extracti128_si256(s[i], 1));
    }
}

/* s[0 .. 7], or s[0 .. 3] where the filter is not long. */
INLINE void load_columns(__m256i *s, pair q, int reach)
{
    __m256i pairs[4], far[4];
    if (reach == SV_DEBLOCK_LONG) {
        rows_to_columns(far, shifted(q, -8));
        rows_to_columns(pairs, q);
        s[4] = inner(far[1], pairs[2]);
        s[5] = outer(far[1], pairs[2]);
        s[6] = inner(far[0], pairs[3]);
        s[7] = outer(far[0], pairs[3]);
        s[0] = inner(far[3], pairs[0]);
        s[1] = outer(far[3], pairs[0]);
        s[2] = inner(far[2], pairs[1]);
        s[3] = outer(far[2], pairs[1]);
        return;
    }
    rows_to_columns(pairs, shifted(q, -4));
    s[0] = inner(pairs[1], pairs[2]);
    s[1] = outer(pairs[1], pairs[2]);
    s[2] = inner(pairs[0], pairs[3]);
    s[3] = outer(pairs[0], pairs[3]);
}

/* p0 and q0 of four lines. */
INLINE void store_nearest(uint16_t *q, ptrdiff_t stride, __m128i s)
{
    int32_t lines[4];
    store8(lines, _mm_unpacklo_epi16(s, _mm_unpackhi_epi64(s, s)));
    for (int line = 0; line < 4; line++) {
        memcpy(q - 1 + line * stride, &lines[line], sizeof lines[line]);
    }
}

/* Edges four samples apart may be neighbours: of these only what changes is stored. */
INLINE void store_columns(const __m256i *s, pair q, int reach)
{
    if (reach == 1) {
        store_nearest(q.a, q.stride, _mm256_castsi256_si128(s[0]));
        store_nearest(q.b, q.stride, _mm256_extracti128_si256(s[0], 1));
    } else if (reach < SV_DEBLOCK_LONG) {
        __m256i pairs[4] = {_mm256_unpacklo_epi64(s[3], s[2]), _mm256_unpacklo_epi64(s[1], s[0]),
                            _mm256_unpackhi_epi64(s[0], s[1]), _mm256_unpackhi_epi64(s[2], s[3])};
        columns_to_rows(shifted(q, -4), pairs);
    } else {
        __m256i left[4], right[4];
        for (int i = 0; i < 4; i++) {
            left[i] = _mm256_unpacklo_epi64(s[7 - 2 * i], s[6 - 2 * i]);
            right[i] = _mm256_unpackhi_epi64(s[2 * i], s[2 * i + 1]);
        }
        columns_to_rows(shifted(q, -8), left);
        columns_to_rows(q, right);
    }
}

/* Line 0 of each side in all four lines; and line 3. */
INLINE __m256i first_lines(__m256i v)
{
    return _mm256_shufflehi_epi16(_mm256_shufflelo_epi16(v, 0x00), 0x00);
}
INLINE __m256i last_lines(__m256i v)
{
    return _mm256_shufflehi_epi16(_mm256_shufflelo_epi16(v, 0xff), 0xff);
}

INLINE __m256i difference(__m256i a, __m256i b) { return _mm256_abs_epi16(sub(a, b)); }

INLINE __m256i curvature(const __m256i *s, int i)
{
    return _mm256_abs_epi16(add(sub(s[i + 2], twice(s[i + 1])), s[i]));
}

INLINE __m256i both_sides(__m256i measure) { return add(measure, swap(measure)); }

INLINE __m256i is_small_step(const __m256i *s, int tc)
{
    return less(difference(s[0], swap(s[0])), (5 * tc + 1) >> 1);
}

INLINE __m256i is_long(const __m256i *s, sv_deblock_limits limits)
{
    __m256i e = _mm256_avg_epu16(curvature(s, 0), curvature(s, 3));
    __m256i tail = _mm256_abs_epi16(add(sub(sub(s[7], s[6]), s[5]), s[4]));
    __m256i spread = _mm256_avg_epu16(add(difference(s[0], s[3]), difference(s[3], s[7])), tail);
    return and(less(twice(both_sides(e)), limits.beta >> 4),
               less(both_sides(spread), (3 * limits.beta) >> 5));
}

INLINE __m256i is_strong(const __m256i *s, sv_deblock_limits limits)
{
    return and(less(twice(both_sides(curvature(s, 0))), limits.beta >> 2),
               less(both_sides(difference(s[0], s[3])), limits.beta >> 3));
}

/* The segments in which lines 0 and 3 pass a test. */
INLINE __m256i segments_of(__m256i lines) { return and(first_lines(lines), last_lines(lines)); }

/* (a * factor + half) >> shift, for a * factor / 2^shift below 2^15. */
INLINE __m256i scaled(__m256i a, int factor, int shift)
{
    return _mm256_mulhrs_epi16(a, all(factor << (15 - shift)));
}

INLINE void filter_long(__m256i *s, int tc, __m256i mask)
{
    __m256i sum = s[0];
    for (int i = 0; i < SV_DEBLOCK_LONG; i++) {
        sum = add(sum, s[i]);
    }
    __m256i middle = _mm256_srli_epi16(add(both_sides(sum), all(8)), 4);
    __m256i far = _mm256_avg_epu16(s[6], s[7]), range = sub(middle, far);
    for (int i = 0; i < SV_DEBLOCK_LONG; i++) {
        __m256i value = add(far, scaled(range, sv_deblock_weight[i], 6));
        __m256i reach = and(all((tc * sv_deblock_bounds[i]) >> 1), mask);
        s[i] = moved(s[i], sub(value, s[i]), reach);
    }
}

INLINE void filter_strong(__m256i *s, int tc, __m256i mask)
{
    const __m256i reach = and(all(tc), mask);
    __m256i near = add(add(s[0], s[1]), swap(s[0])); /* s0 + s1 + o0 */
    __m256i second = add(near, s[2]);
    __m256i first = add(add(near, second), swap(s[1]));
    __m256i third = add(second, twice(add(s[2], s[3])));
    first = _mm256_srli_epi16(add(first, all(4)), 3);
    second = _mm256_srli_epi16(add(second, all(2)), 2);
    third = _mm256_srli_epi16(add(third, all(4)), 3);
    s[0] = moved(s[0], sub(first, s[0]), add(twice(reach), reach));
    s[1] = moved(s[1], sub(second, s[1]), twice(reach));
    s[2] = moved(s[2], sub(third, s[2]), reach);
}

INLINE __m256i clip_sample(__m256i value, int max_value)
{
    return _mm256_min_epi16(_mm256_max_epi16(value, _mm256_setzero_si256()), all(max_value));
}

/* second: the sides of which the second sample changes too. */
INLINE void filter_weak(__m256i *s, int tc, int max_value, __m256i mask, __m256i second)
{
    const __m256i signs = outer(all(1), all(-1));
    __m256i step0 = sub(swap(s[0]), s[0]), step1 = sub(swap(s[1]), s[1]);
    __m256i delta = scaled(sub(add(twice(step0), step0), step1), 3, 4);
    delta = _mm256_unpacklo_epi64(delta, delta); /* computed for p, applied to both */
    mask = and(mask, less(_mm256_abs_epi16(delta), 10 * tc));
    __m256i reach = and(all(tc), mask);
    delta = _mm256_sign_epi16(moved(_mm256_setzero_si256(), delta, reach), signs);
    __m256i change = sub(_mm256_avg_epu16(s[0], s[2]), s[1]);
    change = _mm256_srai_epi16(add(change, delta), 1);
    s[1] = clip_sample(moved(s[1], change, and(all(tc >> 1), and(mask, second))), max_value);
    s[0] = clip_sample(add(s[0], delta), max_value);
}

INLINE bool any(__m256i mask) { return !_mm256_testz_si256(mask, mask); }

/* Filters two segments; `reach` and `vertical` are known where this is compiled. */
INLINE void deblock_pair(pair q, bool vertical, int reach, sv_deblock_limits limits, int max_value)
{
    __m256i s[8], second = _mm256_setzero_si256();
    if (vertical) {
        load_columns(s, q, reach);
    } else {
        load_rows(s, q, reach == 1 ? 3 : reach + 1);
    }
    __m256i bend = curvature(s, 0);
    __m256i of_side = add(first_lines(bend), last_lines(bend));
    __m256i rest = less(both_sides(of_side), limits.beta); /* what is still to be filtered */
    if (!any(rest)) {
        return;
    }
    if (reach > 1) {
        const __m256i step = is_small_step(s, limits.tc);
        __m256i strong = segments_of(and(is_strong(s, limits), step));
        if (reach == SV_DEBLOCK_LONG) {
            __m256i is = and(segments_of(and(is_long(s, limits), step)), rest);
            filter_long(s, limits.tc, is);
            rest = andnot(is, rest);
        }
        filter_strong(s, limits.tc, and(strong, rest));
        rest = andnot(strong, rest);
        second = less(of_side, (3 * limits.beta) >> 4);
    }
    filter_weak(s, limits.tc, max_value, rest, second);
    if (vertical) {
        store_columns(s, q, reach);
    } else {
        store_rows(s, q, reach);
    }
}

INLINE void deblock_pairs(uint16_t *const *segments, int count, ptrdiff_t stride, bool vertical,
                          int reach, sv_deblock_limits limits, int max_value)
{
    for (int i = 0; i < count; i += 2) {
        /* A last one alone is filtered twice over, from the same samples. */
        const pair q = {segments[i], segments[sv_min(i + 1, count - 1)], stride};
        deblock_pair(q, vertical, reach, limits, max_value);
    }
}

INLINE void deblock(uint16_t *const *segments, int count, ptrdiff_t stride, bool vertical,
                    int reach, sv_deblock_limits limits, int max_value)
{
    assert(max_value < 1 << 10); /* the long filter's sums fit 16 bits */
    if (reach == 1) {
        deblock_pairs(segments, count, stride, vertical, 1, limits, max_value);
    } else if (reach < SV_DEBLOCK_LONG) {
        deblock_pairs(segments, count, stride, vertical, 3, limits, max_value);
    } else {
        deblock_pairs(segments, count, stride, vertical, SV_DEBLOCK_LONG, limits, max_value);
    }
}

void sv_deblock_vertical_avx2(uint16_t *const *segments, int count, ptrdiff_t stride, int reach,
                              sv_deblock_limits limits, int max_value)
{
    deblock(segments, count, stride, true, reach, limits, max_value);
}

void sv_deblock_horizontal_avx2(uint16_t *const *segments, int count, ptrdiff_t stride, int reach,
                                sv_deblock_limits limits, int max_value)
{
    deblock(segments, count, stride, false, reach, limits, max_value);
}
