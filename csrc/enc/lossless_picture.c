#include "enc/lossless_picture.h"

#include "common/memory.h"
#include "enc/file.h"
#include "enc/invisible.h"
#include "enc/lossless.h"
#include "enc/lossless_search.h"
#include "recon/lossless.h"

enum { PREVIEW_QP = 32 * SVAC2_QP_ONE }; /* of a base layer, unless the caller chose */

/* What is coded, and into what. */
typedef struct lossless_picture {
    sv_planes planes, below; /* colour; the base layer, up-scaled, if there is one */
    sv_bytes base, whole;
    int max_error; /* of the whole picture's samples, as coded */
    bool drawn;
} lossless_picture;

static bool has_base(const sv_encoder *e) { return e->job.options->mode == SVAC2_MODE_MULTISCALE; }

static svac2_status code_base(sv_encoder *e, lossless_picture *p, svac2_error *error)
{
    const svac2_encode_options *options = e->job.options;
    const sv_region whole = sv_encoder_whole(e);
    sv_variant *v = &e->variants[1];
    e->job.qp = options->base_qp == SVAC2_BASE_QP_CHOSEN ? PREVIEW_QP : options->base_qp;
    SV_TRY(sv_encoder_take_image(e, error));
    SV_TRY(sv_variant_code_base(v, &e->job, &whole, e->job.qp, error));
    SV_TRY(sv_layer_write(&v->layers[0], &p->base, error));
    SV_TRY(sv_planes_from_picture(&p->below, &v->lower, &e->job.dsp, whole.width, whole.height,
                                  e->job.env, error));
    sv_encoder_forget(e);
    return SVAC2_OK;
}

static svac2_status code_planes(sv_encoder *e, lossless_picture *p, int max_error,
                                svac2_error *error)
{
    const sv_lossless_task task = {.depth = (int)e->image->bit_depth,
                                   .max_error = max_error,
                                   .effort = e->job.options->effort,
                                   .below = has_base(e) ? &p->below : NULL,
                                   .env = e->job.env};
    p->max_error = max_error;
    SV_TRY(sv_planes_from_image(&p->planes, e->image, error));
    if (max_error > 0) {
        SV_TRY(sv_look_drawn(&p->planes, task.depth, &p->drawn, error));
    }
    return sv_lossless_encode(&p->planes, &task, &p->whole, error);
}

/* Drawn pictures may be smaller without error, which then costs nothing. */
static svac2_status try_exact(sv_encoder *e, lossless_picture *p, svac2_error *error)
{
    lossless_picture exact = {.below = p->below};
    svac2_status status = code_planes(e, &exact, 0, error);
    const bool smaller = status == SVAC2_OK && exact.whole.size <= p->whole.size;
    lossless_picture *rest = smaller ? p : &exact;
    sv_planes_destroy(&rest->planes);
    sv_free(rest->whole.data);
    if (smaller) {
        p->planes = exact.planes;
        p->whole = exact.whole;
        p->max_error = 0;
    }
    return status;
}

static svac2_status code_whole(sv_encoder *e, lossless_picture *p, svac2_error *error)
{
    const svac2_encode_options *options = e->job.options;
    if (e->parts.count > SV_PART_ALPHA && !options->exact) {
        bool fast = options->effort <= SV_FAST_EFFORT_MAX;
        (fast ? sv_blacken_invisible : sv_repeat_visible)(&e->parts);
    }
    SV_TRY(code_planes(e, p, options->max_error, error));
    return p->max_error > 0 && p->drawn ? try_exact(e, p, error) : SVAC2_OK;
}

static svac2_status write_file(const sv_encoder *e, const lossless_picture *p, sv_bytes *out,
                               svac2_error *error)
{
    const svac2_encode_options *options = e->job.options;
    sv_file_header file = sv_encoder_header(e);
    sv_bytes payloads[SVAC2_MAX_LAYERS];
    if (has_base(e)) {
        payloads[file.layer_count] = p->base;
        file.layers[file.layer_count++] = (sv_layer_header){
            .scale = (uint32_t)options->base_log2_scale, .parts = {{SV_PART_BLOCKS, e->job.qp, 0}}};
    }
    payloads[file.layer_count] = p->whole;
    file.layers[file.layer_count++] =
        (sv_layer_header){.parts = {{SV_PART_LOSSLESS, p->max_error, 0}}};
    return sv_join_file(&file, payloads, &e->alpha, options, out, error);
}

static svac2_status code(sv_encoder *e, lossless_picture *p, sv_bytes *out, svac2_error *error)
{
    e->job.subsampling = e->image->channels == 1 ? SVAC2_SUBSAMPLING_400 : SVAC2_SUBSAMPLING_444;
    SV_TRY(sv_encoder_code_alpha(e, error));
    if (has_base(e)) {
        SV_TRY(code_base(e, p, error));
    }
    SV_TRY(code_whole(e, p, error));
    SV_TRY(write_file(e, p, out, error));
    if (e->job.options->reconstruction == NULL) {
        return SVAC2_OK;
    }
    const sv_output output = sv_output_packed(e->image, e->job.options->reconstruction);
    return sv_planes_to_image(&p->planes, &output, error);
}

static uint64_t work_of(const sv_encoder *e)
{
    const svac2_image *image = e->image;
    const sv_region whole = sv_encoder_whole(e);
    uint64_t base = has_base(e) ? sv_variant_base_work(&e->job, &whole) : 0;
    return sv_encoder_alpha_work(e) + base +
           sv_lossless_cost(image->width, image->height, image->channels);
}

svac2_status sv_encode_lossless(sv_encoder *e, sv_bytes *out, svac2_error *error)
{
    lossless_picture p = {.base = {NULL, 0}};
    sv_env_expect(e->job.env, work_of(e));
    svac2_status status = code(e, &p, out, error);
    sv_planes_destroy(&p.planes);
    sv_planes_destroy(&p.below);
    sv_free(p.base.data);
    sv_free(p.whole.data);
    return status;
}
