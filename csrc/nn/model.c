/* Checks the arrays of a weight file and packs them. Whatever they hold, a model that is made of
 * them computes without overflow and stays inside its lines. */
#include "nn/model.h"

#include <stdlib.h>
#include <string.h>

#include "common/intmath.h"
#include "common/memory.h"
#include "nn/kernels.h"

#define FAIL(...) sv_fail(error, SVAC2_ERR_MODEL, __VA_ARGS__)

/* The layer that a bit of a source mask stands for; bit 0 is the planes. */
static const sv_nn_layer *source_layer(const svac2_model *model, int bit)
{
    return &model->layers[bit - 1];
}

static bool reads_planes(const sv_nn_layer *layer) { return layer->sources == 1; }

static int input_count(const svac2_model *model, const sv_nn_layer *layer)
{
    int count = 0;
    for (int bit = 1; bit <= model->layer_count; bit++) {
        count += layer->sources >> bit & 1 ? source_layer(model, bit)->outputs : 0;
    }
    return reads_planes(layer) ? model->planes * sv_nn_phases(model) : count;
}

static svac2_status read_layer(svac2_model *model, const int32_t *row, int index,
                               sv_nn_layer *layer, svac2_error *error)
{
    bool is_head = layer == &model->head;
    int outputs_max = is_head ? SV_NN_HEADS_MAX : SV_NN_OUTPUTS_MAX;
    if (row[0] != 1 && (row[0] != 3 || is_head)) {
        return FAIL("layer %d has a kernel of side %d; it can be 1%s", index, (int)row[0],
                    is_head ? " in the last layer" : " or 3");
    }
    if (row[1] < 1 || row[1] > outputs_max) {
        return FAIL("layer %d has %d outputs; 1..%d are possible", index, (int)row[1], outputs_max);
    }
    uint32_t sources = (uint32_t)row[2], known = (UINT32_C(2) << index) - 1;
    if (sources == 0 || (sources & ~known) != 0 || ((sources & 1) != 0 && sources != 1) ||
        (is_head && sources == 1)) {
        return FAIL("layer %d has sources %#x; they can be the planes alone (1%s) or bits 1..%d",
                    index, (unsigned)sources, is_head ? ", not in the last layer" : "", index);
    }
    *layer = (sv_nn_layer){.kernel = row[0], .outputs = row[1], .sources = sources};
    bool is_paired = reads_planes(layer) && model->cell == 1;
    layer->taps = is_paired ? (layer->kernel + 1) / 2 : layer->kernel;
    layer->step = is_paired ? 2 : 1;
    layer->groups = reads_planes(layer) ? model->planes * model->cell : 0;
    for (int bit = 1; bit <= index; bit++) {
        layer->groups += sources >> bit & 1 ? sv_nn_groups(source_layer(model, bit)->outputs) : 0;
    }
    if (layer->groups > SV_NN_GROUPS_MAX) {
        return FAIL("layer %d has %d groups of four inputs; up to %d are possible", index,
                    layer->groups, SV_NN_GROUPS_MAX);
    }
    return SVAC2_OK;
}

/* One consumer's demands on its sources, in the order from the head to the first layer. */
static void demand(svac2_model *model, const sv_nn_layer *consumer)
{
    int half = consumer->kernel / 2;
    if (reads_planes(consumer)) {
        model->radius = sv_max(model->radius, consumer->reach + half);
        model->plane_ring_rows = sv_max(model->plane_ring_rows, consumer->delay + half + 1);
        return;
    }
    for (int bit = 1; bit <= model->layer_count; bit++) {
        if (consumer->sources >> bit & 1) {
            sv_nn_layer *source = &model->layers[bit - 1];
            source->reach = sv_max(source->reach, consumer->reach + half);
            source->ring_rows =
                sv_max(source->ring_rows, consumer->delay + half - source->delay + 1);
        }
    }
}

static void set_delay(const svac2_model *model, sv_nn_layer *layer)
{
    for (int bit = 1; bit <= model->layer_count; bit++) {
        if (layer->sources >> bit & 1) {
            layer->delay = sv_max(layer->delay, source_layer(model, bit)->delay);
        }
    }
    layer->delay += layer->kernel / 2;
}

static svac2_status read_layers(svac2_model *model, const svac2_model_arrays *arrays,
                                svac2_error *error)
{
    int count = (int)arrays->layer_count - 1;
    if (arrays->layer_count < 2 || arrays->layer_count > SV_NN_LAYERS_MAX) {
        return FAIL("%zu layers; 2..%d are possible", arrays->layer_count, SV_NN_LAYERS_MAX);
    }
    model->layer_count = count;
    for (int i = 0; i <= count; i++) {
        sv_nn_layer *layer = i < count ? &model->layers[i] : &model->head;
        SV_TRY(read_layer(model, arrays->layers + 3 * i, i, layer, error));
        set_delay(model, layer);
    }
    demand(model, &model->head);
    for (int i = count - 1; i >= 0; i--) {
        if (model->layers[i].ring_rows == 0) {
            return FAIL("no layer reads layer %d", i);
        }
        demand(model, &model->layers[i]);
    }
    if (model->radius > SV_NN_RADIUS_MAX) {
        return FAIL("an output depends on positions %d away; up to %d are possible", model->radius,
                    SV_NN_RADIUS_MAX);
    }
    return SVAC2_OK;
}

static size_t weights_of(const svac2_model *model, const sv_nn_layer *layer)
{
    return (size_t)layer->outputs * (size_t)input_count(model, layer) *
           (size_t)(layer->kernel * layer->kernel);
}

static size_t packed_words(const sv_nn_layer *layer)
{
    return (size_t)layer->outputs * (size_t)(layer->kernel * layer->groups * layer->taps);
}

/* How long the arrays must be, and how much storage the packed model takes. */
static svac2_status check_sizes(const svac2_model *model, const svac2_model_arrays *arrays,
                                size_t *storage, svac2_error *error)
{
    size_t weights = 0, outputs = 0, words = 0, sets = arrays->set_count;
    if (sets < 1 || sets > SV_NN_SETS_MAX) {
        return FAIL("%zu sets of weights; 1..%d are possible", sets, SV_NN_SETS_MAX);
    }
    for (int i = 0; i < model->layer_count; i++) {
        weights += weights_of(model, &model->layers[i]);
        words += packed_words(&model->layers[i]);
        outputs += (size_t)model->layers[i].outputs;
    }
    size_t heads = (size_t)(model->head.outputs * sv_nn_phases(model));
    size_t head_weights = heads * (size_t)input_count(model, &model->head);
    const struct {
        const char *name;
        size_t found, expected;
    } sizes[] = {
        {"weights", arrays->weight_count, sets * weights},
        {"biases", arrays->bias_count, sets * outputs},
        {"shifts", arrays->shift_count, sets * outputs},
        {"head weights", arrays->head_weight_count, sets * head_weights},
        {"head biases", arrays->head_bias_count, sets * heads},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        if (sizes[i].found != sizes[i].expected) {
            return FAIL("%zu %s; the layers need %zu", sizes[i].found, sizes[i].name,
                        sizes[i].expected);
        }
    }
    *storage =
        sets * ((words + 2 * outputs + heads) * sizeof(int32_t) + head_weights * sizeof(int16_t));
    return SVAC2_OK;
}

typedef struct reader {
    svac2_model *model;
    const int16_t *weights;
    const int32_t *biases;
    const uint8_t *shifts;
    const int16_t *head_weights;
    const int32_t *head_biases;
    int32_t *words; /* where the next packed words go */
    svac2_error *error;
} reader;

/* Word of a weight in the packed layer, and its place there in bytes or halves. */
static void place_weight(const svac2_model *model, const sv_nn_layer *layer, int output, int input,
                         int row, int column, int weight, int32_t *words)
{
    int first = output / SV_NN_CHUNK * SV_NN_CHUNK, chunk = sv_nn_chunk(layer->outputs, first);
    int taps = layer->taps, group = 0, lane = 0, tap = column, bits = 8;
    if (reads_planes(layer)) {
        bool is_paired = layer->step == 2;
        group = input / model->cell;
        lane = is_paired ? column % 2 : input % 2;
        tap = is_paired ? column / 2 : column;
        bits = 16;
    } else {
        for (int bit = 1, rest = input; bit <= model->layer_count; bit++) {
            if (layer->sources >> bit & 1) {
                int outputs = source_layer(model, bit)->outputs;
                if (rest < outputs) {
                    group += rest / 4;
                    lane = rest % 4;
                    break;
                }
                rest -= outputs;
                group += sv_nn_groups(outputs);
            }
        }
    }
    size_t line = (size_t)(row * layer->groups + group) * (size_t)taps + (size_t)tap;
    size_t before = (size_t)first * (size_t)(layer->kernel * layer->groups * taps);
    uint32_t mask = (UINT32_C(1) << bits) - 1;
    int32_t *word = &words[before + line * (size_t)chunk + (size_t)(output - first)];
    *word = (int32_t)((uint32_t)*word | ((uint32_t)weight & mask) << (bits * lane));
}

static svac2_status read_weights(reader *r, int index, svac2_error *error)
{
    svac2_model *model = r->model;
    const sv_nn_layer *layer = &model->layers[index];
    int inputs = input_count(model, layer), side = layer->kernel;
    int64_t input_max = reads_planes(layer) ? SV_NN_SAMPLE_MAX : 255;
    int most = reads_planes(layer) ? SV_NN_PLANE_WEIGHT_MAX : SV_NN_WEIGHT_MAX;
    memset(r->words, 0, packed_words(layer) * sizeof *r->words);
    for (int output = 0; output < layer->outputs; output++) {
        int64_t magnitude = 0;
        for (int input = 0; input < inputs; input++) {
            for (int tap = 0; tap < side * side; tap++) {
                int weight = *r->weights++;
                if (abs(weight) > most) {
                    return FAIL("layer %d has the weight %d; -%d..%d are possible", index, weight,
                                most, most);
                }
                magnitude += abs(weight) * input_max;
                place_weight(model, layer, output, input, tap / side, tap % side, weight, r->words);
            }
        }
        if (r->shifts[output] > SV_NN_SHIFT_MAX) {
            return FAIL("layer %d has the shift %d; 0..%d are possible", index, r->shifts[output],
                        SV_NN_SHIFT_MAX);
        }
        int64_t half = INT64_C(1) << r->shifts[output] >> 1;
        if (magnitude + half + llabs((int64_t)r->biases[output]) > INT32_MAX) {
            return FAIL("sums of output %d of layer %d can overflow", output, index);
        }
    }
    return SVAC2_OK;
}

static svac2_status read_set_layer(reader *r, int index, sv_nn_packed *packed)
{
    const sv_nn_layer *layer = &r->model->layers[index];
    SV_TRY(read_weights(r, index, r->error));
    packed->weights = r->words;
    r->words += packed_words(layer);
    packed->biases = r->words;
    for (int i = 0; i < layer->outputs; i++) {
        *r->words++ = *r->biases++ + (1 << r->shifts[i] >> 1);
    }
    packed->shifts = r->words;
    for (int i = 0; i < layer->outputs; i++) {
        *r->words++ = *r->shifts++;
    }
    return SVAC2_OK;
}

/* Any mix of the heads must fit, whatever the factors. */
static svac2_status check_heads(const svac2_model *model, const sv_nn_set *set, svac2_error *error)
{
    int phases = sv_nn_phases(model), inputs = input_count(model, &model->head);
    for (int phase = 0; phase < phases; phase++) {
        int64_t sum = INT64_C(1) << SV_NN_HEAD_SHIFT;
        for (int input = -1; input < inputs; input++) {
            int64_t mixed = 0;
            for (int h = 0; h < model->head.outputs; h++) {
                int line = h * phases + phase;
                mixed += input < 0 ? llabs((int64_t)set->head_biases[line])
                                   : abs(set->head_weights[line * inputs + input]);
            }
            mixed = (mixed * 128 >> SV_NN_MIX_SHIFT) + 1;
            sum += input < 0 ? mixed : 255 * (mixed < INT16_MAX ? mixed : INT16_MAX + 1);
        }
        if (sum > INT32_MAX) {
            return FAIL("sums of the heads can overflow");
        }
    }
    return SVAC2_OK;
}

static svac2_status read_set(reader *r, sv_nn_set *set)
{
    const svac2_model *model = r->model;
    int heads = model->head.outputs * sv_nn_phases(model);
    for (int i = 0; i < model->layer_count; i++) {
        SV_TRY(read_set_layer(r, i, &set->layers[i]));
    }
    set->head_biases = r->words;
    memcpy(r->words, r->head_biases, (size_t)heads * sizeof *r->words);
    r->words += heads;
    r->head_biases += heads;
    set->head_weights = r->head_weights;
    r->head_weights += (ptrdiff_t)heads * input_count(model, &model->head);
    return check_heads(model, set, r->error);
}

static svac2_status read_sets(svac2_model *model, const svac2_model_arrays *arrays,
                              svac2_error *error)
{
    enum { QP_MAX = SVAC2_MAX_QP / SVAC2_QP_ONE };
    size_t head_bytes = arrays->head_weight_count * sizeof(int16_t);
    int16_t *head_weights = (int16_t *)model->storage;
    memcpy(head_weights, arrays->head_weights, head_bytes);
    reader r = {.model = model,
                .weights = arrays->weights,
                .biases = arrays->biases,
                .shifts = arrays->shifts,
                .head_weights = head_weights,
                .head_biases = arrays->head_biases,
                .error = error};
    r.words = (int32_t *)((char *)model->storage + (head_bytes + 3) / 4 * 4);
    model->set_count = (int)arrays->set_count;
    for (int i = 0; i < model->set_count; i++) {
        model->sets[i].qp = arrays->qps[i];
        if (arrays->qps[i] < 0 || arrays->qps[i] > QP_MAX ||
            (i > 0 && arrays->qps[i] <= arrays->qps[i - 1])) {
            return FAIL("set %d is for qp %d; they must rise within 0..%d", i, (int)arrays->qps[i],
                        QP_MAX);
        }
        SV_TRY(read_set(&r, &model->sets[i]));
    }
    return SVAC2_OK;
}

/* The numbers that are no arrays. */
static svac2_status check_numbers(const svac2_model_arrays *arrays, svac2_error *error)
{
    if (arrays->planes < 1 || arrays->planes > SV_NN_PLANES_MAX) {
        return FAIL("%d planes; 1..%d are possible", (int)arrays->planes, SV_NN_PLANES_MAX);
    }
    if (arrays->cell < 1 || arrays->cell > SV_NN_CELL_MAX) {
        return FAIL("the cell has a side of %d samples; 1..%d are possible", (int)arrays->cell,
                    SV_NN_CELL_MAX);
    }
    return SVAC2_OK;
}

svac2_status svac2_model_create(const svac2_model_arrays *arrays, svac2_model **out,
                                svac2_error *error)
{
    svac2_model *model = sv_alloc_zeroed(1, sizeof *model);
    size_t storage = 0;
    if (model == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for a model");
    }
    model->hash = arrays->hash;
    model->planes = arrays->planes;
    model->cell = arrays->cell;
    svac2_status status = check_numbers(arrays, error);
    if (status == SVAC2_OK) {
        status = read_layers(model, arrays, error);
    }
    if (status == SVAC2_OK) {
        status = check_sizes(model, arrays, &storage, error);
    }
    if (status == SVAC2_OK) {
        model->storage = sv_alloc(storage + sizeof(int32_t), 1);
        status = model->storage != NULL ? read_sets(model, arrays, error)
                                        : sv_fail(error, SVAC2_ERR_MEMORY, "no memory for a model");
    }
    if (status != SVAC2_OK) {
        svac2_model_destroy(model);
        return status;
    }
    *out = model;
    return SVAC2_OK;
}

void svac2_model_destroy(svac2_model *model)
{
    if (model != NULL) {
        sv_free(model->storage);
        sv_free(model);
    }
}

int sv_nn_nearest_set(const svac2_model *model, int qp)
{
    int nearest = 0;
    for (int i = 1; i < model->set_count; i++) {
        if (abs(model->sets[i].qp - qp) < abs(model->sets[nearest].qp - qp)) {
            nearest = i;
        }
    }
    return nearest;
}

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
        first += model->head.sources >> (i + 1) & 1 ? model->layers[i].outputs : 0;
    }
    return model->head.sources >> (layer + 1) & 1 ? first : -1;
}

/* A mix for one sample of the cell. */
static void mix_phase(const svac2_model *model, const sv_nn_set *from, const int8_t *factors,
                      int phase, sv_nn_head *head)
{
    int phases = sv_nn_phases(model), inputs = input_count(model, &model->head), group = 0;
    int64_t bias = 0;
    memset(head, 0, sizeof *head);
    for (int h = 0; h < model->head.outputs; h++) {
        bias += (int64_t)from->head_biases[h * phases + phase] * factors[h];
    }
    head->bias = mixed(bias);
    for (int i = 0; i < model->layer_count; i++) {
        int first = first_input(model, i), outputs = first < 0 ? 0 : model->layers[i].outputs;
        for (int o = 0; o < outputs; o++) {
            int64_t sum = 0;
            for (int h = 0; h < model->head.outputs; h++) {
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
