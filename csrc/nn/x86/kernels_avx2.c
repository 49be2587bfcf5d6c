/* AVX2: a register holds one word of 8 columns; more accumulators than a part of outputs has do not
 * fit the registers. Products of bytes are summed within 16 bits first, run by run of words. */
#include <assert.h>
#include <immintrin.h>

#include "common/intmath.h"
#include "nn/kernels.h"

#define INLINE static inline __attribute__((always_inline))

INLINE __m256i pack_words(const __m256i sums[4], const int32_t *shifts, int count)
{
    __m256i shifted[4];
    for (int i = 0; i < 4; i++) {
        shifted[i] = i < count ? _mm256_srav_epi32(sums[i], _mm256_set1_epi32(shifts[i]))
                               : _mm256_setzero_si256();
    }
    __m256i bytes = _mm256_packus_epi16(_mm256_packs_epi32(shifted[0], shifted[1]),
                                        _mm256_packs_epi32(shifted[2], shifted[3]));
    const __m256i interleave = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
    return _mm256_shuffle_epi8(bytes, interleave);
}

/* Adds the products of a run of words: within 16 bits first. */
INLINE void add_run(__m256i *sums, const uint32_t *const *in, int x, const int32_t *weights,
                    int chunk, const int n, const int length)
{
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i words[SV_NN_RUN_MAX];
    for (int w = 0; w < length; w++) {
        words[w] = _mm256_loadu_si256((const __m256i *)(in[w] + x));
    }
    for (int o = 0; o < n; o++) {
        __m256i halves = _mm256_maddubs_epi16(words[0], _mm256_set1_epi32(weights[o]));
        for (int w = 1; w < length; w++) {
            __m256i weight = _mm256_set1_epi32(weights[w * chunk + o]);
            halves = _mm256_add_epi16(halves, _mm256_maddubs_epi16(words[w], weight));
        }
        sums[o] = _mm256_add_epi32(sums[o], _mm256_madd_epi16(halves, ones));
    }
}

INLINE void add_bytes(__m256i *sums, const uint32_t *const *in, int x, const int32_t *weights,
                      int chunk, const uint8_t *runs, int words, const int n)
{
    static_assert(SV_NN_RUN_MAX == 4, "a case for each length");
    for (int w = 0; w < words; w += *runs++) {
        const int32_t *from = weights + w * chunk;
        switch (*runs) {
        case 1:
            add_run(sums, in + w, x, from, chunk, n, 1);
            break;
        case 2:
            add_run(sums, in + w, x, from, chunk, n, 2);
            break;
        case 3:
            add_run(sums, in + w, x, from, chunk, n, 3);
            break;
        default:
            add_run(sums, in + w, x, from, chunk, n, 4);
            break;
        }
    }
}

INLINE void add_halves(__m256i *sums, const uint32_t *const *in, int x, const int32_t *weights,
                       int chunk, int words, const int n)
{
    for (int w = 0; w < words; w++, weights += chunk) {
        __m256i halves = _mm256_loadu_si256((const __m256i *)(in[w] + x));
        for (int o = 0; o < n; o++) {
            __m256i products = _mm256_madd_epi16(halves, _mm256_set1_epi32(weights[o]));
            sums[o] = _mm256_add_epi32(sums[o], products);
        }
    }
}

/* n outputs from `first` on, in all columns. */
INLINE void part_of(uint32_t *const *out, const uint32_t *const *in, const sv_nn_packed *layer,
                    int first, int columns, const int n, const bool bytes)
{
    int chunk_first = first / SV_NN_CHUNK * SV_NN_CHUNK;
    int chunk = sv_nn_chunk(layer->outputs, chunk_first);
    const int32_t *weights = layer->weights + chunk_first * layer->words + first - chunk_first;
    const int32_t *shifts = layer->shifts + first;
    for (int x = 0; x < columns; x += 8) {
        __m256i sums[SV_NN_PART];
        for (int o = 0; o < n; o++) {
            sums[o] = _mm256_set1_epi32(layer->biases[first + o]);
        }
        if (bytes) {
            add_bytes(sums, in, x, weights, chunk, layer->runs + first / SV_NN_PART * layer->words,
                      layer->words, n);
        } else {
            add_halves(sums, in, x, weights, chunk, layer->words, n);
        }
        for (int g = 0; 4 * g < n; g++) {
            _mm256_storeu_si256((__m256i *)(out[first / 4 + g] + x),
                                pack_words(&sums[4 * g], &shifts[4 * g], n - 4 * g));
        }
    }
}

#define CASE(n)                                            \
    case n:                                                \
        part_of(out, in, layer, first, columns, n, bytes); \
        break

INLINE void convolve(uint32_t *const *out, const uint32_t *const *in, const sv_nn_packed *layer,
                     int columns, const bool bytes)
{
    for (int first = 0; first < layer->outputs; first += SV_NN_PART) {
        switch (sv_min(layer->outputs - first, SV_NN_PART)) {
            CASE(1);
            CASE(2);
            CASE(3);
            CASE(4);
            CASE(5);
            CASE(6);
            CASE(7);
            CASE(8);
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
