#include "enc/alf_search.h"

#include <math.h>
#include <string.h>

#include "common/memory.h"
#include "common/status.h"
#include "enc/alf_fit.h"
#include "recon/alf.h"

enum { ROUNDS = 2 };

/* The search for one plane. */
typedef struct search {
    const sv_plane *source, *reconstruction;
    const sv_dsp *dsp;
    sv_alf_cost cost;
    int plane, ctu_size, ctu_cols, ctu_rows;
    sv_alf_stats stats[SV_ALF_CLASSES]; /* chroma uses the first */
    uint64_t *error_off, *error_on;     /* per CTU: squared error without and with the filter */
    uint8_t *on;                        /* per CTU */
} search;

static const uint16_t *source_at(const search *s, const sv_alf_tile *tile, int x, int y)
{
    return s->source->data + (tile->y + y) * s->source->stride + tile->x + x;
}

/* Offsets of the pairs in a tile, in the order of the coefficients. */
static void luma_offsets(ptrdiff_t offsets[SV_ALF_ORIENTATIONS][SV_ALF_LUMA_COEFS])
{
    for (int o = 0; o < SV_ALF_ORIENTATIONS; o++) {
        uint8_t tap_of[SV_ALF_LUMA_COEFS];
        sv_alf_orient(o, tap_of);
        for (int k = 0; k < SV_ALF_LUMA_COEFS; k++) {
            sv_tap tap = sv_alf_luma_taps[tap_of[k]];
            offsets[o][k] = tap.y * SV_ALF_TILE_STRIDE + tap.x;
        }
    }
}

static void gather_luma(search *s, const sv_alf_tile *tile)
{
    ptrdiff_t offsets[SV_ALF_ORIENTATIONS][SV_ALF_LUMA_COEFS];
    luma_offsets(offsets);
    for (int y = 0; y < tile->height; y += 4) {
        uint8_t classes[SV_ALF_TILE_BLOCKS];
        s->dsp->alf_classify(classes, sv_alf_tile_at(tile, 0, y), SV_ALF_TILE_STRIDE,
                             tile->width / 4);
        for (int x = 0; x < tile->width; x += 4) {
            int class = classes[x / 4];
            s->dsp->alf_gather(s->stats[class / SV_ALF_ORIENTATIONS].sums,
                               sv_alf_tile_at(tile, x, y), SV_ALF_TILE_STRIDE,
                               source_at(s, tile, x, y), s->source->stride,
                               offsets[class % SV_ALF_ORIENTATIONS], SV_ALF_LUMA_COEFS);
        }
    }
}

static void gather_chroma(search *s, const sv_alf_tile *tile)
{
    ptrdiff_t offsets[SV_ALF_CHROMA_COEFS];
    for (int k = 0; k < SV_ALF_CHROMA_COEFS; k++) {
        offsets[k] = sv_alf_chroma_taps[k].y * SV_ALF_TILE_STRIDE + sv_alf_chroma_taps[k].x;
    }
    for (int y = 0; y < tile->height; y += 4) {
        for (int x = 0; x < tile->width; x += 4) {
            s->dsp->alf_gather(s->stats[0].sums, sv_alf_tile_at(tile, x, y), SV_ALF_TILE_STRIDE,
                               source_at(s, tile, x, y), s->source->stride, offsets,
                               SV_ALF_CHROMA_COEFS);
        }
    }
}

/* Statistics of the CTUs that are on. */
static void gather(search *s)
{
    memset(s->stats, 0, sizeof s->stats);
    for (int i = 0; i < s->ctu_cols * s->ctu_rows; i++) {
        sv_alf_tile tile;
        if (!s->on[i]) {
            continue;
        }
        sv_alf_load_tile(&tile, s->reconstruction, s->ctu_size, i % s->ctu_cols, i / s->ctu_cols);
        if (s->plane == 0) {
            gather_luma(s, &tile);
        } else {
            gather_chroma(s, &tile);
        }
    }
}

/* Fits filters to the statistics; returns their bits. */
static double fit(const search *s, sv_alf_params *params)
{
    if (s->plane == 0) {
        sv_alf_fit_luma(params, s->stats, s->cost);
        return sv_alf_luma_bits(params);
    }
    int8_t *coefs = params->chroma[s->plane - 1];
    params->chroma_on[s->plane - 1] = 1;
    sv_alf_fit_filter(coefs, s->stats, SV_ALF_CHROMA_COEFS, sv_alf_chroma_orders, s->cost);
    return sv_alf_filter_bits(coefs, SV_ALF_CHROMA_COEFS, sv_alf_chroma_orders);
}

static void measure_off(const search *s)
{
    for (int i = 0; i < s->ctu_cols * s->ctu_rows; i++) {
        sv_alf_tile tile;
        sv_alf_load_tile(&tile, s->reconstruction, s->ctu_size, i % s->ctu_cols, i / s->ctu_cols);
        s->error_off[i] = s->dsp->sse(sv_alf_tile_at(&tile, 0, 0), SV_ALF_TILE_STRIDE,
                                      source_at(s, &tile, 0, 0), s->source->stride, tile.width,
                                      tile.height);
    }
}

static void measure_on(const search *s, const sv_alf_params *params)
{
    uint16_t filtered[SV_CTU_SIZE * SV_CTU_SIZE];
    sv_alf_filters filters;
    sv_alf_expand(&filters, params);
    for (int i = 0; i < s->ctu_cols * s->ctu_rows; i++) {
        sv_alf_tile tile;
        sv_alf_load_tile(&tile, s->reconstruction, s->ctu_size, i % s->ctu_cols, i / s->ctu_cols);
        if (s->plane == 0) {
            sv_alf_filter_luma(&tile, &filters, s->dsp, filtered, SV_CTU_SIZE);
        } else {
            sv_alf_filter_chroma(&tile, &filters, s->plane - 1, s->dsp, filtered, SV_CTU_SIZE);
        }
        s->error_on[i] = s->dsp->sse(filtered, SV_CTU_SIZE, source_at(s, &tile, 0, 0),
                                     s->source->stride, tile.width, tile.height);
    }
}

/* Bits of a flag that is set in `set` of `count` CTUs. */
static double flag_bits(int set, int count) { return -log2((set + 0.5) / (count + 1)); }

/* Chooses the flags; starts from prices that follow from the flags before. Returns the cost of
 * errors and flags. */
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
        gather(s);
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

svac2_status sv_alf_search(sv_alf_params *params, uint8_t *ctu_flags, const sv_picture *source,
                           const sv_picture *reconstruction, double lambda, const double weights[3],
                           const sv_dsp *dsp, svac2_error *error)
{
    search s = {
        .dsp = dsp,
        .ctu_cols = (source->planes[0].width + SV_CTU_SIZE - 1) / SV_CTU_SIZE,
        .ctu_rows = (source->planes[0].height + SV_CTU_SIZE - 1) / SV_CTU_SIZE,
    };
    size_t count = (size_t)s.ctu_cols * (size_t)s.ctu_rows;
    memset(params, 0, sizeof *params);
    memset(ctu_flags, 0, count);
    s.error_off = sv_alloc(count, sizeof *s.error_off);
    s.error_on = sv_alloc(count, sizeof *s.error_on);
    s.on = sv_alloc(count, sizeof *s.on);
    svac2_status status = SVAC2_OK;
    if (s.error_off == NULL || s.error_on == NULL || s.on == NULL) {
        status = sv_fail(error, SVAC2_ERR_MEMORY, "no memory to search the adaptive loop filter");
    }
    for (int p = 0; p < source->plane_count && status == SVAC2_OK; p++) {
        s.plane = p;
        s.source = &source->planes[p];
        s.reconstruction = &reconstruction->planes[p];
        s.ctu_size = SV_CTU_SIZE >> (p > 0 ? source->chroma_shift : 0);
        s.cost = (sv_alf_cost){.weight = weights[p], .lambda = lambda};
        search_plane(&s, params, ctu_flags);
    }
    sv_free(s.error_off);
    sv_free(s.error_on);
    sv_free(s.on);
    return status;
}
