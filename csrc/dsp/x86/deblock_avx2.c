/* AVX2 variants: deblocking. Both sides of an edge go through the same lanes: in a vector s[i] the
 * low half holds sample p_i of the four lines, the high half q_i. */
#include <assert.h>
#include <stdbool.h>

#include "dsp/dsp.h"
#include "dsp/x86/avx2.h"
#include "format/deblocking.h"

static inline __m128i swap(__m128i v) { return _mm_shuffle_epi32(v, 0x4e); }
static inline __m128i add(__m128i a, __m128i b) { return _mm_add_epi16(a, b); }
static inline __m128i sub(__m128i a, __m128i b) { return _mm_sub_epi16(a, b); }
static inline __m128i twice(__m128i a) { return _mm_slli_epi16(a, 1); }
static inline __m128i all(int value) { return _mm_set1_epi16((int16_t)value); }

static inline __m128i clip(__m128i value, __m128i low, __m128i high)
{
    return _mm_min_epi16(_mm_max_epi16(value, low), high);
}

/* old + change, the change bounded by +-reach, the result by 0 and maximum. */
static inline __m128i moved(__m128i old, __m128i change, int reach, __m128i maximum)
{
    change = clip(change, all(-reach), all(reach));
    return clip(add(old, change), _mm_setzero_si128(), maximum);
}

/* Low halves of a, high halves of b; and the other way round. */
static inline __m128i outer(__m128i a, __m128i b) { return _mm_blend_epi16(a, b, 0xf0); }
static inline __m128i inner(__m128i a, __m128i b) { return _mm_alignr_epi8(b, a, 8); }

/* Four rows of eight samples to four vectors of two columns each. */
static inline void rows_to_columns(__m128i pairs[4], const uint16_t *rows, ptrdiff_t stride)
{
    __m128i a = load8(rows), b = load8(rows + stride);
    __m128i c = load8(rows + 2 * stride), d = load8(rows + 3 * stride);
    __m128i ab_lo = _mm_unpacklo_epi16(a, b), ab_hi = _mm_unpackhi_epi16(a, b);
    __m128i cd_lo = _mm_unpacklo_epi16(c, d), cd_hi = _mm_unpackhi_epi16(c, d);
    pairs[0] = _mm_unpacklo_epi32(ab_lo, cd_lo);
    pairs[1] = _mm_unpackhi_epi32(ab_lo, cd_lo);
    pairs[2] = _mm_unpacklo_epi32(ab_hi, cd_hi);
    pairs[3] = _mm_unpackhi_epi32(ab_hi, cd_hi);
}

static inline void columns_to_rows(uint16_t *rows, ptrdiff_t stride, const __m128i pairs[4])
{
    __m128i mixed[4];
    for (int i = 0; i < 4; i++) {
        mixed[i] = _mm_unpacklo_epi16(pairs[i], swap(pairs[i]));
    }
    __m128i left_ab = _mm_unpacklo_epi32(mixed[0], mixed[1]);
    __m128i left_cd = _mm_unpackhi_epi32(mixed[0], mixed[1]);
    __m128i right_ab = _mm_unpacklo_epi32(mixed[2], mixed[3]);
    __m128i right_cd = _mm_unpackhi_epi32(mixed[2], mixed[3]);
    store8(rows, _mm_unpacklo_epi64(left_ab, right_ab));
    store8(rows + stride, _mm_unpackhi_epi64(left_ab, right_ab));
    store8(rows + 2 * stride, _mm_unpacklo_epi64(left_cd, right_cd));
    store8(rows + 3 * stride, _mm_unpackhi_epi64(left_cd, right_cd));
}

/* s[first .. end - 1], at most four: rows that another thread may change are left alone. */
static inline void load_sides(__m128i *s, const uint16_t *q, ptrdiff_t stride, bool vertical,
                              int first, int end)
{
    if (!vertical) {
        for (int i = first; i < end; i++) {
            s[i] = load4x2(q - (i + 1) * stride, q + i * stride);
        }
        return;
    }
    __m128i pairs[4], far[4];
    if (first == 0) {
        rows_to_columns(pairs, q - 4, stride);
    } else {
        rows_to_columns(pairs, q - 8, stride);
        rows_to_columns(far, q, stride);
        pairs[2] = far[2];
        pairs[3] = far[3];
    }
    s[first] = inner(pairs[1], pairs[2]);
    s[first + 1] = outer(pairs[1], pairs[2]);
    s[first + 2] = inner(pairs[0], pairs[3]);
    s[first + 3] = outer(pairs[0], pairs[3]);
}

/* Stores s[0 .. count - 1], the samples that may have changed. */
static inline void store_sides(const __m128i *s, uint16_t *q, ptrdiff_t stride, bool vertical,
                               int count)
{
    if (!vertical) {
        for (int i = 0; i < count; i++) {
            store4x2(q - (i + 1) * stride, q + i * stride, s[i]);
        }
    } else if (count <= 4) {
        __m128i pairs[4] = {_mm_unpacklo_epi64(s[3], s[2]), _mm_unpacklo_epi64(s[1], s[0]),
                            _mm_unpackhi_epi64(s[0], s[1]), _mm_unpackhi_epi64(s[2], s[3])};
        columns_to_rows(q - 4, stride, pairs);
    } else {
        __m128i left[4], right[4];
        for (int i = 0; i < 4; i++) {
            left[i] = _mm_unpacklo_epi64(s[7 - 2 * i], s[6 - 2 * i]);
            right[i] = _mm_unpackhi_epi64(s[2 * i], s[2 * i + 1]);
        }
        columns_to_rows(q - 8, stride, left);
        columns_to_rows(q, stride, right);
    }
}

static inline __m128i curvature(const __m128i *s, int i)
{
    return _mm_abs_epi16(add(sub(s[i + 2], twice(s[i + 1])), s[i]));
}

static inline __m128i difference(__m128i a, __m128i b) { return _mm_abs_epi16(sub(a, b)); }

/* Whether both sides' measures sum to less than the bound in lines 0 and 3. */
static inline bool below(__m128i measure, int bound)
{
    __m128i less = _mm_cmplt_epi16(add(measure, swap(measure)), all(bound));
    return (_mm_movemask_epi8(less) & 0xc3) == 0xc3;
}

static inline bool small_step(const __m128i *s, int tc)
{
    __m128i less = _mm_cmplt_epi16(difference(s[0], swap(s[0])), all((5 * tc + 1) >> 1));
    return (_mm_movemask_epi8(less) & 0xc3) == 0xc3;
}

static inline bool is_long(const __m128i *s, int beta, int tc)
{
    __m128i e = _mm_avg_epu16(curvature(s, 0), curvature(s, 3));
    __m128i tail = _mm_abs_epi16(add(sub(sub(s[7], s[6]), s[5]), s[4]));
    __m128i spread = _mm_avg_epu16(add(difference(s[0], s[3]), difference(s[3], s[7])), tail);
    return below(twice(e), beta >> 4) && below(spread, (3 * beta) >> 5) && small_step(s, tc);
}

static inline bool is_strong(const __m128i *s, int beta, int tc)
{
    return below(twice(curvature(s, 0)), beta >> 2) && below(difference(s[0], s[3]), beta >> 3) &&
           small_step(s, tc);
}

static inline void filter_long(__m128i *s, int tc, __m128i maximum)
{
    __m128i sum = s[0];
    for (int i = 0; i < SV_DEBLOCK_LONG; i++) {
        sum = add(sum, s[i]);
    }
    __m128i middle = _mm_srli_epi16(add(add(sum, swap(sum)), all(8)), 4);
    __m128i far = _mm_avg_epu16(s[6], s[7]);
    for (int i = 0; i < SV_DEBLOCK_LONG; i++) {
        int weight = sv_deblock_weight[i];
        __m128i value =
            add(_mm_mullo_epi16(middle, all(weight)), _mm_mullo_epi16(far, all(64 - weight)));
        value = _mm_srli_epi16(add(value, all(32)), 6);
        s[i] = moved(s[i], sub(value, s[i]), (tc * sv_deblock_reach[i]) >> 1, maximum);
    }
}

static inline void filter_strong(__m128i *s, int tc, __m128i maximum)
{
    __m128i near = add(add(s[0], s[1]), swap(s[0])); /* s0 + s1 + o0 */
    __m128i first = add(add(twice(near), s[2]), swap(s[1]));
    __m128i second = add(near, s[2]);
    __m128i third = add(add(near, s[2]), twice(add(s[2], s[3])));
    first = _mm_srli_epi16(add(first, all(4)), 3);
    second = _mm_srli_epi16(add(second, all(2)), 2);
    third = _mm_srli_epi16(add(third, all(4)), 3);
    s[0] = moved(s[0], sub(first, s[0]), 3 * tc, maximum);
    s[1] = moved(s[1], sub(second, s[1]), 2 * tc, maximum);
    s[2] = moved(s[2], sub(third, s[2]), tc, maximum);
}

/* False where no line needs a correction. */
static inline bool filter_weak(__m128i *s, int tc, __m128i maximum, bool change_p1, bool change_q1)
{
    const __m128i signs = _mm_set_epi16(-1, -1, -1, -1, 1, 1, 1, 1);
    __m128i step0 = sub(swap(s[0]), s[0]), step1 = sub(swap(s[1]), s[1]);
    __m128i delta = sub(_mm_mullo_epi16(step0, all(9)), _mm_mullo_epi16(step1, all(3)));
    delta = _mm_srai_epi16(add(delta, all(8)), 4);
    delta = _mm_unpacklo_epi64(delta, delta); /* computed for p, applied to both */
    __m128i active = _mm_cmplt_epi16(_mm_abs_epi16(delta), all(10 * tc));
    if (_mm_movemask_epi8(active) == 0) {
        return false;
    }
    delta = _mm_sign_epi16(clip(delta, all(-tc), all(tc)), signs);
    __m128i second = add(sub(_mm_avg_epu16(s[0], s[2]), s[1]), delta);
    __m128i sides = _mm_set_epi64x(-(int64_t)change_q1, -(int64_t)change_p1);
    second = _mm_and_si128(_mm_srai_epi16(second, 1), _mm_and_si128(active, sides));
    s[0] = moved(s[0], _mm_and_si128(delta, active), tc, maximum);
    s[1] = moved(s[1], second, tc >> 1, maximum);
    return true;
}

static inline void deblock(uint16_t *q, ptrdiff_t stride, bool vertical, int p_length, int q_length,
                           int beta, int tc, int max_value)
{
    assert(max_value < 1 << 10); /* the long filter's sums fit 16 bits */
    const __m128i maximum = all(max_value);
    __m128i s[8];
    bool wide = p_length >= 3 && q_length >= 3;
    load_sides(s, q, stride, vertical, 0, wide ? 4 : 3);
    __m128i d = curvature(s, 0);
    int p_curvature = _mm_extract_epi16(d, 0) + _mm_extract_epi16(d, 3);
    int q_curvature = _mm_extract_epi16(d, 4) + _mm_extract_epi16(d, 7);
    if (p_curvature + q_curvature >= beta) {
        return;
    }
    if (p_length == 7 && q_length == 7) {
        load_sides(s, q, stride, vertical, 4, 8);
        if (is_long(s, beta, tc)) {
            filter_long(s, tc, maximum);
            store_sides(s, q, stride, vertical, SV_DEBLOCK_LONG);
            return;
        }
    }
    if (wide && is_strong(s, beta, tc)) {
        filter_strong(s, tc, maximum);
        store_sides(s, q, stride, vertical, 3);
    } else if (filter_weak(s, tc, maximum, wide && p_curvature < (3 * beta) >> 4,
                           wide && q_curvature < (3 * beta) >> 4)) {
        store_sides(s, q, stride, vertical, wide ? 2 : 1);
    }
}

void sv_deblock_vertical_avx2(uint16_t *q, ptrdiff_t stride, int p_length, int q_length, int beta,
                              int tc, int max_value)
{
    deblock(q, stride, true, p_length, q_length, beta, tc, max_value);
}

void sv_deblock_horizontal_avx2(uint16_t *q, ptrdiff_t stride, int p_length, int q_length, int beta,
                                int tc, int max_value)
{
    deblock(q, stride, false, p_length, q_length, beta, tc, max_value);
}
