#include "enc/layer.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "common/intmath.h"
#include "common/memory.h"
#include "common/parallel.h"
#include "enc/alf_search.h"
#include "enc/chroma_restoration_search.h"
#include "enc/cost.h"
#include "enc/luma_restoration_search.h"
#include "enc/tree_search.h"
#include "format/wave.h"
#include "image/scale.h"
#include "recon/loop_filter.h"

/* What the workers share. */
typedef struct search_rows {
    sv_layer *layer;
    sv_wave wave; /* whose contexts price the rows */
} search_rows;

/* How chroma counts and is quantised, by the number of directions that it is halved in. */
typedef struct chroma_scale {
    double spread; /* pixels that a sample covers, less a little that interpolation smooths away */
    int qp_offsets[2];
} chroma_scale;

static chroma_scale chroma_scale_of(const sv_picture *picture)
{
    /* About the quantisers that fit the planes' weights, squared steps in inverse proportion; that
     * of Cb is finer, as its residual serves Cr, too: measured (docs/tools.md). */
    static const chroma_scale scales[] = {{1, {-1, 2}}, {1.95, {-4, -2}}, {3.8, {-8, -6}}};
    const sv_component *chroma = sv_chroma_of(&picture->components);
    return scales[chroma->shift_x + chroma->shift_y];
}

static void set_weights(sv_search_job *job)
{
    double spread = chroma_scale_of(job->source).spread;
    job->weight[0] = 1;
    job->weight[1] = spread * sv_chroma_weight[0];
    job->weight[2] = spread * sv_chroma_weight[1];
    job->lambda_root = sqrt(job->lambda);
    for (int p = 0; p < 3; p++) {
        job->weight_root[p] = sqrt(job->weight[p]);
    }
}

/* The wave of the contexts that price the rows: as they will be written, or with more rows under
 * way at once. In one stream they go from row to row with the only worker. */
static int search_wave(const sv_layer *layer)
{
    return layer->job.effort->as_written ? sv_layer_wave(&layer->frame.layout) : SV_WAVE_MAX;
}

static bool start_row(search_rows *rows, sv_tree_search *search, int row)
{
    sv_context_set *contexts = &search->at.contexts;
    sv_tree_search_start(search, &rows->layer->job);
    if (!sv_wave_wait(&rows->wave, row)) {
        return false;
    }
    if (row == 0) {
        sv_contexts_init(contexts, rows->layer->frame.qp[0]);
    }
    sv_wave_enter(&rows->wave, row, contexts);
    return true;
}

static void search_row(void *shared, void *scratch, int row)
{
    search_rows *rows = shared;
    sv_layer *layer = rows->layer;
    sv_tree_search *search = scratch;
    sv_wavefront *front = &rows->wave.front;
    int columns = layer->frame.layout.ctu_cols;
    if (!start_row(rows, search, row)) {
        return;
    }
    for (int column = 0; column < columns; column++) {
        if (!sv_wavefront_wait(front, row, column, 2)) {
            return;
        }
        sv_search_ctu(search, column, row,
                      &layer->trees[(row * columns + column) * SV_COMPONENTS_MAX]);
        sv_wave_advance(&rows->wave, column, row, &search->at.contexts);
        if (!sv_env_advance(layer->task->env, layer->job.effort->cost)) {
            sv_wavefront_stop(front);
        }
    }
}

/* With its signs. */
static sv_ctu_tree *alloc_tree(const sv_component *component)
{
    const size_t size = sv_ctu_tree_size(component), levels = sv_ctu_tree_levels(component);
    sv_ctu_tree *tree = sv_alloc(1, size + levels * sizeof *tree->signs);
    if (tree != NULL) {
        tree->signs = (sv_coded_sign *)(tree->levels + levels);
    }
    return tree;
}

static svac2_status allocate(search_rows *rows, svac2_error *error)
{
    sv_layer *layer = rows->layer;
    const sv_layout *layout = &layer->frame.layout;
    bool complete = true;
    layer->ctu_count = layout->ctu_cols * layout->ctu_rows;
    layer->trees =
        sv_alloc_zeroed((size_t)layer->ctu_count * SV_COMPONENTS_MAX, sizeof *layer->trees);
    for (int i = 0; layer->trees != NULL && i < layer->ctu_count * SV_COMPONENTS_MAX; i++) {
        int tree = i % SV_COMPONENTS_MAX;
        if (tree < layout->components.count) {
            layer->trees[i] = alloc_tree(&layout->components.list[tree]);
            complete &= layer->trees[i] != NULL;
        }
    }
    if (layer->trees == NULL || !complete) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory to encode %dx%d samples", layout->width,
                       layout->height);
    }
    return sv_wave_create(&rows->wave, search_wave(layer), layout->ctu_rows, layout->ctu_cols,
                          error);
}

static svac2_status search_picture(sv_layer *layer, svac2_error *error)
{
    const sv_layout *layout = &layer->frame.layout;
    search_rows shared = {.layer = layer};
    svac2_status status = allocate(&shared, error);
    if (status == SVAC2_OK) {
        sv_rows rows = {.count = layout->ctu_rows,
                        .cost = (uint64_t)layout->ctu_cols * layer->job.effort->cost,
                        .most = 1 << search_wave(layer),
                        .scratch = sizeof(sv_tree_search),
                        .shared = &shared,
                        .run = search_row,
                        .reports = true};
        status = sv_parallel_rows(layer->task->env, &rows, error);
    }
    sv_wave_destroy(&shared.wave);
    return status;
}

static svac2_status filter_picture(sv_layer *layer, svac2_error *error)
{
    const sv_layer_task *task = layer->task;
    sv_frame *frame = &layer->frame;
    SV_TRY(sv_deblock_picture(frame, task->env, error));
    SV_TRY(sv_alf_search(&layer->header.alf, frame->layout.alf_flags, task->source, &frame->picture,
                         layer->job.lambda, layer->job.weight, &frame->dsp, task->env, error));
    sv_frame_configure(frame, task->qp, &layer->header);
    return sv_alf_picture(frame, &layer->header.alf, task->env, error);
}

/* Starts with the colour of the picture's first corner, so that what is flat stays as it is. */
static void choose_start(int start[SV_PLANES_MAX], const sv_picture *source, sv_format format)
{
    enum { AREA = SV_UNIT_SIZE * SV_UNIT_SIZE };
    for (int p = 0; p < source->components.plane_count; p++) {
        const sv_plane *plane = &source->planes[p];
        int sum = AREA / 2;
        for (int i = 0; i < AREA; i++) {
            sum += plane->data[i / SV_UNIT_SIZE * plane->stride + i % SV_UNIT_SIZE];
        }
        start[p] = sum / AREA - format.zero;
    }
}

svac2_status sv_layer_code(sv_layer *layer, const sv_layer_task *task, svac2_error *error)
{
    sv_frame *frame = &layer->frame;
    memset(layer, 0, sizeof *layer);
    layer->task = task;
    layer->header.whole = task->whole;
    const sv_frame_task size = {.width = task->width,
                                .height = task->height,
                                .components = task->source->components,
                                .lower = task->lower,
                                .dsp = task->dsp,
                                .keep_planes = task->keep_planes};
    SV_TRY(sv_frame_create(frame, &size, error));
    for (int i = 0; i < 2; i++) {
        layer->header.chroma_qp_offset[i] = chroma_scale_of(task->source).qp_offsets[i];
    }
    if (task->lower == NULL) {
        choose_start(layer->header.start, task->source, frame->dsp.format);
    }
    layer->header.quantisation = sv_effort_of(task->effort)->choice == SV_BY_TRELLIS
                                     ? SV_QUANTISATION_DEPENDENT
                                     : SV_QUANTISATION_PLAIN;
    sv_frame_configure(frame, task->qp, &layer->header);
    layer->job = (sv_search_job){.frame = frame,
                                 .source = task->source,
                                 .effort = sv_effort_of(task->effort),
                                 .lambda = sv_lambda(task->dsp->format, task->qp)};
    set_weights(&layer->job);
    SV_TRY(search_picture(layer, error));
    return filter_picture(layer, error);
}

svac2_status sv_layer_search_luma_restoration(sv_layer *layer, const svac2_model *model,
                                              svac2_error *error)
{
    const sv_layer_task *task = layer->task;
    sv_frame *frame = &layer->frame;
    sv_restoration_search search = {
        .model = model,
        .qp = task->qp,
        .source = &task->source->planes[0],
        .decoded = sv_restoration_input_of(frame, (int)task->width, (int)task->height),
        .dsp = &frame->dsp,
        .lambda = layer->job.lambda};
    SV_TRY(sv_search_luma_restoration(&search, &layer->header.restoration,
                                      frame->layout.restoration_blocks, task->env, error));
    sv_frame_configure(frame, task->qp, &layer->header);
    return SVAC2_OK;
}

void sv_layer_leave_luma(sv_layer *layer)
{
    layer->header.restoration = (sv_restoration_params){0};
    sv_frame_configure(&layer->frame, layer->task->qp, &layer->header);
}

void sv_layer_leave_restoration(sv_layer *layer)
{
    layer->header.chroma_restoration = (sv_chroma_restoration_params){0};
    sv_layer_leave_luma(layer);
}

svac2_status sv_layer_search_chroma_restoration(sv_layer *layer, const svac2_image *image,
                                                const sv_picture *source, svac2_error *error)
{
    const sv_layer_task *task = layer->task;
    sv_frame *frame = &layer->frame;
    sv_chroma_restoration_search search = {.image = image,
                                           .source = source,
                                           .decoded = &frame->picture,
                                           .dsp = &frame->dsp,
                                           .width = (int)task->width,
                                           .height = (int)task->height,
                                           .lambda = layer->job.lambda};
    return sv_search_chroma_restoration(&search, &layer->header.chroma_restoration, task->env,
                                        error);
}

void sv_layer_destroy(sv_layer *layer)
{
    for (int i = 0; layer->trees != NULL && i < layer->ctu_count * SV_COMPONENTS_MAX; i++) {
        sv_free(layer->trees[i]);
    }
    sv_free(layer->trees);
    layer->trees = NULL;
    sv_frame_destroy(&layer->frame);
}

int sv_layer_effort(int effort, int scale) { return sv_min(effort + scale, SVAC2_MAX_EFFORT); }

uint64_t sv_layer_work(uint32_t width, uint32_t height, int scale, int effort)
{
    uint64_t ctus = sv_ctus_of(sv_scaled_size(width, scale), sv_scaled_size(height, scale));
    return ctus * (sv_effort_of(effort)->cost + SV_COST_DEBLOCK + SV_COST_ALF);
}

double sv_layer_error(const sv_layer *layer)
{
    const sv_frame *frame = &layer->frame;
    double error = 0;
    const sv_component *chroma = sv_chroma_of(&frame->picture.components);
    assert(chroma->shift_x == sv_chroma_of(&frame->layout.components)->shift_x &&
           chroma->shift_y == sv_chroma_of(&frame->layout.components)->shift_y);
    (void)chroma;
    for (int p = 0; p < frame->picture.components.plane_count; p++) {
        const sv_plane *source = &layer->task->source->planes[p];
        const sv_plane *coded = &frame->picture.planes[p];
        error += layer->job.weight[p] * (double)frame->dsp.sse(source->data, source->stride,
                                                               coded->data, coded->stride,
                                                               coded->width, coded->height);
    }
    return error;
}
