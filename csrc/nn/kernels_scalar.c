/* The reference: plain C, which compilers turn into vector code for whatever they compile for. */
#include "common/intmath.h"
#include "nn/kernels.h"

static int byte_of(uint32_t word, int index) { return (int)(word >> (8 * index) & 0xff); }
static int weight_byte(int32_t word, int index) { return (int8_t)((uint32_t)word >> (8 * index)); }
static int half_of(uint32_t word, int index) { return (int)(word >> (16 * index) & 0xffff); }
static int weight_half(int32_t word, int index)
{
    return (int16_t)((uint32_t)word >> (16 * index));
}

/* Adds the products of SV_NN_COLUMNS words with the word of weights of one output. */
static void add_bytes(int32_t *restrict sums, const uint32_t *restrict words, int32_t weights)
{
    int w0 = weight_byte(weights, 0), w1 = weight_byte(weights, 1);
    int w2 = weight_byte(weights, 2), w3 = weight_byte(weights, 3);
    for (int x = 0; x < SV_NN_COLUMNS; x++) {
        sums[x] += byte_of(words[x], 0) * w0 + byte_of(words[x], 1) * w1 +
                   byte_of(words[x], 2) * w2 + byte_of(words[x], 3) * w3;
    }
}

static void add_halves(int32_t *restrict sums, const uint32_t *restrict words, int32_t weights)
{
    int w0 = weight_half(weights, 0), w1 = weight_half(weights, 1);
    for (int x = 0; x < SV_NN_COLUMNS; x++) {
        sums[x] += half_of(words[x], 0) * w0 + half_of(words[x], 1) * w1;
    }
}

typedef void add_function(int32_t *restrict sums, const uint32_t *restrict words, int32_t weights);

/* SV_NN_COLUMNS columns of one output; `weights` points to its word for the first row and tap. */
static inline void columns_of(uint32_t *restrict out, int lane, const uint32_t *const *in,
                              const int32_t *weights, int chunk, int32_t bias, int shift,
                              const sv_nn_shape *shape, int x, add_function *add)
{
    int32_t sums[SV_NN_COLUMNS];
    for (int i = 0; i < SV_NN_COLUMNS; i++) {
        sums[i] = bias;
    }
    for (int row = 0; row < shape->rows; row++) {
        for (int tap = 0; tap < shape->taps; tap++, weights += chunk) {
            add(sums, in[row] + x + shape->step * tap - shape->offset, *weights);
        }
    }
    for (int i = 0; i < SV_NN_COLUMNS; i++) {
        uint32_t byte = (uint32_t)sv_clip(sums[i] >> shift, 0, 255) << (8 * lane);
        out[i] = lane == 0 ? byte : out[i] | byte;
    }
}

static inline void convolve(uint32_t *const *out, const uint32_t *const *in,
                            const sv_nn_packed *layer, const sv_nn_shape *shape, int columns,
                            add_function *add)
{
    const int32_t *weights = layer->weights;
    for (int first = 0; first < shape->outputs; first += SV_NN_CHUNK) {
        int chunk = sv_nn_chunk(shape->outputs, first);
        for (int o = first; o < first + chunk; o++) {
            for (int x = 0; x < columns; x += SV_NN_COLUMNS) {
                columns_of(out[o / 4] + x, o % 4, in, weights + o - first, chunk, layer->biases[o],
                           layer->shifts[o], shape, x, add);
            }
        }
        weights += (ptrdiff_t)chunk * shape->rows * shape->taps;
    }
}

void sv_nn_conv_bytes_scalar(uint32_t *const *out, const uint32_t *const *in,
                             const sv_nn_packed *layer, const sv_nn_shape *shape, int columns)
{
    convolve(out, in, layer, shape, columns, add_bytes);
}

void sv_nn_conv_planes_scalar(uint32_t *const *out, const uint32_t *const *in,
                              const sv_nn_packed *layer, const sv_nn_shape *shape, int columns)
{
    convolve(out, in, layer, shape, columns, add_halves);
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
