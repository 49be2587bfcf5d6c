/* Reads the table of layers, and finds out what must be kept of each: all layers advance together,
 * in each step by one row of the largest cells, of which smaller cells have several. */
#include "common/intmath.h"
#include "nn/model.h"

#define FAIL(...) sv_fail(error, SVAC2_ERR_MODEL, __VA_ARGS__)

/* A row of the table. */
enum { KERNEL, OUTPUTS, SOURCES, CELL, COLUMNS };

static int divide_up(int value, int divisor) { return (value + divisor - 1) / divisor; }

static bool reads(const sv_nn_layer *layer, int bit) { return layer->sources >> bit & 1; }

int sv_nn_input_count(const svac2_model *model, int layer)
{
    const sv_nn_layer *l = &model->layers[layer];
    int count = 0, cell = model->rings[SV_NN_LEVELS + layer].cell;
    for (int bit = 1; bit <= layer; bit++) {
        count += reads(l, bit) ? model->layers[bit - 1].outputs : 0;
    }
    return sv_nn_reads_planes(l) ? model->planes * cell * cell : count;
}

static svac2_status check_row(const int32_t *row, int index, bool is_head, svac2_error *error)
{
    int outputs_max = is_head ? SV_NN_HEADS_MAX : SV_NN_OUTPUTS_MAX;
    if (row[KERNEL] != 1 && (row[KERNEL] != 3 || is_head)) {
        return FAIL("layer %d has a kernel of side %d; it can be 1%s", index, (int)row[KERNEL],
                    is_head ? " in the last layer" : " or 3");
    }
    if (row[OUTPUTS] < 1 || row[OUTPUTS] > outputs_max) {
        return FAIL("layer %d has %d outputs; 1..%d are possible", index, (int)row[OUTPUTS],
                    outputs_max);
    }
    uint32_t sources = (uint32_t)row[SOURCES], known = (UINT32_C(2) << index) - 1;
    if (sources == 0 || (sources & ~known) != 0 || ((sources & 1) != 0 && sources != 1) ||
        (is_head && sources == 1)) {
        return FAIL("layer %d has sources %#x; they can be the planes alone (1%s) or bits 1..%d",
                    index, (unsigned)sources, is_head ? ", not in the last layer" : "", index);
    }
    if (row[CELL] != 1 && row[CELL] != 2 && row[CELL] != 4) {
        return FAIL("layer %d has cells with a side of %d samples; it can be 1, 2 or 4", index,
                    (int)row[CELL]);
    }
    return SVAC2_OK;
}

static svac2_status check_sources(const svac2_model *model, int index, svac2_error *error)
{
    const sv_nn_layer *layer = &model->layers[index];
    int cell = model->rings[SV_NN_LEVELS + index].cell;
    for (int bit = 1; bit <= index; bit++) {
        int from = model->rings[SV_NN_LEVELS + bit - 1].cell;
        if (reads(layer, bit) && from < cell) {
            return FAIL("layer %d has cells of %dx%d and reads layer %d, which has smaller ones",
                        index, cell, cell, bit - 1);
        }
    }
    if (layer->groups > SV_NN_GROUPS_MAX || layer->words > SV_NN_WORDS_MAX) {
        return FAIL("layer %d has %d groups of four inputs; up to %d are possible", index,
                    layer->groups,
                    sv_min(SV_NN_GROUPS_MAX, SV_NN_WORDS_MAX / layer->kernel / layer->taps));
    }
    return SVAC2_OK;
}

static void read_layer(svac2_model *model, const int32_t *row, int index)
{
    sv_nn_layer *layer = &model->layers[index];
    sv_nn_ring *ring = &model->rings[SV_NN_LEVELS + index];
    *layer = (sv_nn_layer){
        .kernel = row[KERNEL], .outputs = row[OUTPUTS], .sources = (uint32_t)row[SOURCES]};
    *ring = (sv_nn_ring){.cell = row[CELL], .lines = sv_nn_groups(layer->outputs)};
    bool is_paired = sv_nn_reads_planes(layer) && ring->cell == 1;
    layer->taps = is_paired ? (layer->kernel + 1) / 2 : layer->kernel;
    layer->step = is_paired ? 2 : 1;
    for (int bit = 0; bit <= index; bit++) {
        if (reads(layer, bit)) {
            const sv_nn_ring *from = &model->rings[sv_nn_source(model, index, bit)];
            int ratio = from->cell / ring->cell;
            layer->groups += from->lines;
            ring->delay = sv_max(ring->delay, from->delay * ratio);
        }
    }
    layer->words = layer->kernel * layer->taps * layer->groups;
    ring->delay += layer->kernel / 2;
}

/* What a layer wants of its sources, in the order from the head to the first layer. */
static void demand(svac2_model *model, int reader)
{
    const sv_nn_layer *layer = &model->layers[reader];
    const sv_nn_ring *ring = &model->rings[SV_NN_LEVELS + reader];
    int half = layer->kernel / 2;
    for (int bit = 0; bit <= reader; bit++) {
        if (reads(layer, bit)) {
            sv_nn_ring *from = &model->rings[sv_nn_source(model, reader, bit)];
            int ratio = from->cell / ring->cell, step = model->unit / from->cell;
            int behind = divide_up(ring->delay + half, ratio) - from->delay;
            from->reach = sv_max(from->reach, divide_up(ring->reach + half, ratio));
            from->rows = sv_max(from->rows, step + behind);
        }
    }
}

static svac2_status set_rings(svac2_model *model, svac2_error *error)
{
    for (int i = model->layer_count; i >= 0; i--) {
        if (i < model->layer_count && model->rings[SV_NN_LEVELS + i].rows == 0) {
            return FAIL("no layer reads layer %d", i);
        }
        demand(model, i);
    }
    for (int level = 0; level < SV_NN_LEVELS; level++) {
        const sv_nn_ring *ring = &model->rings[level];
        model->radius = sv_max(model->radius, divide_up(ring->reach * ring->cell, model->unit));
    }
    if (model->radius > SV_NN_RADIUS_MAX) {
        return FAIL("an output depends on positions %d away; up to %d are possible", model->radius,
                    SV_NN_RADIUS_MAX);
    }
    return SVAC2_OK;
}

svac2_status sv_nn_read_layers(svac2_model *model, const svac2_model_arrays *arrays,
                               svac2_error *error)
{
    if (arrays->layer_count < 2 || arrays->layer_count > SV_NN_LAYERS_MAX) {
        return FAIL("%zu layers; 2..%d are possible", arrays->layer_count, SV_NN_LAYERS_MAX);
    }
    for (int level = 0; level < SV_NN_LEVELS; level++) {
        int cell = 1 << level;
        model->rings[level] =
            (sv_nn_ring){.cell = cell, .lines = model->planes * divide_up(cell * cell, 2)};
    }
    model->layer_count = (int)arrays->layer_count - 1;
    for (int i = 0; i <= model->layer_count; i++) {
        const int32_t *row = arrays->layers + COLUMNS * i;
        SV_TRY(check_row(row, i, i == model->layer_count, error));
        read_layer(model, row, i);
        SV_TRY(check_sources(model, i, error));
        model->cell = row[CELL];
        model->unit = sv_max(model->unit, row[CELL]);
    }
    const int groups = sv_nn_views(model) * sv_nn_head_of(model)->groups;
    return groups <= SV_NN_HEAD_GROUPS_MAX
               ? set_rings(model, error)
               : FAIL("the head has %d groups of four inputs in all views; up to %d are possible",
                      groups, SV_NN_HEAD_GROUPS_MAX);
}
