/* Mixes the heads. */
#include <string.h>

#include "common/intmath.h"
#include "nn/model.h"

/* (sum + half) >> SV_NN_MIX_SHIFT of one number of each head. */
static int32_t mixed(int64_t sum)
{
    return (int32_t)((sum + (1 << SV_NN_MIX_SHIFT >> 1)) >> SV_NN_MIX_SHIFT);
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

/* A mix for one sample of the cell. */
static void mix_phase(const svac2_model *model, const sv_nn_set *from, const int8_t *factors,
                      int phase, sv_nn_head *head)
{
    int phases = sv_nn_phases(model), inputs = sv_nn_input_count(model, model->layer_count),
        group = 0;
    int64_t bias = 0;
    memset(head, 0, sizeof *head);
    for (int h = 0; h < sv_nn_head_of(model)->outputs; h++) {
        bias += (int64_t)from->head_biases[h * phases + phase] * factors[h];
    }
    head->bias = mixed(bias);
    for (int i = 0; i < model->layer_count; i++) {
        int first = first_input(model, i), outputs = first < 0 ? 0 : model->layers[i].outputs;
        for (int o = 0; o < outputs; o++) {
            int64_t sum = 0;
            for (int h = 0; h < sv_nn_head_of(model)->outputs; h++) {
                sum += from->head_weights[(h * phases + phase) * inputs + first + o] * factors[h];
            }
            uint32_t weight = (uint16_t)sv_saturate16(mixed(sum));
            int32_t *word = &head->weights[2 * (group + o / 4) + (o & 1)];
            *word = (int32_t)((uint32_t)*word | weight << (o & 2 ? 16 : 0));
        }
        group += sv_nn_groups(outputs);
    }
}

void sv_nn_mix_heads(const svac2_model *model, int set, const int8_t *factors, sv_nn_mix *mix)
{
    for (int phase = 0; phase < sv_nn_phases(model); phase++) {
        mix_phase(model, &model->sets[set], factors, phase, &mix->phases[phase]);
    }
}
