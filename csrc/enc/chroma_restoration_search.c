/* Least squares: the corrections are linear in the factors, so that one run with each factor alone
 * gives the sums from which the error is known for all their mixes. */
#include "enc/chroma_restoration_search.h"

#include <assert.h>
#include <string.h>

#include "common/intmath.h"
#include "common/memory.h"
#include "common/parallel.h"
#include "enc/cost.h"
#include "enc/least_squares.h"
#include "image/rows.h"
#include "recon/restore_chroma.h"

enum {
    FACTORS = SV_CHROMA_FACTORS, /* of a plane */
    GATHER_COST = 20,            /* of a CTU, to gather sums (common/env.h) */
    COMPARE_COST = 8,            /* to confirm the factors */
    SINGLE = 2 /* what a factor is when it is tried alone: rounding tells less than at 1 */
};

static const uint8_t orders[FACTORS] = {SV_CHROMA_FACTOR_ORDER, SV_CHROMA_FACTOR_ORDER,
                                        SV_CHROMA_FACTOR_ORDER, SV_CHROMA_FACTOR_ORDER,
                                        SV_CHROMA_FACTOR_ORDER, SV_CHROMA_FACTOR_ORDER};

static_assert(FACTORS == 6, "each has its order");

/* Squared error of a sample that the sums do not see: rounding to whole levels. */
static const double ROUNDING_ERROR = 1.0 / 12;

/* Sums over a plane, of products of 16-bit numbers: exact up to 2^33 samples. */
typedef struct plane_sums {
    int64_t energy, b[FACTORS], a[FACTORS][FACTORS]; /* as in sv_quadratic; a[k][j], j <= k */
} plane_sums;

/* What a worker has for itself. */
typedef struct worker {
    const sv_chroma_restoration_search *in;
    sv_chroma_strip strip;
    plane_sums sums[2];
    int64_t change; /* of the squared error of R, G and B */
} worker;

typedef struct search {
    const sv_chroma_restoration_search *in;
    sv_chroma_cells cells;
    sv_chroma_restoration_params single[FACTORS];
    sv_chroma_mix mixes[FACTORS];
    sv_chroma_mix chosen;
    plane_sums totals[2];
    int64_t change;
} search;

/* A row of a plane: what is wanted, and what each factor alone gives. */
static void add_row(plane_sums *sums, const sv_dsp *dsp, const int16_t *target,
                    int16_t corrections[FACTORS][SV_STRIP], int count)
{
    sums->energy += dsp->dot(target, target, count);
    for (int k = 0; k < FACTORS; k++) {
        sums->b[k] += dsp->dot(target, corrections[k], count);
        for (int j = 0; j <= k; j++) {
            sums->a[k][j] += dsp->dot(corrections[j], corrections[k], count);
        }
    }
}

static void add_samples(void *user, const sv_chroma_strip *strip, int y)
{
    worker *w = user;
    const int columns = strip->columns;
    for (int p = 0; p < 2; p++) {
        const sv_plane *source = &w->in->source->planes[1 + p];
        const uint16_t *wanted = source->data + y * source->stride + strip->left;
        const uint16_t *found = sv_chroma_strip_row(strip, 1 + p, y);
        int16_t target[SV_STRIP], corrections[FACTORS][SV_STRIP];
        for (int x = 0; x < columns; x++) {
            target[x] = sv_saturate16(wanted[x] - found[x]);
        }
        for (int k = 0; k < FACTORS; k++) {
            sv_chroma_strip_corrections(strip, k, p, y, corrections[k]);
        }
        add_row(&w->sums[p], w->in->dsp, target, corrections, columns);
    }
}

static void run_strips(const search *s, worker *w, const sv_chroma_mix *mixes, int mix_count,
                       sv_chroma_take *take, int row)
{
    w->in = s->in;
    w->strip.cells = &s->cells;
    w->strip.mixes = mixes;
    w->strip.mix_count = mix_count;
    for (int x = 0; x < sv_chroma_strips(s->in->width); x++) {
        sv_chroma_strip_run(&w->strip, x, row, take, w);
    }
}

static void add_strips(void *shared, void *scratch, int row)
{
    const search *s = shared;
    run_strips(s, scratch, s->mixes, FACTORS, add_samples, row);
}

static void merge_sums(void *shared, void *scratch)
{
    search *s = shared;
    const worker *w = scratch;
    for (int p = 0; p < 2; p++) {
        plane_sums *total = &s->totals[p];
        total->energy += w->sums[p].energy;
        for (int k = 0; k < FACTORS; k++) {
            total->b[k] += w->sums[p].b[k];
            for (int j = 0; j <= k; j++) {
                total->a[k][j] += w->sums[p].a[k][j];
            }
        }
    }
}

/* wanted: samples of the image. */
static int64_t rgb_error(const sv_dsp *dsp, const uint16_t *luma, const uint16_t *cb,
                         const uint16_t *cr, const void *wanted, int count)
{
    uint16_t rgb[3 * SV_STRIP]; /* or bytes */
    sv_row_to_rgb(dsp, rgb, luma, cb, cr, count);
    return (int64_t)sv_row_error(rgb, wanted, 3 * count, dsp->format.image_depth);
}

/* By how much the chosen factors change the error of the image. */
static void compare_samples(void *user, const sv_chroma_strip *strip, int y)
{
    worker *w = user;
    const sv_dsp *dsp = w->in->dsp;
    const ptrdiff_t pixel = 3 * (ptrdiff_t)sv_sample_size(dsp->format.image_depth);
    const uint8_t *wanted =
        (const uint8_t *)w->in->image->data + y * w->in->image->stride + pixel * strip->left;
    const uint16_t *rows[3];
    uint16_t restored[2][SV_STRIP];
    for (int p = 0; p < 3; p++) {
        rows[p] = sv_chroma_strip_row(strip, p, y);
    }
    for (int p = 0; p < 2; p++) {
        int16_t corrections[SV_STRIP];
        sv_chroma_strip_corrections(strip, 0, p, y, corrections);
        dsp->add_corrections(restored[p], rows[1 + p], corrections, strip->columns,
                             dsp->format.max);
    }
    w->change += rgb_error(dsp, rows[0], restored[0], restored[1], wanted, strip->columns) -
                 rgb_error(dsp, rows[0], rows[1], rows[2], wanted, strip->columns);
}

static void compare_strips(void *shared, void *scratch, int row)
{
    const search *s = shared;
    run_strips(s, scratch, &s->chosen, 1, compare_samples, row);
}

static void merge_change(void *shared, void *scratch)
{
    search *s = shared;
    const worker *w = scratch;
    s->change += w->change;
}

/* Rows of CTUs. */
static sv_rows rows_of(search *s, int cost)
{
    return (sv_rows){.count = sv_ctu_count((uint32_t)s->in->height),
                     .cost = (uint64_t)(cost * sv_ctu_count((uint32_t)s->in->width)),
                     .scratch = sizeof(worker),
                     .shared = s};
}

/* Takes the factors back where the image comes out no better. */
static svac2_status confirm(search *s, sv_chroma_restoration_params *params, sv_env *env,
                            svac2_error *error)
{
    if (!params->on) {
        return SVAC2_OK;
    }
    SV_TRY(sv_chroma_mix_create(&s->chosen, &s->cells, params, error));
    sv_rows rows = rows_of(s, COMPARE_COST);
    rows.run = compare_strips;
    rows.merge = merge_change;
    SV_TRY(sv_parallel_rows(env, &rows, error));
    if (s->change >= 0) {
        memset(params, 0, sizeof *params);
    }
    return SVAC2_OK;
}

static svac2_status gather(search *s, sv_env *env, svac2_error *error)
{
    const sv_chroma_restoration_search *in = s->in;
    SV_TRY(
        sv_chroma_cells_create(&s->cells, in->decoded, in->dsp, in->width, in->height, env, error));
    for (int k = 0; k < FACTORS; k++) {
        for (int p = 0; p < 2; p++) {
            s->single[k].factors[p][k] = SINGLE << SV_CHROMA_FACTOR_SHIFT;
        }
        SV_TRY(sv_chroma_mix_create(&s->mixes[k], &s->cells, &s->single[k], error));
    }
    sv_rows rows = rows_of(s, GATHER_COST);
    rows.run = add_strips;
    rows.merge = merge_sums;
    return sv_parallel_rows(env, &rows, error);
}

/* Brings sums from SINGLE to a factor of one. */
static void make_quadratic(sv_quadratic *q, const plane_sums *sums)
{
    q->count = FACTORS;
    q->energy = (double)sums->energy;
    for (int k = 0; k < FACTORS; k++) {
        q->b[k] = (double)sums->b[k] / SINGLE;
        for (int j = 0; j <= k; j++) {
            q->a[k][j] = q->a[j][k] = (double)sums->a[k][j] / (SINGLE * SINGLE);
        }
    }
}

static void choose(const sv_chroma_restoration_search *in, const plane_sums sums[2],
                   sv_chroma_restoration_params *params)
{
    static const sv_coefficient_code code = {SV_CHROMA_FACTOR_SHIFT, orders};
    const int8_t none[FACTORS] = {0};
    double rounding = (double)in->width * in->height * ROUNDING_ERROR, saved = 0;
    for (int p = 0; p < 2; p++) {
        sv_fit_cost cost = {sv_chroma_weight[p], in->lambda};
        int8_t *factors = params->factors[p];
        sv_quadratic q;
        make_quadratic(&q, &sums[p]);
        double with = sv_fit_coefficients(factors, &q, code, cost) + cost.weight * rounding;
        double without =
            cost.weight * q.energy + cost.lambda * sv_coefficient_bits(none, FACTORS, orders);
        if (with < without) {
            saved += without - with;
        } else {
            memset(factors, 0, FACTORS);
        }
    }
    for (int p = 0; p < 2; p++) {
        saved -= in->lambda * sv_coefficient_bits(none, FACTORS, orders);
    }
    params->on = saved > 0;
    if (!params->on) {
        memset(params->factors, 0, sizeof params->factors);
    }
}

uint64_t sv_chroma_restoration_search_cost(void)
{
    return SV_COST_CHROMA_CELLS + GATHER_COST + COMPARE_COST;
}

svac2_status sv_search_chroma_restoration(const sv_chroma_restoration_search *in,
                                          sv_chroma_restoration_params *params, sv_env *env,
                                          svac2_error *error)
{
    search *s = sv_alloc_zeroed(1, sizeof *s);
    if (s == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory to search how to restore chroma");
    }
    s->in = in;
    svac2_status status = gather(s, env, error);
    if (status == SVAC2_OK) {
        choose(in, s->totals, params);
        status = confirm(s, params, env, error);
    }
    sv_chroma_mix_destroy(&s->chosen);
    for (int k = 0; k < FACTORS; k++) {
        sv_chroma_mix_destroy(&s->mixes[k]);
    }
    sv_chroma_cells_free_sums(&s->cells);
    sv_free(s);
    return status;
}
