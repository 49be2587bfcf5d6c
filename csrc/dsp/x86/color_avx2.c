/* Colour and chroma resampling in AVX2: the last vector of a row overlaps the one before;
 * shorter rows are left to the reference. */
#include "common/intmath.h"
#include "dsp/dsp.h"
#include "dsp/source_constants.h"
#include "dsp/x86/avx2.h"
#include "format/color.h"
#include "format/resampling.h"

/* Two 16-bit factors for _mm256_madd_epi16. */
static inline __m256i pair(int even, int odd)
{
    return _mm256_set1_epi32((int)((uint32_t)(even & 0xffff) | (uint32_t)odd << 16));
}

/* Rounds, shifts and clips sixteen 32-bit sums, in the order that unpacking left them, to samples.
 */
static inline __m256i pack_samples(__m256i lo, __m256i hi, int shift, int max_value)
{
    const __m128i shifts = _mm_cvtsi32_si128(shift);
    const __m256i round = _mm256_set1_epi32(1 << (shift - 1));
    lo = _mm256_sra_epi32(_mm256_add_epi32(lo, round), shifts);
    hi = _mm256_sra_epi32(_mm256_add_epi32(hi, round), shifts);
    return _mm256_min_epu16(_mm256_packus_epi32(lo, hi), _mm256_set1_epi16((int16_t)max_value));
}

/* 48 interleaved bytes to 16 of each colour: per colour and source register, which bytes go where.
 */
#define NO (-1)
static const int8_t split_masks[3][3][16] = {
    {{0, 3, 6, 9, 12, 15, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO},
     {NO, NO, NO, NO, NO, NO, 2, 5, 8, 11, 14, NO, NO, NO, NO, NO},
     {NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, 1, 4, 7, 10, 13}},
    {{1, 4, 7, 10, 13, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO},
     {NO, NO, NO, NO, NO, 0, 3, 6, 9, 12, 15, NO, NO, NO, NO, NO},
     {NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, 2, 5, 8, 11, 14}},
    {{2, 5, 8, 11, 14, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO},
     {NO, NO, NO, NO, NO, 1, 4, 7, 10, 13, NO, NO, NO, NO, NO, NO},
     {NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, 0, 3, 6, 9, 12, 15}},
};

/* The way back: per output register and colour. */
static const int8_t join_masks[3][3][16] = {
    {{0, NO, NO, 1, NO, NO, 2, NO, NO, 3, NO, NO, 4, NO, NO, 5},
     {NO, 0, NO, NO, 1, NO, NO, 2, NO, NO, 3, NO, NO, 4, NO, NO},
     {NO, NO, 0, NO, NO, 1, NO, NO, 2, NO, NO, 3, NO, NO, 4, NO}},
    {{NO, NO, 6, NO, NO, 7, NO, NO, 8, NO, NO, 9, NO, NO, 10, NO},
     {5, NO, NO, 6, NO, NO, 7, NO, NO, 8, NO, NO, 9, NO, NO, 10},
     {NO, 5, NO, NO, 6, NO, NO, 7, NO, NO, 8, NO, NO, 9, NO, NO}},
    {{NO, 11, NO, NO, 12, NO, NO, 13, NO, NO, 14, NO, NO, 15, NO, NO},
     {NO, NO, 11, NO, NO, 12, NO, NO, 13, NO, NO, 14, NO, NO, 15, NO},
     {10, NO, NO, 11, NO, NO, 12, NO, NO, 13, NO, NO, 14, NO, NO, 15}},
};
#undef NO

/* One plane of 16 pixels from the pairs (R, G) and (B, 0). */
static inline __m256i forward(const __m256i rg[2], const __m256i b0[2], __m256i rg_factors,
                              __m256i b_factor, int offset)
{
    __m256i sums[2];
    for (int i = 0; i < 2; i++) {
        sums[i] = _mm256_add_epi32(_mm256_madd_epi16(rg[i], rg_factors),
                                   _mm256_madd_epi16(b0[i], b_factor));
        sums[i] = _mm256_srai_epi32(_mm256_add_epi32(sums[i], _mm256_set1_epi32(offset)),
                                    SV_FORWARD_SHIFT);
    }
    return _mm256_packus_epi32(sums[0], sums[1]);
}

void sv_rgb_to_ycc_avx2(uint16_t *y, uint16_t *cb, uint16_t *cr, const uint8_t *rgb, int width)
{
    const int half = 1 << (SV_FORWARD_SHIFT - 1);
    const int centre = (SV_COLOR_ZERO << SV_FORWARD_SHIFT) + half;
    if (width < 16) {
        sv_rgb_to_ycc_scalar(y, cb, cr, rgb, width);
        return;
    }
    for (int step = 0; step < width; step += 16) {
        const int x = sv_min(step, width - 16);
        __m128i source[3], bytes[3];
        __m256i colors[3], rg[2], b0[2];
        for (int i = 0; i < 3; i++) {
            source[i] = load8(rgb + 3 * x + 16 * i);
        }
        for (int c = 0; c < 3; c++) {
            bytes[c] = _mm_setzero_si128();
            for (int i = 0; i < 3; i++) {
                __m128i mask = load8(split_masks[c][i]);
                bytes[c] = _mm_or_si128(bytes[c], _mm_shuffle_epi8(source[i], mask));
            }
            colors[c] = _mm256_cvtepu8_epi16(bytes[c]);
        }
        rg[0] = _mm256_unpacklo_epi16(colors[0], colors[1]);
        rg[1] = _mm256_unpackhi_epi16(colors[0], colors[1]);
        b0[0] = _mm256_unpacklo_epi16(colors[2], _mm256_setzero_si256());
        b0[1] = _mm256_unpackhi_epi16(colors[2], _mm256_setzero_si256());
        store16(y + x, forward(rg, b0, pair(SV_Y_R, SV_Y_G), pair(SV_Y_B, 0), half));
        store16(cb + x, forward(rg, b0, pair(SV_CB_R, SV_CB_G), pair(SV_CB_B, 0), centre));
        store16(cr + x, forward(rg, b0, pair(SV_CR_R, SV_CR_G), pair(SV_CR_B, 0), centre));
    }
}

/* 16 pixels to 16-bit R, G, B, not yet clipped. */
static inline void inverse(__m256i colors[3], const uint16_t *y, const uint16_t *cb,
                           const uint16_t *cr)
{
    const __m256i zero = _mm256_set1_epi16(SV_COLOR_ZERO), one = _mm256_set1_epi16(1);
    const __m256i y_factors = pair(SV_RGB_Y, 1 << (SV_INVERSE_SHIFT - 1));
    __m256i luma = load16(y);
    __m256i u = _mm256_sub_epi16(load16(cb), zero), v = _mm256_sub_epi16(load16(cr), zero);
    __m256i sums[3][2];
    for (int i = 0; i < 2; i++) {
        __m256i base = i ? _mm256_unpackhi_epi16(luma, one) : _mm256_unpacklo_epi16(luma, one);
        __m256i uv = i ? _mm256_unpackhi_epi16(u, v) : _mm256_unpacklo_epi16(u, v);
        base = _mm256_madd_epi16(base, y_factors);
        sums[0][i] = _mm256_add_epi32(base, _mm256_madd_epi16(uv, pair(0, SV_R_CR)));
        sums[1][i] = _mm256_add_epi32(base, _mm256_madd_epi16(uv, pair(SV_G_CB, SV_G_CR)));
        sums[2][i] = _mm256_add_epi32(base, _mm256_madd_epi16(uv, pair(SV_B_CB, 0)));
    }
    for (int c = 0; c < 3; c++) {
        colors[c] = _mm256_packs_epi32(_mm256_srai_epi32(sums[c][0], SV_INVERSE_SHIFT),
                                       _mm256_srai_epi32(sums[c][1], SV_INVERSE_SHIFT));
    }
}

void sv_ycc_to_rgb_avx2(uint8_t *rgb, const uint16_t *y, const uint16_t *cb, const uint16_t *cr,
                        int width)
{
    if (width < 32) {
        sv_ycc_to_rgb_scalar(rgb, y, cb, cr, width);
        return;
    }
    for (int step = 0; step < width; step += 32) {
        const int x = sv_min(step, width - 32);
        __m256i low[3], high[3], bytes[3];
        inverse(low, y + x, cb + x, cr + x);
        inverse(high, y + x + 16, cb + x + 16, cr + x + 16);
        for (int c = 0; c < 3; c++) {
            bytes[c] = _mm256_permute4x64_epi64(_mm256_packus_epi16(low[c], high[c]), 0xd8);
        }
        for (int i = 0; i < 3; i++) {
            __m256i out = _mm256_setzero_si256();
            for (int c = 0; c < 3; c++) {
                __m256i mask = _mm256_broadcastsi128_si256(load8(join_masks[i][c]));
                out = _mm256_or_si256(out, _mm256_shuffle_epi8(bytes[c], mask));
            }
            uint8_t *to = rgb + 3 * x + 16 * i;
            store8x2(to, to + 48, out);
        }
    }
}

void sv_downsample_h_avx2(int16_t *dst, const uint16_t *src, int width, int shift)
{
    const __m128i shifts = _mm_cvtsi32_si128(shift);
    const __m256i round = _mm256_set1_epi32(1 << (shift - 1));
    const __m256i factors[4] = {pair(SV_DOWN_3, SV_DOWN_2), pair(SV_DOWN_1, SV_DOWN_0),
                                pair(SV_DOWN_0, SV_DOWN_1), pair(SV_DOWN_2, SV_DOWN_3)};
    if (width < 16) {
        sv_downsample_h_scalar(dst, src, width, shift);
        return;
    }
    for (int step = 0; step < width; step += 16) {
        const int x = sv_min(step, width - 16);
        __m256i sums[2] = {round, round};
        for (int i = 0; i < 2; i++) {
            const uint16_t *from = src + 2 * x + 16 * i - 3;
            for (int k = 0; k < 4; k++) {
                sums[i] =
                    _mm256_add_epi32(sums[i], _mm256_madd_epi16(load16(from + 2 * k), factors[k]));
            }
            sums[i] = _mm256_sra_epi32(sums[i], shifts);
        }
        store16(dst + x, _mm256_permute4x64_epi64(_mm256_packs_epi32(sums[0], sums[1]), 0xd8));
    }
}

void sv_downsample_v_avx2(uint16_t *dst, const int16_t *const *rows, int width, int shift,
                          int max_value)
{
    const __m256i factors[4] = {pair(SV_DOWN_3, SV_DOWN_2), pair(SV_DOWN_1, SV_DOWN_0),
                                pair(SV_DOWN_0, SV_DOWN_1), pair(SV_DOWN_2, SV_DOWN_3)};
    if (width < 16) {
        sv_downsample_v_scalar(dst, rows, width, shift, max_value);
        return;
    }
    for (int step = 0; step < width; step += 16) {
        const int x = sv_min(step, width - 16);
        __m256i lo = _mm256_setzero_si256(), hi = lo;
        for (int k = 0; k < 4; k++) {
            __m256i a = load16(rows[2 * k] + x), b = load16(rows[2 * k + 1] + x);
            lo = _mm256_add_epi32(lo, _mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), factors[k]));
            hi = _mm256_add_epi32(hi, _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), factors[k]));
        }
        store16(dst + x, pack_samples(lo, hi, shift, max_value));
    }
}

void sv_upsample_v_avx2(int16_t *dst, const uint16_t *const *rows, int width, int shift)
{
    const __m128i shifts = _mm_cvtsi32_si128(shift);
    const __m256i round = _mm256_set1_epi32(1 << (shift - 1));
    const __m256i first = pair(SV_UP_0, SV_UP_1), second = pair(SV_UP_2, SV_UP_3);
    if (width < 16) {
        sv_upsample_v_scalar(dst, rows, width, shift);
        return;
    }
    for (int step = 0; step < width; step += 16) {
        const int x = sv_min(step, width - 16);
        __m256i a = load16(rows[0] + x), b = load16(rows[1] + x);
        __m256i c = load16(rows[2] + x), d = load16(rows[3] + x);
        __m256i lo = _mm256_add_epi32(_mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), first),
                                      _mm256_madd_epi16(_mm256_unpacklo_epi16(c, d), second));
        __m256i hi = _mm256_add_epi32(_mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), first),
                                      _mm256_madd_epi16(_mm256_unpackhi_epi16(c, d), second));
        lo = _mm256_sra_epi32(_mm256_add_epi32(lo, round), shifts);
        hi = _mm256_sra_epi32(_mm256_add_epi32(hi, round), shifts);
        store16(dst + x, _mm256_packs_epi32(lo, hi));
    }
}

/* One phase of the horizontal up-sampling of 16 samples. */
static inline __m256i up_phase(__m256i a, __m256i b, __m256i c, __m256i d, __m256i ab, __m256i cd,
                               int shift, int max_value)
{
    __m256i lo = _mm256_add_epi32(_mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), ab),
                                  _mm256_madd_epi16(_mm256_unpacklo_epi16(c, d), cd));
    __m256i hi = _mm256_add_epi32(_mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), ab),
                                  _mm256_madd_epi16(_mm256_unpackhi_epi16(c, d), cd));
    return pack_samples(lo, hi, shift, max_value);
}

void sv_upsample_h_avx2(uint16_t *dst, const int16_t *src, int width, int shift, int max_value)
{
    if (width < 16) {
        sv_upsample_h_scalar(dst, src, width, shift, max_value);
        return;
    }
    for (int step = 0; step < width; step += 16) {
        const int x = sv_min(step, width - 16);
        const int16_t *from = src + x;
        __m256i a = load16(from - 2), b = load16(from - 1), c = load16(from);
        __m256i d = load16(from + 1), e = load16(from + 2);
        __m256i before =
            up_phase(a, b, c, d, pair(SV_UP_0, SV_UP_1), pair(SV_UP_2, SV_UP_3), shift, max_value);
        __m256i after =
            up_phase(b, c, d, e, pair(SV_UP_3, SV_UP_2), pair(SV_UP_1, SV_UP_0), shift, max_value);
        __m256i lo = _mm256_unpacklo_epi16(before, after);
        __m256i hi = _mm256_unpackhi_epi16(before, after);
        store16(dst + 2 * x, _mm256_permute2x128_si256(lo, hi, 0x20));
        store16(dst + 2 * x + 16, _mm256_permute2x128_si256(lo, hi, 0x31));
    }
}
