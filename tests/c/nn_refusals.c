/* Arrays that break one rule each are refused with the sentence of that rule; those at its edge are
 * not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/model.h"
#include "nn_check.h"

/* A small valid network:
 *
 *     luma, the one plane -> layer 0: 3x3, 4 outputs -> layer 1: 1x1, 2 outputs -> 2 heads
 *                                 +-----------------------------------------------^
 */
enum {
    LAYERS = 3,
    SETS = 2,
    WEIGHTS = 4 * 9 + 2 * 4,
    OUTPUTS = 4 + 2,
    HEADS = 2,
    HEAD_INPUTS = 4 + 2
};

/* With room for what the cases add. */
typedef struct small_network {
    svac2_model_arrays arrays;
    int32_t layers[4 * 32];
    int32_t qps[SV_NN_SETS_MAX + 1];
    int16_t weights[(SV_NN_SETS_MAX + 1) * WEIGHTS];
    int32_t biases[(SV_NN_SETS_MAX + 1) * OUTPUTS];
    uint8_t shifts[(SV_NN_SETS_MAX + 1) * OUTPUTS];
    int16_t head_weights[(SV_NN_SETS_MAX + 1) * HEADS * HEAD_INPUTS];
    int32_t head_biases[(SV_NN_SETS_MAX + 1) * HEADS];
} small_network;

static void set_layer(small_network *n, int layer, int side, int outputs, int sources)
{
    const int32_t row[4] = {side, outputs, sources, 1};
    memcpy(n->layers + 4 * layer, row, sizeof row);
}

/* How many weights and outputs the arrays hold is made to agree with the number of sets. */
static void set_sets(small_network *n, size_t sets)
{
    svac2_model_arrays *a = &n->arrays;
    a->set_count = sets;
    a->weight_count = sets * WEIGHTS;
    a->bias_count = a->shift_count = sets * OUTPUTS;
    a->head_weight_count = sets * HEADS * HEAD_INPUTS;
    a->head_bias_count = sets * HEADS;
}

static void make_valid(small_network *n)
{
    memset(n, 0, sizeof *n);
    n->arrays = (svac2_model_arrays){.hash = 1234,
                                     .planes = 1,
                                     .views = 1,
                                     .layers = n->layers,
                                     .qps = n->qps,
                                     .weights = n->weights,
                                     .biases = n->biases,
                                     .shifts = n->shifts,
                                     .head_weights = n->head_weights,
                                     .head_biases = n->head_biases,
                                     .layer_count = LAYERS};
    set_layer(n, 0, 3, 4, 1);
    set_layer(n, 1, 1, 2, 2);
    set_layer(n, 2, 1, HEADS, 2 + 4);
    for (int i = 0; i <= SV_NN_SETS_MAX; i++) {
        n->qps[i] = 3 * i;
    }
    set_sets(n, SETS);
}

/* --- one broken rule each ------------------------------------------------------------------- */

static void planes_none(small_network *n) { n->arrays.planes = 0; }
static void planes_many(small_network *n) { n->arrays.planes = SV_NN_PLANES_MAX + 1; }
static void views_none(small_network *n) { n->arrays.views = 0; }
static void views_3(small_network *n) { n->arrays.views = 3; }
static void views_many(small_network *n) { n->arrays.views = 2 * SV_NN_VIEWS_MAX; }
static void views_negative(small_network *n) { n->arrays.views = INT32_MIN; }
static void set_cell(small_network *n, int layer, int cell) { n->layers[4 * layer + 3] = cell; }
static void cell_none(small_network *n) { set_cell(n, 0, 0); }
static void cell_3(small_network *n) { set_cell(n, 1, 3); }
static void cell_large(small_network *n) { set_cell(n, 2, 2 * SV_NN_CELL_MAX); }
static void source_smaller(small_network *n) { set_cell(n, 1, 2); }
static void source_of_head_smaller(small_network *n) { set_cell(n, 2, 4); }

/* The arrays are those of a network on one plane, in cells of one sample. */
static void planes_more(small_network *n) { n->arrays.planes = 2; }
static void cell_larger(small_network *n) { set_cell(n, 0, 2); }

static void layers_none(small_network *n) { n->arrays.layer_count = 0; }
static void layers_head_only(small_network *n) { n->arrays.layer_count = 1; }
static void layers_many(small_network *n) { n->arrays.layer_count = SV_NN_LAYERS_MAX + 1; }
static void layers_huge(small_network *n) { n->arrays.layer_count = SIZE_MAX; }
static void side_2(small_network *n) { set_layer(n, 0, 2, 4, 1); }
static void side_5(small_network *n) { set_layer(n, 1, 5, 2, 2); }
static void side_negative(small_network *n) { set_layer(n, 0, -3, 4, 1); }
static void side_of_head(small_network *n) { set_layer(n, 2, 3, HEADS, 6); }
static void outputs_none(small_network *n) { set_layer(n, 0, 3, 0, 1); }
static void outputs_many(small_network *n) { set_layer(n, 0, 3, SV_NN_OUTPUTS_MAX + 1, 1); }
static void outputs_negative(small_network *n) { set_layer(n, 1, 1, -2, 2); }
static void heads_many(small_network *n) { set_layer(n, 2, 1, SV_NN_HEADS_MAX + 1, 6); }
static void sources_none(small_network *n) { set_layer(n, 1, 1, 2, 0); }
static void sources_itself(small_network *n) { set_layer(n, 0, 3, 4, 2); }
static void sources_later(small_network *n) { set_layer(n, 1, 1, 2, 4); }
static void sources_planes_and_more(small_network *n) { set_layer(n, 1, 1, 2, 1 + 2); }
static void sources_negative(small_network *n) { set_layer(n, 1, 1, 2, INT32_MIN); }
static void head_of_planes(small_network *n) { set_layer(n, 2, 1, HEADS, 1); }
static void unread(small_network *n) { set_layer(n, 2, 1, HEADS, 2); }

/* Layers of as many outputs as there can be, all of which the head reads. */
static void groups_many(small_network *n)
{
    int layers = SV_NN_GROUPS_MAX / (SV_NN_OUTPUTS_MAX / 4) + 1;
    for (int i = 0; i < layers; i++) {
        set_layer(n, i, 1, SV_NN_OUTPUTS_MAX, i == 0 ? 1 : 1 << i);
    }
    set_layer(n, layers, 1, HEADS, (2 << layers) - 2);
    n->arrays.layer_count = (size_t)layers + 1;
}

/* As many as a head of one view may read, seen from all sides. */
static void groups_many_in_views(small_network *n)
{
    groups_many(n);
    n->arrays.layer_count--;
    set_layer(n, (int)n->arrays.layer_count - 1, 1, HEADS, (1 << n->arrays.layer_count) - 2);
    n->arrays.views = SV_NN_VIEWS_MAX;
}

/* The same of a kernel with a side of 3: as many inputs as outputs of a layer, and some. */
static void groups_many_for_3(small_network *n)
{
    set_layer(n, 0, 1, SV_NN_OUTPUTS_MAX, 1);
    set_layer(n, 1, 1, 4 * SV_NN_WORDS_MAX / 9 - SV_NN_OUTPUTS_MAX + 1, 1);
    set_layer(n, 2, 3, 1, 2 + 4);
    set_layer(n, 3, 1, HEADS, 8);
    n->arrays.layer_count = 4;
}

static void radius_large(small_network *n)
{
    for (int i = 0; i <= SV_NN_RADIUS_MAX; i++) {
        set_layer(n, i, 3, 1, i == 0 ? 1 : 1 << i);
    }
    set_layer(n, SV_NN_RADIUS_MAX + 1, 1, HEADS, 2 << SV_NN_RADIUS_MAX);
    n->arrays.layer_count = SV_NN_RADIUS_MAX + 2;
}

static void sets_none(small_network *n) { set_sets(n, 0); }
static void sets_many(small_network *n) { set_sets(n, SV_NN_SETS_MAX + 1); }
static void sets_huge(small_network *n) { set_sets(n, SIZE_MAX); }
static void weights_few(small_network *n) { n->arrays.weight_count--; }
static void weights_more(small_network *n) { n->arrays.weight_count++; }
static void biases_few(small_network *n) { n->arrays.bias_count--; }
static void shifts_few(small_network *n) { n->arrays.shift_count--; }
static void head_weights_few(small_network *n) { n->arrays.head_weight_count--; }
static void head_biases_more(small_network *n) { n->arrays.head_bias_count++; }
static void weight_large(small_network *n) { n->weights[5] = SV_NN_PLANE_WEIGHT_MAX + 1; }
static void weight_small(small_network *n) { n->weights[2 * WEIGHTS - 1] = -SV_NN_WEIGHT_MAX - 1; }
static void weights_at_limits(small_network *n)
{
    n->weights[5] = -SV_NN_PLANE_WEIGHT_MAX;
    n->weights[2 * WEIGHTS - 1] = SV_NN_WEIGHT_MAX;
}

static void shift_large(small_network *n) { n->shifts[1] = SV_NN_SHIFT_MAX + 1; }
static void shift_63(small_network *n) { n->shifts[1] = 63; }
static void shift_255(small_network *n) { n->shifts[2 * OUTPUTS - 1] = UINT8_MAX; }
static void qp_negative(small_network *n) { n->qps[0] = -1; }
static void qp_large(small_network *n) { n->qps[1] = SVAC2_MAX_QP / SVAC2_QP_ONE + 1; }
static void qps_equal(small_network *n) { n->qps[1] = n->qps[0]; }

/* Output 0 of layer 0 reaches the limit of a sum exactly, upwards or downwards. */
static void sum_at_limit(small_network *n)
{
    n->weights[0] = -SV_NN_WEIGHT_MAX;
    n->weights[8] = 1;
    n->shifts[0] = 10;
    n->biases[0] = INT32_MAX - (SV_NN_WEIGHT_MAX + 1) * SV_NN_SAMPLE_MAX - 512;
}

static void sum_past_limit(small_network *n)
{
    sum_at_limit(n);
    n->biases[0]++;
}

static void sum_past_lower_limit(small_network *n)
{
    sum_at_limit(n);
    n->biases[0] = -n->biases[0] - 1;
}

/* Of a layer of bytes, in the second set. */
static void sum_of_bytes_past_limit(small_network *n)
{
    n->weights[WEIGHTS + 4 * 9] = 3;
    n->biases[OUTPUTS + 4] = INT32_MAX - 3 * 255 + 1;
}

static void bias_of_int32_min(small_network *n) { n->biases[3] = INT32_MIN; }
static void head_bias_of_int32_min(small_network *n) { n->head_biases[1] = INT32_MIN; }

/* Two heads, of which neither is too much alone. */
static void heads_past_limit(small_network *n)
{
    n->head_biases[0] = n->head_biases[1] = INT32_MAX / 6;
}

static void heads_below_limit(small_network *n)
{
    n->head_biases[0] = INT32_MAX / 6;
    for (int i = 0; i < HEAD_INPUTS; i++) {
        n->head_weights[i] = INT16_MIN;
    }
}

typedef struct refusal {
    const char *name;
    void (*change)(small_network *n);
    const char *words; /* of the message */
} refusal;

#define REFUSED(change, words) {#change, change, words}

static const refusal refusals[] = {
    REFUSED(planes_none, "0 planes"),
    REFUSED(planes_many, "4 planes"),
    REFUSED(views_none, "0 views; 1, 2, 4 or 8 are possible"),
    REFUSED(views_3, "3 views"),
    REFUSED(views_many, "16 views"),
    REFUSED(views_negative, "-2147483648 views"),
    REFUSED(cell_none, "layer 0 has cells with a side of 0"),
    REFUSED(cell_3, "layer 1 has cells with a side of 3"),
    REFUSED(cell_large, "layer 2 has cells with a side of 8"),
    REFUSED(source_smaller, "layer 1 has cells of 2x2 and reads layer 0"),
    REFUSED(source_of_head_smaller, "layer 2 has cells of 4x4 and reads layer 0"),
    REFUSED(planes_more, "88 weights; the layers need 160"),
    REFUSED(cell_larger, "88 weights; the layers need 304"),
    REFUSED(layers_none, "0 layers"),
    REFUSED(layers_head_only, "1 layers"),
    REFUSED(layers_many, "25 layers"),
    REFUSED(layers_huge, "layers; 2.."),
    REFUSED(side_2, "layer 0 has a kernel of side 2"),
    REFUSED(side_5, "layer 1 has a kernel of side 5"),
    REFUSED(side_negative, "layer 0 has a kernel of side -3"),
    REFUSED(side_of_head, "layer 2 has a kernel of side 3"),
    REFUSED(outputs_none, "layer 0 has 0 outputs"),
    REFUSED(outputs_many, "layer 0 has 97 outputs"),
    REFUSED(outputs_negative, "layer 1 has -2 outputs"),
    REFUSED(heads_many, "layer 2 has 9 outputs"),
    REFUSED(sources_none, "layer 1 has sources 0"),
    REFUSED(sources_itself, "layer 0 has sources 0x2"),
    REFUSED(sources_later, "layer 1 has sources 0x4"),
    REFUSED(sources_planes_and_more, "layer 1 has sources 0x3"),
    REFUSED(sources_negative, "layer 1 has sources 0x80000000"),
    REFUSED(head_of_planes, "layer 2 has sources 0x1"),
    REFUSED(unread, "no layer reads layer 1"),
    REFUSED(groups_many, "120 groups"),
    REFUSED(groups_many_in_views, "768 groups of four inputs in all views; up to 256"),
    REFUSED(groups_many_for_3, "33 groups of four inputs; up to 32"),
    REFUSED(radius_large, "positions 17 away"),
    REFUSED(sets_none, "0 sets"),
    REFUSED(sets_many, "17 sets"),
    REFUSED(sets_huge, "sets of weights"),
    REFUSED(weights_few, "87 weights"),
    REFUSED(weights_more, "89 weights"),
    REFUSED(biases_few, "11 biases"),
    REFUSED(shifts_few, "11 shifts"),
    REFUSED(head_weights_few, "23 head weights"),
    REFUSED(head_biases_more, "5 head biases"),
    REFUSED(weight_large, "layer 0 has the weight 4097"),
    REFUSED(weight_small, "layer 1 has the weight -65"),
    REFUSED(shift_large, "layer 0 has the shift 25"),
    REFUSED(shift_63, "layer 0 has the shift 63"),
    REFUSED(shift_255, "layer 1 has the shift 255"),
    REFUSED(qp_negative, "set 0 is for qp -1"),
    REFUSED(qp_large, "set 1 is for qp 64"),
    REFUSED(qps_equal, "set 1 is for qp 0"),
    REFUSED(sum_past_limit, "output 0 of layer 0 can overflow"),
    REFUSED(sum_past_lower_limit, "output 0 of layer 0 can overflow"),
    REFUSED(sum_of_bytes_past_limit, "output 0 of layer 1 can overflow"),
    REFUSED(bias_of_int32_min, "output 3 of layer 0 can overflow"),
    REFUSED(head_bias_of_int32_min, "heads can overflow"),
    REFUSED(heads_past_limit, "heads can overflow"),
};
enum { REFUSAL_COUNT = sizeof refusals / sizeof refusals[0] };

static void require_refused(const refusal *r, const small_network *n)
{
    svac2_model *model = NULL;
    svac2_error error = {.status = SVAC2_OK};
    svac2_status status = svac2_model_create(&n->arrays, &model, &error);
    if (status != SVAC2_ERR_MODEL || error.status != status || model != NULL) {
        fail("%s: status %d", r->name, (int)status);
    }
    if (strstr(error.message, r->words) == NULL) {
        fail("%s: \"%s\" does not say \"%s\"", r->name, error.message, r->words);
    }
    if (svac2_model_create(&n->arrays, &model, NULL) != SVAC2_ERR_MODEL) {
        fail("%s: accepted where nobody asks for a message", r->name);
    }
}

static void require_accepted(void (*change)(small_network *n), const char *name, small_network *n)
{
    svac2_model *model = NULL;
    svac2_error error;
    make_valid(n);
    if (change != NULL) {
        change(n);
    }
    if (svac2_model_create(&n->arrays, &model, &error) != SVAC2_OK) {
        fail("%s is refused: %s", name, error.message);
    }
    svac2_model_destroy(model);
}

void check_refusals(void)
{
    small_network *n = allocate(1, sizeof *n);
    require_accepted(NULL, "a valid network", n);
    require_accepted(sum_at_limit, "a sum at its limit", n);
    require_accepted(weights_at_limits, "weights at their limits", n);
    require_accepted(heads_below_limit, "a large head", n);
    for (int i = 0; i < REFUSAL_COUNT; i++) {
        make_valid(n);
        refusals[i].change(n);
        require_refused(&refusals[i], n);
    }
    free(n);
    printf("refusals: %d\n", (int)REFUSAL_COUNT);
}
