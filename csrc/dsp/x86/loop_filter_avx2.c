/* AVX2 variants: adaptive loop filter. */
#include <assert.h>
#include <string.h>

#include "dsp/dsp.h"
#include "dsp/x86/avx2.h"

enum {
    PIECE = 16,         /* blocks classified at a time */
    GROUPS = PIECE + 4, /* four columns each; a block's window is two groups */
    GRADIENTS = 4
};

static inline __m256i laplacian(__m256i twice, const uint16_t *s, ptrdiff_t offset)
{
    __m256i sum = _mm256_add_epi16(load16(s + offset), load16(s - offset));
    return _mm256_abs_epi16(_mm256_sub_epi16(twice, sum));
}

/* Sums four groups of each gradient over the four rows of their windows. */
static inline void sum_groups(int32_t sums[GRADIENTS][GROUPS], int group, const uint16_t *src,
                              ptrdiff_t stride)
{
    const __m256i ones = _mm256_set1_epi16(1);
    const ptrdiff_t offsets[GRADIENTS] = {stride, 1, stride + 1, stride - 1};
    __m256i totals[GRADIENTS];
    for (int g = 0; g < GRADIENTS; g++) {
        totals[g] = _mm256_setzero_si256();
    }
    for (int y = -2; y <= 4; y += 2) {
        const uint16_t *s = src + y * stride;
        __m256i twice = _mm256_slli_epi16(load16(s), 1);
        for (int g = 0; g < GRADIENTS; g++) {
            totals[g] = _mm256_add_epi16(totals[g], laplacian(twice, s, offsets[g]));
        }
    }
    for (int g = 0; g < GRADIENTS; g += 2) {
        __m256i pairs = _mm256_packs_epi32(_mm256_madd_epi16(totals[g], ones),
                                           _mm256_madd_epi16(totals[g + 1], ones));
        __m256i fours = _mm256_madd_epi16(pairs, ones);
        fours = _mm256_permute4x64_epi64(fours, 0xd8);
        store8x2(&sums[g][group], &sums[g + 1][group], fours);
    }
}

/* Windows of eight blocks: the sums of two neighbouring groups. */
static inline __m256i windows(const int32_t *sums)
{
    return _mm256_add_epi32(load16(sums), load16(sums + 1));
}

static inline __m256i add32(__m256i a, __m256i b) { return _mm256_add_epi32(a, b); }

/* Classes of eight blocks, 32 bits each. */
static inline __m256i classes_of(__m256i v, __m256i h, __m256i d, __m256i e)
{
    const __m256i one = _mm256_set1_epi32(1);
    __m256i straight_hi = _mm256_max_epi32(v, h), straight_lo = _mm256_min_epi32(v, h);
    __m256i diagonal_hi = _mm256_max_epi32(d, e), diagonal_lo = _mm256_min_epi32(d, e);
    __m256i straight_ratio =
        _mm256_mullo_epi32(_mm256_srli_epi32(straight_hi, 2), _mm256_srli_epi32(diagonal_lo, 2));
    __m256i diagonal_ratio =
        _mm256_mullo_epi32(_mm256_srli_epi32(diagonal_hi, 2), _mm256_srli_epi32(straight_lo, 2));
    __m256i straight = _mm256_cmpgt_epi32(straight_ratio, diagonal_ratio);
    __m256i hi = _mm256_blendv_epi8(diagonal_hi, straight_hi, straight);
    __m256i lo = _mm256_blendv_epi8(diagonal_lo, straight_lo, straight);
    /* Comparisons give -1, so subtracting them counts. */
    __m256i directed = _mm256_cmpgt_epi32(hi, _mm256_slli_epi32(lo, 1));
    __m256i strong =
        _mm256_cmpgt_epi32(_mm256_slli_epi32(hi, 1), add32(_mm256_slli_epi32(lo, 3), lo));
    __m256i diagonal = _mm256_add_epi32(_mm256_add_epi32(straight, one), one); /* 1 or 2 */
    __m256i direction =
        _mm256_sub_epi32(_mm256_sub_epi32(_mm256_slli_epi32(diagonal, 1), one), strong);
    direction = _mm256_and_si256(direction, directed);
    __m256i activity = _mm256_setzero_si256(), total = add32(v, h);
    for (int i = 0; i < SV_ALF_ACTIVITIES - 1; i++) {
        __m256i bound = _mm256_set1_epi32(sv_alf_activity_bounds[i] - 1);
        activity = _mm256_sub_epi32(activity, _mm256_cmpgt_epi32(total, bound));
    }
    __m256i orientation =
        add32(_mm256_slli_epi32(_mm256_cmpgt_epi32(v, h), 1), _mm256_cmpgt_epi32(d, e));
    __m256i index = add32(add32(_mm256_slli_epi32(direction, 2), direction), activity);
    return _mm256_sub_epi32(_mm256_slli_epi32(index, 2), orientation);
}

void sv_alf_classify_avx2(uint8_t *classes, const uint16_t *src, ptrdiff_t stride, int blocks,
                          int shift)
{
    assert(shift == 0); /* sums of 10-bit samples fit 16 bits */
    (void)shift;
    for (int first = 0; first < blocks; first += PIECE) {
        int32_t sums[GRADIENTS][GROUPS] = {{0}};
        uint8_t found[PIECE];
        int count = blocks - first < PIECE ? blocks - first : PIECE;
        for (int group = 0; group <= count; group += 4) {
            sum_groups(sums, group, src + 4 * (first + group) - 2, stride);
        }
        for (int b = 0; b < PIECE; b += 8) {
            __m256i wide = classes_of(windows(sums[0] + b), windows(sums[1] + b),
                                      windows(sums[2] + b), windows(sums[3] + b));
            __m128i words =
                _mm_packs_epi32(_mm256_castsi256_si128(wide), _mm256_extracti128_si256(wide, 1));
            store4(found + b, _mm_packus_epi16(words, words));
        }
        memcpy(classes + first, found, (size_t)count);
    }
}

/* Two neighbouring coefficients as one 32-bit element. */
static inline int32_t coefficient_pair(const int16_t *filter)
{
    int32_t pair;
    memcpy(&pair, filter, sizeof pair);
    return pair;
}

/* Adds two terms times a pair of coefficients to the sums of the samples that unpacking the low and
 * the high halves of the lanes gives. */
static inline void accumulate(__m256i sums[2], __m256i first, __m256i second, __m256i low,
                              __m256i high)
{
    sums[0] = add32(sums[0], _mm256_madd_epi16(_mm256_unpacklo_epi16(first, second), low));
    sums[1] = add32(sums[1], _mm256_madd_epi16(_mm256_unpackhi_epi16(first, second), high));
}

static inline __m256i finish(const __m256i sums[2], int max_value)
{
    __m256i samples = _mm256_packus_epi32(_mm256_srai_epi32(sums[0], SV_ALF_FILTER_SHIFT),
                                          _mm256_srai_epi32(sums[1], SV_ALF_FILTER_SHIFT));
    return _mm256_min_epu16(samples, _mm256_set1_epi16((int16_t)max_value));
}

static inline __m256i opposite_pair(const uint16_t *s, ptrdiff_t offset)
{
    return _mm256_add_epi16(load16(s + offset), load16(s - offset));
}

void sv_alf_luma_avx2(uint16_t *dst, ptrdiff_t dst_stride, const uint16_t *src,
                      ptrdiff_t src_stride, const uint8_t *classes, const int16_t *filters,
                      int blocks, int max_value)
{
    assert(max_value < 1 << 14); /* two samples add up in 16 bits */
    enum { ENTRIES = SV_ALF_LUMA_ENTRIES, LAST = SV_ALF_LUMA_PAIRS / 2 };
    ptrdiff_t offsets[SV_ALF_LUMA_PAIRS];
    for (int k = 0; k < SV_ALF_LUMA_PAIRS; k++) {
        offsets[k] = sv_alf_luma_taps[k].y * src_stride + sv_alf_luma_taps[k].x;
    }
    int b = 0;
    for (; b + 4 <= blocks; b += 4) {
        __m256i low[LAST + 1], high[LAST + 1];
        const int16_t *of[4];
        for (int i = 0; i < 4; i++) {
            of[i] = filters + ENTRIES * classes[b + i];
        }
        for (int k = 0; k <= LAST; k++) {
            low[k] = join(_mm_set1_epi32(coefficient_pair(of[0] + 2 * k)),
                          _mm_set1_epi32(coefficient_pair(of[2] + 2 * k)));
            high[k] = join(_mm_set1_epi32(coefficient_pair(of[1] + 2 * k)),
                           _mm_set1_epi32(coefficient_pair(of[3] + 2 * k)));
        }
        for (int y = 0; y < 4; y++) {
            const uint16_t *s = src + y * src_stride + 4 * b;
            __m256i sums[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
            for (int k = 0; k < LAST; k++) {
                accumulate(sums, opposite_pair(s, offsets[2 * k]),
                           opposite_pair(s, offsets[2 * k + 1]), low[k], high[k]);
            }
            accumulate(sums, load16(s), _mm256_set1_epi16(1), low[LAST], high[LAST]);
            store16(dst + y * dst_stride + 4 * b, finish(sums, max_value));
        }
    }
    if (b < blocks) {
        sv_alf_luma_scalar(dst + 4 * b, dst_stride, src + 4 * b, src_stride, classes + b, filters,
                           blocks - b, max_value);
    }
}

static inline __m256i term_pair(const uint16_t *const *terms, ptrdiff_t at)
{
    return _mm256_add_epi16(load16(terms[0] + at), load16(terms[1] + at));
}

/* Coefficients two by two, in all elements: those of pairs of terms, then those of single ones. */
typedef struct chroma_factors {
    __m256i of[SV_ALF_FEATURES_MAX];
} chroma_factors;

/* 16 samples of each filter. */
static inline void filter_chroma(uint16_t *const *dst, ptrdiff_t to, const sv_alf_terms *terms,
                                 ptrdiff_t at, const chroma_factors *factors, int filters,
                                 int max_value)
{
    const int pairs = terms->pairs / 2, all = pairs + terms->singles / 2;
    const uint16_t *const *term = terms->list;
    __m256i sums[2][2];
    for (int i = 0; i < filters; i++) {
        sums[i][0] = sums[i][1] = _mm256_set1_epi32(1 << (SV_ALF_FILTER_SHIFT - 1));
    }
    for (int k = 0; k < pairs; k++, term += 4) {
        const __m256i first = term_pair(term, at), second = term_pair(term + 2, at);
        for (int i = 0; i < filters; i++) {
            accumulate(sums[i], first, second, factors[i].of[k], factors[i].of[k]);
        }
    }
    for (int k = pairs; k < all; k++, term += 2) {
        const __m256i first = load16(term[0] + at), second = load16(term[1] + at);
        for (int i = 0; i < filters; i++) {
            accumulate(sums[i], first, second, factors[i].of[k], factors[i].of[k]);
        }
    }
    for (int i = 0; i < filters; i++) {
        store16(dst[i] + to, finish(sums[i], max_value));
    }
}

/* Columns from `first` on, fewer than a vector has. */
static void filter_chroma_rest(uint16_t *const *dst, ptrdiff_t dst_stride,
                               const sv_alf_terms *terms, const int16_t *const *f, int filters,
                               int first, int width, int height, int max_value)
{
    sv_alf_terms rest = *terms;
    uint16_t *to[2];
    for (int k = 0; k < 2 * rest.pairs + rest.singles; k++) {
        rest.list[k] += first;
    }
    for (int i = 0; i < filters; i++) {
        to[i] = dst[i] + first;
    }
    sv_alf_chroma_scalar(to, dst_stride, &rest, f, filters, width - first, height, max_value);
}

void sv_alf_chroma_avx2(uint16_t *const *dst, ptrdiff_t dst_stride, const sv_alf_terms *terms,
                        const int16_t *const *f, int filters, int width, int height, int max_value)
{
    assert(max_value < 1 << 14 && terms->pairs + terms->singles <= 2 * SV_ALF_FEATURES_MAX);
    chroma_factors factors[2];
    for (int i = 0; i < filters; i++) {
        for (int k = 0; k < terms->pairs + terms->singles; k += 2) {
            factors[i].of[k / 2] = _mm256_set1_epi32(coefficient_pair(f[i] + k));
        }
    }
    const int whole = width / 16 * 16;
    for (int y = 0; y < height; y++) {
        const ptrdiff_t to = y * dst_stride, at = y * terms->stride;
        for (int x = 0; x < whole; x += 16) {
            if (filters == 2) { /* a constant, for sums to stay in registers */
                filter_chroma(dst, to + x, terms, at + x, factors, 2, max_value);
            } else {
                filter_chroma(dst, to + x, terms, at + x, factors, 1, max_value);
            }
        }
    }
    if (whole < width) {
        filter_chroma_rest(dst, dst_stride, terms, f, filters, whole, width, height, max_value);
    }
}

/* The 16 samples of a 4x4 block. */
static inline __m256i load_block(const uint16_t *s, ptrdiff_t stride)
{
    return join(load4x2(s, s + stride), load4x2(s + 2 * stride, s + 3 * stride));
}

/* Adds the sums over each of eight vectors to eight 64-bit sums. */
static inline void add_totals(int64_t *sums, const __m256i v[8])
{
    __m256i first = _mm256_hadd_epi32(_mm256_hadd_epi32(v[0], v[1]), _mm256_hadd_epi32(v[2], v[3]));
    __m256i second =
        _mm256_hadd_epi32(_mm256_hadd_epi32(v[4], v[5]), _mm256_hadd_epi32(v[6], v[7]));
    __m256i totals = add32(_mm256_permute2x128_si256(first, second, 0x20),
                           _mm256_permute2x128_si256(first, second, 0x31));
    __m256i low = _mm256_cvtepi32_epi64(_mm256_castsi256_si128(totals));
    __m256i high = _mm256_cvtepi32_epi64(_mm256_extracti128_si256(totals, 1));
    store16(sums, _mm256_add_epi64(load16(sums), low));
    store16(sums + 4, _mm256_add_epi64(load16(sums + 4), high));
}

/* Features of a block to values[k * SV_ALF_BLOCKS_MAX]. */
static inline void load_features(__m256i *values, const uint16_t *const *terms, ptrdiff_t at,
                                 ptrdiff_t stride, int features)
{
    const uint16_t *loaded = NULL;
    __m256i centre = _mm256_setzero_si256();
    for (int k = 0; k < features; k++, terms += 3) {
        if (terms[2] != loaded) {
            loaded = terms[2];
            centre = load_block(loaded + at, stride);
        }
        __m256i first = _mm256_sub_epi16(load_block(terms[0] + at, stride), centre);
        if (terms[1] != loaded) {
            __m256i second = _mm256_sub_epi16(load_block(terms[1] + at, stride), centre);
            first = _mm256_add_epi16(first, second);
        }
        values[k * SV_ALF_BLOCKS_MAX] = first;
    }
}

/* The sum fits 31 bits: a block adds at most 2^26 to all lanes together. */
static inline __m256i multiply_blocks(const __m256i *a, const __m256i *b, int blocks)
{
    __m256i sum = _mm256_madd_epi16(a[0], b[0]);
    for (int i = 1; i < blocks; i++) {
        sum = add32(sum, _mm256_madd_epi16(a[i], b[i]));
    }
    return sum;
}

void sv_alf_gather_avx2(int64_t *sums, const uint16_t *const *const *terms, const int32_t *at,
                        int blocks, ptrdiff_t stride, int features)
{
    __m256i values[SV_ALF_FEATURES_MAX * SV_ALF_BLOCKS_MAX], products[8];
    for (int b = 0; b < blocks; b++) {
        load_features(values + b, terms[b], at[b], stride, features);
    }
    int waiting = 0;
    for (int i = 0; i < features && blocks > 0; i++) {
        for (int j = 0; j <= i; j++) {
            products[waiting++] = multiply_blocks(values + i * SV_ALF_BLOCKS_MAX,
                                                  values + j * SV_ALF_BLOCKS_MAX, blocks);
            if (waiting == 8) {
                add_totals(sums, products);
                sums += 8;
                waiting = 0;
            }
        }
    }
    if (waiting > 0) {
        for (; waiting < 8; waiting++) {
            products[waiting] = _mm256_setzero_si256();
        }
        add_totals(sums, products);
    }
}
