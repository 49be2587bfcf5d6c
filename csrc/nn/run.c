#include "nn/run.h"

#include <string.h>

#include "common/intmath.h"
#include "common/parallel.h"

/* In samples: small enough that the rings stay in the second-level cache, large enough that what
 * tiles compute twice at their borders counts little. */
enum { TILE_WIDTH = 384, TILE_HEIGHT = 256 };

typedef struct run {
    const sv_nn_job *job;
    sv_nn_kernels kernels;
    int width, height; /* here and below in positions, if nothing else is said */
    int columns, rows; /* of tiles */
    int tile_width, tile_height;
    ptrdiff_t line; /* words of a line: a tile's width with its margins */
} run;

/* A tile on its way through the layers. */
typedef struct tile {
    const run *run;
    int x, y, width, height;
    uint32_t *planes; /* [row of the ring][plane and row of the cell][column]: two samples */
    uint32_t *rings[SV_NN_LAYERS_MAX]; /* [row of the ring][group][column] */
} tile;

static int plane_lines(const svac2_model *model) { return model->planes * model->cell; }

/* A line of a plane, at the column of the tile's first position. Rows count from the tile's first.
 * `line` counts the rows of a cell in all planes. */
static uint32_t *plane_line(const tile *t, int row, int line)
{
    const svac2_model *model = t->run->job->model;
    int ring_row = (row + model->radius) % model->plane_ring_rows;
    return t->planes + (ring_row * plane_lines(model) + line) * t->run->line + model->radius;
}

static uint32_t *layer_line(const tile *t, int layer, int row, int group)
{
    const svac2_model *model = t->run->job->model;
    const sv_nn_layer *l = &model->layers[layer];
    int ring_row = (row + model->radius) % l->ring_rows;
    return t->rings[layer] + (ring_row * sv_nn_groups(l->outputs) + group) * t->run->line +
           model->radius;
}

static uint32_t pair(uint32_t first, uint32_t second, int shift)
{
    return first >> shift | second >> shift << 16;
}

/* Beside the edges of a plane. */
static uint32_t pair_at(const uint16_t *from, int x, int last, int shift)
{
    return pair(from[sv_clip(x, 0, last)], from[sv_clip(x + 1, 0, last)], shift);
}

static void load_line(const tile *t, int row, int index)
{
    const sv_nn_job *job = t->run->job;
    int cell = job->model->cell, radius = job->model->radius, last = job->width - 1;
    int y = sv_clip((t->y + row) * cell + index % cell, 0, job->height - 1);
    const sv_nn_plane *plane = &job->planes[index / cell];
    const uint16_t *from = plane->data + y * plane->stride;
    uint32_t *line = plane_line(t, row, index) - radius;
    int first = t->x - radius, count = t->width + 2 * radius;
    int inside = sv_clip(-first, 0, count), outside = sv_clip(last / cell - first, 0, count);
    for (int x = 0; x < inside; x++) {
        line[x] = pair_at(from, (first + x) * cell, last, job->shift);
    }
    for (int x = inside; x < outside; x++) {
        const uint16_t *two = from + (first + x) * cell;
        line[x] = pair(two[0], two[1], job->shift);
    }
    for (int x = outside; x < count; x++) {
        line[x] = pair_at(from, (first + x) * cell, last, job->shift);
    }
}

/* The lines that a layer reads for a row, row of the kernel by row, group by group. */
static int gather(const tile *t, const sv_nn_layer *layer, int row, int column,
                  const uint32_t *in[3 * SV_NN_GROUPS_MAX])
{
    const svac2_model *model = t->run->job->model;
    int count = 0, half = layer->kernel / 2;
    for (int y = row - half; y <= row + half; y++) {
        if (layer->sources == 1) {
            for (int i = 0; i < plane_lines(model); i++) {
                in[count++] = plane_line(t, y, i) + column;
            }
            continue;
        }
        for (int i = 0; i < model->layer_count; i++) {
            if (layer->sources >> (i + 1) & 1) {
                for (int g = 0; g < sv_nn_groups(model->layers[i].outputs); g++) {
                    in[count++] = layer_line(t, i, y, g) + column;
                }
            }
        }
    }
    return count;
}

static void compute_row(const tile *t, int index, int row)
{
    const sv_nn_job *job = t->run->job;
    const sv_nn_layer *layer = &job->model->layers[index];
    const sv_nn_packed *packed = &job->model->sets[job->set].layers[index];
    const uint32_t *in[3 * SV_NN_GROUPS_MAX];
    uint32_t *out[SV_NN_OUTPUTS_MAX / 4];
    bool planes = layer->sources == 1;
    sv_nn_shape shape = {.rows = gather(t, layer, row, -layer->reach, in),
                         .taps = layer->taps,
                         .step = layer->step,
                         .offset = layer->kernel / 2,
                         .outputs = layer->outputs};
    for (int g = 0; g < sv_nn_groups(layer->outputs); g++) {
        out[g] = layer_line(t, index, row, g) - layer->reach;
    }
    (planes ? t->run->kernels.conv_planes
            : t->run->kernels.conv_bytes)(out, in, packed, &shape, t->width + 2 * layer->reach);
}

/* Gives the head's inputs of a row away, block by block. */
static void hand_over(const tile *t, int row)
{
    const sv_nn_job *job = t->run->job;
    int cell = job->model->cell, block = SV_NN_BLOCK_SIZE / cell;
    for (int x = 0; x < t->width; x += block) {
        const uint32_t *in[3 * SV_NN_GROUPS_MAX];
        gather(t, &job->model->head, row, x, in);
        sv_nn_row out = {.x = (t->x + x) * cell,
                         .y = (t->y + row) * cell,
                         .features = in,
                         .model = job->model,
                         .kernels = &t->run->kernels};
        out.width = sv_min(SV_NN_BLOCK_SIZE, sv_min((t->x + t->width) * cell, job->width) - out.x);
        out.height = sv_min(cell, job->height - out.y);
        job->take(job->shared, &out);
    }
}

void sv_nn_residual(const sv_nn_row *row, const sv_nn_mix *mix, int shift,
                    int16_t residual[SV_NN_CELL_MAX][SV_NN_BLOCK_SIZE])
{
    int cell = row->model->cell, columns = (row->width + cell - 1) / cell;
    for (int phase = 0; phase < sv_nn_phases(row->model); phase++) {
        int16_t line[SV_NN_BLOCK_SIZE];
        row->kernels->head(line, row->features, row->model->head.groups, &mix->phases[phase], shift,
                           columns);
        int16_t *out = residual[phase / cell] + phase % cell;
        for (int x = 0; x < columns; x++) {
            out[x * cell] = line[x];
        }
    }
}

static void run_layers(const tile *t)
{
    const sv_nn_job *job = t->run->job;
    const svac2_model *model = job->model;
    for (int step = -model->radius; step < t->height + model->head.delay; step++) {
        if (step < t->height + model->radius) {
            for (int i = 0; i < plane_lines(model); i++) {
                load_line(t, step, i);
            }
        }
        for (int i = 0; i < model->layer_count; i++) {
            const sv_nn_layer *layer = &model->layers[i];
            int row = step - layer->delay;
            if (row >= -layer->reach && row < t->height + layer->reach) {
                compute_row(t, i, row);
            }
        }
        int row = step - model->head.delay;
        if (row >= 0 && row < t->height) {
            hand_over(t, row);
        }
    }
}

static void run_tile(void *shared, void *scratch, int index)
{
    const run *r = shared;
    const svac2_model *model = r->job->model;
    tile t = {.run = r, .planes = scratch};
    uint32_t *next = t.planes + model->plane_ring_rows * plane_lines(model) * r->line;
    for (int i = 0; i < model->layer_count; i++) {
        const sv_nn_layer *layer = &model->layers[i];
        t.rings[i] = next;
        next += layer->ring_rows * sv_nn_groups(layer->outputs) * r->line;
    }
    t.x = index % r->columns * r->tile_width;
    t.y = index / r->columns * r->tile_height;
    t.width = sv_min(r->tile_width, r->width - t.x);
    t.height = sv_min(r->tile_height, r->height - t.y);
    run_layers(&t);
}

/* Tiles of about equal size, of whole blocks; all in samples. */
static int tile_size(int side, int most)
{
    int count = (side + most - 1) / most, size = (side + count - 1) / count;
    return (size + SV_NN_BLOCK_SIZE - 1) / SV_NN_BLOCK_SIZE * SV_NN_BLOCK_SIZE;
}

/* Words of all lines of a tile. */
static size_t scratch_words(const run *r)
{
    const svac2_model *model = r->job->model;
    int lines = model->plane_ring_rows * plane_lines(model);
    for (int i = 0; i < model->layer_count; i++) {
        lines += model->layers[i].ring_rows * sv_nn_groups(model->layers[i].outputs);
    }
    return (size_t)lines * (size_t)r->line;
}

uint64_t sv_nn_cost(const svac2_model *model)
{
    enum { PRODUCTS_PER_UNIT = 750000 }; /* about 75 products of bytes in a nanosecond */
    uint64_t products = 0;
    for (int i = 0; i <= model->layer_count; i++) {
        const sv_nn_layer *layer = i < model->layer_count ? &model->layers[i] : &model->head;
        products += (uint64_t)(layer->kernel * layer->kernel * layer->groups * 4 * layer->outputs);
    }
    return 1 + products * (SV_NN_BLOCK_SIZE * SV_NN_BLOCK_SIZE) /
                   ((uint64_t)sv_nn_phases(model) * PRODUCTS_PER_UNIT);
}

svac2_status sv_nn_run(const sv_nn_job *job, sv_env *env, svac2_error *error)
{
    const svac2_model *model = job->model;
    int cell = model->cell;
    run r = {.job = job};
    sv_nn_kernels_init(&r.kernels, env->cpu);
    r.width = (job->width + cell - 1) / cell;
    r.height = (job->height + cell - 1) / cell;
    r.tile_width =
        tile_size(job->width, job->tile_width != 0 ? job->tile_width : TILE_WIDTH) / cell;
    r.tile_height =
        tile_size(job->height, job->tile_height != 0 ? job->tile_height : TILE_HEIGHT) / cell;
    r.columns = (r.width + r.tile_width - 1) / r.tile_width;
    r.rows = (r.height + r.tile_height - 1) / r.tile_height;
    /* Kernels write, and read, up to a multiple of their width. */
    r.line = r.tile_width + 2 * model->radius + 2 * SV_NN_COLUMNS;
    uint64_t blocks = (uint64_t)(r.tile_width * cell / SV_NN_BLOCK_SIZE) *
                      (uint64_t)(r.tile_height * cell / SV_NN_BLOCK_SIZE);
    sv_rows rows = {.count = r.columns * r.rows,
                    .cost = blocks * sv_nn_cost(model),
                    .scratch = scratch_words(&r) * sizeof(uint32_t),
                    .shared = &r,
                    .run = run_tile};
    return sv_parallel_rows(env, &rows, error);
}
