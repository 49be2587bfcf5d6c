/* AVX2 variants: secondary transforms. */
#include <string.h>

#include "dsp/dsp.h"
#include "dsp/x86/avx2.h"

enum { LANES = 16, REGISTERS_MAX = SV_SECONDARY_MAX / LANES };

/* A corner of `width` columns, row by row. */
static inline void load_corner(__m256i *corner, const int16_t *rows, ptrdiff_t stride, int width,
                               int registers)
{
    for (int i = 0; i < registers; i++, rows += LANES / width * stride) {
        const int16_t *below = rows + 2 * stride;
        corner[i] = width == 8 ? load8x2(rows, rows + stride)
                               : join(load4x2(rows, rows + stride), load4x2(below, below + stride));
    }
}

/* Sums of eight registers, one after the other. */
static inline __m256i sums_of_8(const __m256i *of)
{
    const __m256i a =
        _mm256_hadd_epi32(_mm256_hadd_epi32(of[0], of[1]), _mm256_hadd_epi32(of[2], of[3]));
    const __m256i b =
        _mm256_hadd_epi32(_mm256_hadd_epi32(of[4], of[5]), _mm256_hadd_epi32(of[6], of[7]));
    return _mm256_add_epi32(_mm256_permute2x128_si256(a, b, 0x20),
                            _mm256_permute2x128_si256(a, b, 0x31));
}

/* Eight coefficients, by as many rows of a kernel. */
static inline __m256i transform_8(const __m256i *corner, const int8_t *kernel, int registers)
{
    const __m256i rounding = _mm256_set1_epi32(1 << (SV_SECONDARY_BITS - 1));
    __m256i products[8];
    for (int k = 0; k < 8; k++) {
        products[k] = _mm256_setzero_si256();
        for (int i = 0; i < registers; i++, kernel += LANES) {
            const __m256i row = _mm256_cvtepi8_epi16(load8(kernel));
            products[k] = _mm256_add_epi32(products[k], _mm256_madd_epi16(corner[i], row));
        }
    }
    return _mm256_srai_epi32(_mm256_add_epi32(sums_of_8(products), rounding), SV_SECONDARY_BITS);
}

/* `registers` is known where this is inlined. */
static inline void transform(int16_t *kept, const __m256i *corner, const int8_t *kernel,
                             int registers)
{
    const __m256i first = transform_8(corner, kernel, registers);
    const __m256i second = transform_8(corner, kernel + 8 * LANES * registers, registers);
    store16(kept, _mm256_permute4x64_epi64(_mm256_packs_epi32(first, second), 0xd8));
}

void sv_secondary_forward_avx2(int16_t *kept, const int16_t *coefs, int stride,
                               const sv_secondary *secondary)
{
    const int width = secondary->width, height = secondary->height;
    const int registers = width * height / LANES;
    int16_t turned[SV_SECONDARY_MAX];
    __m256i corner[REGISTERS_MAX];
    if (secondary->transposed) {
        sv_transpose_avx2((uint16_t *)turned, width, (const uint16_t *)coefs, stride, height,
                          width);
        load_corner(corner, turned, width, width, registers);
    } else {
        load_corner(corner, coefs, stride, width, registers);
    }
    if (registers == 1) {
        transform(kept, corner, secondary->kernel, 1);
    } else if (registers == 2) {
        transform(kept, corner, secondary->kernel, 2);
    } else {
        transform(kept, corner, secondary->kernel, 4);
    }
}

/* Coefficients that are kept, two by two, up to the last one that is not 0; returns how many pairs
 * these are. */
static inline int load_pairs(__m256i *pairs, const int16_t *coefs, int stride)
{
    int16_t kept[SV_SECONDARY_KEPT];
    int used = 0;
    for (int k = 0; k < SV_SECONDARY_KEPT; k++) {
        kept[k] = coefs[sv_secondary_place(k, stride)];
        used = kept[k] != 0 ? k / 2 + 1 : used;
    }
    for (int i = 0; i < used; i++) {
        int32_t pair;
        memcpy(&pair, kept + 2 * i, sizeof pair);
        pairs[i] = _mm256_set1_epi32(pair);
    }
    return used;
}

/* Sixteen elements of a corner of `count`, from columns of its kernel. */
static inline __m256i inverse_16(const __m256i *pairs, int used, const int8_t *kernel, int count)
{
    __m256i low = _mm256_set1_epi32(1 << (SV_SECONDARY_BITS - 1)), high = low;
    for (int i = 0; i < used; i++, kernel += 2 * count) {
        const __m128i first = load8(kernel), second = load8(kernel + count);
        const __m256i low_rows = _mm256_cvtepi8_epi16(_mm_unpacklo_epi8(first, second));
        const __m256i high_rows = _mm256_cvtepi8_epi16(_mm_unpackhi_epi8(first, second));
        low = _mm256_add_epi32(low, _mm256_madd_epi16(low_rows, pairs[i]));
        high = _mm256_add_epi32(high, _mm256_madd_epi16(high_rows, pairs[i]));
    }
    low = _mm256_srai_epi32(low, SV_SECONDARY_BITS);
    high = _mm256_srai_epi32(high, SV_SECONDARY_BITS);
    return _mm256_permute4x64_epi64(_mm256_packs_epi32(low, high), 0xd8);
}

/* The reverse of load_corner, for one register. */
static inline void store_corner(int16_t *rows, ptrdiff_t stride, int width, __m256i values)
{
    if (width == 8) {
        store8x2(rows, rows + stride, values);
    } else {
        store4x2(rows, rows + stride, _mm256_castsi256_si128(values));
        rows += 2 * stride;
        store4x2(rows, rows + stride, _mm256_extracti128_si256(values, 1));
    }
}

void sv_secondary_inverse_avx2(int16_t *coefs, int stride, const sv_secondary *secondary)
{
    const int width = secondary->width, height = secondary->height, count = width * height;
    const bool turns = secondary->transposed;
    int16_t turned[SV_SECONDARY_MAX];
    __m256i pairs[SV_SECONDARY_KEPT / 2];
    const int used = load_pairs(pairs, coefs, stride);
    int16_t *rows = turns ? turned : coefs;
    const ptrdiff_t row_stride = turns ? width : stride;
    for (int i = 0; i < count; i += LANES, rows += LANES / width * row_stride) {
        store_corner(rows, row_stride, width,
                     inverse_16(pairs, used, secondary->kernel + i, count));
    }
    if (turns) {
        sv_transpose_avx2((uint16_t *)coefs, stride, (const uint16_t *)turned, width, width,
                          height);
    }
}
