/* Luma blocks: directions by SATD, the best of them and the transform sets by full cost. */
#include "enc/search.h"

#include "common/intmath.h"
#include "recon/intra.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CANDIDATES_MAX = 8 };

typedef struct candidate {
    int mode;
    double cost;
} candidate;

typedef struct mode_search {
    sv_search *search;
    const sv_cu *cu;
    sv_intra_refs refs;
    const uint16_t *original;
    ptrdiff_t stride;
    uint8_t probable[SV_MPM_COUNT];
    double mode_cost[SV_MODE_LUMA_COUNT]; /* of coding the mode, in units of SATD */
    bool tried[SV_MODE_LUMA_COUNT];
    candidate best[CANDIDATES_MAX]; /* cheapest first */
    int count, wanted;
} mode_search;

static void try_mode(mode_search *m, int mode)
{
    if (m->tried[mode]) {
        return;
    }
    m->tried[mode] = true;
    const sv_dsp *dsp = &m->search->frame.dsp;
    int width = 1 << m->cu->log2_w, height = 1 << m->cu->log2_h;
    uint16_t *prediction = m->search->prediction[0];
    sv_intra_predict(dsp, &m->refs, mode, prediction, width);
    double cost = m->mode_cost[mode] +
                  dsp->satd(m->original, m->stride, prediction, width, width, height);
    int at = m->count < m->wanted ? m->count++ : m->wanted;
    while (at > 0 && m->best[at - 1].cost > cost) {
        if (at < m->wanted) {
            m->best[at] = m->best[at - 1];
        }
        at--;
    }
    if (at < m->wanted) {
        m->best[at] = (candidate){mode, cost};
    }
}

static void price_modes(mode_search *m)
{
    /* SATD counts like 1.x times the absolute error, whose lambda is the root of the squared one's. */
    double scale = sqrt(m->search->job->lambda) / SV_PRICE_ONE_BIT;
    sv_cu cu = *m->cu;
    bool is_probable[SV_MODE_LUMA_COUNT] = {false};
    for (int i = 0; i < SV_MPM_COUNT; i++) {
        is_probable[m->probable[i]] = true;
    }
    double other = -1; /* the modes that are not probable cost about the same */
    for (int mode = SV_MODE_LUMA_COUNT - 1; mode >= 0; mode--) {
        if (is_probable[mode] || other < 0) {
            cu.mode = (uint8_t)mode;
            double cost = scale * (double)sv_price_luma_mode(&m->search->contexts, &cu, m->probable);
            m->mode_cost[mode] = cost;
            other = is_probable[mode] ? other : cost;
        } else {
            m->mode_cost[mode] = other;
        }
    }
}

static void shortlist_modes(mode_search *m)
{
    const sv_effort *effort = m->search->job->effort;
    price_modes(m);
    try_mode(m, SV_MODE_PLANAR);
    try_mode(m, SV_MODE_DC);
    for (int mode = SV_MODE_FIRST_ANGULAR; mode < SV_MODE_LUMA_COUNT; mode += effort->mode_step) {
        try_mode(m, mode);
    }
    for (int i = 0; i < SV_MPM_COUNT; i++) {
        try_mode(m, m->probable[i]);
    }
    for (int step = effort->mode_step / 2; step > 0; step /= 2) {
        int centres[2], count = 0;
        for (int i = 0; i < m->count && count < 2; i++) {
            if (m->best[i].mode >= SV_MODE_FIRST_ANGULAR) {
                centres[count++] = m->best[i].mode;
            }
        }
        for (int i = 0; i < count; i++) {
            for (int side = -step; side <= step; side += 2 * step) {
                int mode = centres[i] + side;
                if (mode >= SV_MODE_FIRST_ANGULAR && mode < SV_MODE_LUMA_COUNT) {
                    try_mode(m, mode);
                }
            }
        }
    }
}

/* Full cost of the mode and transform set in *cu; the prediction is in search->prediction[0]. */
static double full_cost(sv_search *search, sv_cu *cu, const uint8_t probable[SV_MPM_COUNT], int16_t *levels)
{
    double cost = sv_search_residual(search, cu, 0, search->prediction[0], levels);
    uint64_t bits = sv_price_luma_mode(&search->contexts, cu, probable);
    return cost + sv_rate_cost(search, bits);
}

typedef struct block_choice {
    double cost;
    sv_cu cu; /* its levels are in search->best_levels */
} block_choice;

/* Tries a mode, whose prediction is in search->prediction[0], with a transform set. */
static void try_block(const mode_search *m, int mode, sv_tx_set tx, block_choice *choice)
{
    sv_search *search = m->search;
    const sv_cu *cu = m->cu;
    sv_cu trial = *cu;
    trial.mode = (uint8_t)mode;
    trial.tx = (uint8_t)tx;
    double cost = full_cost(search, &trial, m->probable, search->trial_levels);
    if (cost == (double)INFINITY) { /* only the first level is left: the set cannot be coded */
        trial.tx = SV_TX_DCT2;
        cost = full_cost(search, &trial, m->probable, search->trial_levels);
    }
    if (cost < choice->cost) {
        choice->cost = cost;
        choice->cu = trial;
        memcpy(search->best_levels, search->trial_levels,
               sv_level_area(cu->log2_w, cu->log2_h) * sizeof(int16_t));
    }
}

double sv_search_luma_block(sv_search *search, sv_cu *cu)
{
    const sv_search_job *job = search->job;
    const sv_dsp *dsp = &search->frame.dsp;
    const sv_plane *source = &job->source->planes[0], *plane = &search->frame.picture.planes[0];
    mode_search m = {.search = search, .cu = cu, .stride = source->stride,
                     .original = source->data + cu->y * source->stride + cu->x,
                     .wanted = sv_max(job->effort->modes_tried, 2)};
    sv_intra_gather(&m.refs, plane, &search->frame.layout.maps[SV_TREE_LUMA], cu->x, cu->y, cu->log2_w,
                    cu->log2_h, true);
    sv_most_probable_modes(&search->frame.layout.maps[SV_TREE_LUMA], cu->x, cu->y, cu->log2_w, cu->log2_h,
                           m.probable);
    block_choice choice = {.cost = INFINITY, .cu = *cu};
    sv_known_block *known = sv_search_known(search, cu);
    if (known->ctu == search->ctu) {
        sv_intra_predict(dsp, &m.refs, known->mode, search->prediction[0], 1 << cu->log2_w);
        try_block(&m, known->mode, (sv_tx_set)known->tx, &choice);
        *cu = choice.cu;
        return choice.cost;
    }
    shortlist_modes(&m);
    bool tx_choice = sv_tx_choice(SV_TREE_LUMA, cu->log2_w, cu->log2_h);
    /* Modes compete with the set that fits most blocks of their size; the best mode then tries others. */
    sv_tx_set usual = tx_choice && job->effort->tx_sets_tried > 1 && cu->log2_w + cu->log2_h <= 8 ? SV_TX_DST7 : SV_TX_DCT2;
    for (int i = 0; i < sv_min(m.count, job->effort->modes_tried); i++) {
        if (m.best[i].cost > (getenv("SR") ? atof(getenv("SR")) : 99) * m.best[0].cost) { break; }
        sv_intra_predict(dsp, &m.refs, m.best[i].mode, search->prediction[0], 1 << cu->log2_w);
        try_block(&m, m.best[i].mode, usual, &choice);
    }
    if (tx_choice && job->effort->tx_sets_tried > 1 && choice.cu.cbf != 0) {
        sv_intra_predict(dsp, &m.refs, choice.cu.mode, search->prediction[0], 1 << cu->log2_w);
        for (int tx = 0; tx < job->effort->tx_sets_tried; tx++) {
            if (tx != (int)usual) {
                try_block(&m, choice.cu.mode, (sv_tx_set)tx, &choice);
            }
        }
    }
    *known = (sv_known_block){search->ctu, choice.cu.mode, choice.cu.tx};
    *cu = choice.cu;
    return choice.cost;
}
