#include "enc/alf_search.h"

#include <string.h>

#include "common/memory.h"
#include "common/parallel.h"
#include "common/status.h"
#include "enc/alf_fit.h"
#include "entropy/syntax.h"
#include "recon/alf.h"

#if defined(SVAC2_TRACE_ALF)
/* Training builds only (training/alf_stats.c): gets what filters are fitted to at first. */
void sv_trace_alf_luma(const sv_alf_luma_stats stats[SV_ALF_CLASSES], sv_fit_cost cost);
void sv_trace_alf_chroma(const sv_alf_chroma_stats *stats, int chroma, sv_fit_cost cost);
#endif

enum { ROUNDS = 2, STEP_COST = 1 /* of a CTU, about (common/env.h) */ };

/* What the workers share; each does rows of CTUs. */
typedef struct search {
    const sv_picture *source, *reconstruction;
    const sv_dsp *dsp;
    const sv_component *chroma;
    int ctu_cols, ctu_rows;
    int plane; /* the one that is searched */
    sv_fit_cost cost;
    sv_alf_filters filters;
    sv_alf_luma_stats luma_stats[SV_ALF_CLASSES];
    /* Per CTU: */
    sv_alf_chroma_stats *chroma_stats;
    uint64_t *error_off, *error_on; /* squared error without and with the filter */
    uint8_t *on;
} search;

/* What a worker has for itself. */
typedef struct worker {
    sv_alf_tiles tiles; /* of the reconstruction */
    sv_alf_tile targets[SV_PLANES_MAX];
    uint16_t filtered[SV_CTU_SIZE * SV_CTU_SIZE];
    sv_alf_luma_stats luma_stats[SV_ALF_CLASSES];
} worker;

/* A step of the search, CTU by CTU. */
typedef void ctu_step(search *s, worker *w, int ctu);

static void load_tile(sv_alf_tile *tile, const search *s, const sv_picture *picture, int plane,
                      int ctu)
{
    sv_alf_load_tile(tile, picture, plane, NULL, ctu % s->ctu_cols, ctu / s->ctu_cols);
}

typedef struct step_job {
    search *search;
    ctu_step *step;
} step_job;

static void run_row(void *shared, void *scratch, int row)
{
    const step_job *job = shared;
    const int columns = job->search->ctu_cols;
    for (int ctu = row * columns; ctu < (row + 1) * columns; ctu++) {
        job->step(job->search, scratch, ctu);
    }
}

static svac2_status run_step(search *s, ctu_step *step, void (*merge)(void *shared, void *scratch),
                             sv_env *env, svac2_error *error)
{
    step_job job = {s, step};
    const sv_rows rows = {.count = s->ctu_rows,
                          .cost = STEP_COST * (uint64_t)s->ctu_cols,
                          .scratch = sizeof(worker),
                          .shared = &job,
                          .run = run_row,
                          .merge = merge,
                          .reports = true};
    return sv_parallel_rows(env, &rows, error);
}

/* What the filters of the plane need of a CTU. */
static void load_ctu(const search *s, worker *w, int ctu)
{
    for (int p = 0; p < (s->plane > 0 ? s->source->components.plane_count : 1); p++) {
        load_tile(&w->tiles.planes[p], s, s->reconstruction, p, ctu);
    }
    if (s->plane > 0) {
        sv_alf_load_phases(&w->tiles, s->chroma);
    }
}

/* The error to be corrected as a feature: target + sample - 2 * sample. */
static void add_target(const worker *w, const uint16_t **terms, int plane)
{
    terms[0] = sv_alf_tile_at(&w->targets[plane], 0, 0);
    terms[1] = terms[2] = sv_alf_tile_at(&w->tiles.planes[plane], 0, 0);
}

static void luma_features(const worker *w, const uint16_t *terms[3 * SV_ALF_FEATURES_MAX],
                          int orientation)
{
    uint8_t tap_of[SV_ALF_LUMA_PAIRS];
    sv_alf_orient(orientation, tap_of);
    for (int k = 0; k < SV_ALF_LUMA_PAIRS; k++) {
        sv_tap tap = sv_alf_luma_taps[tap_of[k]];
        terms[3 * k] = sv_alf_tile_at(&w->tiles.planes[0], tap.x, tap.y);
        terms[3 * k + 1] = sv_alf_tile_at(&w->tiles.planes[0], -tap.x, -tap.y);
        terms[3 * k + 2] = sv_alf_tile_at(&w->tiles.planes[0], 0, 0);
    }
    add_target(w, terms + 3 * SV_ALF_LUMA_PAIRS, 0);
}

/* Blocks of one class that wait for their statistics. */
typedef struct queue {
    const uint16_t *const *terms[SV_ALF_BLOCKS_MAX];
    int32_t at[SV_ALF_BLOCKS_MAX];
    int count;
} queue;

static void flush(queue *q, int64_t *sums, const sv_dsp *dsp, int features)
{
    dsp->alf_gather(sums, q->terms, q->at, q->count, SV_ALF_TILE_STRIDE, features);
    q->count = 0;
}

static void push(queue *q, const uint16_t *const *terms, int x, int y, int64_t *sums,
                 const sv_dsp *dsp, int features)
{
    q->terms[q->count] = terms;
    q->at[q->count++] = y * SV_ALF_TILE_STRIDE + x;
    if (q->count == SV_ALF_BLOCKS_MAX) {
        flush(q, sums, dsp, features);
    }
}

/* Adds the statistics of a CTU that is on. */
static void gather_luma_ctu(search *s, worker *w, int ctu)
{
    enum { FEATURES = SV_ALF_LUMA_PAIRS + 1 };
    const sv_alf_tile *tile = &w->tiles.planes[0];
    const uint16_t *terms[SV_ALF_ORIENTATIONS][3 * SV_ALF_FEATURES_MAX];
    queue queues[SV_ALF_CLASSES];
    if (!s->on[ctu]) {
        return;
    }
    for (int o = 0; o < SV_ALF_ORIENTATIONS; o++) {
        luma_features(w, terms[o], o);
    }
    memset(queues, 0, sizeof queues);
    load_ctu(s, w, ctu);
    load_tile(&w->targets[0], s, s->source, 0, ctu);
    for (int y = 0; y < tile->height; y += 4) {
        uint8_t classes[SV_ALF_TILE_BLOCKS];
        s->dsp->alf_classify(classes, sv_alf_tile_at(tile, 0, y), SV_ALF_TILE_STRIDE,
                             tile->width / 4, sv_alf_activity_shift(s->dsp->format));
        for (int x = 0; x < tile->width; x += 4) {
            int class = classes[x / 4] / SV_ALF_ORIENTATIONS;
            push(&queues[class], terms[classes[x / 4] % SV_ALF_ORIENTATIONS], x, y,
                 w->luma_stats[class].sums, s->dsp, FEATURES);
        }
    }
    for (int c = 0; c < SV_ALF_CLASSES; c++) {
        flush(&queues[c], w->luma_stats[c].sums, s->dsp, FEATURES);
    }
}

/* Sums are whole numbers, the same in any order. */
static void merge_luma_stats(void *shared, void *scratch)
{
    step_job *job = shared;
    const worker *w = scratch;
    for (int c = 0; c < SV_ALF_CLASSES; c++) {
        for (int i = 0; i < SV_ALF_LUMA_SUMS; i++) {
            job->search->luma_stats[c].sums[i] += w->luma_stats[c].sums[i];
        }
    }
}

/* Statistics of both planes of a CTU; in 4:4:4 every other block stands for two. */
static void gather_chroma_ctu(search *s, worker *w, int ctu)
{
    const sv_alf_tile *tile = &w->tiles.planes[1];
    const uint16_t *terms[3 * SV_ALF_FEATURES_MAX];
    int count = sv_alf_chroma_features(terms, &w->tiles, s->chroma);
    sv_alf_chroma_stats *stats = &s->chroma_stats[ctu];
    queue blocks = {.count = 0};
    add_target(w, terms + 3 * count, 1);
    add_target(w, terms + 3 * (count + 1), 2);
    memset(stats, 0, sizeof *stats);
    load_ctu(s, w, ctu);
    load_tile(&w->targets[1], s, s->source, 1, ctu);
    load_tile(&w->targets[2], s, s->source, 2, ctu);
    for (int y = 0; y < tile->height; y += 4) {
        for (int x = 0; x < tile->width; x += 4) {
            if (!sv_is_full_size(s->chroma) || ((x ^ y) & 4) == 0) {
                push(&blocks, terms, x, y, stats->sums, s->dsp, count + 2);
            }
        }
    }
    flush(&blocks, stats->sums, s->dsp, count + 2);
}

/* Fits filters to the CTUs that are on; *bits: theirs. */
static svac2_status fit(search *s, sv_alf_params *params, double *bits, sv_env *env,
                        svac2_error *error)
{
    if (s->plane == 0) {
        memset(s->luma_stats, 0, sizeof s->luma_stats);
        SV_TRY(run_step(s, gather_luma_ctu, merge_luma_stats, env, error));
#if defined(SVAC2_TRACE_ALF)
        sv_trace_alf_luma(s->luma_stats, s->cost);
#endif
        sv_alf_fit_luma(params, s->luma_stats, s->cost);
        *bits = sv_alf_luma_bits(params);
        return SVAC2_OK;
    }
    sv_alf_chroma_stats total = {{0}};
    const int blocks_per_sum = sv_is_full_size(s->chroma) ? 2 : 1;
    for (int ctu = 0; ctu < s->ctu_cols * s->ctu_rows; ctu++) {
        for (int i = 0; i < SV_ALF_CHROMA_SUMS && s->on[ctu]; i++) {
            total.sums[i] += s->chroma_stats[ctu].sums[i] * blocks_per_sum;
        }
    }
#if defined(SVAC2_TRACE_ALF)
    sv_trace_alf_chroma(&total, s->plane - 1, s->cost);
#endif
    sv_alf_fit_chroma(params, &total, s->plane - 1, s->chroma, s->cost);
    *bits = sv_alf_chroma_bits(params, s->plane - 1, s->chroma);
    return SVAC2_OK;
}

/* Squared error of samples that stand for the CTU in the tile. */
static uint64_t squared_error(const search *s, const worker *w, const uint16_t *samples,
                              ptrdiff_t stride)
{
    const sv_alf_tile *tile = &w->tiles.planes[s->plane];
    const sv_plane *source = &s->source->planes[s->plane];
    return s->dsp->sse(samples, stride, source->data + tile->y * source->stride + tile->x,
                       source->stride, tile->width, tile->height);
}

static void measure_off(search *s, worker *w, int ctu)
{
    sv_alf_tile *tile = &w->tiles.planes[s->plane];
    load_tile(tile, s, s->reconstruction, s->plane, ctu);
    s->error_off[ctu] = squared_error(s, w, sv_alf_tile_at(tile, 0, 0), SV_ALF_TILE_STRIDE);
}

static void measure_on(search *s, worker *w, int ctu)
{
    load_ctu(s, w, ctu);
    if (s->plane == 0) {
        sv_alf_filter_luma(&w->tiles.planes[0], &s->filters, s->dsp, w->filtered, SV_CTU_SIZE);
    } else {
        const sv_alf_chroma_target target = {
            .planes = {s->plane - 1}, .samples = {w->filtered}, .stride = SV_CTU_SIZE, .count = 1};
        sv_alf_filter_chroma(&w->tiles, &s->filters, &target, s->chroma, s->dsp);
    }
    s->error_on[ctu] = squared_error(s, w, w->filtered, SV_CTU_SIZE);
}

/* Bits of a flag that `set` of `count` CTUs have. */
static double flag_bits(int set, int count)
{
    int64_t share = ((int64_t)(2 * set + 1) << (SV_PROBABILITY_BITS - 1)) / (count + 1);
    return (double)sv_price_at((uint32_t)share, 1) / SV_PRICE_ONE_BIT;
}

/* Chooses the flags by prices that follow from the flags before. Returns the cost of errors and
 * flags. */
static double choose_flags(search *s)
{
    int count = s->ctu_cols * s->ctu_rows, before = 0, now = 0;
    for (int i = 0; i < count; i++) {
        before += s->on[i];
    }
    double price = s->cost.lambda * (flag_bits(before, count) - flag_bits(count - before, count));
    double total = 0;
    for (int i = 0; i < count; i++) {
        double off = s->cost.weight * (double)s->error_off[i];
        double on = s->cost.weight * (double)s->error_on[i];
        s->on[i] = on + price < off;
        now += s->on[i];
        total += s->on[i] ? on : off;
    }
    double bits = now * flag_bits(now, count) + (count - now) * flag_bits(count - now, count);
    return total + s->cost.lambda * bits;
}

static svac2_status search_plane(search *s, sv_alf_params *params, uint8_t *ctu_flags, sv_env *env,
                                 svac2_error *error)
{
    int count = s->ctu_cols * s->ctu_rows;
    sv_alf_params trial = *params;
    double best = 0;
    SV_TRY(run_step(s, measure_off, NULL, env, error));
    for (int i = 0; i < count; i++) {
        best += s->cost.weight * (double)s->error_off[i];
        s->on[i] = 1;
    }
    for (int round = 0; round < ROUNDS; round++) {
        double bits;
        SV_TRY(fit(s, &trial, &bits, env, error));
        sv_alf_expand(&s->filters, &trial, s->chroma);
        SV_TRY(run_step(s, measure_on, NULL, env, error));
        double total = s->cost.lambda * bits + choose_flags(s);
        if (total < best) {
            best = total;
            *params = trial;
            for (int i = 0; i < count; i++) {
                ctu_flags[i] = (uint8_t)((ctu_flags[i] & ~(1u << s->plane)) | s->on[i] << s->plane);
            }
        }
    }
    return SVAC2_OK;
}

static void destroy(search *s)
{
    if (s != NULL) {
        sv_free(s->chroma_stats);
        sv_free(s->error_off);
        sv_free(s->error_on);
        sv_free(s->on);
        sv_free(s);
    }
}

static search *create(const sv_picture *source)
{
    search *s = sv_alloc_zeroed(1, sizeof *s);
    if (s == NULL) {
        return NULL;
    }
    s->ctu_cols = sv_ctu_count((uint32_t)source->planes[0].width);
    s->ctu_rows = sv_ctu_count((uint32_t)source->planes[0].height);
    size_t count = (size_t)s->ctu_cols * (size_t)s->ctu_rows;
    s->chroma_stats =
        sv_alloc(sv_has_chroma(&source->components) ? count : 0, sizeof *s->chroma_stats);
    s->error_off = sv_alloc(count, sizeof *s->error_off);
    s->error_on = sv_alloc(count, sizeof *s->error_on);
    s->on = sv_alloc(count, sizeof *s->on);
    if (s->chroma_stats == NULL || s->error_off == NULL || s->error_on == NULL || s->on == NULL) {
        destroy(s);
        return NULL;
    }
    return s;
}

svac2_status sv_alf_search(sv_alf_params *params, uint8_t *ctu_flags, const sv_picture *source,
                           const sv_picture *reconstruction, double lambda,
                           const double weights[SV_PLANES_MAX], const sv_dsp *dsp, sv_env *env,
                           svac2_error *error)
{
    svac2_status status = SVAC2_OK;
    search *s = create(source);
    if (s == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory to search the adaptive loop filter");
    }
    s->source = source;
    s->reconstruction = reconstruction;
    s->dsp = dsp;
    s->chroma = sv_chroma_of(&source->components);
    memset(params, 0, sizeof *params);
    memset(ctu_flags, 0, (size_t)(s->ctu_cols * s->ctu_rows));
    for (int p = 0; p < source->components.plane_count && status == SVAC2_OK; p++) {
        s->plane = p;
        s->cost = (sv_fit_cost){.weight = weights[p], .lambda = lambda};
        if (p == 1) {
            status = run_step(s, gather_chroma_ctu, NULL, env, error);
        }
        if (status == SVAC2_OK) {
            status = search_plane(s, params, ctu_flags, env, error);
        }
    }
    destroy(s);
    return status;
}
