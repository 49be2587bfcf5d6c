/* Luma blocks: directions by SATD, the best of them and the transform sets by full cost. */
#include "enc/block_search.h"

#include "common/intmath.h"
#include "enc/trial.h"
#include "recon/block.h"
#include "recon/intra.h"

#include <math.h>
#include <string.h>

enum { CANDIDATES_MAX = 8 };

/* A mode whose SATD cost is that much above the least one's has never much of a chance. */
static const double HOPELESS = 1.2;

typedef struct candidate {
    int mode, line;
    double cost;
} candidate;

typedef struct mode_search {
    sv_search *search;
    const sv_cu *cu;
    int plane; /* of the picture */
    sv_intra_refs *lines[SV_REFERENCE_LINES];
    int line_count;
    const uint16_t *original;
    ptrdiff_t stride;
    uint16_t *prediction;           /* of the mode tried last */
    sv_level *levels, *best_levels; /* of the block tried last; of the best */
    sv_mode_sites sites;
    bool tried[SV_MODE_INTRA_COUNT];
    candidate best[CANDIDATES_MAX]; /* cheapest first */
    int count, wanted;
} mode_search;

static void predict(const mode_search *m, int mode, int line)
{
    const sv_frame *frame = m->search->frame;
    int width = 1 << m->cu->log2_w;
    if (mode == SV_MODE_INTER_LAYER) {
        sv_predict_inter_layer(frame, m->cu, m->plane, m->prediction, width);
    } else {
        sv_intra_predict(&frame->dsp, m->lines[line], mode, m->prediction, width);
    }
}

/* Puts the mode in its place among the best. mode_cost: of coding it, in units of SATD. */
static void try_candidate(mode_search *m, int mode, int line, double mode_cost)
{
    int width = 1 << m->cu->log2_w, height = 1 << m->cu->log2_h;
    predict(m, mode, line);
    double cost = mode_cost + m->search->frame->dsp.satd(m->original, m->stride, m->prediction,
                                                         width, width, height);
    int at = m->count < m->wanted ? m->count++ : m->wanted;
    while (at > 0 && m->best[at - 1].cost > cost) {
        if (at < m->wanted) {
            m->best[at] = m->best[at - 1];
        }
        at--;
    }
    if (at < m->wanted) {
        m->best[at] = (candidate){mode, line, cost};
    }
}

/* Whether the mode is one that a further line may take, or planar. */
static bool is_probable(const mode_search *m, int mode)
{
    return memchr(m->sites.probable, mode, SV_MPM_COUNT) != NULL;
}

static uint64_t price_mode(const mode_search *m, const sv_cu *cu)
{
    const sv_search *search = m->search;
    return sv_price_luma_mode(&search->contexts, &search->frame->layout, cu, search->tree_index,
                              &m->sites);
}

/* Tries the mode on one of the lines for the shortlist. */
static void try_on_line(mode_search *m, int mode, int line)
{
    /* SATD counts like 1.x times the absolute error, whose lambda is the root of the squared one's.
     */
    const double scale = sqrt(m->search->job->lambda) / SV_PRICE_ONE_BIT;
    sv_cu cu = *m->cu;
    cu.mode = (uint8_t)mode;
    cu.line = (uint8_t)line;
    try_candidate(m, mode, line, scale * (double)price_mode(m, &cu));
}

static void try_mode(mode_search *m, int mode)
{
    if (!m->tried[mode]) {
        m->tried[mode] = true;
        try_on_line(m, mode, 0);
    }
}

static void shortlist_modes(mode_search *m)
{
    const sv_effort *effort = m->search->job->effort;
    try_mode(m, SV_MODE_PLANAR);
    try_mode(m, SV_MODE_DC);
    for (int mode = SV_MODE_FIRST_ANGULAR; mode < SV_MODE_INTRA_COUNT; mode += effort->mode_step) {
        try_mode(m, mode);
    }
    for (int i = 0; i < SV_MPM_COUNT; i++) {
        try_mode(m, m->sites.probable[i]);
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
                if (mode >= SV_MODE_FIRST_ANGULAR && mode < SV_MODE_INTRA_COUNT) {
                    try_mode(m, mode);
                }
            }
        }
    }
}

/* The probable modes from the further reference lines. */
static void try_lines(mode_search *m)
{
    for (int line = 1; line < m->line_count; line++) {
        for (int i = 1; i < SV_MPM_COUNT; i++) { /* not planar */
            try_on_line(m, m->sites.probable[i], line);
        }
    }
}

/* Full cost of the mode, which has been predicted, and transform set in *cu. */
static double full_cost(const mode_search *m, sv_cu *cu)
{
    bool beyond_first;
    double cost = sv_try_residual(m->search, cu, 0, m->prediction, m->levels, &beyond_first);
    return cost + sv_rate_cost(m->search, price_mode(m, cu));
}

typedef struct block_choice {
    double cost;
    sv_cu cu;
} block_choice;

/* Tries a mode, which has been predicted, with a transform set. */
static void try_block(const mode_search *m, int mode, int line, sv_tx_set tx, block_choice *choice)
{
    const sv_cu *cu = m->cu;
    sv_cu trial = *cu;
    trial.mode = (uint8_t)mode;
    trial.line = (uint8_t)line;
    trial.tx = (uint8_t)tx;
    double cost = full_cost(m, &trial);
    if (cost == (double)INFINITY) { /* only the first level is left: the set cannot be coded */
        trial.tx = SV_TX_DCT2;
        cost = full_cost(m, &trial);
    }
    if (cost < choice->cost) {
        choice->cost = cost;
        choice->cu = trial;
        memcpy(m->best_levels, m->levels, sv_level_area(cu->log2_w, cu->log2_h) * sizeof(sv_level));
    }
}

/* Tries a mode, which has been predicted, with the kernels of secondary transforms. */
static void try_secondary(const mode_search *m, int mode, int line, block_choice *choice)
{
    try_block(m, mode, line, SV_TX_SECONDARY, choice);
    try_block(m, mode, line, SV_TX_SECONDARY_2, choice);
}

double sv_search_luma_block(sv_search *search, sv_cu *cu, sv_level *levels)
{
    const sv_search_job *job = search->job;
    const sv_layout *layout = &search->frame->layout;
    const int plane = layout->components.list[search->tree_index].first_plane;
    const sv_plane *source = &job->source->planes[plane];
    const sv_block_map *map = &layout->maps[search->tree_index];
    sv_known_block *known = sv_search_known(search, cu);
    bool again = known->ctu == search->ctu;
    sv_intra_refs refs[SV_REFERENCE_LINES];
    mode_search m = {.search = search,
                     .cu = cu,
                     .plane = plane,
                     .stride = source->stride,
                     .original = source->data + cu->y * source->stride + cu->x,
                     .prediction = search->scratch.prediction[0],
                     .levels = search->scratch.levels,
                     .best_levels = levels,
                     .wanted = sv_max(job->effort->modes_tried, 2),
                     .line_count = sv_line_choice(map, cu->x, cu->y) ? job->effort->lines : 1};
    for (int line = 0; line < m.line_count; line++) {
        m.lines[line] = &refs[line];
        sv_intra_gather(&refs[line], search->frame, cu, plane, sv_line_offset(line));
    }
    m.sites = sv_mode_sites_of(map, cu);
    block_choice choice = {.cost = INFINITY, .cu = *cu};
    if (again && (known->line == 0 || is_probable(&m, known->mode))) {
        predict(&m, known->mode, known->line);
        try_block(&m, known->mode, known->line, (sv_tx_set)known->tx, &choice);
        *cu = choice.cu;
        return choice.cost;
    }
    if (search->frame->lower != NULL) {
        predict(&m, SV_MODE_INTER_LAYER, 0);
        try_block(&m, SV_MODE_INTER_LAYER, 0, SV_TX_DCT2, &choice);
    }
    shortlist_modes(&m);
    try_lines(&m);
    bool tx_choice = sv_tx_choice(cu->log2_w, cu->log2_h) && job->effort->tx_sets_tried > 1;
    bool secondary = sv_tries_secondary(search, cu);
    /* Modes compete with the set that fits most blocks of their size; the best mode then tries
     * others. */
    sv_tx_set usual = tx_choice && cu->log2_w + cu->log2_h <= 8 ? SV_TX_DST7 : SV_TX_DCT2;
    for (int i = 0; i < sv_min(m.count, job->effort->modes_tried); i++) {
        if (m.best[i].cost > HOPELESS * m.best[0].cost) {
            break;
        }
        predict(&m, m.best[i].mode, m.best[i].line);
        try_block(&m, m.best[i].mode, m.best[i].line, usual, &choice);
        if (secondary && i < job->effort->secondary_modes - 1) {
            try_secondary(&m, m.best[i].mode, m.best[i].line, &choice);
        }
    }
    if (tx_choice && choice.cu.cbf != 0) {
        int mode = choice.cu.mode, line = choice.cu.line, tried = choice.cu.tx;
        predict(&m, mode, line);
        for (int tx = 0; tx < job->effort->tx_sets_tried; tx++) {
            if ((tx != (int)usual || mode == SV_MODE_INTER_LAYER) && tx != tried) {
                try_block(&m, mode, line, (sv_tx_set)tx, &choice);
            }
        }
        if (secondary && sv_secondary_may_pay(&choice.cu)) {
            try_secondary(&m, mode, line, &choice);
        }
    }
    *known = (sv_known_block){search->ctu, choice.cu.mode, choice.cu.line, choice.cu.tx};
    *cu = choice.cu;
    return choice.cost;
}
