/* The reference: plain C. The convolutions are inner products of numbers of 16 bits, which
 * compilers turn into vector code for whatever they compile for. */
#include <string.h>

#include "common/intmath.h"
#include "nn/kernels.h"

static int byte_of(uint32_t word, int index) { return (int)(word >> (8 * index) & 0xff); }
static int weight_half(int32_t word, int index)
{
    return (int16_t)((uint32_t)word >> (16 * index));
}

/* The numbers of all words that an output needs, in their order in memory, which is the same in
 * inputs and weights. */
typedef int16_t numbers[4 * SV_NN_WORDS_MAX];

/* One word of each of SV_NN_COLUMNS columns, or as many outputs: four bytes. */
static void widen_inputs(numbers *to, int word, const uint32_t *from)
{
    uint8_t bytes[SV_NN_COLUMNS][4];
    memcpy(bytes, from, sizeof bytes);
    for (int x = 0; x < SV_NN_COLUMNS; x++) {
        for (int i = 0; i < 4; i++) {
            to[x][4 * word + i] = bytes[x][i];
        }
    }
}

static void widen_weights(numbers *to, int word, const int32_t *from, int count)
{
    int8_t bytes[SV_NN_CHUNK][4];
    memcpy(bytes, from, (size_t)count * sizeof *from);
    for (int o = 0; o < count; o++) {
        for (int i = 0; i < 4; i++) {
            to[o][4 * word + i] = bytes[o][i];
        }
    }
}

/* The same of two halves. */
static void copy_halves(numbers *to, int word, const void *from, int count)
{
    for (int i = 0; i < count; i++) {
        memcpy(&to[i][2 * word], (const char *)from + 4 * i, 4);
    }
}

static int32_t sum_of(const int16_t *inputs, const int16_t *weights, int count, int32_t sum)
{
    for (int i = 0; i < count; i++) {
        sum += inputs[i] * weights[i];
    }
    return sum;
}

/* SV_NN_COLUMNS columns of the outputs from `first` on. */
static void compute_columns(uint32_t *const *out, const numbers *inputs, const numbers *weights,
                            const sv_nn_packed *layer, int first, int count, int x)
{
    for (int o = first; o < first + sv_nn_chunk(layer->outputs, first); o++) {
        uint32_t *to = out[o / 4] + x;
        for (int i = 0; i < SV_NN_COLUMNS; i++) {
            int32_t sum = sum_of(inputs[i], weights[o - first], count, layer->biases[o]);
            uint32_t byte = (uint32_t)sv_clip(sum >> layer->shifts[o], 0, 255);
            to[i] = o % 4 == 0 ? byte : to[i] | byte << (8 * (o % 4));
        }
    }
}

static inline void convolve(uint32_t *const *out, const uint32_t *const *in,
                            const sv_nn_packed *layer, int columns, const bool bytes)
{
    numbers inputs[SV_NN_COLUMNS], weights[SV_NN_CHUNK];
    const int32_t *packed = layer->weights;
    for (int first = 0; first < layer->outputs; first += SV_NN_CHUNK) {
        const uint32_t *ordered[SV_NN_WORDS_MAX];
        int chunk = sv_nn_chunk(layer->outputs, first);
        sv_nn_in_order(in, layer, first, ordered);
        for (int w = 0; w < layer->words; w++, packed += chunk) {
            if (bytes) {
                widen_weights(weights, w, packed, chunk);
            } else {
                copy_halves(weights, w, packed, chunk);
            }
        }
        for (int x = 0; x < columns; x += SV_NN_COLUMNS) {
            for (int w = 0; w < layer->words; w++) {
                if (bytes) {
                    widen_inputs(inputs, w, ordered[w] + x);
                } else {
                    copy_halves(inputs, w, ordered[w] + x, SV_NN_COLUMNS);
                }
            }
            compute_columns(out, inputs, weights, layer, first, (bytes ? 4 : 2) * layer->words, x);
        }
    }
}

void sv_nn_conv_bytes_scalar(uint32_t *const *out, const uint32_t *const *in,
                             const sv_nn_packed *layer, int columns)
{
    convolve(out, in, layer, columns, true);
}

void sv_nn_conv_planes_scalar(uint32_t *const *out, const uint32_t *const *in,
                              const sv_nn_packed *layer, int columns)
{
    convolve(out, in, layer, columns, false);
}

void sv_nn_head_scalar(int16_t *residual, const uint32_t *const *in, int groups,
                       const sv_nn_head *head, int shift, int columns)
{
    for (int x = 0; x < columns; x += SV_NN_COLUMNS) {
        int32_t sums[SV_NN_COLUMNS];
        for (int i = 0; i < SV_NN_COLUMNS; i++) {
            sums[i] = head->bias + (1 << shift >> 1);
        }
        for (int g = 0; g < groups; g++) {
            int32_t even = head->weights[2 * g], odd = head->weights[2 * g + 1];
            int w0 = weight_half(even, 0), w2 = weight_half(even, 1);
            int w1 = weight_half(odd, 0), w3 = weight_half(odd, 1);
            const uint32_t *words = in[g] + x;
            for (int i = 0; i < SV_NN_COLUMNS; i++) {
                sums[i] += byte_of(words[i], 0) * w0 + byte_of(words[i], 1) * w1 +
                           byte_of(words[i], 2) * w2 + byte_of(words[i], 3) * w3;
            }
        }
        for (int i = 0; i < SV_NN_COLUMNS; i++) {
            residual[x + i] = sv_saturate16(sums[i] >> shift);
        }
    }
}
