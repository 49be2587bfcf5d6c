#include "common/intmath.h"
#include "nn/kernels.h"

static int byte_of(uint32_t word, int index) { return (int)(word >> (8 * index) & 0xff); }
static int weight_byte(int32_t word, int index) { return (int8_t)((uint32_t)word >> (8 * index)); }
static int half_of(uint32_t word, int index) { return (int)(word >> (16 * index) & 0xffff); }
static int weight_half(int32_t word, int index)
{
    return (int16_t)((uint32_t)word >> (16 * index));
}

/* One sum; `weights` points to the word of this output for the first row and tap. */
static int32_t sum_of_bytes(const uint32_t *const *in, const int32_t *weights, int chunk,
                            const sv_nn_shape *shape, int x, int32_t sum)
{
    for (int row = 0; row < shape->rows; row++) {
        for (int tap = 0; tap < shape->taps; tap++, weights += chunk) {
            uint32_t word = in[row][x + tap - shape->offset];
            for (int i = 0; i < 4; i++) {
                sum += byte_of(word, i) * weight_byte(*weights, i);
            }
        }
    }
    return sum;
}

static int32_t sum_of_planes(const uint32_t *const *in, const int32_t *weights, int chunk,
                             const sv_nn_shape *shape, int x, int32_t sum)
{
    for (int row = 0; row < shape->rows; row++) {
        for (int tap = 0; tap < shape->taps; tap++, weights += chunk) {
            uint32_t word = in[row][x + shape->step * tap - shape->offset];
            for (int i = 0; i < 2; i++) {
                sum += half_of(word, i) * weight_half(*weights, i);
            }
        }
    }
    return sum;
}

typedef int32_t sum_function(const uint32_t *const *in, const int32_t *weights, int chunk,
                             const sv_nn_shape *shape, int x, int32_t sum);

static void convolve(uint32_t *const *out, const uint32_t *const *in, const sv_nn_packed *layer,
                     const sv_nn_shape *shape, int columns, sum_function *sum)
{
    const int32_t *weights = layer->weights;
    for (int first = 0; first < shape->outputs; first += SV_NN_CHUNK) {
        int chunk = sv_nn_chunk(shape->outputs, first);
        for (int x = 0; x < columns; x++) {
            for (int o = 0; o < chunk; o++) {
                int output = first + o;
                int32_t value = sum(in, weights + o, chunk, shape, x, layer->biases[output]);
                uint32_t byte = (uint32_t)sv_clip(value >> layer->shifts[output], 0, 255);
                uint32_t *word = &out[output / 4][x];
                *word = output % 4 == 0 ? byte : *word | byte << (8 * (output % 4));
            }
        }
        weights += (ptrdiff_t)chunk * shape->rows * shape->taps;
    }
}

void sv_nn_conv_bytes_scalar(uint32_t *const *out, const uint32_t *const *in,
                             const sv_nn_packed *layer, const sv_nn_shape *shape, int columns)
{
    convolve(out, in, layer, shape, columns, sum_of_bytes);
}

void sv_nn_conv_planes_scalar(uint32_t *const *out, const uint32_t *const *in,
                              const sv_nn_packed *layer, const sv_nn_shape *shape, int columns)
{
    convolve(out, in, layer, shape, columns, sum_of_planes);
}

void sv_nn_head_scalar(int16_t *residual, const uint32_t *const *in, int groups,
                       const sv_nn_head *head, int shift, int columns)
{
    for (int x = 0; x < columns; x++) {
        int32_t sum = head->bias + (1 << shift >> 1);
        for (int g = 0; g < groups; g++) {
            const int32_t *weights = &head->weights[2 * g];
            for (int i = 0; i < 4; i++) {
                sum += byte_of(in[g][x], i) * weight_half(weights[i & 1], i >> 1);
            }
        }
        residual[x] = sv_saturate16(sum >> shift);
    }
}
