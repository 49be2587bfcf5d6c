/* Restoration of chroma in AVX2. The last vector of a row overlaps the one before; shorter rows are
 * left to the reference. */
#include "dsp/chroma.h"

#include "common/intmath.h"
#include "dsp/dsp.h"
#include "dsp/x86/avx2.h"
#include "format/chroma_restoration.h"

enum {
    STEP = 8, /* cells or corners in a vector */
    PLANES = SV_CELL_PLANES,
    PRODUCTS = SV_CELL_PRODUCTS,
    COEFFICIENTS = SV_LINE_COEFFICIENTS
};

void sv_cell_sums_avx2(int32_t *sums, ptrdiff_t stride, const uint16_t *const *rows, int cells,
                       int shift)
{
    const __m128i shifts = _mm_cvtsi32_si128(shift);
    const __m256i zero = _mm256_set1_epi16(SV_CHROMA_ZERO), one = _mm256_set1_epi16(1);
    if (cells < STEP) {
        sv_cell_sums_scalar(sums, stride, rows, cells, shift);
        return;
    }
    for (int step = 0; step < cells; step += STEP) {
        const int x = sv_min(step, cells - STEP);
        __m256i samples[2 * PLANES];
        for (int row = 0; row < 2 * PLANES; row++) {
            samples[row] =
                _mm256_sub_epi16(_mm256_srl_epi16(load16(rows[row] + 2 * x), shifts), zero);
        }
        for (int p = 0; p < PLANES; p++) {
            __m256i sum = _mm256_add_epi16(samples[2 * p], samples[2 * p + 1]);
            store16(sums + p * stride + x, _mm256_madd_epi16(sum, one));
        }
        for (int i = 0; i < PRODUCTS; i++) {
            int p = 2 * sv_product_planes[i][0], q = 2 * sv_product_planes[i][1];
            __m256i top = _mm256_madd_epi16(samples[p], samples[q]);
            __m256i bottom = _mm256_madd_epi16(samples[p + 1], samples[q + 1]);
            store16(sums + (PLANES + i) * stride + x, _mm256_add_epi32(top, bottom));
        }
    }
}

/* ---- Lines ---- */

/* Eight whole numbers as doubles. */
typedef struct wide {
    __m256d half[2];
} wide;

static inline wide to_wide(__m256i values)
{
    return (wide){{_mm256_cvtepi32_pd(_mm256_castsi256_si128(values)),
                   _mm256_cvtepi32_pd(_mm256_extracti128_si256(values, 1))}};
}

static inline __m256i from_wide(wide values)
{
    return join(_mm256_cvtpd_epi32(values.half[0]), _mm256_cvtpd_epi32(values.half[1]));
}

static inline __m256d cut(__m256d value)
{
    return _mm256_round_pd(value, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
}

/* Of eight corners. */
typedef struct statistics {
    __m256i means[PLANES];
    wide covariances[PRODUCTS];
} statistics;

static inline __m256i window_total(const int32_t *above, const int32_t *below)
{
    return _mm256_add_epi32(_mm256_add_epi32(load16(above), load16(above + 1)),
                            _mm256_add_epi32(load16(below), load16(below + 1)));
}

static inline void gather(statistics *s, const int32_t *above, const int32_t *below,
                          ptrdiff_t stride, int log2)
{
    const __m128i mean_shift = _mm_cvtsi32_si128(log2 - SV_CHROMA_COVARIANCE_BITS);
    const __m256d scale = _mm256_set1_pd(1.0 / (1 << (log2 - SV_CHROMA_COVARIANCE_BITS)));
    const __m256d square_scale = _mm256_div_pd(scale, _mm256_set1_pd(1 << log2));
    wide totals[PLANES];
    for (int p = 0; p < PLANES; p++, above += stride, below += stride) {
        __m256i total = window_total(above, below);
        totals[p] = to_wide(total);
        s->means[p] = _mm256_sra_epi32(total, mean_shift);
    }
    for (int i = 0; i < PRODUCTS; i++, above += stride, below += stride) {
        const wide *p = &totals[sv_product_planes[i][0]], *q = &totals[sv_product_planes[i][1]];
        wide product = to_wide(window_total(above, below));
        for (int h = 0; h < 2; h++) {
            __m256d square = _mm256_mul_pd(_mm256_mul_pd(p->half[h], q->half[h]), square_scale);
            s->covariances[i].half[h] =
                cut(_mm256_sub_pd(_mm256_mul_pd(product.half[h], scale), square));
        }
    }
}

static inline __m256d cross(__m256d a, __m256d b, __m256d c, __m256d d)
{
    return _mm256_sub_pd(_mm256_mul_pd(a, b), _mm256_mul_pd(c, d));
}

static inline __m256d slope(__m256d dividend, __m256d determinant)
{
    const __m256d one = _mm256_set1_pd(1 << SV_CHROMA_SLOPE_BITS);
    const __m256d most = _mm256_set1_pd(SV_CHROMA_SLOPE_MAX);
    __m256d value = cut(_mm256_div_pd(_mm256_mul_pd(dividend, one), determinant));
    return _mm256_max_pd(_mm256_min_pd(value, most), _mm256_sub_pd(_mm256_setzero_pd(), most));
}

typedef struct slopes {
    wide luma, other, weight;
} slopes;

static inline slopes fit_slopes(const statistics *s, int p)
{
    const __m256d epsilon = _mm256_set1_pd(SV_CHROMA_EPSILON);
    const __m256d one = _mm256_set1_pd(1 << SV_CHROMA_SLOPE_BITS);
    const __m256d noise = _mm256_set1_pd((double)SV_CHROMA_NOISE * (1 << SV_CHROMA_SLOPE_BITS));
    const __m256d most = _mm256_set1_pd((double)SV_CHROMA_NOISE * (1 << 2 * SV_CHROMA_SLOPE_BITS));
    slopes line;
    for (int h = 0; h < 2; h++) {
        __m256d gg = _mm256_add_pd(s->covariances[0].half[h], epsilon);
        __m256d hh = _mm256_add_pd(s->covariances[2 - p].half[h], epsilon);
        __m256d gh = s->covariances[4 - p].half[h], own = s->covariances[1 + p].half[h];
        __m256d cg = s->covariances[3 + p].half[h], ch = s->covariances[5].half[h];
        __m256d determinant = cross(gg, hh, gh, gh);
        __m256d a = slope(cross(cg, hh, ch, gh), determinant);
        __m256d b = slope(cross(ch, gg, cg, gh), determinant);
        __m256d rest = _mm256_sub_pd(cross(own, one, a, cg), _mm256_mul_pd(b, ch));
        rest = _mm256_add_pd(_mm256_max_pd(rest, _mm256_setzero_pd()), noise);
        line.luma.half[h] = a;
        line.other.half[h] = b;
        line.weight.half[h] = cut(_mm256_div_pd(most, rest));
    }
    return line;
}

/* SV_MEAN_OWN. Floats hold the whole numbers below 2^24, so the quotient is right as one of doubles
 * is (dsp/chroma_scalar.c). */
static inline __m256i mean_weight(__m256i variance)
{
    const __m256i divisor = _mm256_add_epi32(variance, _mm256_set1_epi32(SV_CHROMA_NOISE));
    const __m256 dividend = _mm256_set1_ps((float)SV_CHROMA_NOISE * (1 << SV_CHROMA_SLOPE_BITS));
    return _mm256_cvttps_epi32(_mm256_div_ps(dividend, _mm256_cvtepi32_ps(divisor)));
}

/* Numbers of 16 bits each. */
static inline __m256i multiply(__m256i a, __m256i b)
{
    return _mm256_madd_epi16(_mm256_and_si256(a, _mm256_set1_epi32(0xffff)), b);
}

static inline __m256i weighed(__m256i slope, __m256i weight)
{
    const __m256i half = _mm256_set1_epi32(1 << (SV_CHROMA_SLOPE_BITS - 1));
    return _mm256_srai_epi32(_mm256_add_epi32(multiply(weight, slope), half), SV_CHROMA_SLOPE_BITS);
}

static inline void store_line(int32_t *to, ptrdiff_t stride, const statistics *s, int p)
{
    const slopes line = fit_slopes(s, p);
    const __m256i weight = from_wide(line.weight), mean = s->means[1 + p];
    const __m256i luma = weighed(from_wide(line.luma), weight);
    const __m256i other = weighed(from_wide(line.other), weight);
    const __m256i own = mean_weight(from_wide(s->covariances[1 + p]));
    __m256i constant = _mm256_sub_epi32(multiply(weight, mean), multiply(luma, s->means[0]));
    store16(to + SV_LINE_LUMA * stride, luma);
    store16(to + SV_LINE_OTHER * stride, other);
    store16(to + SV_LINE_OWN * stride, weight);
    store16(to + SV_LINE_CONSTANT * stride,
            _mm256_sub_epi32(constant, multiply(other, s->means[2 - p])));
    store16(to + SV_MEAN_OWN * stride, own);
    store16(to + SV_MEAN_CONSTANT * stride, multiply(own, mean));
}

void sv_corner_lines_avx2(int32_t *lines, ptrdiff_t stride, const int32_t *above,
                          const int32_t *below, ptrdiff_t sums_stride, int log2, int corners)
{
    if (corners < STEP) {
        sv_corner_lines_scalar(lines, stride, above, below, sums_stride, log2, corners);
        return;
    }
    for (int step = 0; step < corners; step += STEP) {
        const int x = sv_min(step, corners - STEP);
        statistics s;
        gather(&s, above + x, below + x, sums_stride, log2);
        for (int p = 0; p < 2; p++) {
            store_line(lines + p * COEFFICIENTS * stride + x, stride, &s, p);
        }
    }
}

/* ---- Mixes ---- */

static inline __m128i between_rows(const int32_t *first, const int32_t *second, __m128i weight)
{
    __m128i from = load8(first), way = _mm_mullo_epi32(_mm_sub_epi32(load8(second), from), weight);
    __m128i start = _mm_add_epi32(_mm_slli_epi32(from, 3), _mm_set1_epi32(4));
    return _mm_srai_epi32(_mm_add_epi32(start, way), 3);
}

/* The four cells between each of two larger ones and the next. */
static inline __m256i between_columns(__m128i first, __m128i second, __m256i which)
{
    const __m256i weights = _mm256_setr_epi32(1, 3, 5, 7, 1, 3, 5, 7);
    __m128i way = _mm_sub_epi32(second, first);
    __m128i start = _mm_add_epi32(_mm_slli_epi32(first, 3), _mm_set1_epi32(4));
    __m256i ways = _mm256_permutevar8x32_epi32(_mm256_castsi128_si256(way), which);
    __m256i starts = _mm256_permutevar8x32_epi32(_mm256_castsi128_si256(start), which);
    return _mm256_srai_epi32(_mm256_add_epi32(starts, _mm256_mullo_epi32(ways, weights)), 3);
}

void sv_refine_cells_avx2(int32_t *to, const int32_t *above, const int32_t *below, int weight,
                          int cells)
{
    enum { LARGE = 4 }; /* cells, that are computed together */
    const __m256i low = _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1);
    const __m256i high = _mm256_setr_epi32(2, 2, 2, 2, 3, 3, 3, 3);
    const __m128i weights = _mm_set1_epi32(weight);
    if (cells < 4 * LARGE) {
        sv_refine_cells_scalar(to, above, below, weight, cells);
        return;
    }
    for (int step = 0; step < cells / 4; step += LARGE) {
        const int x = sv_min(step, cells / 4 - LARGE);
        __m128i first = between_rows(above + x, below + x, weights);
        __m128i second = between_rows(above + x + 1, below + x + 1, weights);
        store16(to + 4 * x, between_columns(first, second, low));
        store16(to + 4 * x + 8, between_columns(first, second, high));
    }
}

static inline __m256i between(__m256i nearer, __m256i farther)
{
    const __m256i two = _mm256_set1_epi32(2);
    __m256i thrice = _mm256_add_epi32(_mm256_add_epi32(nearer, nearer), nearer);
    return _mm256_srai_epi32(_mm256_add_epi32(thrice, _mm256_add_epi32(farther, two)), 2);
}

/* For the even and the odd ones of sixteen samples. */
typedef struct samples {
    __m256i even, odd;
} samples;

static inline samples load_samples(const uint16_t *from, __m128i shift)
{
    const __m256i zero = _mm256_set1_epi16(SV_CHROMA_ZERO);
    __m256i values = _mm256_sub_epi16(_mm256_srl_epi16(load16(from), shift), zero);
    return (samples){_mm256_srai_epi32(_mm256_slli_epi32(values, 16), 16),
                     _mm256_srai_epi32(values, 16)};
}

/* Numbers from the cell to the left of the first sample on. */
static inline samples load_numbers(const int32_t *from)
{
    __m256i cell = load16(from + 1);
    return (samples){between(cell, load16(from)), between(cell, load16(from + 2))};
}

static inline samples product(samples a, samples b)
{
    return (samples){_mm256_mullo_epi32(a.even, b.even), _mm256_mullo_epi32(a.odd, b.odd)};
}

static inline samples sum(samples a, samples b)
{
    return (samples){_mm256_add_epi32(a.even, b.even), _mm256_add_epi32(a.odd, b.odd)};
}

static inline samples difference(samples a, samples b)
{
    return (samples){_mm256_sub_epi32(a.even, b.even), _mm256_sub_epi32(a.odd, b.odd)};
}

/* Rounded, shifted and saturated to 16 bits. */
static inline __m256i interleave(samples sums, int bits)
{
    const __m256i half = _mm256_set1_epi32(1 << (bits - 1));
    const __m128i shift = _mm_cvtsi32_si128(bits);
    const __m256i order = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15));
    __m256i even = _mm256_sra_epi32(_mm256_add_epi32(sums.even, half), shift);
    __m256i odd = _mm256_sra_epi32(_mm256_add_epi32(sums.odd, half), shift);
    return _mm256_shuffle_epi8(_mm256_packs_epi32(even, odd), order);
}

void sv_line_corrections_avx2(int16_t *to, const int32_t *nearer, const int32_t *farther,
                              ptrdiff_t stride, const uint16_t *const *rows, int cells, int shift)
{
    int32_t numbers[SV_LINE_MIXED][SV_STRIP_CELLS + 2];
    const __m128i shifts = _mm_cvtsi32_si128(shift);
    if (cells < STEP) {
        sv_line_corrections_scalar(to, nearer, farther, stride, rows, cells, shift);
        return;
    }
    for (int i = 0; i < SV_LINE_MIXED; i++, nearer += stride, farther += stride) {
        for (int step = 0; step < cells + 2; step += STEP) {
            const int x = sv_min(step, cells + 2 - STEP);
            store16(numbers[i] + x, between(load16(nearer + x), load16(farther + x)));
        }
    }
    for (int step = 0; step < cells; step += STEP) {
        const int x = sv_min(step, cells - STEP);
        samples at[SV_LINE_MIXED], planes[3];
        for (int i = 0; i < SV_LINE_MIXED; i++) {
            at[i] = load_numbers(numbers[i] + x);
        }
        for (int i = 0; i < 3; i++) {
            planes[i] = load_samples(rows[i] + 2 * x, shifts);
        }
        samples sums = sum(product(at[SV_LINE_LUMA], planes[0]), at[SV_LINE_CONSTANT]);
        sums = sum(sums, product(at[SV_LINE_OTHER], planes[1]));
        sums = difference(sums, product(at[SV_LINE_OWN], planes[2]));
        store16(to + 2 * x, interleave(sums, SV_CHROMA_LINE_BITS - shift));
    }
}
