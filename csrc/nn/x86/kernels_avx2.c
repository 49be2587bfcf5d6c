/* AVX2: a register holds one word of 8 columns; more accumulators than those of a chunk do not
 * fit the registers. Products of bytes are summed within 16 bits first, run by run of words. */
#include <assert.h>
#include <immintrin.h>

#include "nn/kernels.h"

#define INLINE static inline __attribute__((always_inline))

/* The words of four outputs. */
INLINE void store_words(uint32_t *to, const __m256i sums[4], const int32_t *shifts)
{
    const __m256i interleave = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
    __m256i shifted[4];
    for (int i = 0; i < 4; i++) {
        shifted[i] = _mm256_srav_epi32(sums[i], _mm256_set1_epi32(shifts[i]));
    }
    __m256i bytes = _mm256_packus_epi16(_mm256_packs_epi32(shifted[0], shifted[1]),
                                        _mm256_packs_epi32(shifted[2], shifted[3]));
    _mm256_storeu_si256((__m256i *)to, _mm256_shuffle_epi8(bytes, interleave));
}

/* Adds the products of `count` runs of a length: within 16 bits first. Returns the weights of the
 * next words. */
INLINE const int32_t *add_runs(__m256i *sums, const uint32_t *const *in, int x,
                               const int32_t *weights, int count, const int n, const int length)
{
    const __m256i ones = _mm256_set1_epi16(1);
    for (int run = 0; run < count; run++, in += length, weights += length * n) {
        __m256i words[SV_NN_RUN_MAX];
        for (int w = 0; w < length; w++) {
            words[w] = _mm256_loadu_si256((const __m256i *)(in[w] + x));
        }
        for (int o = 0; o < n; o++) {
            __m256i halves = _mm256_maddubs_epi16(words[0], _mm256_set1_epi32(weights[o]));
            for (int w = 1; w < length; w++) {
                __m256i weight = _mm256_set1_epi32(weights[w * n + o]);
                halves = _mm256_add_epi16(halves, _mm256_maddubs_epi16(words[w], weight));
            }
            sums[o] = _mm256_add_epi32(sums[o], _mm256_madd_epi16(halves, ones));
        }
    }
    return weights;
}

INLINE void add_bytes(__m256i *sums, const uint32_t *const *in, int x, const int32_t *weights,
                      const uint16_t *runs, const int n)
{
    static_assert(SV_NN_RUN_MAX == 4, "each length is here");
    weights = add_runs(sums, in, x, weights, runs[0], n, 4);
    in += 4 * runs[0];
    weights = add_runs(sums, in, x, weights, runs[1], n, 3);
    in += 3 * runs[1];
    weights = add_runs(sums, in, x, weights, runs[2], n, 2);
    in += 2 * runs[2];
    add_runs(sums, in, x, weights, runs[3], n, 1);
}

/* The chunk of n outputs from `first` on, in all columns. */
INLINE void chunk_of_bytes(uint32_t *const *out, const uint32_t *const *in,
                           const sv_nn_packed *layer, int first, int columns, const int n)
{
    const int32_t *weights = layer->weights + first * layer->words;
    const uint16_t *runs = layer->orders[first / SV_NN_CHUNK].runs;
    for (int x = 0; x < columns; x += 8) {
        __m256i sums[SV_NN_CHUNK];
        for (int o = 0; o < n; o++) {
            sums[o] = _mm256_set1_epi32(layer->biases[first + o]);
        }
        add_bytes(sums, in, x, weights, runs, n);
        for (int o = 0; o < n; o += 4) {
            store_words(out[(first + o) / 4] + x, sums + o, layer->shifts + first + o);
        }
    }
}

/* Four outputs from `first` on, of a chunk of n, in 16 columns: so many accumulators, words and
 * weights fit the registers. */
INLINE void columns_of_planes(uint32_t *out, const uint32_t *const *in, const sv_nn_packed *layer,
                              int first, int x, const int32_t *weights, const int n)
{
    __m256i low[4], high[4];
    for (int o = 0; o < 4; o++) {
        low[o] = high[o] = _mm256_set1_epi32(layer->biases[first + o]);
    }
    const uint32_t *const *end = in + layer->words;
    do {
        __m256i left = _mm256_loadu_si256((const __m256i *)(*in + x));
        __m256i right = _mm256_loadu_si256((const __m256i *)(*in + x + 8));
        for (int o = 0; o < 4; o++) {
            __m256i weight = _mm256_set1_epi32(weights[o]);
            low[o] = _mm256_add_epi32(low[o], _mm256_madd_epi16(left, weight));
            high[o] = _mm256_add_epi32(high[o], _mm256_madd_epi16(right, weight));
        }
        weights += n;
    } while (++in < end);
    store_words(out + x, low, layer->shifts + first);
    store_words(out + x + 8, high, layer->shifts + first);
}

INLINE void chunk_of_planes(uint32_t *const *out, const uint32_t *const *in,
                            const sv_nn_packed *layer, int first, int columns, const int n)
{
    const int32_t *weights = layer->weights + first * layer->words;
    for (int o = 0; o < n; o += 4) {
        for (int x = 0; x < columns; x += 16) {
            columns_of_planes(out[(first + o) / 4], in, layer, first + o, x, weights + o, n);
        }
    }
}

INLINE void convolve(uint32_t *const *out, const uint32_t *const *in, const sv_nn_packed *layer,
                     int columns, const bool bytes)
{
    for (int first = 0; first < layer->outputs; first += SV_NN_CHUNK) {
        const uint32_t *ordered[SV_NN_WORDS_MAX];
        sv_nn_in_order(in, layer, first, ordered);
        bool whole = sv_nn_chunk(layer->outputs, first) == SV_NN_CHUNK;
        if (bytes && whole) {
            chunk_of_bytes(out, ordered, layer, first, columns, SV_NN_CHUNK);
        } else if (bytes) {
            chunk_of_bytes(out, ordered, layer, first, columns, SV_NN_CHUNK / 2);
        } else if (whole) {
            chunk_of_planes(out, ordered, layer, first, columns, SV_NN_CHUNK);
        } else {
            chunk_of_planes(out, ordered, layer, first, columns, SV_NN_CHUNK / 2);
        }
    }
}

void sv_nn_conv_bytes_avx2(uint32_t *const *out, const uint32_t *const *in,
                           const sv_nn_packed *layer, int columns)
{
    convolve(out, in, layer, columns, true);
}

void sv_nn_conv_planes_avx2(uint32_t *const *out, const uint32_t *const *in,
                            const sv_nn_packed *layer, int columns)
{
    convolve(out, in, layer, columns, false);
}

void sv_nn_head_avx2(int16_t *residual, const uint32_t *const *in, int groups,
                     const sv_nn_head *head, int shift, int columns)
{
    const __m256i low_bytes = _mm256_set1_epi32(0x00ff00ff);
    const __m128i count = _mm_cvtsi32_si128(shift);
    for (int x = 0; x < columns; x += 8) {
        __m256i sum = _mm256_set1_epi32(head->bias + (1 << shift >> 1));
        for (int g = 0; g < groups; g++) {
            __m256i words = _mm256_loadu_si256((const __m256i *)(in[g] + x));
            __m256i even = _mm256_madd_epi16(_mm256_and_si256(words, low_bytes),
                                             _mm256_set1_epi32(head->weights[2 * g]));
            __m256i odd =
                _mm256_madd_epi16(_mm256_and_si256(_mm256_srli_epi32(words, 8), low_bytes),
                                  _mm256_set1_epi32(head->weights[2 * g + 1]));
            sum = _mm256_add_epi32(sum, _mm256_add_epi32(even, odd));
        }
        sum = _mm256_sra_epi32(sum, count);
        __m256i halves = _mm256_permute4x64_epi64(_mm256_packs_epi32(sum, sum), 0x08);
        _mm_storeu_si128((__m128i *)(residual + x), _mm256_castsi256_si128(halves));
    }
}
