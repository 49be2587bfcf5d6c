/* Chroma blocks: both planes share the mode; shortlist by SATD, decision by full cost. */
#include "enc/block_search.h"

#include "common/intmath.h"
#include "enc/chroma_joint.h"
#include "enc/trial.h"
#include "format/secondary.h"
#include "recon/block.h"
#include "recon/chroma_convolved.h"
#include "recon/chroma_linear.h"
#include "recon/intra.h"

#include <math.h>
#include <string.h>

typedef struct chroma_refs {
    sv_intra_refs planes[SV_COMPONENT_PLANES_MAX];
    sv_linear_luma luma;
    sv_convolved convolved; /* once a block wants it */
    bool fitted;
} chroma_refs;

static const sv_component *component_of(const sv_search *search)
{
    return &search->frame->layout.components.list[search->tree_index];
}

static void gather_refs(sv_search *search, chroma_refs *refs, const sv_cu *cu)
{
    const sv_component *component = component_of(search);
    for (int i = 0; i < component->plane_count; i++) {
        sv_intra_gather(&refs->planes[i], search->frame, cu, component->first_plane + i, 0);
    }
    sv_linear_gather(&refs->luma, search->frame, cu);
    refs->fitted = false;
}

static void predict_plane(sv_search *search, chroma_refs *refs, const sv_cu *cu, int plane)
{
    const sv_frame *frame = search->frame;
    const int p = component_of(search)->first_plane + plane;
    uint16_t *prediction = search->scratch.prediction[plane];
    if (cu->mode == SV_MODE_CONVOLVED && !refs->fitted) {
        sv_convolved_fit(&refs->convolved, frame, cu);
        refs->fitted = true;
    }
    if (cu->mode == SV_MODE_INTER_LAYER) {
        sv_predict_inter_layer(frame, cu, p, prediction, 1 << cu->log2_w);
    } else if (cu->mode == SV_MODE_CONVOLVED) {
        sv_convolved_predict(&refs->convolved, frame, cu, plane, prediction, 1 << cu->log2_w);
    } else if (cu->mode >= SV_MODE_LINEAR) {
        sv_linear_predict(&refs->luma, frame, cu, p, prediction, 1 << cu->log2_w);
    } else {
        sv_intra_predict(&frame->dsp, &refs->planes[plane], cu->mode, prediction, 1 << cu->log2_w);
    }
}

static void predict(sv_search *search, chroma_refs *refs, const sv_cu *cu)
{
    for (int i = 0; i < component_of(search)->plane_count; i++) {
        predict_plane(search, refs, cu, i);
    }
}

static uint64_t price_mode(const sv_search *search, const sv_cu *cu)
{
    return sv_price_chroma_mode(&search->contexts, &search->frame->layout, cu, search->tree_index);
}

/* Of the mode; beyond the limit, which is not exact, of a part of the planes alone. */
static double satd_cost(sv_search *search, chroma_refs *refs, const sv_cu *cu, double limit)
{
    const sv_search_job *job = search->job;
    const sv_component *component = component_of(search);
    double cost = job->lambda_root * (double)price_mode(search, cu) / SV_PRICE_ONE_BIT;
    for (int i = 0; i < component->plane_count && cost <= limit; i++) {
        const int p = component->first_plane + i;
        const sv_plane *source = &job->source->planes[p];
        predict_plane(search, refs, cu, i);
        cost += job->weight_root[p] *
                search->frame->dsp.satd(source->data + cu->y * source->stride + cu->x,
                                        source->stride, search->scratch.prediction[i],
                                        1 << cu->log2_w, 1 << cu->log2_w, 1 << cu->log2_h);
    }
    return cost;
}

/* How the planes of a block are coded: each by levels of its own, or by a residual for both. */
typedef double try_planes(sv_search *search, sv_cu *cu, sv_level *levels, sv_chroma_trial *trial);

static double try_apart(sv_search *search, sv_cu *cu, sv_level *levels, sv_chroma_trial *trial)
{
    double cost = 0;
    trial->beyond_first = false;
    for (int p = 0; p < component_of(search)->plane_count; p++) {
        sv_plane_trial plane = sv_plane_trial_of(search, cu, p, search->scratch.prediction[p]);
        cost += sv_try_residual(search, cu, p, &plane, levels);
        if (p == 0) {
            trial->cb_cost = cost;
            if (cost > trial->cb_limit) {
                return INFINITY;
            }
        }
        levels += cu->cbf >> p & 1 ? sv_level_area(cu->log2_w, cu->log2_h) : 0;
        trial->beyond_first |= plane.beyond_first;
    }
    if (cu->cbf & 1) {
        cost += sv_rate_cost(search, sv_price_cross(&search->contexts, &search->frame->layout, cu));
    }
    return cost;
}

/* Full cost of the mode, which has been predicted, and transform set in *cu. A set that the syntax
 * could not express costs INFINITY. */
static double full_cost(sv_search *search, sv_cu *cu, try_planes *planes, sv_chroma_trial *trial)
{
    const double cost = planes(search, cu, search->scratch.levels, trial) +
                        sv_rate_cost(search, price_mode(search, cu));
    if (cost < (double)INFINITY && trial->beyond_first && sv_tx_choice(cu->log2_w, cu->log2_h)) {
        return cost +
               sv_rate_cost(search, sv_price_tx_set(&search->contexts, &search->frame->layout, cu,
                                                    search->tree_index));
    }
    return cu->tx == SV_TX_DCT2 ? cost : (double)INFINITY;
}

typedef struct block_choice {
    double cost, cb_cost, cb_limit; /* of the best; of Cb alone; what Cb of another one may cost */
    sv_cu cu;
    sv_level *levels;
} block_choice;

/* Tries the mode, which has been predicted, and transform set of a block. */
static void try_block(sv_search *search, const sv_cu *cu, try_planes *planes, block_choice *choice)
{
    sv_cu trial = *cu;
    trial.cross = 0;
    sv_chroma_trial both = {.cb_limit = choice->cb_limit};
    const double cost = full_cost(search, &trial, planes, &both);
    if (cost < choice->cost) {
        const int coded = (trial.cbf & 1) + (trial.cbf >> 1 & 1);
        choice->cost = cost;
        choice->cb_cost = both.cb_cost;
        choice->cu = trial;
        memcpy(choice->levels, search->scratch.levels,
               (size_t)coded * sv_level_area(cu->log2_w, cu->log2_h) * sizeof(sv_level));
    }
}

/* Whether secondary transforms may be better than what the block has chosen: they leave out what
 * lies beyond their corner. */
static bool secondary_may_pay(const sv_cu *cu)
{
    return cu->cbf != 0 && sv_levels_within(cu, SV_SECONDARY_SIDE);
}

/* Tries the best mode by one residual for both planes, then what is best of it with the kernels of
 * secondary transforms, which are given up where they make Cb dearer. */
static void refine(sv_search *search, chroma_refs *refs, block_choice *choice)
{
    sv_cu cu = choice->cu;
    if (cu.cbf == 0) {
        return;
    }
    predict(search, refs, &cu);
    try_block(search, &cu, sv_try_joint, choice);
    if (sv_tries_secondary(search, &cu) && secondary_may_pay(&choice->cu)) {
        choice->cb_limit = choice->cu.cbf & 1 ? choice->cb_cost : (double)INFINITY;
        try_planes *planes = choice->cu.cross != 0 ? sv_try_joint : try_apart;
        for (cu.tx = SV_TX_SECONDARY; cu.tx <= SV_TX_SECONDARY_2; cu.tx++) {
            try_block(search, &cu, planes, choice);
        }
    }
}

/* A filter, which takes long to be fitted, is tried where a line costs at most that many times what
 * the best mode does. */
static const double NEAR_LINES = 1.25;

/* Modes by SATD, the best one first. */
typedef struct chroma_list {
    sv_cu cus[SV_CHROMA_INDEX_COUNT];
    double costs[SV_CHROMA_INDEX_COUNT];
    int count;
} chroma_list;

static sv_cu with_index(const sv_search *search, const sv_cu *cu, int index)
{
    sv_cu trial = *cu;
    trial.chroma_index = (uint8_t)index;
    trial.mode = (uint8_t)sv_chroma_mode(&search->frame->layout, cu->x, cu->y, cu->log2_w,
                                         cu->log2_h, (sv_chroma_index)index);
    return trial;
}

static void rank(sv_search *search, chroma_refs *refs, const sv_cu *cu, int index,
                 chroma_list *list)
{
    const int tried = search->job->effort->chroma_tried;
    const double limit =
        list->count < tried ? (double)INFINITY : NEAR_LINES * list->costs[tried - 1];
    const sv_cu trial = with_index(search, cu, index);
    const double cost = satd_cost(search, refs, &trial, limit);
    int at = list->count++;
    for (; at > 0 && list->costs[at - 1] > cost; at--) {
        list->costs[at] = list->costs[at - 1];
        list->cus[at] = list->cus[at - 1];
    }
    list->costs[at] = cost;
    list->cus[at] = trial;
}

/* That of the best mode that predicts by a line. */
static double cost_of_lines(const chroma_list *list)
{
    int i = 0;
    while (list->cus[i].mode < SV_MODE_LINEAR) {
        i++;
    }
    return list->costs[i];
}

static void rank_modes(sv_search *search, chroma_refs *refs, const sv_cu *cu, chroma_list *list)
{
    const int count = search->frame->lower != NULL ? SV_CHROMA_INDEX_COUNT : SV_CHROMA_INTER_LAYER;
    list->count = 0;
    for (int i = 0; i < count; i++) {
        if (i != SV_CHROMA_CONVOLVED) {
            rank(search, refs, cu, i, list);
        }
    }
    if (sv_convolved_choice(cu->log2_w, cu->log2_h) &&
        cost_of_lines(list) <= NEAR_LINES * list->costs[0]) {
        rank(search, refs, cu, SV_CHROMA_CONVOLVED, list);
    }
}

/* What the planes are predicted from beside the block, in brief; luma is decided already. */
static uint32_t surroundings_of(const sv_search *search, const chroma_refs *refs)
{
    uint32_t hash = 0;
    for (int i = 0; i < component_of(search)->plane_count; i++) {
        hash = sv_hash_refs(hash, &refs->planes[i]);
    }
    return hash;
}

/* The modes that were best before. */
static void recall(const sv_search *search, const sv_known_block *known, const sv_cu *cu,
                   chroma_list *list)
{
    list->count = known->count;
    for (int i = 0; i < known->count; i++) {
        list->cus[i] = with_index(search, cu, known->mode[i]);
    }
}

static void remember(sv_known_block *known, const sv_search *search, const sv_cu *best,
                     const chroma_list *list)
{
    const int wanted = search->job->effort->remembered;
    known->ctu = search->ctu;
    known->mode[0] = best->chroma_index;
    known->count = 1;
    for (int i = 0; i < list->count && known->count < wanted; i++) {
        if (list->cus[i].chroma_index != best->chroma_index) {
            known->mode[known->count++] = list->cus[i].chroma_index;
        }
    }
}

/* As it was best before. */
static void try_again(sv_search *search, chroma_refs *refs, const sv_known_block *known, sv_cu *cu,
                      block_choice *choice)
{
    cu->tx = known->tx;
    predict(search, refs, cu);
    try_block(search, cu, known->joint ? sv_try_joint : try_apart, choice);
    if (choice->cost == (double)INFINITY) { /* no longer possible */
        cu->tx = SV_TX_DCT2;
        try_block(search, cu, try_apart, choice);
    }
}

double sv_search_chroma_block(sv_search *search, sv_cu *cu, sv_level *levels)
{
    const sv_effort *effort = search->job->effort;
    sv_known_block *known = sv_search_known(search, cu);
    const bool again = known->ctu == search->ctu;
    chroma_refs refs; /* not cleared: they are large */
    chroma_list list;
    gather_refs(search, &refs, cu);
    /* One mode is all that is tried again, whatever has changed. */
    const uint32_t surroundings = effort->remembered > 1 ? surroundings_of(search, &refs) : 0;
    const bool unchanged = again && known->surroundings == surroundings;
    if (again) {
        recall(search, known, cu, &list);
    } else {
        rank_modes(search, &refs, cu, &list);
        list.count = sv_min(list.count, effort->chroma_tried);
    }
    block_choice choice = {.cost = INFINITY, .cb_limit = INFINITY, .cu = *cu, .levels = levels};
    if (unchanged) {
        try_again(search, &refs, known, &list.cus[0], &choice);
    } else {
        for (int i = 0; i < list.count; i++) {
            predict(search, &refs, &list.cus[i]);
            try_block(search, &list.cus[i], try_apart, &choice);
        }
        refine(search, &refs, &choice);
        known->surroundings = surroundings;
        remember(known, search, &choice.cu, &list);
    }
    known->tx = choice.cu.tx;
    known->joint = choice.cu.cross != 0;
    *cu = choice.cu;
    return choice.cost;
}
