/* AVX2 variant: one pass of a separable transform.
 *
 * Products are summed two taps at a time (pmaddwd): the lanes hold the matrix pairs (k, t),
 * (k, t + 1) of neighbouring outputs k, and the source pair (t, c), (t + 1, c) of one column is
 * broadcast. The outputs of a column then lie side by side, as the transposed result wants them.
 * Up to 8 taps and 8 outputs everything stays in registers. */
#include "dsp/dsp.h"
#include "dsp/x86/avx2.h"

enum { MAX_SIZE = 64, MAX_PAIRS = MAX_SIZE / 2 };

/* Rounding: sums start at the offset and end with the shift. */
typedef struct descale {
    __m256i offset;
    __m128i shift;
} descale;

static inline __m256i multiply_add(__m256i sum, __m256i a, __m256i b)
{
    return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b));
}

static inline __m256i pack(__m256i a, __m256i b, descale scale)
{
    return _mm256_packs_epi32(_mm256_sra_epi32(a, scale.shift), _mm256_sra_epi32(b, scale.shift));
}

/* Four columns of eight outputs each. */
static inline void store_columns8(int16_t *dst, ptrdiff_t stride, const __m256i sums[4],
                                  descale scale)
{
    __m256i first = _mm256_permute4x64_epi64(pack(sums[0], sums[1], scale), 0xd8);
    __m256i second = _mm256_permute4x64_epi64(pack(sums[2], sums[3], scale), 0xd8);
    store8x2(dst, dst + stride, first);
    store8x2(dst + 2 * stride, dst + 3 * stride, second);
}

/* Four columns of four outputs each; a lane of sums02 holds column 0 or 2, of sums13 1 or 3. */
static inline void store_columns4(int16_t *dst, ptrdiff_t stride, __m256i sums02, __m256i sums13,
                                  descale scale)
{
    __m256i packed = pack(sums02, sums13, scale);
    store4x2(dst, dst + stride, _mm256_castsi256_si128(packed));
    store4x2(dst + 2 * stride, dst + 3 * stride, _mm256_extracti128_si256(packed, 1));
}

static inline __m256i shuffle_pairs(__m256i a, __m256i b, int odd)
{
    __m256 x = _mm256_castsi256_ps(a);
    __m256 y = _mm256_castsi256_ps(b);
    return _mm256_castps_si256(odd ? _mm256_shuffle_ps(x, y, 0xdd) : _mm256_shuffle_ps(x, y, 0x88));
}

/* The pairs of taps 0..3: outputs 0..3 in the low lane, high_step..high_step + 3 in the high one.
 */
static inline void load_matrix4(__m256i *pairs, const int16_t *matrix, ptrdiff_t stride,
                                int high_step)
{
    const int16_t *high = matrix + high_step * stride;
    __m256i a = join(load4x2(matrix, matrix + stride), load4x2(high, high + stride));
    matrix += 2 * stride;
    high += 2 * stride;
    __m256i b = join(load4x2(matrix, matrix + stride), load4x2(high, high + stride));
    pairs[0] = shuffle_pairs(a, b, 0);
    pairs[1] = shuffle_pairs(a, b, 1);
}

/* The same for taps 0..7. */
static inline void load_matrix8(__m256i *pairs, const int16_t *matrix, ptrdiff_t stride,
                                int high_step)
{
    const int16_t *high = matrix + high_step * stride;
    __m256i rows[4];
    for (int i = 0; i < 4; i++) {
        rows[i] = load8x2(matrix + i * stride, high + i * stride);
    }
    __m256i a = _mm256_unpacklo_epi32(rows[0], rows[1]);
    __m256i b = _mm256_unpackhi_epi32(rows[0], rows[1]);
    __m256i c = _mm256_unpacklo_epi32(rows[2], rows[3]);
    __m256i d = _mm256_unpackhi_epi32(rows[2], rows[3]);
    pairs[0] = _mm256_unpacklo_epi64(a, c);
    pairs[1] = _mm256_unpackhi_epi64(a, c);
    pairs[2] = _mm256_unpacklo_epi64(b, d);
    pairs[3] = _mm256_unpackhi_epi64(b, d);
}

static inline void load_matrix(__m256i *pairs, const int16_t *matrix, ptrdiff_t stride,
                               int high_step, int taps)
{
    int t = 0;
    for (; t + 8 <= taps; t += 8) {
        load_matrix8(pairs + t / 2, matrix + t, stride, high_step);
    }
    if (t < taps) {
        load_matrix4(pairs + t / 2, matrix + t, stride, high_step);
    }
}

/* The source pairs of four columns, in both lanes. */
static inline __m256i load_columns4(const int16_t *src, ptrdiff_t stride)
{
    return _mm256_broadcastsi128_si256(_mm_unpacklo_epi16(load4(src), load4(src + stride)));
}

/* Of four source pairs, 0 | 2 in sums02's lanes and 1 | 3 in sums13's. */
static inline void accumulate4(__m256i *sums02, __m256i *sums13, __m256i values, __m256i matrix)
{
    const __m256i even = _mm256_setr_epi32(0, 0, 0, 0, 2, 2, 2, 2);
    const __m256i odd = _mm256_setr_epi32(1, 1, 1, 1, 3, 3, 3, 3);
    __m256 pairs = _mm256_castsi256_ps(values);
    __m256i values02 = _mm256_castps_si256(_mm256_permutevar_ps(pairs, even));
    __m256i values13 = _mm256_castps_si256(_mm256_permutevar_ps(pairs, odd));
    *sums02 = multiply_add(*sums02, values02, matrix);
    *sums13 = multiply_add(*sums13, values13, matrix);
}

/* taps and outputs are 4 or 8, and known where this is inlined. */
static inline void pass_small(int16_t *dst, const int16_t *src, ptrdiff_t src_stride,
                              const int16_t *matrix, int matrix_stride, int cols, int taps,
                              int outputs, descale scale)
{
    __m256i pairs[4];
    load_matrix(pairs, matrix, matrix_stride, outputs == 8 ? 4 : 0, taps);
    for (int c = 0; c < cols; c += 4) {
        __m256i sums[4] = {scale.offset, scale.offset, scale.offset, scale.offset};
        for (int pair = 0; pair < taps / 2; pair++) {
            __m256i values = load_columns4(src + 2 * pair * src_stride + c, src_stride);
            if (outputs == 4) {
                accumulate4(&sums[0], &sums[1], values, pairs[pair]);
            } else {
                sums[0] = multiply_add(sums[0], _mm256_shuffle_epi32(values, 0x00), pairs[pair]);
                sums[1] = multiply_add(sums[1], _mm256_shuffle_epi32(values, 0x55), pairs[pair]);
                sums[2] = multiply_add(sums[2], _mm256_shuffle_epi32(values, 0xaa), pairs[pair]);
                sums[3] = multiply_add(sums[3], _mm256_shuffle_epi32(values, 0xff), pairs[pair]);
            }
        }
        if (outputs == 4) {
            store_columns4(dst + 4 * c, 4, sums[0], sums[1], scale);
        } else {
            store_columns8(dst + 8 * c, 8, sums, scale);
        }
    }
}

/* pairs[t / 2 * cols + c] = (src(t, c), src(t + 1, c)). */
static inline void interleave_rows(int32_t *pairs, const int16_t *src, ptrdiff_t src_stride,
                                   int cols, int taps)
{
    for (int t = 0; t < taps; t += 2) {
        const int16_t *even = src + t * src_stride;
        const int16_t *odd = even + src_stride;
        int c = 0;
        for (; c + 8 <= cols; c += 8) {
            __m128i a = load8(even + c);
            __m128i b = load8(odd + c);
            store8(pairs + c, _mm_unpacklo_epi16(a, b));
            store8(pairs + c + 4, _mm_unpackhi_epi16(a, b));
        }
        if (c < cols) {
            store8(pairs + c, _mm_unpacklo_epi16(load4(even + c), load4(odd + c)));
        }
        pairs += cols;
    }
}

/* The general passes take four columns at a time from interleaved rows. */
typedef struct source {
    const int32_t *pairs;
    int cols, taps;
} source;

static void pass_outputs16(int16_t *dst, ptrdiff_t dst_stride, source src, const int16_t *matrix,
                           int matrix_stride, descale scale)
{
    __m256i low[MAX_PAIRS];
    __m256i high[MAX_PAIRS];
    load_matrix(low, matrix, matrix_stride, 4, src.taps);
    load_matrix(high, matrix + 8 * matrix_stride, matrix_stride, 4, src.taps);
    for (int c = 0; c < src.cols; c += 4) {
        __m256i sums[2][4];
        for (int i = 0; i < 4; i++) {
            sums[0][i] = sums[1][i] = scale.offset;
        }
        const int32_t *pairs = src.pairs + c;
        for (int pair = 0; pair < src.taps / 2; pair++) {
            for (int i = 0; i < 4; i++) {
                __m256i value = _mm256_set1_epi32(pairs[i]);
                sums[0][i] = multiply_add(sums[0][i], value, low[pair]);
                sums[1][i] = multiply_add(sums[1][i], value, high[pair]);
            }
            pairs += src.cols;
        }
        store_columns8(dst + c * dst_stride, dst_stride, sums[0], scale);
        store_columns8(dst + c * dst_stride + 8, dst_stride, sums[1], scale);
    }
}

static void pass_outputs8(int16_t *dst, ptrdiff_t dst_stride, source src, const int16_t *matrix,
                          int matrix_stride, descale scale)
{
    __m256i matrix_pairs[MAX_PAIRS];
    load_matrix(matrix_pairs, matrix, matrix_stride, 4, src.taps);
    for (int c = 0; c < src.cols; c += 4) {
        __m256i sums[4] = {scale.offset, scale.offset, scale.offset, scale.offset};
        const int32_t *pairs = src.pairs + c;
        for (int pair = 0; pair < src.taps / 2; pair++) {
            for (int i = 0; i < 4; i++) {
                __m256i value = _mm256_set1_epi32(pairs[i]);
                sums[i] = multiply_add(sums[i], value, matrix_pairs[pair]);
            }
            pairs += src.cols;
        }
        store_columns8(dst + c * dst_stride, dst_stride, sums, scale);
    }
}

static void pass_outputs4(int16_t *dst, ptrdiff_t dst_stride, source src, const int16_t *matrix,
                          int matrix_stride, descale scale)
{
    __m256i matrix_pairs[MAX_PAIRS];
    load_matrix(matrix_pairs, matrix, matrix_stride, 0, src.taps);
    for (int c = 0; c < src.cols; c += 4) {
        __m256i sums02 = scale.offset;
        __m256i sums13 = scale.offset;
        for (int pair = 0; pair < src.taps / 2; pair++) {
            __m128i values = load8(src.pairs + pair * src.cols + c);
            accumulate4(&sums02, &sums13, _mm256_broadcastsi128_si256(values), matrix_pairs[pair]);
        }
        store_columns4(dst + c * dst_stride, dst_stride, sums02, sums13, scale);
    }
}

static void pass_general(int16_t *dst, const int16_t *src, ptrdiff_t src_stride,
                         const int16_t *matrix, int matrix_stride, int cols, int taps, int outputs,
                         descale scale)
{
    int32_t pairs[MAX_PAIRS * MAX_SIZE];
    interleave_rows(pairs, src, src_stride, cols, taps);
    const source rows = {pairs, cols, taps};
    int k = 0;
    for (; k + 16 <= outputs; k += 16) {
        pass_outputs16(dst + k, outputs, rows, matrix + k * matrix_stride, matrix_stride, scale);
    }
    if (outputs & 8) {
        pass_outputs8(dst + k, outputs, rows, matrix + k * matrix_stride, matrix_stride, scale);
        k += 8;
    }
    if (outputs & 4) {
        pass_outputs4(dst + k, outputs, rows, matrix + k * matrix_stride, matrix_stride, scale);
    }
}

void sv_transform_pass_avx2(int16_t *dst, const int16_t *src, ptrdiff_t src_stride,
                            const int16_t *matrix, int matrix_stride, int cols, int taps,
                            int outputs, int shift)
{
    const descale scale = {_mm256_set1_epi32(1 << (shift - 1)), _mm_cvtsi32_si128(shift)};
    if (taps == 4 && outputs == 4) {
        pass_small(dst, src, src_stride, matrix, matrix_stride, cols, 4, 4, scale);
    } else if (taps == 4 && outputs == 8) {
        pass_small(dst, src, src_stride, matrix, matrix_stride, cols, 4, 8, scale);
    } else if (taps == 8 && outputs == 4) {
        pass_small(dst, src, src_stride, matrix, matrix_stride, cols, 8, 4, scale);
    } else if (taps == 8 && outputs == 8) {
        pass_small(dst, src, src_stride, matrix, matrix_stride, cols, 8, 8, scale);
    } else {
        pass_general(dst, src, src_stride, matrix, matrix_stride, cols, taps, outputs, scale);
    }
}
