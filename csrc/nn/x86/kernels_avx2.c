/* AVX2: a register holds one word of 8 columns. Products of bytes are summed in pairs within 16
 * bits first, which SV_NN_WEIGHT_MAX makes exact. */
#include <immintrin.h>
#include <stdbool.h>

#include "nn/kernels.h"

#define INLINE static inline __attribute__((always_inline))

/* Outputs computed at once: more accumulators than that do not fit the registers. */
enum { OUTPUTS = 8 };

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

/* n outputs, of a chunk of `chunk`, in 8 columns. */
INLINE void columns_of(uint32_t *const *out, const uint32_t *const *in, const int32_t *weights,
                       int chunk, const int32_t *biases, const int32_t *shifts,
                       const sv_nn_shape *shape, int x, const int n, const bool bytes)
{
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i sums[OUTPUTS];
    for (int o = 0; o < n; o++) {
        sums[o] = _mm256_set1_epi32(biases[o]);
    }
    for (int row = 0; row < shape->rows; row++) {
        const uint32_t *from = in[row] + x - shape->offset;
        for (int tap = 0; tap < shape->taps; tap++, from += shape->step, weights += chunk) {
            __m256i words = _mm256_loadu_si256((const __m256i *)from);
            for (int o = 0; o < n; o++) {
                __m256i weight = _mm256_set1_epi32(weights[o]);
                __m256i products =
                    bytes ? _mm256_madd_epi16(_mm256_maddubs_epi16(words, weight), ones)
                          : _mm256_madd_epi16(words, weight);
                sums[o] = _mm256_add_epi32(sums[o], products);
            }
        }
    }
    for (int g = 0; 4 * g < n; g++) {
        _mm256_storeu_si256((__m256i *)(out[g] + x),
                            pack_words(&sums[4 * g], &shifts[4 * g], n - 4 * g));
    }
}

#define CASE(n)                                                                               \
    case n:                                                                                   \
        for (int x = 0; x < columns; x += 8) {                                                \
            columns_of(group, in, weights + part, chunk, biases, shifts, shape, x, n, bytes); \
        }                                                                                     \
        break

INLINE void convolve(uint32_t *const *out, const uint32_t *const *in, const sv_nn_packed *layer,
                     const sv_nn_shape *shape, int columns, const bool bytes)
{
    const int32_t *weights = layer->weights;
    for (int first = 0; first < shape->outputs; first += SV_NN_CHUNK) {
        int chunk = sv_nn_chunk(shape->outputs, first);
        for (int part = 0; part < chunk; part += OUTPUTS) {
            int rest = chunk - part;
            const int32_t *biases = layer->biases + first + part;
            const int32_t *shifts = layer->shifts + first + part;
            uint32_t *const *group = out + (first + part) / 4;
            switch (rest < OUTPUTS ? rest : OUTPUTS) {
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
        weights += (ptrdiff_t)chunk * shape->rows * shape->taps;
    }
}

void sv_nn_conv_bytes_avx2(uint32_t *const *out, const uint32_t *const *in,
                           const sv_nn_packed *layer, const sv_nn_shape *shape, int columns)
{
    convolve(out, in, layer, shape, columns, true);
}

void sv_nn_conv_planes_avx2(uint32_t *const *out, const uint32_t *const *in,
                            const sv_nn_packed *layer, const sv_nn_shape *shape, int columns)
{
    convolve(out, in, layer, shape, columns, false);
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
