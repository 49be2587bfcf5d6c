/* Mixes the heads. */
#include <string.h>

#include "common/intmath.h"
#include "nn/model.h"

/* A sum over the views of one number of each head, times the factors, in units of their mean. */
static int32_t mixed(const svac2_model *model, int64_t sum)
{
    const int shift = SV_NN_MIX_SHIFT + model->views_log2;
    return (int32_t)((sum + (1 << shift >> 1)) >> shift);
}

/* The inputs of the head that a layer's outputs are: where they start, or -1. */
static int first_input(const svac2_model *model, int layer)
{
    int first = 0;
    for (int i = 0; i < layer; i++) {
        first += sv_nn_head_of(model)->sources >> (i + 1) & 1 ? model->layers[i].outputs : 0;
    }
    return sv_nn_head_of(model)->sources >> (layer + 1) & 1 ? first : -1;
}

/* The head's weights for the outputs of a layer, at one sample of the first view's cell. */
static void mix_layer(const svac2_model *model, const sv_nn_set *from, const int8_t *factors,
                      int phase, int layer, int first, int32_t *words)
{
    const int phases = sv_nn_phases(model);
    const int inputs = sv_nn_input_count(model, model->layer_count);
    for (int o = 0; o < model->layers[layer].outputs; o++) {
        int64_t sum = 0;
        for (int h = 0; h < sv_nn_head_of(model)->outputs; h++) {
            sum += from->head_weights[(h * phases + phase) * inputs + first + o] * factors[h];
        }
        const uint32_t weight = (uint16_t)sv_saturate16(mixed(model, sum));
        int32_t *word = &words[2 * (o / 4) + (o & 1)];
        *word = (int32_t)((uint32_t)*word | weight << (o & 2 ? 16 : 0));
    }
}

/* A mix for one sample of the cell. */
static void mix_phase(const svac2_model *model, const sv_nn_set *from, const int8_t *factors,
                      int phase, sv_nn_head *head)
{
    const int phases = sv_nn_phases(model);
    int64_t bias = 0;
    int group = 0;
    memset(head, 0, sizeof *head);
    for (int view = 0; view < sv_nn_views(model); view++) {
        const int turned = sv_nn_turned(view, model->cell, phase);
        for (int h = 0; h < sv_nn_head_of(model)->outputs; h++) {
            bias += (int64_t)from->head_biases[h * phases + turned] * factors[h];
        }
        for (int i = 0; i < model->layer_count; i++) {
            const int first = first_input(model, i);
            if (first >= 0) {
                mix_layer(model, from, factors, turned, i, first, &head->weights[2 * group]);
                group += sv_nn_groups(model->layers[i].outputs);
            }
        }
    }
    head->bias = mixed(model, bias);
}

void sv_nn_mix_heads(const svac2_model *model, int set, const int8_t *factors, sv_nn_mix *mix)
{
    for (int phase = 0; phase < sv_nn_phases(model); phase++) {
        mix_phase(model, &model->sets[set], factors, phase, &mix->phases[phase]);
    }
}
