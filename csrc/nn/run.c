#include "nn/run.h"

#include <stdatomic.h>
#include <string.h>

#include "common/intmath.h"
#include "common/memory.h"
#include "common/parallel.h"

/* Small enough that the rings stay in the second-level cache, large enough that what tiles compute
 * twice at their borders counts little. */
enum { TILE_WIDTH = 384, TILE_HEIGHT = 256 };

typedef struct run {
    const sv_nn_job *job;
    const sv_nn_kernels *kernels;
    int columns, rows; /* of tiles */
    int tile_width, tile_height;
    ptrdiff_t line; /* words of a line: a tile's width with its margins */
    size_t scratch_words;
    uint32_t *scratch; /* of all workers */
    atomic_int next;
} run;

/* A tile on its way through the layers. */
typedef struct tile {
    const run *run;
    int x, y, width, height;
    uint32_t *luma;                    /* [row of the ring][column]: pairs of samples */
    uint32_t *rings[SV_NN_LAYERS_MAX]; /* [row of the ring][group][column] */
} tile;

/* Line of luma pairs, at the column of the tile's first sample. Rows count from the tile's first.
 */
static uint32_t *luma_line(const tile *t, int row)
{
    const svac2_model *model = t->run->job->model;
    return t->luma + (row + model->radius) % model->luma_ring_rows * t->run->line + model->radius;
}

static uint32_t *layer_line(const tile *t, int layer, int row, int group)
{
    const svac2_model *model = t->run->job->model;
    const sv_nn_layer *l = &model->layers[layer];
    int ring_row = (row + model->radius) % l->ring_rows;
    return t->rings[layer] + (ring_row * sv_nn_groups(l->outputs) + group) * t->run->line +
           model->radius;
}

static void load_luma(const tile *t, int row)
{
    const sv_nn_job *job = t->run->job;
    int radius = job->model->radius, first = t->x - radius, count = t->width + 2 * radius;
    const uint16_t *from = job->luma + sv_clip(t->y + row, 0, job->height - 1) * job->stride;
    uint32_t *line = luma_line(t, row) - radius;
    int inside = sv_clip(-first, 0, count), outside = sv_clip(job->width - first, 0, count);
    for (int x = 0; x < inside; x++) {
        line[x] = from[0];
    }
    for (int x = inside; x < outside; x++) {
        line[x] = from[first + x];
    }
    for (int x = outside; x < count; x++) {
        line[x] = from[job->width - 1];
    }
    for (int x = 0; x < count - 1; x++) {
        line[x] |= line[x + 1] << 16;
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
            in[count++] = luma_line(t, y) + column;
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
    bool luma = layer->sources == 1;
    sv_nn_shape shape = {.rows = gather(t, layer, row, -layer->reach, in),
                         .taps = luma ? (layer->kernel + 1) / 2 : layer->kernel,
                         .offset = layer->kernel / 2,
                         .outputs = layer->outputs};
    for (int g = 0; g < sv_nn_groups(layer->outputs); g++) {
        out[g] = layer_line(t, index, row, g) - layer->reach;
    }
    (luma ? t->run->kernels->conv_luma : t->run->kernels->conv_bytes)(out, in, packed, &shape,
                                                                      t->width + 2 * layer->reach);
}

/* Gives the head's inputs of a row away, block by block. */
static void hand_over(const tile *t, int worker, int row)
{
    const sv_nn_job *job = t->run->job;
    for (int x = 0; x < t->width; x += SV_NN_BLOCK_SIZE) {
        const uint32_t *in[3 * SV_NN_GROUPS_MAX];
        gather(t, &job->model->head, row, x, in);
        job->take(job->shared, &(sv_nn_row){.worker = worker,
                                            .x = t->x + x,
                                            .y = t->y + row,
                                            .width = sv_min(SV_NN_BLOCK_SIZE, t->width - x),
                                            .features = in,
                                            .kernels = t->run->kernels});
    }
}

static void run_tile(const tile *t, int worker)
{
    const sv_nn_job *job = t->run->job;
    const svac2_model *model = job->model;
    for (int step = -model->radius; step < t->height + model->head.delay; step++) {
        if (step < t->height + model->radius) {
            load_luma(t, step);
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
            hand_over(t, worker, row);
        }
    }
}

static void run_tiles(void *shared, int worker)
{
    run *r = shared;
    const sv_nn_job *job = r->job;
    tile t = {.run = r, .luma = r->scratch + (size_t)worker * r->scratch_words};
    uint32_t *next = t.luma + job->model->luma_ring_rows * r->line;
    for (int i = 0; i < job->model->layer_count; i++) {
        const sv_nn_layer *layer = &job->model->layers[i];
        t.rings[i] = next;
        next += layer->ring_rows * sv_nn_groups(layer->outputs) * r->line;
    }
    int index;
    while ((index = atomic_fetch_add(&r->next, 1)) < r->columns * r->rows) {
        t.x = index % r->columns * r->tile_width;
        t.y = index / r->columns * r->tile_height;
        t.width = sv_min(r->tile_width, job->width - t.x);
        t.height = sv_min(r->tile_height, job->height - t.y);
        run_tile(&t, worker);
    }
}

/* Tiles of about equal size, of whole blocks. */
static int tile_size(int side, int most)
{
    int count = (side + most - 1) / most, size = (side + count - 1) / count;
    return (size + SV_NN_BLOCK_SIZE - 1) / SV_NN_BLOCK_SIZE * SV_NN_BLOCK_SIZE;
}

svac2_status sv_nn_run(const sv_nn_job *job, svac2_error *error)
{
    const svac2_model *model = job->model;
    run r = {.job = job, .kernels = sv_nn_kernels_for(job->cpu)};
    r.tile_width = tile_size(job->width, job->tile_width != 0 ? job->tile_width : TILE_WIDTH);
    r.tile_height = tile_size(job->height, job->tile_height != 0 ? job->tile_height : TILE_HEIGHT);
    r.columns = (job->width + r.tile_width - 1) / r.tile_width;
    r.rows = (job->height + r.tile_height - 1) / r.tile_height;
    /* Kernels write, and read, up to a multiple of their width. */
    r.line = r.tile_width + 2 * model->radius + 2 * SV_NN_COLUMNS;
    int lines = model->luma_ring_rows;
    for (int i = 0; i < model->layer_count; i++) {
        lines += model->layers[i].ring_rows * sv_nn_groups(model->layers[i].outputs);
    }
    r.scratch_words = (size_t)lines * (size_t)r.line;
    int workers = sv_min(job->threads, r.columns * r.rows);
    r.scratch = sv_alloc_zeroed((size_t)workers * r.scratch_words, sizeof *r.scratch);
    if (r.scratch == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for the network's lines");
    }
    sv_run_workers(workers, run_tiles, &r);
    sv_free(r.scratch);
    return SVAC2_OK;
}
