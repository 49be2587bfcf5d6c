/* Luma blocks: modes by SATD, the best of them with all transform sets by an estimate, the best of
 * these by full cost. */
#include "enc/block_search.h"

#include "common/intmath.h"
#include "enc/estimate.h"
#include "enc/luma_modes.h"
#include "enc/trial.h"

#include <math.h>
#include <string.h>

/* A mode whose SATD cost is that many times the least one's has never much of a chance. */
static const double HOPELESS = 1.3;

/* A block is left alone whose cost when it was searched before is that many times what it may cost
 * now, or whose best estimate is more than that. */
static const double TOO_DEAR_BEFORE = 1.05;

typedef struct block_choice {
    sv_luma_block block;
    sv_level *levels; /* of the best */
    double cost;
    sv_cu cu;
} block_choice;

/* Full cost of the candidate, whose mode has been predicted, with the transform set in *cu. */
static double full_cost(block_choice *choice, const sv_candidate *candidate, sv_cu *cu)
{
    sv_search *search = choice->block.search;
    sv_plane_trial trial = sv_plane_trial_of(search, cu, 0, choice->block.prediction);
    return sv_try_residual(search, cu, 0, &trial, search->scratch.levels) +
           sv_rate_cost(search, candidate->price);
}

/* Whether a pair of the candidate's mode and DCT-2 is in the list. */
static bool holds_dct2(const sv_shortlist *pairs, const sv_candidate *candidate)
{
    for (int i = 0; i < pairs->count; i++) {
        const sv_candidate *pair = &pairs->best[i];
        if (pair->tx == SV_TX_DCT2 && pair->mode == candidate->mode &&
            pair->line == candidate->line) {
            return true;
        }
    }
    return false;
}

/* pairs: all that are tried. */
static void try_candidate(block_choice *choice, const sv_candidate *candidate,
                          const sv_shortlist *pairs)
{
    sv_luma_block *block = &choice->block;
    sv_cu trial = *block->cu;
    trial.mode = candidate->mode;
    trial.line = candidate->line;
    trial.tx = candidate->tx;
    sv_luma_predict(block, candidate->mode, candidate->line);
    double cost = full_cost(choice, candidate, &trial);
    if (cost == (double)INFINITY && !holds_dct2(pairs, candidate)) {
        /* Only the first level is left: the set cannot be coded. */
        trial.tx = SV_TX_DCT2;
        cost = full_cost(choice, candidate, &trial);
    }
    if (cost < choice->cost) {
        choice->cost = cost;
        choice->cu = trial;
        memcpy(choice->levels, block->search->scratch.levels,
               sv_level_area(trial.log2_w, trial.log2_h) * sizeof(sv_level));
    }
}

/* What a block is predicted from, in brief. */
static uint32_t surroundings_of(const sv_luma_block *block)
{
    uint32_t hash = sv_hash_refs(0, &block->lines[0]);
    for (int i = 0; i < SV_MPM_COUNT; i++) {
        hash = (hash ^ block->sites.probable[i]) * 0x9e3779b1u;
    }
    return hash;
}

static bool holds_mode(const sv_shortlist *list, int mode, int line)
{
    for (int i = 0; i < list->count; i++) {
        if (list->best[i].mode == mode && list->best[i].line == line) {
            return true;
        }
    }
    return false;
}

static void recall(const sv_luma_block *block, int mode, int line, sv_shortlist *list)
{
    const sv_candidate candidate = sv_luma_candidate(block, mode, line);
    sv_shortlist_add(list, &candidate);
}

/* The modes that were best before, and the probable ones. */
static void recall_modes(const sv_luma_block *block, const sv_known_block *known,
                         sv_shortlist *list)
{
    for (int i = 0; i < known->count; i++) {
        if (known->line[i] == 0 || sv_luma_is_probable(block, known->mode[i])) {
            recall(block, known->mode[i], known->line[i], list);
        }
    }
    for (int i = 0; i < SV_MPM_COUNT; i++) {
        if (!holds_mode(list, block->sites.probable[i], 0)) {
            recall(block, block->sites.probable[i], 0, list);
        }
    }
}

static sv_set_list sets_of(const sv_luma_block *block)
{
    const int most = block->search->job->effort->tx_sets_tried;
    const bool choice = sv_tx_choice(block->cu->log2_w, block->cu->log2_h);
    const bool secondary = sv_tries_secondary(block->search, block->cu);
    sv_set_list list = {.count = 0};
    for (int tx = SV_TX_DCT2; tx <= SV_TX_SECONDARY_2; tx++) {
        if (tx >= SV_TX_SECONDARY ? secondary : tx == SV_TX_DCT2 || (choice && tx < most)) {
            list.sets[list.count++] = (uint8_t)tx;
        }
    }
    return list;
}

/* All of the modes with all transform sets, by estimated cost unless each of them can be tried. */
static void pair_with_sets(sv_luma_block *block, const sv_shortlist *modes, sv_shortlist *pairs)
{
    const sv_set_list list = sets_of(block);
    const bool few = modes->count * list.count <= pairs->wanted;
    sv_estimator estimator;
    if (!few) {
        sv_estimator_start(&estimator, block, &list);
    }
    for (int i = 0; i < modes->count; i++) {
        sv_candidate candidate = modes->best[i];
        double costs[SV_TX_SECONDARY_2 + 1] = {0};
        if (!few) {
            sv_luma_predict(block, candidate.mode, candidate.line);
            sv_estimate(&estimator, &candidate, costs);
        }
        for (int k = 0; k < list.count; k++) {
            candidate.tx = list.sets[k];
            candidate.cost = costs[k];
            sv_shortlist_add(pairs, &candidate);
        }
    }
}

/* Drops what costs more than `cut` times as much as the best. */
static void cut_list(sv_shortlist *list, double cut)
{
    while (list->count > 1 && list->best[list->count - 1].cost > cut * list->best[0].cost) {
        list->count--;
    }
}

static void remember(sv_known_block *known, const block_choice *choice, const sv_shortlist *pairs)
{
    const int wanted = choice->block.search->job->effort->remembered;
    known->ctu = choice->block.search->ctu;
    known->mode[0] = choice->cu.mode;
    known->line[0] = choice->cu.line;
    known->tx = choice->cu.tx;
    known->cost = choice->cost;
    known->count = 1;
    for (int i = 0; i < pairs->count && known->count < wanted; i++) {
        const sv_candidate *pair = &pairs->best[i];
        bool is_new = true;
        for (int j = 0; j < known->count; j++) {
            is_new &= known->mode[j] != pair->mode || known->line[j] != pair->line;
        }
        known->mode[known->count] = pair->mode;
        known->line[known->count] = pair->line;
        known->count = (uint8_t)(known->count + is_new);
    }
}

/* Those that were best before, if the block was searched already, else those of the least SATD. */
static void collect_modes(sv_luma_block *block, const sv_known_block *known, sv_shortlist *modes)
{
    const sv_effort *effort = block->search->job->effort;
    sv_shortlist_start(modes, SV_CANDIDATES_MAX);
    if (known->ctu == block->search->ctu && effort->remembered > 1) {
        recall_modes(block, known, modes);
    }
    if (modes->count == 0) {
        sv_shortlist_start(
            modes, sv_max(effort->modes_tried, 2)); /* of two directions others are beside */
        sv_luma_shortlist(block, modes);
        modes->count = sv_min(modes->count, effort->modes_tried);
        cut_list(modes, HOPELESS);
    }
    if (block->search->frame->lower != NULL && !holds_mode(modes, SV_MODE_INTER_LAYER, 0)) {
        modes->best[modes->count++] = sv_luma_candidate(block, SV_MODE_INTER_LAYER, 0);
    }
}

/* Whether the block was searched when nothing around it was different. */
static bool is_unchanged(const sv_luma_block *block, const sv_known_block *known,
                         uint32_t surroundings)
{
    return known->ctu == block->search->ctu && known->surroundings == surroundings &&
           (known->line[0] == 0 || sv_luma_is_probable(block, known->mode[0]));
}

double sv_search_luma_block(sv_search *search, sv_cu *cu, sv_level *levels, double limit)
{
    const sv_effort *effort = search->job->effort;
    sv_known_block *known = sv_search_known(search, cu);
    block_choice choice; /* not cleared, nor the lists: they are large */
    sv_shortlist modes, pairs;
    choice.levels = levels;
    choice.cost = INFINITY;
    choice.cu = *cu;
    sv_luma_block_start(&choice.block, search, cu);
    sv_shortlist_start(&pairs, effort->trials);
    /* One mode is all that is tried again, whatever has changed. */
    uint32_t surroundings = effort->remembered > 1 ? surroundings_of(&choice.block) : 0;
    if (is_unchanged(&choice.block, known, surroundings)) {
        if (known->cost > TOO_DEAR_BEFORE * limit) {
            return INFINITY;
        }
        sv_candidate again = sv_luma_candidate(&choice.block, known->mode[0], known->line[0]);
        again.tx = known->tx;
        pairs.count = 0;
        try_candidate(&choice, &again, &pairs);
    } else {
        collect_modes(&choice.block, known, &modes);
        pair_with_sets(&choice.block, &modes, &pairs);
        if (pairs.best[0].cost > limit) {
            return INFINITY;
        }
        cut_list(&pairs, effort->pair_cut);
        for (int i = 0; i < pairs.count; i++) {
            try_candidate(&choice, &pairs.best[i], &pairs);
        }
        known->surroundings = surroundings;
        remember(known, &choice, &pairs);
    }
    *cu = choice.cu;
    return choice.cost;
}
