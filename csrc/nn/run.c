#include "nn/run.h"

#include <assert.h>

#include "common/intmath.h"
#include "common/parallel.h"

/* In samples: small enough that the rings of one view stay in the second-level cache, large enough
 * that what tiles compute twice at their borders counts little. */
enum { TILE_WIDTH = 384, TILE_HEIGHT = 256, TILE_BLOCK_ROWS = TILE_HEIGHT / SV_NN_BLOCK_SIZE };

typedef struct run {
    const sv_nn_job *job;
    sv_nn_kernels kernels;
    int width, height; /* here and in tiles in units, the largest cells */
    int columns, rows; /* of tiles */
    int tile_width, tile_height;
    /* A worker's memory: [ring][row][line][column], of the planes, then of all layers for each
     * view; last lines of repeated words. */
    size_t rings[SV_NN_RINGS_MAX + 1];
    size_t view_words; /* of the layers */
} run;

/* A tile on its way through the layers. Rows and columns of a ring count from the tile's first. */
typedef struct tile {
    const run *run;
    uint32_t *memory;
    int x, y, width, height;
    uint32_t wanted[TILE_BLOCK_ROWS]; /* of each row of blocks, a bit for each */
} tile;

/* Positions of a ring on the side of a unit. */
static int scale_of(const svac2_model *model, int ring)
{
    return model->unit / model->rings[ring].cell;
}

/* Words of a line: a tile's width with its margins, and what kernels write, and read, up to a
 * multiple of their width. */
static int line_words(const run *r, int ring)
{
    const svac2_model *model = r->job->model;
    return (r->tile_width + 2 * model->radius) * scale_of(model, ring) + 2 * SV_NN_COLUMNS;
}

/* A line of a ring, at the tile's first column; the planes' rings serve all views. */
static uint32_t *line_of(const tile *t, int view, int ring, int row, int line)
{
    const svac2_model *model = t->run->job->model;
    const sv_nn_ring *r = &model->rings[ring];
    int margin = model->radius * scale_of(model, ring);
    int number = (row + margin) % r->rows * r->lines + line;
    const size_t before = ring < SV_NN_LEVELS ? 0 : (size_t)view * t->run->view_words;
    return t->memory + t->run->rings[ring] + before + number * line_words(t->run, ring) + margin;
}

/* Part of a row of a ring, of one view: [first, end). */
typedef struct span {
    int view, ring, row, first, end;
} span;

/* --- the planes ----------------------------------------------------------------------------- */

static uint32_t pair(uint32_t first, uint32_t second, int shift)
{
    return first >> shift | second >> shift << 16;
}

/* Beside the edges of a plane. */
static uint32_t pair_at(const uint16_t *from, int x, int last, int shift)
{
    return pair(from[sv_clip(x, 0, last)], from[sv_clip(x + 1, 0, last)], shift);
}

/* `count` words of pairs of neighbours, the first of them at sample x, and every `step`. */
static void load_pairs(uint32_t *to, const uint16_t *from, int count, int x, int step, int last,
                       int shift)
{
    int inside = sv_clip((step - 1 - x) / step, 0, count);
    int outside = sv_clip((last - x + step - 1) / step, inside, count);
    for (int i = 0; i < inside; i++) {
        to[i] = pair_at(from, x + step * i, last, shift);
    }
    for (int i = inside; i < outside; i++) {
        const uint16_t *two = from + x + step * i;
        to[i] = pair(two[0], two[1], shift);
    }
    for (int i = outside; i < count; i++) {
        to[i] = pair_at(from, x + step * i, last, shift);
    }
}

/* A row of cells: of each plane, each row of a cell, each pair of samples of that. */
static void load_row(const tile *t, const span *s)
{
    const sv_nn_job *job = t->run->job;
    const sv_nn_ring *ring = &job->model->rings[s->ring];
    int scale = scale_of(job->model, s->ring), cell = ring->cell, pairs = (cell + 1) / 2;
    int x = (t->x * scale + s->first) * cell, y = (t->y * scale + s->row) * cell;
    for (int i = 0; i < ring->lines; i++) {
        const sv_nn_plane *plane = &job->planes[i / (pairs * cell)];
        int from_y = sv_clip(y + i / pairs % cell, 0, job->height - 1);
        load_pairs(line_of(t, 0, s->ring, s->row, i) + s->first,
                   plane->data + from_y * plane->stride, s->end - s->first, x + 2 * (i % pairs),
                   cell, job->width - 1, job->shift);
    }
}

/* --- the layers ----------------------------------------------------------------------------- */

/* A line of a source of larger cells, `ratio` times: what the span and the kernel's taps need. */
static uint32_t *repeat(const tile *t, const span *s, const uint32_t *from, int ratio, int number)
{
    const svac2_model *model = t->run->job->model;
    uint32_t *to = t->memory + t->run->rings[SV_NN_RINGS_MAX] +
                   number * line_words(t->run, s->ring) + model->radius * scale_of(model, s->ring);
    int shift = sv_floor_log2((uint32_t)ratio);
    for (int x = (s->first - 1) >> shift; x <= s->end >> shift; x++) {
        for (int i = 0; i < ratio; i++) {
            to[x * ratio + i] = from[x];
        }
    }
    return to;
}

static_assert((int)SV_NN_HEAD_GROUPS_MAX <= (int)SV_NN_WORDS_MAX, "the head's of all views fit");

/* The words that a layer's outputs in a span need, by number; of the head those of all views, one
 * after the other. */
typedef struct input_words {
    const uint32_t *in[SV_NN_WORDS_MAX];
    int count, repeated; /* lines that were */
} input_words;

/* Where the word of a tap stands among those of its group's taps, row by row. Layers that read
 * other layers have the weights of the first view: their taps are turned instead. */
static int number_of_tap(const sv_nn_layer *layer, int view, int row, int tap)
{
    const int number = row * layer->taps + tap;
    return sv_nn_reads_planes(layer) ? number : sv_nn_turned(view, layer->kernel, number);
}

/* Enters a line, the words of all taps of a group in a row of the kernel. */
static void enter_line(const tile *t, const span *s, int row, int group, const uint32_t *line,
                       input_words *to)
{
    const sv_nn_layer *layer = &t->run->job->model->layers[s->ring - SV_NN_LEVELS];
    for (int tap = 0; tap < layer->taps; tap++) {
        const int number = number_of_tap(layer, s->view, row, tap);
        const int word =
            (number / layer->taps * layer->groups + group) * layer->taps + number % layer->taps;
        to->in[to->count + word] = line + s->first + layer->step * tap - layer->kernel / 2;
    }
}

static void gather_row(const tile *t, const span *s, int kernel_row, input_words *to)
{
    const svac2_model *model = t->run->job->model;
    const int index = s->ring - SV_NN_LEVELS,
              y = s->row + kernel_row - model->layers[index].kernel / 2;
    int group = 0;
    for (int bit = 0; bit <= index; bit++) {
        if ((model->layers[index].sources >> bit & 1) == 0) {
            continue;
        }
        int source = sv_nn_source(model, index, bit);
        int ratio = model->rings[source].cell / model->rings[s->ring].cell;
        int row = y >> sv_floor_log2((uint32_t)ratio);
        for (int i = 0; i < model->rings[source].lines; i++) {
            const uint32_t *line = line_of(t, s->view, source, row, i);
            if (ratio > 1) {
                line = repeat(t, s, line, ratio, to->repeated++);
            }
            enter_line(t, s, kernel_row, group++, line, to);
        }
    }
}

static void gather(const tile *t, const span *s, input_words *to)
{
    const sv_nn_layer *layer = &t->run->job->model->layers[s->ring - SV_NN_LEVELS];
    for (int row = 0; row < layer->kernel; row++) {
        gather_row(t, s, row, to);
    }
    to->count += layer->words;
}

static void compute_row(const tile *t, const span *s)
{
    const sv_nn_job *job = t->run->job;
    const int index = s->ring - SV_NN_LEVELS;
    const sv_nn_kernels *kernels = &t->run->kernels;
    input_words needed; /* not cleared: it is large */
    uint32_t *out[SV_NN_OUTPUTS_MAX / 4];
    needed.count = needed.repeated = 0;
    gather(t, s, &needed);
    for (int i = 0; i < job->model->rings[s->ring].lines; i++) {
        out[i] = line_of(t, s->view, s->ring, s->row, i) + s->first;
    }
    (sv_nn_reads_planes(&job->model->layers[index]) ? kernels->conv_planes : kernels->conv_bytes)(
        out, needed.in, &job->model->sets[job->set].layers[s->view][index], s->end - s->first);
}

/* Gives the head's inputs of a row, those of all views, away, block by block. */
static void hand_over(const tile *t, const span *s)
{
    const sv_nn_job *job = t->run->job;
    int scale = scale_of(job->model, s->ring), cell = job->model->cell;
    span block = *s;
    for (; block.first < s->end; block.first = block.end) {
        input_words needed;
        needed.count = needed.repeated = 0;
        block.end = sv_min(block.first + SV_NN_BLOCK_SIZE / cell, s->end);
        for (block.view = 0; block.view < sv_nn_views(job->model); block.view++) {
            gather(t, &block, &needed);
        }
        sv_nn_row out = {.x = (t->x * scale + block.first) * cell,
                         .y = (t->y * scale + s->row) * cell,
                         .features = needed.in,
                         .model = job->model,
                         .kernels = &t->run->kernels};
        out.width = sv_min((block.end - block.first) * cell, job->width - out.x);
        out.height = sv_min(cell, job->height - out.y);
        if (out.height > 0) {
            job->take(job->shared, &out);
        }
    }
}

void sv_nn_residual(const sv_nn_row *row, const sv_nn_mix *mix, int shift,
                    int16_t residual[SV_NN_CELL_MAX][SV_NN_BLOCK_SIZE])
{
    int cell = row->model->cell, columns = (row->width + cell - 1) / cell;
    int groups = sv_nn_views(row->model) * sv_nn_head_of(row->model)->groups;
    for (int phase = 0; phase < sv_nn_phases(row->model); phase++) {
        int16_t line[SV_NN_BLOCK_SIZE];
        row->kernels->head(line, row->features, groups, &mix->phases[phase], shift, columns);
        int16_t *out = residual[phase / cell] + phase % cell;
        for (int x = 0; x < columns; x++) {
            out[x * cell] = line[x];
        }
    }
}

/* --- tiles ---------------------------------------------------------------------------------- */

/* The blocks of a tile that need something of a row of a ring. */
static uint32_t blocks_of(const tile *t, const sv_nn_ring *ring, int row)
{
    int size = SV_NN_BLOCK_SIZE / ring->cell;
    uint32_t blocks = 0;
    for (int i = 0; i < TILE_BLOCK_ROWS; i++) {
        bool near = row >= i * size - ring->reach && row < (i + 1) * size + ring->reach;
        blocks |= near ? t->wanted[i] : 0;
    }
    return blocks;
}

/* Computes what the blocks need of a row, from left to right: what a kernel writes past the end of
 * a span, the next one writes anew. */
static void run_row(const tile *t, int view, int ring, int row)
{
    const svac2_model *model = t->run->job->model;
    const sv_nn_ring *r = &model->rings[ring];
    int size = SV_NN_BLOCK_SIZE / r->cell, width = t->width * scale_of(model, ring);
    uint32_t blocks = blocks_of(t, r, row);
    for (int first = 0, end; blocks >> first != 0; first = end + 1) {
        for (end = first; blocks >> end & 1; end++) {
        }
        span s = {view, ring, row, first * size - r->reach, sv_min(end * size, width) + r->reach};
        if (end > first) {
            (ring < SV_NN_LEVELS                        ? load_row
             : ring < SV_NN_LEVELS + model->layer_count ? compute_row
                                                        : hand_over)(t, &s);
        }
    }
}

/* A step: as many rows as make a row of units. */
static void run_rows(const tile *t, int view, int ring, int step)
{
    const sv_nn_ring *r = &t->run->job->model->rings[ring];
    int scale = scale_of(t->run->job->model, ring), first = step * scale - r->delay;
    int end = sv_min(first + scale, t->height * scale + r->reach);
    for (int row = sv_max(first, -r->reach); row < end; row++) {
        run_row(t, view, ring, row);
    }
}

static void run_layers(const tile *t)
{
    const svac2_model *model = t->run->job->model;
    const int head = SV_NN_LEVELS + model->layer_count, scale = scale_of(model, head);
    const int lag = (model->rings[head].delay + scale - 1) / scale;
    for (int step = -model->radius; step < t->height + lag; step++) {
        for (int ring = 0; ring < SV_NN_LEVELS; ring++) {
            if (model->rings[ring].rows > 0) {
                run_rows(t, 0, ring, step);
            }
        }
        for (int view = 0; view < sv_nn_views(model); view++) {
            for (int ring = SV_NN_LEVELS; ring < head; ring++) {
                run_rows(t, view, ring, step);
            }
        }
        run_rows(t, 0, head, step);
    }
}

/* Those of a row of a tile's blocks that are wanted, bit by bit. */
static uint32_t wanted_blocks(const tile *t, int row)
{
    const sv_nn_job *job = t->run->job;
    const int size = SV_NN_BLOCK_SIZE / job->model->unit;
    const int columns = (job->width + SV_NN_BLOCK_SIZE - 1) / SV_NN_BLOCK_SIZE;
    uint32_t blocks = 0;
    for (int i = 0; i * size < t->width && row * size < t->height; i++) {
        int number = (t->y / size + row) * columns + t->x / size + i;
        bool wanted = job->wanted == NULL || job->wanted[number] != 0;
        blocks |= (uint32_t)wanted << i;
    }
    return blocks;
}

static void run_tile(void *shared, void *scratch, int index)
{
    const run *r = shared;
    tile t = {.run = r, .memory = scratch};
    t.x = index % r->columns * r->tile_width;
    t.y = index / r->columns * r->tile_height;
    t.width = sv_min(r->tile_width, r->width - t.x);
    t.height = sv_min(r->tile_height, r->height - t.y);
    for (int row = 0; row < TILE_BLOCK_ROWS; row++) {
        t.wanted[row] = wanted_blocks(&t, row);
    }
    run_layers(&t);
}

/* Tiles of about equal size, of whole blocks; all in samples. */
static int tile_size(int side, int most)
{
    int count = (side + most - 1) / most, size = (side + count - 1) / count;
    return (size + SV_NN_BLOCK_SIZE - 1) / SV_NN_BLOCK_SIZE * SV_NN_BLOCK_SIZE;
}

/* Lines that a layer reads repeated, the head those of all views. */
static int repeated_lines(const svac2_model *model, int layer)
{
    int lines = 0;
    for (int bit = 1; bit <= layer; bit++) {
        const sv_nn_ring *from = &model->rings[SV_NN_LEVELS + bit - 1];
        bool repeats = from->cell > model->rings[SV_NN_LEVELS + layer].cell;
        lines += repeats && model->layers[layer].sources >> bit & 1 ? from->lines : 0;
    }
    return lines * model->layers[layer].kernel *
           (layer < model->layer_count ? 1 : sv_nn_views(model));
}

/* Lays a worker's memory out; returns its words. */
static size_t lay_out(run *r)
{
    const svac2_model *model = r->job->model;
    size_t words = 0, repeated = 0;
    for (int ring = 0; ring < SV_NN_LEVELS + model->layer_count; ring++) {
        r->rings[ring] = words;
        words += (size_t)(model->rings[ring].rows * model->rings[ring].lines * line_words(r, ring));
    }
    r->view_words = words - r->rings[SV_NN_LEVELS];
    words += r->view_words * (size_t)(sv_nn_views(model) - 1);
    r->rings[SV_NN_RINGS_MAX] = words;
    for (int layer = 0; layer <= model->layer_count; layer++) {
        size_t lines = (size_t)repeated_lines(model, layer);
        size_t needed = lines * (size_t)line_words(r, SV_NN_LEVELS + layer);
        repeated = needed > repeated ? needed : repeated;
    }
    return words + repeated;
}

uint64_t sv_nn_cost(const svac2_model *model)
{
    enum { PRODUCTS_PER_UNIT = 750000 }; /* about 75 products of bytes in a nanosecond */
    uint64_t products = 0;
    for (int i = 0; i <= model->layer_count; i++) {
        const sv_nn_layer *layer = &model->layers[i];
        int side = SV_NN_BLOCK_SIZE / model->rings[SV_NN_LEVELS + i].cell;
        products += (uint64_t)(side * side) * (uint64_t)(4 * layer->words * layer->outputs);
    }
    return 1 + products * (uint64_t)sv_nn_views(model) / PRODUCTS_PER_UNIT;
}

svac2_status sv_nn_run(const sv_nn_job *job, sv_env *env, svac2_error *error)
{
    const int unit = job->model->unit;
    run r = {.job = job, .width = (job->width + unit - 1) / unit};
    sv_nn_kernels_init(&r.kernels, env->cpu);
    r.height = (job->height + unit - 1) / unit;
    r.tile_width =
        tile_size(job->width, job->tile_width != 0 ? job->tile_width : TILE_WIDTH) / unit;
    r.tile_height =
        tile_size(job->height, job->tile_height != 0 ? job->tile_height : TILE_HEIGHT) / unit;
    r.columns = (r.width + r.tile_width - 1) / r.tile_width;
    r.rows = (r.height + r.tile_height - 1) / r.tile_height;
    uint64_t blocks = (uint64_t)(r.tile_width * unit / SV_NN_BLOCK_SIZE) *
                      (uint64_t)(r.tile_height * unit / SV_NN_BLOCK_SIZE);
    sv_rows rows = {.count = r.columns * r.rows,
                    .cost = blocks * sv_nn_cost(job->model),
                    .scratch = lay_out(&r) * sizeof(uint32_t),
                    .shared = &r,
                    .run = run_tile};
    return sv_parallel_rows(env, &rows, error);
}
