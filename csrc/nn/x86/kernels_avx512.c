/* AVX-512 VNNI: a register holds one word of 16 columns, each output has two accumulators, weights
 * are broadcast from memory. */
#include <immintrin.h>

#include "nn/kernels.h"

#define INLINE static inline __attribute__((always_inline))

/* The words of four outputs. */
INLINE void store_words(uint32_t *to, const __m512i sums[4], const int32_t *shifts)
{
    const __m512i interleave =
        _mm512_broadcast_i32x4(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
    __m512i shifted[4];
    for (int i = 0; i < 4; i++) {
        shifted[i] = _mm512_srav_epi32(sums[i], _mm512_set1_epi32(shifts[i]));
    }
    __m512i bytes = _mm512_packus_epi16(_mm512_packs_epi32(shifted[0], shifted[1]),
                                        _mm512_packs_epi32(shifted[2], shifted[3]));
    _mm512_storeu_si512(to, _mm512_shuffle_epi8(bytes, interleave));
}

/* `blocks` times 16 columns of n outputs from `first` on; `bytes` or planes. */
INLINE void columns_of(uint32_t *const *out, const uint32_t *const *in, const sv_nn_packed *layer,
                       int first, int x, const int n, const int blocks, const bool bytes)
{
    const int32_t *weights = layer->weights + first * layer->words;
    __m512i sums[2][SV_NN_CHUNK];
    for (int o = 0; o < n; o++) {
        for (int b = 0; b < blocks; b++) {
            sums[b][o] = _mm512_set1_epi32(layer->biases[first + o]);
        }
    }
    for (int w = 0; w < layer->words; w++, weights += n) {
        __m512i words[2];
        for (int b = 0; b < blocks; b++) {
            words[b] = _mm512_loadu_si512(in[w] + x + 16 * b);
        }
        for (int o = 0; o < n; o++) {
            __m512i weight = _mm512_set1_epi32(weights[o]);
            for (int b = 0; b < blocks; b++) {
                sums[b][o] = bytes ? _mm512_dpbusd_epi32(sums[b][o], words[b], weight)
                                   : _mm512_dpwssd_epi32(sums[b][o], words[b], weight);
            }
        }
    }
    for (int b = 0; b < blocks; b++) {
        for (int o = 0; o < n; o += 4) {
            store_words(out[(first + o) / 4] + x + 16 * b, &sums[b][o], &layer->shifts[first + o]);
        }
    }
}

/* All columns of a chunk of n outputs. Two blocks of columns share the weights' way from memory. */
INLINE void chunk_of(uint32_t *const *out, const uint32_t *const *in, const sv_nn_packed *layer,
                     int first, int columns, const int n, const bool bytes)
{
    int x = 0;
    for (; x + 16 < columns; x += 32) {
        columns_of(out, in, layer, first, x, n, 2, bytes);
    }
    if (x < columns) {
        columns_of(out, in, layer, first, x, n, 1, bytes);
    }
}

INLINE void convolve(uint32_t *const *out, const uint32_t *const *in, const sv_nn_packed *layer,
                     int columns, const bool bytes)
{
    for (int first = 0; first < layer->outputs; first += SV_NN_CHUNK) {
        const uint32_t *ordered[SV_NN_WORDS_MAX];
        sv_nn_in_order(in, layer, first, ordered);
        if (sv_nn_chunk(layer->outputs, first) == SV_NN_CHUNK) {
            chunk_of(out, ordered, layer, first, columns, SV_NN_CHUNK, bytes);
        } else {
            chunk_of(out, ordered, layer, first, columns, SV_NN_CHUNK / 2, bytes);
        }
    }
}

void sv_nn_conv_bytes_avx512(uint32_t *const *out, const uint32_t *const *in,
                             const sv_nn_packed *layer, int columns)
{
    convolve(out, in, layer, columns, true);
}

void sv_nn_conv_planes_avx512(uint32_t *const *out, const uint32_t *const *in,
                              const sv_nn_packed *layer, int columns)
{
    convolve(out, in, layer, columns, false);
}

void sv_nn_head_avx512(int16_t *residual, const uint32_t *const *in, int groups,
                       const sv_nn_head *head, int shift, int columns)
{
    const __m512i low_bytes = _mm512_set1_epi32(0x00ff00ff);
    const __m128i count = _mm_cvtsi32_si128(shift);
    for (int x = 0; x < columns; x += 16) {
        __m512i even = _mm512_set1_epi32(head->bias + (1 << shift >> 1));
        __m512i odd = _mm512_setzero_si512();
        for (int g = 0; g < groups; g++) {
            __m512i words = _mm512_loadu_si512(in[g] + x);
            even = _mm512_dpwssd_epi32(even, _mm512_and_si512(words, low_bytes),
                                       _mm512_set1_epi32(head->weights[2 * g]));
            odd = _mm512_dpwssd_epi32(odd, _mm512_and_si512(_mm512_srli_epi32(words, 8), low_bytes),
                                      _mm512_set1_epi32(head->weights[2 * g + 1]));
        }
        __m512i sum = _mm512_sra_epi32(_mm512_add_epi32(even, odd), count);
        _mm256_storeu_si256((__m256i *)(residual + x), _mm512_cvtsepi32_epi16(sum));
    }
}
