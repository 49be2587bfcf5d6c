#include "enc/variant.h"

#include <math.h>
#include <string.h>

#include "common/intmath.h"
#include "common/memory.h"
#include "enc/cost.h"
#include "image/scale.h"
#include "recon/loop_filter.h"
#include "recon/restore_luma.h"

/* Trials for the quantiser of a base layer, from that of the whole picture on: finer ones cost more
 * than prediction from them gains (docs/tools.md). */
enum { BASE_QP_STEP = 2 * SVAC2_QP_ONE, BASE_QP_TRIALS = 6, BASE_QP_EFFORT = 2, PROBE_EFFORT = 2 };

/* Tuned on training pictures: what a squared error of the base layer counts, beside one of the
 * whole picture. At 1 the base would take 5 % of all bits, at 0 it would not be fit to be seen. */
static const double BASE_ERROR_WEIGHT = 0.5;

static sv_picture view_of(const sv_picture *picture, const sv_region *r, int scale)
{
    return sv_picture_part(picture, r->x >> scale, r->y >> scale,
                           sv_aligned_size(sv_scaled_size(r->width, scale)),
                           sv_aligned_size(sv_scaled_size(r->height, scale)));
}

static sv_layer_task task_of(sv_encode_job *job, const sv_region *r, const sv_picture *source,
                             int scale, int qp, int effort)
{
    return (sv_layer_task){.dsp = &job->dsp,
                           .source = source,
                           .width = sv_scaled_size(r->width, scale),
                           .height = sv_scaled_size(r->height, scale),
                           .qp = qp,
                           .whole = scale == 0,
                           .effort = effort,
                           .env = job->env};
}

static svac2_status upscale_last(sv_variant *v, const sv_encode_job *job, svac2_error *error)
{
    const int last = v->count - 1;
    return sv_picture_upscale(&v->lower, &v->layers[last].frame.picture, v->region.width,
                              v->region.height, v->scales[last], &job->dsp, job->env, error);
}

/* Codes the layer at a scale on top of those that are there. */
static svac2_status add_layer(sv_encode_job *job, sv_variant *v, int scale, int qp,
                              svac2_error *error)
{
    const int i = v->count;
    v->scales[i] = scale;
    v->sources[i] = view_of(&job->sources[scale], &v->region, scale);
    v->tasks[i] = task_of(job, &v->region, &v->sources[i], scale, qp,
                          sv_layer_effort(job->options->effort, scale));
    if (i > 0) {
        SV_TRY(upscale_last(v, job, error));
        v->tasks[i].lower = &v->lower;
    }
    v->tasks[i].keep_planes = v->tasks[i].whole && sv_restoration_needs_planes(job->options->model);
    v->count++;
    return sv_layer_code(&v->layers[i], &v->tasks[i], error);
}

static svac2_status payload_size(sv_layer *layer, size_t *size, svac2_error *error)
{
    sv_bytes payload;
    SV_TRY(sv_layer_write(layer, &payload, error));
    *size = payload.size;
    sv_free(payload.data);
    return SVAC2_OK;
}

/* How many trials there are: none if the caller chose, and within the range of qp. */
static int base_qp_trials(const sv_encode_job *job)
{
    return job->options->base_qp != SVAC2_BASE_QP_CHOSEN
               ? 0
               : sv_min(BASE_QP_TRIALS, 1 + (SVAC2_MAX_QP - job->qp) / BASE_QP_STEP);
}

/* Codes a layer for its bytes and its error. */
static svac2_status try_layer(const sv_layer_task *task, size_t *size, double *squared_error,
                              svac2_error *error)
{
    sv_layer trial;
    svac2_status status = sv_layer_code(&trial, task, error);
    if (status == SVAC2_OK) {
        status = payload_size(&trial, size, error);
    }
    if (status == SVAC2_OK) {
        *squared_error = sv_layer_error(&trial);
    }
    sv_layer_destroy(&trial);
    return status;
}

/* Chooses the qp of the base layer, unless the caller did, by its bits and error alone, in quick
 * trials. */
static svac2_status choose_base_qp(sv_encode_job *job, const sv_region *r, int *chosen,
                                   svac2_error *error)
{
    int scale = job->options->base_log2_scale;
    double lambda = sv_lambda(job->dsp.format, job->qp), least = INFINITY;
    sv_picture source = view_of(&job->sources[scale], r, scale);
    for (int i = 0; i < base_qp_trials(job); i++) {
        int qp = job->qp + i * BASE_QP_STEP;
        sv_layer_task task = task_of(job, r, &source, scale, qp, BASE_QP_EFFORT);
        size_t size;
        double squared_error;
        SV_TRY(try_layer(&task, &size, &squared_error, error));
        double cost = lambda * 8 * (double)size + BASE_ERROR_WEIGHT * squared_error;
        if (cost < least) {
            least = cost;
            *chosen = qp;
        }
    }
    return SVAC2_OK;
}

svac2_status sv_variant_code(sv_variant *v, sv_encode_job *job, const sv_region *r, bool multiscale,
                             svac2_error *error)
{
    v->region = *r;
    if (multiscale) {
        int qp = job->options->base_qp;
        SV_TRY(choose_base_qp(job, r, &qp, error));
        SV_TRY(add_layer(job, v, job->options->base_log2_scale, qp, error));
    }
    return add_layer(job, v, 0, job->qp, error);
}

svac2_status sv_variant_code_base(sv_variant *v, sv_encode_job *job, const sv_region *r, int qp,
                                  svac2_error *error)
{
    v->region = *r;
    SV_TRY(add_layer(job, v, job->options->base_log2_scale, qp, error));
    return upscale_last(v, job, error);
}

svac2_status sv_variant_cost(sv_variant *v, double *cost, svac2_error *error)
{
    sv_layer *last = sv_variant_last(v);
    *cost = sv_layer_error(last);
    for (int i = 0; i < v->count; i++) {
        size_t size;
        SV_TRY(payload_size(&v->layers[i], &size, error));
        *cost += last->job.lambda * 8 * (double)size;
    }
    return SVAC2_OK;
}

svac2_status sv_variant_probe(sv_encode_job *job, const sv_region *r, size_t *size,
                              double *squared_error, svac2_error *error)
{
    sv_picture source = view_of(&job->sources[0], r, 0);
    sv_layer_task task = task_of(job, r, &source, 0, job->qp, PROBE_EFFORT);
    return try_layer(&task, size, squared_error, error);
}

void sv_variant_destroy(sv_variant *v)
{
    for (int i = 0; i < v->count; i++) {
        sv_layer_destroy(&v->layers[i]);
    }
    sv_picture_destroy(&v->lower);
    v->count = 0;
}

uint64_t sv_variant_probe_work(const sv_region *r)
{
    return sv_layer_work(r->width, r->height, 0, PROBE_EFFORT);
}

uint64_t sv_variant_base_work(const sv_encode_job *job, const sv_region *r)
{
    const int scale = job->options->base_log2_scale;
    return SV_COST_UPSCALE * SV_SCALE_MAX * sv_ctus_of(r->width, r->height) +
           sv_layer_work(r->width, r->height, scale, sv_layer_effort(job->options->effort, scale));
}

uint64_t sv_variant_work(const sv_encode_job *job, const sv_region *r, bool multiscale)
{
    int effort = job->options->effort, scale = job->options->base_log2_scale;
    uint64_t work = sv_layer_work(r->width, r->height, 0, effort);
    if (multiscale) {
        work += sv_variant_base_work(job, r) +
                (uint64_t)base_qp_trials(job) *
                    sv_layer_work(r->width, r->height, scale, BASE_QP_EFFORT);
    }
    return work;
}
