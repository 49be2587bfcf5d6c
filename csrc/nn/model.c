/* Checks the arrays of a weight file and packs them. Whatever they hold, a model that is made of
 * them computes without overflow and stays inside its lines. */
#include "nn/model.h"

#include <stdlib.h>
#include <string.h>

#include "common/intmath.h"
#include "common/memory.h"
#include "nn/pack.h"

#define FAIL(...) sv_fail(error, SVAC2_ERR_MODEL, __VA_ARGS__)

static size_t weights_of(const svac2_model *model, int layer)
{
    const sv_nn_layer *l = &model->layers[layer];
    return (size_t)(l->outputs * sv_nn_input_count(model, layer) * l->kernel * l->kernel);
}

static size_t packed_words(const sv_nn_layer *layer)
{
    return (size_t)(sv_nn_padded(layer->outputs) * layer->words);
}

/* What the packed model takes, beside the weights of the heads. */
typedef struct storage_size {
    size_t words, orders;
} storage_size;

/* How long the arrays must be, and how much the packed model takes. */
static svac2_status check_sizes(const svac2_model *model, const svac2_model_arrays *arrays,
                                storage_size *storage, svac2_error *error)
{
    size_t weights = 0, outputs = 0, words = 0, chunks = 0, sets = arrays->set_count;
    const size_t views = (size_t)sv_nn_views(model);
    if (sets < 1 || sets > SV_NN_SETS_MAX) {
        return FAIL("%zu sets of weights; 1..%d are possible", sets, SV_NN_SETS_MAX);
    }
    for (int i = 0; i < model->layer_count; i++) {
        const sv_nn_layer *layer = &model->layers[i];
        const size_t copies = sv_nn_reads_planes(layer) ? views : 1;
        weights += weights_of(model, i);
        words += copies * (packed_words(layer) + 2 * (size_t)sv_nn_padded(layer->outputs));
        chunks += copies * (size_t)sv_nn_chunks(layer->outputs);
        outputs += (size_t)layer->outputs;
    }
    size_t heads = (size_t)(sv_nn_head_of(model)->outputs * sv_nn_phases(model));
    size_t head_weights = heads * (size_t)sv_nn_input_count(model, model->layer_count);
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
    *storage = (storage_size){.words = sets * (words + heads), .orders = sets * chunks};
    return SVAC2_OK;
}

typedef struct reader {
    svac2_model *model;
    const int16_t *weights;
    const int32_t *biases;
    const uint8_t *shifts;
    const int16_t *head_weights;
    const int32_t *head_biases;
    int32_t *words;            /* where the next packed words go, */
    sv_nn_chunk_order *orders; /* and their next order */
    svac2_error *error;
} reader;

static svac2_status check_weights(const reader *r, int index, svac2_error *error)
{
    const sv_nn_layer *layer = &r->model->layers[index];
    bool planes = sv_nn_reads_planes(layer);
    int count = (int)weights_of(r->model, index) / layer->outputs;
    int most = planes ? SV_NN_PLANE_WEIGHT_MAX : SV_NN_WEIGHT_MAX;
    const int16_t *weights = r->weights;
    for (int output = 0; output < layer->outputs; output++, weights += count) {
        int64_t magnitude = 0;
        for (int i = 0; i < count; i++) {
            if (abs(weights[i]) > most) {
                return FAIL("layer %d has the weight %d; -%d..%d are possible", index, weights[i],
                            most, most);
            }
            magnitude += abs(weights[i]) * (planes ? SV_NN_SAMPLE_MAX : 255);
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

/* Packs the layer's weights for a view. */
static void pack_weights(reader *r, int index, int view, sv_nn_packed *packed)
{
    const sv_nn_layer *layer = &r->model->layers[index];
    *packed = (sv_nn_packed){.weights = r->words,
                             .orders = r->orders,
                             .words = layer->words,
                             .outputs = sv_nn_padded(layer->outputs)};
    memset(r->words, 0, packed_words(layer) * sizeof *r->words);
    sv_nn_pack_weights(r->model, index, view, r->weights, r->words);
    for (int first = 0; first < packed->outputs; first += SV_NN_CHUNK) {
        int outputs = sv_nn_chunk(packed->outputs, first);
        sv_nn_order_words(r->orders++, r->words, layer->words, outputs, !sv_nn_reads_planes(layer));
        r->words += layer->words * outputs;
    }
    packed->biases = r->words;
    packed->shifts = r->words + packed->outputs;
    memset(r->words, 0, 2 * (size_t)packed->outputs * sizeof *r->words);
    for (int i = 0; i < layer->outputs; i++) {
        r->words[packed->outputs + i] = r->shifts[i];
        r->words[i] = r->biases[i] + (1 << r->shifts[i] >> 1);
    }
    r->words += 2 * packed->outputs;
}

/* What reads planes is packed for each view; the others share the first one's (nn/run.c). */
static svac2_status read_set_layer(reader *r, sv_nn_set *set, int index)
{
    const sv_nn_layer *layer = &r->model->layers[index];
    SV_TRY(check_weights(r, index, r->error));
    for (int view = 0; view < sv_nn_views(r->model); view++) {
        if (view == 0 || sv_nn_reads_planes(layer)) {
            pack_weights(r, index, view, &set->layers[view][index]);
        } else {
            set->layers[view][index] = set->layers[0][index];
        }
    }
    r->weights += weights_of(r->model, index);
    r->biases += layer->outputs;
    r->shifts += layer->outputs;
    return SVAC2_OK;
}

/* The largest magnitude of what any mix, whatever the factors, makes of an input, or of the biases
 * (-1), at one sample of the cell. */
static int64_t most_of_input(const svac2_model *model, const sv_nn_set *set, int phase, int input)
{
    const int phases = sv_nn_phases(model);
    const int inputs = sv_nn_input_count(model, model->layer_count);
    int64_t sum = 0;
    for (int h = 0; h < sv_nn_head_of(model)->outputs; h++) {
        const int line = h * phases + phase;
        sum += input < 0 ? llabs((int64_t)set->head_biases[line])
                         : abs(set->head_weights[line * inputs + input]);
    }
    return (sum * 128 >> (SV_NN_MIX_SHIFT + model->views_log2)) + 1;
}

static svac2_status check_heads(const svac2_model *model, const sv_nn_set *set, svac2_error *error)
{
    const int inputs = sv_nn_input_count(model, model->layer_count);
    for (int phase = 0; phase < sv_nn_phases(model); phase++) {
        int64_t sum = INT64_C(1) << SV_NN_HEAD_SHIFT;
        for (int view = 0; view < sv_nn_views(model); view++) {
            const int turned = sv_nn_turned(view, model->cell, phase);
            sum += most_of_input(model, set, turned, -1);
            for (int input = 0; input < inputs; input++) {
                const int64_t most = most_of_input(model, set, turned, input);
                sum += 255 * (most < INT16_MAX ? most : INT16_MAX + 1);
            }
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
    int heads = sv_nn_head_of(model)->outputs * sv_nn_phases(model);
    for (int i = 0; i < model->layer_count; i++) {
        SV_TRY(read_set_layer(r, set, i));
    }
    set->head_biases = r->words;
    memcpy(r->words, r->head_biases, (size_t)heads * sizeof *r->words);
    r->words += heads;
    r->head_biases += heads;
    set->head_weights = r->head_weights;
    r->head_weights += (ptrdiff_t)heads * sv_nn_input_count(model, model->layer_count);
    return check_heads(model, set, r->error);
}

static svac2_status read_sets(svac2_model *model, const svac2_model_arrays *arrays,
                              const storage_size *storage, svac2_error *error)
{
    enum { QP_MAX = SVAC2_MAX_QP / SVAC2_QP_ONE };
    int32_t *words = model->storage;
    sv_nn_chunk_order *orders = (sv_nn_chunk_order *)(words + storage->words);
    int16_t *head_weights = (int16_t *)(orders + storage->orders);
    memcpy(head_weights, arrays->head_weights, arrays->head_weight_count * sizeof *head_weights);
    reader r = {.model = model,
                .weights = arrays->weights,
                .biases = arrays->biases,
                .shifts = arrays->shifts,
                .head_weights = head_weights,
                .head_biases = arrays->head_biases,
                .words = words,
                .orders = orders,
                .error = error};
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

/* What the network sees of a picture. */
static svac2_status read_sight(svac2_model *model, const svac2_model_arrays *arrays,
                               svac2_error *error)
{
    if (arrays->planes < 1 || arrays->planes > SV_NN_PLANES_MAX) {
        return FAIL("%d planes; 1..%d are possible", (int)arrays->planes, SV_NN_PLANES_MAX);
    }
    model->planes = arrays->planes;
    while (sv_nn_views(model) < sv_min(arrays->views, SV_NN_VIEWS_MAX)) {
        model->views_log2++;
    }
    return sv_nn_views(model) == arrays->views
               ? SVAC2_OK
               : FAIL("%d views; 1, 2, 4 or 8 are possible", (int)arrays->views);
}

svac2_status svac2_model_create(const svac2_model_arrays *arrays, svac2_model **out,
                                svac2_error *error)
{
    svac2_model *model = sv_alloc_zeroed(1, sizeof *model);
    storage_size storage = {0};
    if (model == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for a model");
    }
    model->hash = arrays->hash;
    svac2_status status = read_sight(model, arrays, error);
    if (status == SVAC2_OK) {
        status = sv_nn_read_layers(model, arrays, error);
    }
    if (status == SVAC2_OK) {
        status = check_sizes(model, arrays, &storage, error);
    }
    if (status == SVAC2_OK) {
        size_t bytes = storage.words * sizeof(int32_t) +
                       storage.orders * sizeof(sv_nn_chunk_order) +
                       arrays->head_weight_count * sizeof(int16_t);
        model->storage = sv_alloc(bytes, 1);
        status = model->storage != NULL ? read_sets(model, arrays, &storage, error)
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
