/* The reference: plain C. The convolutions are inner products of numbers of 16 bits, of several
 * columns at once, which compilers turn into vector code for whatever they compile for. */
#include <assert.h>
#include <string.h>

#include "common/intmath.h"
#include "nn/kernels.h"

static int byte_of(uint32_t word, int index) { return (int)(word >> (8 * index) & 0xff); }
static int weight_half(int32_t word, int index)
{
    return (int16_t)((uint32_t)word >> (16 * index));
}

/* The numbers of all words that an output needs, in their order in memory, which is the same in
 * inputs and weights; then zeros, up to a whole number of vectors. */
typedef int16_t numbers[4 * SV_NN_WORDS_MAX];

enum {
    OUTPUTS = 4 * SV_NN_CHUNK, /* that share the inputs' way to numbers */
    VECTOR = 8,                /* numbers in 128 bits, which SSE2 and NEON have */
    BLOCK = 8                  /* columns of which the sums fit the registers */
};

static_assert(4 * SV_NN_WORDS_MAX % VECTOR == 0, "the zeros have room");
static_assert(SV_NN_COLUMNS % BLOCK == 0, "columns are whole blocks");

typedef struct operands {
    numbers inputs[SV_NN_COLUMNS], weights[OUTPUTS];
    int vectors;
} operands;

static void append_zeros(numbers *rows, int row_count, int used, int vectors)
{
    for (int i = 0; i < row_count; i++) {
        memset(rows[i] + used, 0, (size_t)(VECTOR * vectors - used) * sizeof rows[i][used]);
    }
}

static void start(operands *both, int count)
{
    both->vectors = (count + VECTOR - 1) / VECTOR;
    append_zeros(both->inputs, SV_NN_COLUMNS, count, both->vectors);
    append_zeros(both->weights, OUTPUTS, count, both->vectors);
}

/* A word of each of SV_NN_COLUMNS columns: four bytes, or two halves. */
static void widen_inputs(numbers *to, int word, const uint32_t *from, const bool bytes)
{
    uint8_t of_word[SV_NN_COLUMNS][4];
    memcpy(of_word, from, sizeof of_word);
    for (int x = 0; x < SV_NN_COLUMNS; x++) {
        for (int i = 0; i < 4 && bytes; i++) {
            to[x][4 * word + i] = of_word[x][i];
        }
        if (!bytes) {
            memcpy(&to[x][2 * word], of_word[x], sizeof of_word[x]);
        }
    }
}

/* The weights of a chunk, in the order of the inputs. */
static void widen_chunk(numbers *to, const sv_nn_packed *layer, int first, const bool bytes)
{
    const int chunk = sv_nn_chunk(layer->outputs, first);
    const int32_t *weights = layer->weights + first * layer->words;
    for (int i = 0; i < layer->words * chunk; i++) {
        int8_t of_word[4];
        int16_t *number =
            to[i % chunk] + (bytes ? 4 : 2) * layer->orders[first / SV_NN_CHUNK].words[i / chunk];
        memcpy(of_word, &weights[i], sizeof of_word);
        for (int k = 0; k < 4 && bytes; k++) {
            number[k] = of_word[k];
        }
        if (!bytes) {
            memcpy(number, of_word, sizeof of_word);
        }
    }
}

/* The sums of an output in a block of columns. */
static void sum_block(int32_t *to, const numbers *inputs, const int16_t *weights, int vectors,
                      int32_t bias)
{
    int32_t sums[BLOCK];
    for (int x = 0; x < BLOCK; x++) {
        sums[x] = bias;
    }
    for (int i = 0; i < VECTOR * vectors; i++) {
        for (int x = 0; x < BLOCK; x++) {
            sums[x] += inputs[x][i] * weights[i];
        }
    }
    memcpy(to, sums, sizeof sums);
}

/* SV_NN_COLUMNS columns of the outputs from `first` to `end`. */
static void compute_columns(uint32_t *const *out, const operands *both, const sv_nn_packed *layer,
                            int first, int end, int x)
{
    for (int o = first; o < end; o++) {
        int32_t sums[SV_NN_COLUMNS];
        for (int i = 0; i < SV_NN_COLUMNS; i += BLOCK) {
            sum_block(sums + i, both->inputs + i, both->weights[o - first], both->vectors,
                      layer->biases[o]);
        }
        uint32_t *to = out[o / 4] + x;
        for (int i = 0; i < SV_NN_COLUMNS; i++) {
            uint32_t byte = (uint32_t)sv_clip(sums[i] >> layer->shifts[o], 0, 255);
            to[i] = o % 4 == 0 ? byte : to[i] | byte << (8 * (o % 4));
        }
    }
}

static inline void convolve(uint32_t *const *out, const uint32_t *const *in,
                            const sv_nn_packed *layer, int columns, const bool bytes)
{
    operands both;
    start(&both, (bytes ? 4 : 2) * layer->words);
    for (int first = 0; first < layer->outputs; first += OUTPUTS) {
        const int end = sv_min(first + OUTPUTS, layer->outputs);
        for (int chunk = first; chunk < end; chunk += SV_NN_CHUNK) {
            widen_chunk(both.weights + chunk - first, layer, chunk, bytes);
        }
        for (int x = 0; x < columns; x += SV_NN_COLUMNS) {
            for (int w = 0; w < layer->words; w++) {
                widen_inputs(both.inputs, w, in[w] + x, bytes);
            }
            compute_columns(out, &both, layer, first, end, x);
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
