#include "enc/alf_search.h"

#include <string.h>

#include "common/memory.h"
#include "common/status.h"
#include "enc/alf_fit.h"
#include "entropy/syntax.h"
#include "recon/alf.h"

enum { ROUNDS = 2 };

typedef struct search {
    const sv_picture *source, *reconstruction;
    const sv_dsp *dsp;
    const sv_component *chroma;
    int ctu_cols, ctu_rows;
    int plane; /* the one that is searched */
    sv_fit_cost cost;
    sv_alf_tiles tiles; /* of the reconstruction */
    sv_alf_tile targets[SV_PLANES_MAX];
    uint16_t filtered[SV_CTU_SIZE * SV_CTU_SIZE];
    sv_alf_filters filters;
    sv_alf_luma_stats luma_stats[SV_ALF_CLASSES];
    /* Per CTU: */
    sv_alf_chroma_stats *chroma_stats;
    uint64_t *error_off, *error_on; /* squared error without and with the filter */
    uint8_t *on;
} search;

static void load_tile(sv_alf_tile *tile, const search *s, const sv_picture *picture, int plane,
                      int ctu)
{
    sv_alf_load_tile(tile, picture, plane, NULL, ctu % s->ctu_cols, ctu / s->ctu_cols);
}

/* What the filters of the plane need of a CTU. */
static void load_ctu(search *s, int ctu)
{
    for (int p = 0; p < (s->plane > 0 ? s->source->components.plane_count : 1); p++) {
        load_tile(&s->tiles.planes[p], s, s->reconstruction, p, ctu);
    }
    if (s->plane > 0) {
        sv_alf_load_phases(&s->tiles, s->chroma);
    }
}

/* The error to be corrected as a feature: target + sample - 2 * sample. */
static void add_target(const search *s, const uint16_t **terms, int plane)
{
    terms[0] = sv_alf_tile_at(&s->targets[plane], 0, 0);
    terms[1] = terms[2] = sv_alf_tile_at(&s->tiles.planes[plane], 0, 0);
}

static void luma_features(const search *s, const uint16_t *terms[3 * SV_ALF_FEATURES_MAX],
                          int orientation)
{
    uint8_t tap_of[SV_ALF_LUMA_PAIRS];
    sv_alf_orient(orientation, tap_of);
    for (int k = 0; k < SV_ALF_LUMA_PAIRS; k++) {
        sv_tap tap = sv_alf_luma_taps[tap_of[k]];
        terms[3 * k] = sv_alf_tile_at(&s->tiles.planes[0], tap.x, tap.y);
        terms[3 * k + 1] = sv_alf_tile_at(&s->tiles.planes[0], -tap.x, -tap.y);
        terms[3 * k + 2] = sv_alf_tile_at(&s->tiles.planes[0], 0, 0);
    }
    add_target(s, terms + 3 * SV_ALF_LUMA_PAIRS, 0);
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

/* Statistics of the CTUs that are on. */
static void gather_luma(search *s)
{
    enum { FEATURES = SV_ALF_LUMA_PAIRS + 1 };
    const sv_alf_tile *tile = &s->tiles.planes[0];
    const uint16_t *terms[SV_ALF_ORIENTATIONS][3 * SV_ALF_FEATURES_MAX];
    queue queues[SV_ALF_CLASSES];
    for (int o = 0; o < SV_ALF_ORIENTATIONS; o++) {
        luma_features(s, terms[o], o);
    }
    memset(s->luma_stats, 0, sizeof s->luma_stats);
    memset(queues, 0, sizeof queues);
    for (int ctu = 0; ctu < s->ctu_cols * s->ctu_rows; ctu++) {
        if (!s->on[ctu]) {
            continue;
        }
        load_ctu(s, ctu);
        load_tile(&s->targets[0], s, s->source, 0, ctu);
        for (int y = 0; y < tile->height; y += 4) {
            uint8_t classes[SV_ALF_TILE_BLOCKS];
            s->dsp->alf_classify(classes, sv_alf_tile_at(tile, 0, y), SV_ALF_TILE_STRIDE,
                                 tile->width / 4, sv_alf_activity_shift(s->dsp->format));
            for (int x = 0; x < tile->width; x += 4) {
                int class = classes[x / 4] / SV_ALF_ORIENTATIONS;
                push(&queues[class], terms[classes[x / 4] % SV_ALF_ORIENTATIONS], x, y,
                     s->luma_stats[class].sums, s->dsp, FEATURES);
            }
        }
        for (int c = 0; c < SV_ALF_CLASSES; c++) {
            flush(&queues[c], s->luma_stats[c].sums, s->dsp, FEATURES);
        }
    }
}

/* Statistics of both planes, per CTU; in 4:4:4 every other block stands for two. */
static void gather_chroma(search *s)
{
    const sv_alf_tile *tile = &s->tiles.planes[1];
    const uint16_t *terms[3 * SV_ALF_FEATURES_MAX];
    int count = sv_alf_chroma_features(terms, &s->tiles, 0, s->chroma);
    add_target(s, terms + 3 * count, 1);
    add_target(s, terms + 3 * (count + 1), 2);
    for (int ctu = 0; ctu < s->ctu_cols * s->ctu_rows; ctu++) {
        sv_alf_chroma_stats *stats = &s->chroma_stats[ctu];
        queue blocks = {.count = 0};
        memset(stats, 0, sizeof *stats);
        load_ctu(s, ctu);
        load_tile(&s->targets[1], s, s->source, 1, ctu);
        load_tile(&s->targets[2], s, s->source, 2, ctu);
        for (int y = 0; y < tile->height; y += 4) {
            for (int x = 0; x < tile->width; x += 4) {
                if (!sv_is_full_size(s->chroma) || ((x ^ y) & 4) == 0) {
                    push(&blocks, terms, x, y, stats->sums, s->dsp, count + 2);
                }
            }
        }
        flush(&blocks, stats->sums, s->dsp, count + 2);
    }
}

/* Fits filters to the CTUs that are on; returns their bits. */
static double fit(search *s, sv_alf_params *params)
{
    if (s->plane == 0) {
        gather_luma(s);
        sv_alf_fit_luma(params, s->luma_stats, s->cost);
        return sv_alf_luma_bits(params);
    }
    sv_alf_chroma_stats total = {{0}};
    const int blocks_per_sum = sv_is_full_size(s->chroma) ? 2 : 1;
    for (int ctu = 0; ctu < s->ctu_cols * s->ctu_rows; ctu++) {
        for (int i = 0; i < SV_ALF_CHROMA_SUMS && s->on[ctu]; i++) {
            total.sums[i] += s->chroma_stats[ctu].sums[i] * blocks_per_sum;
        }
    }
    sv_alf_fit_chroma(params, &total, s->plane - 1, s->chroma, s->cost);
    return sv_alf_chroma_bits(params, s->plane - 1, s->chroma);
}

/* Squared error of samples that stand for the CTU in the tile. */
static uint64_t squared_error(const search *s, const uint16_t *samples, ptrdiff_t stride)
{
    const sv_alf_tile *tile = &s->tiles.planes[s->plane];
    const sv_plane *source = &s->source->planes[s->plane];
    return s->dsp->sse(samples, stride, source->data + tile->y * source->stride + tile->x,
                       source->stride, tile->width, tile->height);
}

static void measure_off(search *s)
{
    sv_alf_tile *tile = &s->tiles.planes[s->plane];
    for (int ctu = 0; ctu < s->ctu_cols * s->ctu_rows; ctu++) {
        load_tile(tile, s, s->reconstruction, s->plane, ctu);
        s->error_off[ctu] = squared_error(s, sv_alf_tile_at(tile, 0, 0), SV_ALF_TILE_STRIDE);
    }
}

static void measure_on(search *s, const sv_alf_params *params)
{
    sv_alf_expand(&s->filters, params, s->chroma);
    for (int ctu = 0; ctu < s->ctu_cols * s->ctu_rows; ctu++) {
        load_ctu(s, ctu);
        if (s->plane == 0) {
            sv_alf_filter_luma(&s->tiles.planes[0], &s->filters, s->dsp, s->filtered, SV_CTU_SIZE);
        } else {
            sv_alf_filter_chroma(&s->tiles, &s->filters, s->plane - 1, s->chroma, s->dsp,
                                 s->filtered, SV_CTU_SIZE);
        }
        s->error_on[ctu] = squared_error(s, s->filtered, SV_CTU_SIZE);
    }
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

static void search_plane(search *s, sv_alf_params *params, uint8_t *ctu_flags)
{
    int count = s->ctu_cols * s->ctu_rows;
    sv_alf_params trial = *params;
    double best = 0;
    measure_off(s);
    for (int i = 0; i < count; i++) {
        best += s->cost.weight * (double)s->error_off[i];
        s->on[i] = 1;
    }
    for (int round = 0; round < ROUNDS; round++) {
        double total = s->cost.lambda * fit(s, &trial);
        measure_on(s, &trial);
        total += choose_flags(s);
        if (total < best) {
            best = total;
            *params = trial;
            for (int i = 0; i < count; i++) {
                ctu_flags[i] = (uint8_t)((ctu_flags[i] & ~(1u << s->plane)) | s->on[i] << s->plane);
            }
        }
    }
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
                           const double weights[SV_PLANES_MAX], const sv_dsp *dsp,
                           svac2_error *error)
{
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
    for (int p = 0; p < source->components.plane_count; p++) {
        s->plane = p;
        s->cost = (sv_fit_cost){.weight = weights[p], .lambda = lambda};
        if (p == 1) {
            gather_chroma(s);
        }
        search_plane(s, params, ctu_flags);
    }
    destroy(s);
    return SVAC2_OK;
}
