/* Adaptive probabilities of 16 symbols. They are kept as sums, each of which moves towards 0 or
 * towards its most when a symbol is known (Giesen, "Mixing discrete probability distributions",
 * 2015), so that all of them can be moved, and compared, at once. */
#ifndef SVAC2_ENTROPY_SYMBOL_MODEL_H
#define SVAC2_ENTROPY_SYMBOL_MODEL_H

#include <stdint.h>

#include "common/intmath.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum {
    SV_SYMBOLS = 16,
    SV_SYMBOL_BITS = 15, /* probabilities are in 1 / 2^SV_SYMBOL_BITS */
    SV_SYMBOL_ONE = 1 << SV_SYMBOL_BITS,
    SV_SYMBOL_RATE_MIN = 4, /* at first, sums move by 1 / 2^4 of the way */
    SV_SYMBOL_RATE_MAX = 7,
    SV_SYMBOL_RATE_STEP = 8 /* and after so many symbols each time by half as much */
};

typedef struct sv_symbol_model {
    int16_t below[SV_SYMBOLS]; /* probability of all symbols below; rises by 1 or more each time */
    uint16_t seen;             /* symbols, as far as the rate hangs on them */
} sv_symbol_model;

/* All symbols alike. */
static inline void sv_symbol_start(sv_symbol_model *model)
{
    for (int i = 0; i < SV_SYMBOLS; i++) {
        model->below[i] = (int16_t)(i * (SV_SYMBOL_ONE / SV_SYMBOLS));
    }
    model->seen = 0;
}

static inline uint32_t sv_symbol_start_of(const sv_symbol_model *model, int symbol)
{
    return (uint32_t)model->below[symbol];
}

static inline uint32_t sv_symbol_end_of(const sv_symbol_model *model, int symbol)
{
    return symbol == SV_SYMBOLS - 1 ? SV_SYMBOL_ONE : (uint32_t)model->below[symbol + 1];
}

/* The symbol whose range a number of SV_SYMBOL_BITS is in. */
static inline int sv_symbol_at(const sv_symbol_model *model, int number)
{
#if defined(__SSE2__)
    const __m128i *below = (const __m128i *)model->below, numbers = _mm_set1_epi16((int16_t)number);
    __m128i low = _mm_cmpgt_epi16(_mm_loadu_si128(below), numbers);
    __m128i high = _mm_cmpgt_epi16(_mm_loadu_si128(below + 1), numbers);
    return sv_floor_log2(~(uint32_t)_mm_movemask_epi8(_mm_packs_epi16(low, high)) & 0xffff);
#else
    int symbol = 0;
    for (int step = SV_SYMBOLS / 2; step > 0; step /= 2) {
        symbol += model->below[symbol + step] <= number ? step : 0;
    }
    return symbol;
#endif
}

static inline void sv_symbol_learn(sv_symbol_model *model, int symbol)
{
    int rate = SV_SYMBOL_RATE_MIN + model->seen / SV_SYMBOL_RATE_STEP;
    model->seen = (uint16_t)(model->seen + (rate < SV_SYMBOL_RATE_MAX));
#if defined(__SSE2__)
    __m128i index = _mm_setr_epi16(0, 1, 2, 3, 4, 5, 6, 7);
    const __m128i symbols = _mm_set1_epi16((int16_t)symbol), rates = _mm_cvtsi32_si128(rate);
    for (int i = 0; i < SV_SYMBOLS; i += 8, index = _mm_add_epi16(index, _mm_set1_epi16(8))) {
        __m128i *below = (__m128i *)(model->below + i), old = _mm_loadu_si128(below);
        __m128i top = _mm_and_si128(_mm_cmpgt_epi16(index, symbols),
                                    _mm_set1_epi16(SV_SYMBOL_ONE - SV_SYMBOLS));
        __m128i way = _mm_sub_epi16(_mm_add_epi16(index, top), old);
        _mm_storeu_si128(below, _mm_add_epi16(old, _mm_sra_epi16(way, rates)));
    }
#else
    for (int i = 0; i < SV_SYMBOLS; i++) {
        int16_t most = (int16_t)(i + (i > symbol ? SV_SYMBOL_ONE - SV_SYMBOLS : 0));
        int16_t way = (int16_t)(most - model->below[i]);
        model->below[i] = (int16_t)(model->below[i] + (int16_t)(way >> rate));
    }
#endif
}

#endif
