#include "nn/pack.h"

#include <string.h>

#include "common/intmath.h"

/* Where a sample of an input lies: which word of those that an output needs, and where in it. */
typedef struct place {
    int word, lane;
} place;

static place place_sample(const sv_nn_layer *layer, int input, int column)
{
    return layer->step == 2 ? (place){input * layer->taps + column / 2, column % 2}
                            : (place){input / 2 * layer->taps + column, input % 2};
}

static place place_channel(const svac2_model *model, int layer, int input, int column)
{
    const sv_nn_layer *l = &model->layers[layer];
    int group = 0;
    for (int i = 0;; i++) {
        int outputs = l->sources >> (i + 1) & 1 ? model->layers[i].outputs : 0;
        if (input < outputs) {
            return (place){(group + input / 4) * l->taps + column, input % 4};
        }
        input -= outputs;
        group += sv_nn_groups(outputs);
    }
}

/* The weights that one sample of an input has in all outputs. */
static void pack_tap(const sv_nn_layer *layer, const int16_t *weights, int stride, int bits,
                     const place *at, int32_t *words)
{
    const int outputs = sv_nn_padded(layer->outputs);
    for (int output = 0; output < layer->outputs; output++) {
        int first = output / SV_NN_CHUNK * SV_NN_CHUNK;
        int32_t *word =
            &words[first * layer->words + output - first + at->word * sv_nn_chunk(outputs, first)];
        uint32_t weight = (uint32_t)weights[output * stride] & (UINT32_MAX >> (32 - bits));
        *word = (int32_t)((uint32_t)*word | weight << (bits * at->lane));
    }
}

/* The weight of the first view, of all that an output has, that a view has instead: of another tap
 * and another sample of the cell. */
static int turned_weight(const svac2_model *model, int layer, int view, int weight)
{
    const sv_nn_layer *l = &model->layers[layer];
    const int cell = model->rings[SV_NN_LEVELS + layer].cell, area = cell * cell;
    const int taps = l->kernel * l->kernel, input = weight / taps;
    return sv_nn_reads_planes(l)
               ? (input / area * area + sv_nn_turned(view, cell, input % area)) * taps +
                     sv_nn_turned(view, l->kernel, weight % taps)
               : weight;
}

void sv_nn_pack_weights(const svac2_model *model, int layer, int view, const int16_t *weights,
                        int32_t *words)
{
    const sv_nn_layer *l = &model->layers[layer];
    const bool planes = sv_nn_reads_planes(l);
    const int taps = l->kernel * l->kernel, stride = sv_nn_input_count(model, layer) * taps;
    for (int i = 0; i < stride; i++) {
        const int row = i % taps / l->kernel, column = i % l->kernel;
        place at = planes ? place_sample(l, i / taps, column)
                          : place_channel(model, layer, i / taps, column);
        at.word += row * l->groups * l->taps;
        pack_tap(l, weights + turned_weight(model, layer, view, i), stride, planes ? 16 : 8, &at,
                 words);
    }
}

/* By how much the 16-bit sums of one output can exceed 0 upwards and downwards, in weights. */
typedef struct magnitude {
    int up[2], down[2];
} magnitude;

static void add_word(magnitude *sums, int32_t word)
{
    for (int i = 0; i < 4; i++) {
        int weight = (int8_t)((uint32_t)word >> (8 * i));
        sums->up[i / 2] += sv_max(weight, 0);
        sums->down[i / 2] += sv_max(-weight, 0);
    }
}

static bool fits(const magnitude *sums)
{
    const int most = 2 * SV_NN_WEIGHT_MAX;
    return sv_max(sums->up[0], sums->up[1]) <= most && sv_max(sums->down[0], sums->down[1]) <= most;
}

/* Length of the run that starts with the first of `words`. */
static int run_length(const int32_t *weights, int words, int outputs)
{
    magnitude sums[SV_NN_CHUNK] = {{{0}, {0}}};
    for (int length = 0; length < sv_min(words, SV_NN_RUN_MAX); length++) {
        for (int o = 0; o < outputs; o++) {
            add_word(&sums[o], weights[length * outputs + o]);
            if (!fits(&sums[o])) {
                return length;
            }
        }
    }
    return sv_min(words, SV_NN_RUN_MAX);
}

/* Finds the runs of words one after the other, and puts the longest first. */
static void order_runs(sv_nn_chunk_order *order, const int32_t *weights, int words, int outputs)
{
    uint8_t lengths[SV_NN_WORDS_MAX]; /* of the run that begins with a word */
    int count = 0;
    memset(order->runs, 0, sizeof order->runs);
    for (int w = 0; w < words; w += lengths[w]) {
        lengths[w] = (uint8_t)run_length(weights + w * outputs, words - w, outputs);
        order->runs[SV_NN_RUN_MAX - lengths[w]]++;
    }
    for (int length = SV_NN_RUN_MAX; length > 0; length--) {
        for (int w = 0; w < words; w += lengths[w]) {
            for (int i = 0; i < length && lengths[w] == length; i++) {
                order->words[count++] = (uint16_t)(w + i);
            }
        }
    }
}

void sv_nn_order_words(sv_nn_chunk_order *order, int32_t *weights, int words, int outputs,
                       bool bytes)
{
    int32_t before[SV_NN_WORDS_MAX * SV_NN_CHUNK];
    for (int w = 0; w < words; w++) {
        order->words[w] = (uint16_t)w;
    }
    if (bytes) {
        order_runs(order, weights, words, outputs);
    }
    memcpy(before, weights, (size_t)(words * outputs) * sizeof *weights);
    for (int w = 0; w < words; w++) {
        memcpy(weights + w * outputs, before + order->words[w] * outputs,
               (size_t)outputs * sizeof *weights);
    }
}
