/* The search for a quantiser. What is to be held down, the bytes of the file or the squared error
 * of the picture, is compared with its limit in octaves. Quick trials of the picture teach where
 * the quantiser lies and by how much a step moves the picture there; then the picture is coded in
 * earnest, again with another quantiser if need be, until the file itself keeps the limit, and
 * hardly more than that. */
#include "enc/target.h"

#include <math.h>

#include "common/intmath.h"
#include "common/memory.h"
#include "enc/cost.h"
#include "format/quantiser.h"
#include "image/color.h"
#include "image/rows.h"

enum {
    PROBES = 3,
    PROBE_NEAR = 3 * SVAC2_QP_ONE / 2, /* no further probe is worth it that near to the last */
    SEARCHES = 3,                      /* as progress expects, */
    SEARCHES_MAX = 6,                  /* until any step that keeps the limit will do */
    RESTORATIONS = 2,                  /* like these */
    RESTORATION_HEAD = 12              /* bytes of the model's name and the restoration of chroma */
};

/* Of the two kinds of targets, tuned on training pictures, in octaves. */
typedef struct kind {
    int direction;      /* of qp, in which what is to be held down falls */
    double rate;        /* by which it falls for a step of the quantiser */
    double tolerance;   /* how far below the limit is near enough */
    double search;      /* what a full search adds to what a probe gives */
    double restoration; /* what restoration adds of squared error */
} kind;

/* Logarithms are that exact. */
static const double ROUNDING = 1.0 / (1 << 20);

static const kind kinds[2] = {
    {1, 1.0 / 60, 0.02, -0.02, 0},        /* bytes */
    {-1, 1.0 / 40, 0.0166, -0.005, -0.05} /* squared error */
};

/* A quantiser is a step here, upwards in the kind's direction. */
typedef struct target {
    sv_encoder *e;
    const kind *kind;
    double limit;    /* log2 of bytes, but for those of alpha, or of squared error */
    double rate;     /* kind->rate, as far as it is known of this picture */
    int first, last; /* steps */
    int bad,
        good; /* the nearest ones that do not and do keep the limit, as far as they were tried */
    int step; /* that was tried last, */
    double excess; /* and how far it was above the limit */
    bool taken;    /* the sources are, for the quantiser */
    int taken_qp;
    bool restored; /* the picture is, as it is coded now */
    bool learned;  /* how much it adds: */
    double restoration;
    sv_bytes file;   /* as the picture is coded, where its size is the target */
    uint8_t *pixels; /* else what decoders put out, in memory of this search or of the caller */
} target;

static bool aims_at_size(const target *t) { return t->kind == &kinds[0]; }
static int qp_of(const target *t, int step) { return step * t->kind->direction; }

static uint64_t samples_of(const svac2_image *image)
{
    return (uint64_t)image->width * image->height * image->channels;
}

static void forget_steps(target *t)
{
    t->bad = t->first - 1;
    t->good = t->last + 1;
}

/* Takes note of what a step gives. */
static void note(target *t, int step, double excess)
{
    if (step != t->step) {
        double rate = (t->excess - excess) / (step - t->step);
        if (rate > t->kind->rate / 3 && rate < t->kind->rate * 3) {
            t->rate = rate;
        }
    }
    t->step = step;
    t->excess = excess;
    if (excess > 0) {
        t->bad = sv_max(t->bad, step);
        t->good = t->good > step ? t->good : t->last + 1; /* it was, before the trees changed */
    } else {
        t->good = sv_min(t->good, step);
        t->bad = t->bad < step ? t->bad : t->first - 1;
    }
}

/* The step that ought to be in the middle of what is near enough. */
static int next_step(const target *t)
{
    double way = (t->excess + t->kind->tolerance / 2) / t->rate;
    int step = t->step + (int)lround(fmax(-1000, fmin(way, 1000)));
    if (step == t->step) {
        step += t->excess > 0 ? 1 : -1;
    }
    step = t->bad + 1 < t->good ? sv_clip(step, t->bad + 1, t->good - 1) : t->good;
    return sv_clip(step, t->first, t->last);
}

/* The nearest step that did keep the limit, or a good deal further. */
static int safe_step(const target *t)
{
    return t->good <= t->last ? t->good : sv_min(t->step + SVAC2_QP_ONE, t->last);
}

/* Whether the last step is the one: none that keeps the limit is nearer, or none keeps it. */
static bool is_reached(const target *t)
{
    return t->excess > 0
               ? t->step == t->last
               : t->excess >= -t->kind->tolerance || t->step == t->first || t->bad + 1 == t->step;
}

/* ---- Measuring ---- */

static double squared_error(const svac2_image *image, const uint8_t *pixels)
{
    int count = (int)(image->width * image->channels);
    double sum = 0;
    for (uint32_t y = 0; y < image->height; y++, pixels += sv_row_size(image)) {
        const uint8_t *from = (const uint8_t *)image->data + (ptrdiff_t)y * image->stride;
        sum += (double)sv_row_error(from, pixels, count, (int)image->bit_depth);
    }
    return sv_log2((uint64_t)fmax(1, fmin(sum, ldexp(1, 63))));
}

/* Memory is for what comes next. */
static void drop_file(target *t)
{
    sv_free(t->file.data);
    t->file = (sv_bytes){NULL, 0};
}

static svac2_status measure_size(target *t, double *value, svac2_error *error)
{
    drop_file(t);
    SV_TRY(sv_encoder_write(t->e, &t->file, error));
    *value = sv_log2(t->file.size - sv_alpha_size(&t->e->alpha));
    return SVAC2_OK;
}

static svac2_status measure_error(target *t, double *value, svac2_error *error)
{
    sv_encoder *e = t->e;
    const svac2_image *image = e->image;
    if (t->restored) { /* what is too small for that is left as it is when it is written */
        drop_file(t);
        SV_TRY(sv_encoder_write(e, &t->file, error));
    }
    const sv_output output = sv_output_packed(image, t->pixels);
    SV_TRY(t->restored
               ? sv_encoder_output(e, t->pixels, error)
               : sv_picture_to_image(&sv_variant_last(e->chosen)->frame.picture, &e->job.dsp,
                                     &output, image->width, image->height, e->job.env, error));
    *value = squared_error(image, t->pixels);
    return SVAC2_OK;
}

static svac2_status measure(target *t, int step, svac2_error *error)
{
    double value;
    SV_TRY((aims_at_size(t) ? measure_size : measure_error)(t, &value, error));
    double excess = value + (t->restored ? 0 : t->restoration) - t->limit;
    bool is_over = aims_at_size(t) && t->file.size > t->e->job.options->target_size;
    note(t, step, is_over ? fmax(excess, ROUNDING) : excess);
    return SVAC2_OK;
}

/* ---- Steps ---- */

/* Where to begin: rate and error of photographs. */
static int usual_step(const target *t)
{
    const svac2_image *image = t->e->image;
    uint64_t samples = samples_of(image);
    int deeper = 2 * ((int)image->bit_depth - 8); /* octaves of squared errors */
    double qp = aims_at_size(t) ? 48 - 7 * (t->limit + 3 - sv_log2(samples / image->channels) + 2.7)
                                : 48 + 5 * (t->limit - deeper - sv_log2(samples) - 6.4);
    int whole = (int)lround(fmax(-63, fmin(qp, 63)));
    return sv_clip(whole * SVAC2_QP_ONE * t->kind->direction, t->first, t->last);
}

/* Makes the sources anew where the subsampling is chosen, and was for quite another quantiser. */
static svac2_status take_image(target *t, int qp, svac2_error *error)
{
    sv_encoder *e = t->e;
    bool chosen =
        e->image->channels > 1 && e->job.options->subsampling == (int32_t)SVAC2_SUBSAMPLING_AUTO;
    e->job.qp = qp;
    if (t->taken && (!chosen || abs(qp - t->taken_qp) <= PROBE_NEAR)) {
        return SVAC2_OK;
    }
    t->taken = true;
    t->taken_qp = qp;
    forget_steps(t);
    return sv_encoder_take_image(e, error);
}

/* Finds the step from which on to search. */
static svac2_status probe(target *t, svac2_error *error)
{
    sv_encoder *e = t->e;
    sv_region whole = sv_encoder_whole(e);
    const int lift = sv_lift(e->job.dsp.format);
    int step = usual_step(t);
    for (int i = 0; i < PROBES; i++) {
        size_t size;
        double squared;
        t->step = i == 0 ? step : t->step;
        SV_TRY(take_image(t, qp_of(t, step), error));
        SV_TRY(sv_variant_probe(&e->job, &whole, &size, &squared, error));
        /* Three equal samples of a pixel, of internal depth. */
        double value = aims_at_size(t) ? sv_log2(size)
                                       : sv_log2((uint64_t)squared + 1) - 2 * lift +
                                             (e->image->channels == 3 ? sv_log2(3) : 0);
        note(t, step, value + t->kind->search + t->restoration - t->limit);
        int wanted = next_step(t);
        bool near = abs(wanted - step) <= PROBE_NEAR;
        step = wanted;
        if (near) {
            break;
        }
    }
    t->step = step;
    return SVAC2_OK;
}

/* What is to be done with so many searches. */
static uint64_t work_of(const target *t, int searches)
{
    return (uint64_t)searches * sv_encoder_coding_work(t->e) +
           RESTORATIONS * sv_encoder_restoration_work(t->e);
}

static svac2_status code(target *t, int step, int left, svac2_error *error)
{
    sv_encoder *e = t->e;
    drop_file(t);
    SV_TRY(take_image(t, qp_of(t, step), error));
    t->restored = e->job.options->model == NULL;
    sv_env_set_left(e->job.env, work_of(t, left));
    SV_TRY(sv_encoder_code(e, work_of(t, left - 1), error));
    return measure(t, step, error);
}

/* Restores a picture that came near enough: it may turn out not to. */
static svac2_status restore(target *t, svac2_error *error)
{
    double before = t->excess - t->restoration;
    drop_file(t);
    SV_TRY(sv_encoder_restore(t->e, error));
    t->restored = true;
    if (!t->learned) {
        forget_steps(t); /* what was thought of them hung on a guess */
    }
    SV_TRY(measure(t, t->step, error));
    t->restoration = t->excess - before;
    t->learned = true;
    if (t->excess > 0 && t->step == t->last && aims_at_size(t)) {
        sv_layer_leave_restoration(sv_variant_last(t->e->chosen));
        SV_TRY(measure(t, t->step, error));
    }
    return SVAC2_OK;
}

/* Codes the picture until the target is reached. */
static svac2_status search(target *t, svac2_error *error)
{
    int step = t->step;
    forget_steps(t);
    for (int tries = 0;; tries++) {
        bool late = tries >= SEARCHES_MAX;
        SV_TRY(code(t, step, sv_max(SEARCHES - tries, 1), error));
        if (!t->restored && (is_reached(t) || (late && t->excess <= 0))) {
            SV_TRY(restore(t, error));
        }
        if (is_reached(t) || (late && t->excess <= 0)) {
            return SVAC2_OK;
        }
        step = late ? safe_step(t) : next_step(t);
    }
}

static svac2_status fail(const target *t, svac2_error *error)
{
    const svac2_encode_options *options = t->e->job.options;
    if (aims_at_size(t)) {
        return sv_fail(
            error, SVAC2_ERR_ARGUMENT,
            "target_size %llu cannot be reached: with the metadata, the coarsest quantiser "
            "takes %zu bytes",
            (unsigned long long)options->target_size, t->file.size);
    }
    double missing = t->excess / sv_log2(10) * 10;
    return sv_fail(error, SVAC2_ERR_ARGUMENT,
                   "target_psnr %g cannot be reached: the finest quantiser gives %.2f dB",
                   options->target_psnr, options->target_psnr - missing);
}

static svac2_status reach(target *t, svac2_error *error)
{
    SV_TRY(probe(t, error));
    SV_TRY(search(t, error));
    return t->excess > 0 ? fail(t, error) : SVAC2_OK;
}

static svac2_status reach_size(target *t, svac2_error *error)
{
    sv_encoder *e = t->e;
    uint8_t *pixels = e->job.options->reconstruction;
    uint64_t size = e->job.options->target_size, alpha = sv_alpha_size(&e->alpha);
    size = size > alpha ? size - alpha : 1;
    t->limit = sv_log2(size);
    if (e->job.options->model != NULL) {
        uint64_t ctus = sv_ctus_of(e->image->width, e->image->height);
        t->restoration = sv_log2(size + RESTORATION_HEAD + ctus / 8) - t->limit;
    }
    SV_TRY(reach(t, error));
    return pixels == NULL ? SVAC2_OK : sv_encoder_output(e, pixels, error);
}

static svac2_status reach_psnr(target *t, svac2_error *error)
{
    sv_encoder *e = t->e;
    uint64_t samples = samples_of(e->image), largest = (uint64_t)sv_image_max(e->job.dsp.format);
    uint64_t bytes = (uint64_t)sv_row_size(e->image) * e->image->height;
    uint8_t *own = NULL;
    t->pixels = e->job.options->reconstruction;
    if (t->pixels == NULL) {
        t->pixels = own = bytes <= SIZE_MAX ? sv_alloc((size_t)bytes, 1) : NULL;
    }
    if (t->pixels == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for the decoded picture");
    }
    t->limit = 2 * sv_log2(largest) + sv_log2(samples) -
               e->job.options->target_psnr * sv_log2(10) / 10 - ROUNDING;
    t->restoration = e->job.options->model != NULL ? t->kind->restoration : 0;
    svac2_status status = reach(t, error);
    sv_free(own);
    return status;
}

svac2_status sv_encode_to_target(sv_encoder *e, sv_bytes *out, svac2_error *error)
{
    bool by_size = e->job.options->target_size > 0;
    target t = {.e = e, .kind = &kinds[by_size ? 0 : 1]};
    sv_region whole = sv_encoder_whole(e);
    t.rate = t.kind->rate;
    int least = sv_qp_min((int)e->image->bit_depth);
    t.first = by_size ? least : -SVAC2_MAX_QP;
    t.last = by_size ? SVAC2_MAX_QP : -least;
    forget_steps(&t);
    sv_env_expect(e->job.env, sv_encoder_alpha_work(e) + PROBES * sv_variant_probe_work(&whole) +
                                  work_of(&t, SEARCHES));
    SV_TRY(sv_encoder_code_alpha(e, error));
    svac2_status status = (by_size ? reach_size : reach_psnr)(&t, error);
    if (status != SVAC2_OK) {
        sv_free(t.file.data);
        return status;
    }
    *out = t.file;
    return SVAC2_OK;
}
