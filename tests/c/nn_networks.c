/* Random networks on random pictures: the engine, whatever its tiles, threads and kernels, makes
 * what a direct evaluation makes, which keeps whole planes of whole numbers of 64 bits. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/intmath.h"
#include "drawing.h"
#include "nn/run.h"
#include "nn_check.h"

enum { LAYERS_MAX = 9, OUTPUTS_MAX = 20, SMALL_SIDE = 40, WIDTH_MAX = 290, HEIGHT_MAX = 150 };

/* A weight file's arrays and room for what they hold. */
typedef struct network {
    svac2_model_arrays arrays;
    int32_t layers[4 * SV_NN_LAYERS_MAX];
    int32_t qps[SV_NN_SETS_MAX];
    int16_t *weights;
    int32_t *biases;
    uint8_t *shifts;
    int16_t *head_weights;
    int32_t *head_biases;
    int count; /* of layers, without the head */
} network;

static int side_of(const network *n, int layer) { return n->layers[4 * layer]; }
static int outputs_of(const network *n, int layer) { return n->layers[4 * layer + 1]; }
static int sources_of(const network *n, int layer) { return n->layers[4 * layer + 2]; }
static int cell_of(const network *n, int layer) { return n->layers[4 * layer + 3]; }
static bool reads(const network *n, int layer, int source)
{
    return sources_of(n, layer) >> (source + 1) & 1;
}

/* Samples of a layer's cell. */
static int phases_of(const network *n, int layer) { return cell_of(n, layer) * cell_of(n, layer); }

static int inputs_of(const network *n, int layer)
{
    int inputs = sources_of(n, layer) & 1 ? n->arrays.planes * phases_of(n, layer) : 0;
    for (int i = 0; i < layer; i++) {
        inputs += reads(n, layer, i) ? outputs_of(n, i) : 0;
    }
    return inputs;
}

/* How far away a layer's inputs are, at most, in samples. */
static int depth_of(const network *n, int layer)
{
    int deepest = 0;
    for (int i = 0; i < layer; i++) {
        if (reads(n, layer, i)) {
            deepest = sv_max(deepest, depth_of(n, i));
        }
    }
    return deepest + (side_of(n, layer) / 2 + 1) * cell_of(n, layer);
}

/* --- drawing a network ---------------------------------------------------------------------- */

/* Each layer reads the planes or some of the layers before it; the head reads all that none has
 * read by then, and some others. Cells may become smaller from one layer to the next. */
static void draw_layers(network *n, uint64_t *state)
{
    int unread = 0, cell = 1 << random_int(state, 0, SV_NN_LEVELS - 1);
    n->count = random_int(state, 1, LAYERS_MAX);
    for (int i = 0; i <= n->count; i++) {
        bool is_head = i == n->count;
        int known = (2 << i) - 2, sources = known & random_int(state, 0, known);
        if (random_int(state, 0, 1)) {
            sources &= random_int(state, 0, known);
        }
        if (is_head) {
            sources |= unread;
        } else if (sources == 0) {
            sources = i > 0 && random_int(state, 0, 3) ? 1 << i : 1;
        }
        unread = (unread & ~sources) | 2 << i;
        cell = sv_max(1, cell >> (random_int(state, 0, 5) == 0));
        const int32_t row[4] = {is_head || random_int(state, 0, 2) == 0 ? 1 : 3,
                                random_int(state, 1, is_head ? SV_NN_HEADS_MAX : OUTPUTS_MAX),
                                sources, cell};
        memcpy(n->layers + 4 * i, row, sizeof row);
    }
}

/* As many as the head has room for. */
static int draw_views(const network *n, uint64_t *state)
{
    int views = 1 << random_int(state, 0, 3), groups = 0;
    for (int i = 0; i < n->count; i++) {
        groups += reads(n, n->count, i) ? sv_nn_groups(outputs_of(n, i)) : 0;
    }
    while (views * groups > SV_NN_HEAD_GROUPS_MAX) {
        views /= 2;
    }
    return views;
}

/* Of random sign: full size throughout, or spread. */
static void draw_weights(int16_t *weights, int count, int most, bool is_extreme, uint64_t *state)
{
    for (int i = 0; i < count; i++) {
        int magnitude = is_extreme ? most : random_int(state, 0, most);
        weights[i] = (int16_t)(random_int(state, 0, 1) ? magnitude : -magnitude);
    }
}

/* Shifts for which about half of the outputs lie inside 0..255, at biases of the size of the sums;
 * or biases as large as the rules allow. */
static void draw_biases(const network *n, int layer, const int16_t *weights, int32_t *biases,
                        uint8_t *shifts, uint64_t *state)
{
    int taps = inputs_of(n, layer) * side_of(n, layer) * side_of(n, layer);
    int input_max = sources_of(n, layer) == 1 ? SV_NN_SAMPLE_MAX : 255;
    for (int o = 0; o < outputs_of(n, layer); o++, weights += taps) {
        int64_t magnitude = 0;
        for (int i = 0; i < taps; i++) {
            magnitude += (int64_t)abs(weights[i]) * input_max;
        }
        int shift = sv_floor_log2((uint32_t)(magnitude / 1024 + 1)) + random_int(state, 0, 2);
        int64_t limit = INT32_MAX - magnitude - (1 << shift >> 1);
        bool is_extreme = random_int(state, 0, 15) == 0;
        shifts[o] = (uint8_t)shift;
        biases[o] = is_extreme ? (int32_t)(random_int(state, 0, 1) ? limit : -limit)
                               : random_int(state, -sv_min(128 * (1 << shift), (int)limit),
                                            sv_min(256 * (1 << shift), (int)limit));
    }
}

static void draw_head(network *n, uint64_t *state)
{
    svac2_model_arrays *a = &n->arrays;
    bool is_extreme = random_int(state, 0, 7) == 0;
    for (size_t i = 0; i < a->head_weight_count; i++) {
        n->head_weights[i] = (int16_t)(is_extreme ? random_int(state, 0, 1) ? INT16_MAX : INT16_MIN
                                                  : random_int(state, -3000, 3000));
    }
    for (size_t i = 0; i < a->head_bias_count; i++) {
        n->head_biases[i] = random_int(state, -1000000, 1000000);
    }
}

static network draw_network(uint64_t *state)
{
    network n = {.count = 0};
    svac2_model_arrays *a = &n.arrays;
    a->planes = random_int(state, 1, SV_NN_PLANES_MAX);
    draw_layers(&n, state);
    a->views = draw_views(&n, state);
    a->set_count = (size_t)random_int(state, 1, 3);
    a->layer_count = (size_t)n.count + 1;
    for (int i = 0; i < n.count; i++) {
        int outputs = outputs_of(&n, i), side = side_of(&n, i);
        a->weight_count += a->set_count * (size_t)(outputs * inputs_of(&n, i) * side * side);
        a->bias_count += a->set_count * (size_t)outputs;
    }
    a->shift_count = a->bias_count;
    a->head_bias_count = a->set_count * (size_t)(outputs_of(&n, n.count) * phases_of(&n, n.count));
    a->head_weight_count = a->head_bias_count * (size_t)inputs_of(&n, n.count);
    a->weights = n.weights = allocate(a->weight_count, sizeof *n.weights);
    a->biases = n.biases = allocate(a->bias_count, sizeof *n.biases);
    a->shifts = n.shifts = allocate(a->shift_count, 1);
    a->head_weights = n.head_weights = allocate(a->head_weight_count, sizeof *n.head_weights);
    a->head_biases = n.head_biases = allocate(a->head_bias_count, sizeof *n.head_biases);
    bool is_extreme = random_int(state, 0, 7) == 0;
    size_t weight = 0, output = 0;
    for (size_t set = 0; set < a->set_count; set++) {
        n.qps[set] = 20 * (int)set + random_int(state, 0, 19);
        for (int i = 0; i < n.count; i++) {
            int side = side_of(&n, i), count = outputs_of(&n, i) * inputs_of(&n, i) * side * side;
            int most = sources_of(&n, i) == 1 ? SV_NN_PLANE_WEIGHT_MAX : SV_NN_WEIGHT_MAX;
            draw_weights(n.weights + weight, count, most, is_extreme, state);
            draw_biases(&n, i, n.weights + weight, n.biases + output, n.shifts + output, state);
            weight += (size_t)count;
            output += (size_t)outputs_of(&n, i);
        }
    }
    draw_head(&n, state);
    return n;
}

static void free_network(network *n)
{
    free(n->weights);
    free(n->biases);
    free(n->shifts);
    free(n->head_weights);
    free(n->head_biases);
}

/* --- pictures ------------------------------------------------------------------------------- */

typedef struct picture {
    uint16_t *planes[SV_NN_PLANES_MAX];
    ptrdiff_t stride;
    int width, height;
} picture;

static picture draw_picture(uint64_t *state)
{
    bool large = random_int(state, 0, 5) == 0;
    int contrast = random_int(state, 0, 2);
    picture p = {.width = random_int(state, 1, large ? WIDTH_MAX : SMALL_SIDE),
                 .height = random_int(state, 1, large ? HEIGHT_MAX : SMALL_SIDE)};
    p.stride = p.width + random_int(state, 0, 1) * random_int(state, 0, 9);
    int count = (p.height - 1) * (int)p.stride + p.width;
    for (int plane = 0; plane < SV_NN_PLANES_MAX; plane++) {
        p.planes[plane] = allocate((size_t)count, sizeof *p.planes[plane]);
        for (int i = 0; i < count; i++) {
            int noise = random_int(state, 0, SV_NN_SAMPLE_MAX);
            int kinds[3] = {3 * i & SV_NN_SAMPLE_MAX, noise, (noise & 1) * SV_NN_SAMPLE_MAX};
            p.planes[plane][i] = (uint16_t)kinds[contrast];
        }
    }
    return p;
}

static void free_picture(picture *p)
{
    for (int plane = 0; plane < SV_NN_PLANES_MAX; plane++) {
        free(p->planes[plane]);
    }
}

static uint16_t sample_at(const picture *p, int plane, int x, int y)
{
    return p->planes[plane][sv_clip(y, 0, p->height - 1) * p->stride + sv_clip(x, 0, p->width - 1)];
}

static int whole_cells(int samples)
{
    return (samples + SV_NN_CELL_MAX - 1) / SV_NN_CELL_MAX * SV_NN_CELL_MAX;
}

typedef struct point {
    int x, y;
} point;

/* Where a view of the picture, of whole cells, shows a sample: mirrored, then transposed. */
static point point_in_view(const picture *p, int view, point at)
{
    const int x = view & 1 ? whole_cells(p->width) - 1 - at.x : at.x;
    const int y = view & 2 ? whole_cells(p->height) - 1 - at.y : at.y;
    return view & 4 ? (point){y, x} : (point){x, y};
}

static picture view_of(const picture *p, int view)
{
    const int width = whole_cells(p->width), height = whole_cells(p->height);
    picture turned = {.width = view & 4 ? height : width, .height = view & 4 ? width : height};
    turned.stride = turned.width;
    for (int plane = 0; plane < SV_NN_PLANES_MAX; plane++) {
        turned.planes[plane] = allocate((size_t)(width * height), sizeof *turned.planes[plane]);
        for (int i = 0; i < width * height; i++) {
            const point at = point_in_view(p, view, (point){i % width, i / width});
            turned.planes[plane][at.y * turned.stride + at.x] =
                sample_at(p, plane, i % width, i / width);
        }
    }
    return turned;
}

/* --- direct evaluation ---------------------------------------------------------------------- */

/* All planes are as large as the picture with the same margin on every side, of which less and less
 * holds anything from layer to layer: whole cells of the largest size, each number repeated for all
 * samples of its cell. */
typedef struct evaluation {
    const network *network;
    int set, margin, width, height;
    size_t area;
    uint16_t *planes[SV_NN_PLANES_MAX];
    uint16_t *layers[LAYERS_MAX]; /* [output][area] */
    int64_t *sums;
} evaluation;

/* The plane that an input of a layer is, and which sample of the cell. */
static const uint16_t *input_plane(const evaluation *e, int layer, int input, int *phase)
{
    const network *n = e->network;
    *phase = 0;
    if (sources_of(n, layer) == 1) {
        *phase = input % phases_of(n, layer);
        return e->planes[input / phases_of(n, layer)];
    }
    for (int i = 0;; i++) {
        int outputs = reads(n, layer, i) ? outputs_of(n, i) : 0;
        if (input < outputs) {
            return e->layers[i] + (size_t)input * e->area;
        }
        input -= outputs;
    }
}

/* The sums of an output of a layer, wherever all inputs are inside, at each cell's first sample. */
static void sum_products(evaluation *e, int layer, const int16_t *weights, int64_t bias)
{
    const network *n = e->network;
    int side = side_of(n, layer), cell = cell_of(n, layer), border = side / 2 * cell;
    for (size_t i = 0; i < e->area; i++) {
        e->sums[i] = bias;
    }
    for (int i = 0; i < inputs_of(n, layer) * side * side; i++) {
        int phase, row = i / side % side, column = i % side;
        const uint16_t *from = input_plane(e, layer, i / (side * side), &phase);
        from += (row * cell - border + phase / cell) * e->width;
        from += column * cell - border + phase % cell;
        for (int y = border; y < e->height - border; y += cell) {
            for (int x = border; x < e->width - border; x += cell) {
                e->sums[y * e->width + x] += weights[i] * from[y * e->width + x];
            }
        }
    }
}

static void evaluate_layer(evaluation *e, int layer, const int16_t *weights, const int32_t *biases,
                           const uint8_t *shifts)
{
    const network *n = e->network;
    int side = side_of(n, layer), cell = cell_of(n, layer);
    e->layers[layer] = allocate((size_t)outputs_of(n, layer) * e->area, sizeof(uint16_t));
    for (int o = 0; o < outputs_of(n, layer); o++) {
        uint16_t *to = e->layers[layer] + (size_t)o * e->area;
        sum_products(e, layer, weights, biases[o]);
        weights += inputs_of(n, layer) * side * side;
        for (int i = 0; i < (int)e->area; i++) {
            int y = i / e->width / cell * cell, x = i % e->width / cell * cell;
            int64_t rounded = e->sums[y * e->width + x] + (INT64_C(1) << shifts[o] >> 1);
            if (rounded > INT32_MAX || rounded < INT32_MIN) {
                fail("a sum of layer %d overflows in a model that was accepted", layer);
            }
            int64_t value = rounded >> shifts[o];
            to[i] = (uint16_t)(value < 0 ? 0 : value > 255 ? 255 : value);
        }
    }
}

static evaluation evaluate(const network *n, int set, const picture *p)
{
    int margin = whole_cells(depth_of(n, n->count));
    evaluation e = {.network = n, .set = set, .margin = margin};
    e.width = whole_cells(p->width) + 2 * margin;
    e.height = whole_cells(p->height) + 2 * margin;
    e.area = (size_t)(e.width * e.height);
    e.sums = allocate(e.area, sizeof *e.sums);
    for (int plane = 0; plane < n->arrays.planes; plane++) {
        e.planes[plane] = allocate(e.area, sizeof *e.planes[plane]);
        for (int i = 0; i < (int)e.area; i++) {
            e.planes[plane][i] = sample_at(p, plane, i % e.width - margin, i / e.width - margin);
        }
    }
    size_t sets = n->arrays.set_count;
    const int16_t *weights = n->weights + (size_t)set * (n->arrays.weight_count / sets);
    size_t output = (size_t)set * (n->arrays.bias_count / sets);
    for (int i = 0; i < n->count; i++) {
        evaluate_layer(&e, i, weights, n->biases + output, n->shifts + output);
        weights += outputs_of(n, i) * inputs_of(n, i) * side_of(n, i) * side_of(n, i);
        output += (size_t)outputs_of(n, i);
    }
    return e;
}

static void free_evaluation(evaluation *e)
{
    for (int plane = 0; plane < e->network->arrays.planes; plane++) {
        free(e->planes[plane]);
    }
    free(e->sums);
    for (int i = 0; i < e->network->count; i++) {
        free(e->layers[i]);
    }
}

static int64_t saturate16(int64_t value)
{
    return value < INT16_MIN ? INT16_MIN : value > INT16_MAX ? INT16_MAX : value;
}

/* What the factors make of all heads' weights of an input, -1 of their biases, at a sample of the
 * cell. */
static int64_t mix_of(const network *n, int set, int phase, int input, const int8_t *factors)
{
    const int inputs = inputs_of(n, n->count), heads = outputs_of(n, n->count);
    int64_t sum = 0;
    for (int h = 0; h < heads; h++) {
        const int number = (set * heads + h) * phases_of(n, n->count) + phase;
        sum += (int64_t)factors[h] *
               (input < 0 ? n->head_biases[number] : n->head_weights[number * inputs + input]);
    }
    return sum;
}

static int64_t mean(const network *n, int64_t sum)
{
    const int64_t unit = (int64_t)n->arrays.views << SV_NN_MIX_SHIFT;
    sum += unit / 2;
    return sum >= 0 ? sum / unit : -((unit - 1 - sum) / unit);
}

/* Adds what a view gives of a sample, which lies there, to its sum, and to that of the biases. */
static void add_view(evaluation *e, point at, const int8_t *factors, int64_t *sum, int64_t *bias)
{
    const network *n = e->network;
    const int cell = cell_of(n, n->count), phase = at.y % cell * cell + at.x % cell;
    const int place = (at.y + e->margin) * e->width + at.x + e->margin;
    for (int input = 0; input < inputs_of(n, n->count); input++) {
        int none;
        const int64_t weight = mean(n, mix_of(n, e->set, phase, input, factors));
        *sum += saturate16(weight) * input_plane(e, n->count, input, &none)[place];
    }
    *bias += mix_of(n, e->set, phase, -1, factors);
}

/* The residual, [row][column], for a mix of the heads. */
static int16_t *evaluate_head(const network *n, evaluation *views, const picture *p,
                              const int8_t *factors)
{
    int16_t *residual = allocate((size_t)(p->width * p->height), sizeof *residual);
    for (int i = 0; i < p->width * p->height; i++) {
        int64_t sum = 0, bias = 0;
        for (int view = 0; view < n->arrays.views; view++) {
            const point at = point_in_view(p, view, (point){i % p->width, i / p->width});
            add_view(&views[view], at, factors, &sum, &bias);
        }
        const int64_t rounded = sum + mean(n, bias) + (1 << SV_NN_HEAD_SHIFT >> 1);
        if (rounded > INT32_MAX || rounded < INT32_MIN) {
            fail("a sum of the head overflows in a model that was accepted");
        }
        residual[i] = (int16_t)saturate16(rounded >> SV_NN_HEAD_SHIFT);
    }
    return residual;
}

/* What the network gives, by all of its views. */
static int16_t *evaluate_network(const network *n, int set, const picture *p, const int8_t *factors)
{
    evaluation views[SV_NN_VIEWS_MAX];
    for (int view = 0; view < n->arrays.views; view++) {
        picture turned = view_of(p, view);
        views[view] = evaluate(n, set, &turned);
        free_picture(&turned);
    }
    int16_t *residual = evaluate_head(n, views, p, factors);
    for (int view = 0; view < n->arrays.views; view++) {
        free_evaluation(&views[view]);
    }
    return residual;
}

/* --- the engine ----------------------------------------------------------------------------- */

/* What no block that is not wanted may change. */
enum { UNTOUCHED = 0x5a5a };

typedef struct engine_output {
    int width;
    sv_nn_mix mix;
    int16_t *residual;
} engine_output;

static void take_row(void *shared, const sv_nn_row *row)
{
    const engine_output *out = shared;
    int16_t lines[SV_NN_CELL_MAX][SV_NN_BLOCK_SIZE];
    sv_nn_residual(row, &out->mix, SV_NN_HEAD_SHIFT, lines);
    for (int y = 0; y < row->height; y++) {
        memcpy(out->residual + (row->y + y) * out->width + row->x, lines[y],
               (size_t)row->width * sizeof **lines);
    }
}

static void compare(const int16_t *found, const int16_t *expected, const sv_nn_job *job,
                    int threads, const engine_variant *variant)
{
    const int columns = (job->width + SV_NN_BLOCK_SIZE - 1) / SV_NN_BLOCK_SIZE;
    for (int i = 0; i < job->width * job->height; i++) {
        int block = i / job->width / SV_NN_BLOCK_SIZE * columns + i % job->width / SV_NN_BLOCK_SIZE;
        bool wanted = job->wanted == NULL || job->wanted[block] != 0;
        if (found[i] != (wanted ? expected[i] : UNTOUCHED)) {
            fail("%s, %dx%d, %d threads, tiles of %dx%d, %d layers, %d views: x %d, y %d: %d "
                 "instead "
                 "of %d",
                 variant->name, job->width, job->height, threads, job->tile_width, job->tile_height,
                 job->model->layer_count, sv_nn_views(job->model), i % job->width, i / job->width,
                 found[i], wanted ? expected[i] : UNTOUCHED);
        }
    }
}

/* One run by each variant, of random tiles, threads and blocks. */
static void run_engine(const svac2_model *model, const picture *p, int set, const int8_t *factors,
                       const int16_t *expected, uint64_t *state)
{
    enum { BLOCKS_MAX = (WIDTH_MAX / SV_NN_BLOCK_SIZE + 1) * (HEIGHT_MAX / SV_NN_BLOCK_SIZE + 1) };
    static const int tile_sizes[] = {0, 1, 64, 128};
    uint8_t wanted[BLOCKS_MAX];
    for (int i = 0; i < BLOCKS_MAX; i++) {
        wanted[i] = random_int(state, 0, 1) != 0;
    }
    engine_output out = {.width = p->width};
    size_t count = (size_t)(p->width * p->height);
    out.residual = allocate(count, sizeof *out.residual);
    sv_nn_mix_heads(model, set, factors, &out.mix);
    sv_nn_plane planes[SV_NN_PLANES_MAX];
    for (int plane = 0; plane < SV_NN_PLANES_MAX; plane++) {
        planes[plane] = (sv_nn_plane){p->planes[plane], p->stride};
    }
    for (int v = 0; v < VARIANT_COUNT; v++) {
        sv_nn_job job = {.model = model,
                         .set = set,
                         .planes = planes,
                         .width = p->width,
                         .height = p->height,
                         .tile_width = tile_sizes[random_int(state, 0, 3)],
                         .tile_height = tile_sizes[random_int(state, 0, 3)],
                         .wanted = random_int(state, 0, 1) ? wanted : NULL,
                         .take = take_row,
                         .shared = &out};
        svac2_error error = {.status = SVAC2_OK};
        sv_env env;
        sv_env_init(&env, random_int(state, 1, 3), variants[v].cpu, NULL, NULL);
        memset(out.residual, UNTOUCHED & 0xff, count * sizeof *out.residual);
        if (is_available(&variants[v])) {
            if (sv_nn_run(&job, &env, &error) != SVAC2_OK) {
                fail("a network does not run: %s", error.message);
            }
            compare(out.residual, expected, &job, env.threads, &variants[v]);
        }
    }
    free(out.residual);
}

static void check_network(uint64_t *state)
{
    network n = draw_network(state);
    n.arrays.layers = n.layers; /* of this copy of the structure */
    n.arrays.qps = n.qps;
    svac2_model *model;
    svac2_error error;
    if (svac2_model_create(&n.arrays, &model, &error) != SVAC2_OK) {
        fail("a valid network is refused: %s", error.message);
    }
    picture p = draw_picture(state);
    int set = sv_nn_nearest_set(model, random_int(state, 0, SVAC2_MAX_QP / SVAC2_QP_ONE));
    int8_t factors[SV_NN_HEADS_MAX];
    for (int h = 0; h < SV_NN_HEADS_MAX; h++) {
        factors[h] = (int8_t)random_int(state, INT8_MIN, INT8_MAX);
    }
    int16_t *expected = evaluate_network(&n, set, &p, factors);
    run_engine(model, &p, set, factors, expected, state);
    free(expected);
    free_picture(&p);
    free_network(&n);
    svac2_model_destroy(model);
}

void check_networks(int count, uint64_t *state)
{
    for (int i = 0; i < count; i++) {
        check_network(state);
    }
    printf("networks: %d agree\n", count);
}
