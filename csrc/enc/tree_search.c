#include "enc/tree_search.h"

#include "enc/block_search.h"
#include "enc/sign_classes.h"
#include "recon/block.h"

#include <math.h>

/* Parts of blocks up to 8x8 save few bits beside those of their own: such a block is not split
 * where it costs that many times what a larger one may (docs/tools.md). */
enum { SMALL_LOG2_AREA = 6, SMALL_SKIP = 3 };

/* Decides the node as one block, behind those of the tree; returns its cost, or INFINITY if it is
 * expected to be above `limit`. */
static double decide_leaf(sv_search *search, const sv_node *node, double limit)
{
    sv_ctu_tree *tree = search->tree;
    sv_cu *cu = &tree->cus[tree->cu_count];
    *cu = (sv_cu){.x = node->x,
                  .y = node->y,
                  .log2_w = node->log2_w,
                  .log2_h = node->log2_h,
                  .levels = tree->level_count};
    sv_level *levels = tree->levels + cu->levels;
    return search->frame->layout.components.list[search->tree_index].coding == SV_CODING_LUMA
               ? sv_search_luma_block(search, cu, levels, limit)
               : sv_search_chroma_block(search, cu, levels);
}

/* Enters that block into the tree, the picture and the map. */
static void enter_leaf(sv_search *search)
{
    sv_frame *frame = search->frame;
    sv_ctu_tree *tree = search->tree;
    int index = search->tree_index;
    sv_cu *cu = &tree->cus[tree->cu_count];
    sv_level *levels = tree->levels + cu->levels;
    sv_adapt_block(&search->journal, &frame->layout, cu, index, levels);
    sv_map_block(&frame->layout.maps[index], cu);
    sv_predict_block(frame, index, cu);
    sv_finish_block(frame, index, cu, levels);
    tree->cu_count++;
    tree->level_count +=
        ((cu->cbf & 1u) + (cu->cbf >> 1 & 1u)) * sv_level_area(cu->log2_w, cu->log2_h);
}

static double search_node(sv_tree_search *search, const sv_node *node, int depth, double limit);

/* Codes the node by one split; what costs `limit` or more is not entered. */
static double code_split(sv_tree_search *search, const sv_node *node, int depth, sv_split split,
                         double limit)
{
    sv_search *at = &search->at;
    const sv_layout *layout = &at->frame->layout;
    double cost =
        sv_rate_cost(at, sv_price_split(&at->contexts, layout, at->tree_index, node, split));
    sv_adapt_split(&at->journal, layout, at->tree_index, node, split);
    at->tree->splits[at->tree->split_count++] = (uint8_t)split;
    if (split == SV_SPLIT_NONE) {
        cost += cost < limit ? decide_leaf(at, node, limit - cost) : (double)INFINITY;
        if (cost < limit) {
            enter_leaf(at);
        }
        return cost;
    }
    sv_node children[4];
    int count = sv_split_children(node, split, children);
    for (int i = 0; i < count && cost < limit; i++) {
        if (!sv_node_outside(layout, at->tree_index, &children[i])) {
            cost += search_node(search, &children[i], depth + 1, limit - cost);
        }
    }
    return cost < limit ? cost : INFINITY;
}

/* Which of the allowed splits this effort tries. */
static unsigned splits_to_try(const sv_search *search, const sv_node *node)
{
    const sv_effort *effort = search->job->effort;
    unsigned allowed = sv_allowed_splits(&search->frame->layout, search->tree_index, node);
    unsigned ternary = 1u << SV_SPLIT_TERNARY_H | 1u << SV_SPLIT_TERNARY_V;
    unsigned binary = 1u << SV_SPLIT_BINARY_H | 1u << SV_SPLIT_BINARY_V;
    if (node->log2_w <= effort->quad_log2_min && allowed & 1u << SV_SPLIT_NONE) {
        allowed &= ~(1u << SV_SPLIT_QUAD);
    }
    if (!effort->ternary) {
        allowed &= ~ternary;
    }
    if (node->mtt_depth >= effort->mtt_depth || node->log2_w > effort->mtt_log2_max ||
        node->log2_h > effort->mtt_log2_max) {
        allowed &= ~(ternary | binary);
    }
    return allowed;
}

/* Whether a block costs so little that splits can hardly pay. */
static bool is_cheap(const sv_search *search, const sv_node *node, double cost)
{
    const bool small = node->log2_w + node->log2_h <= SMALL_LOG2_AREA;
    const double bits = search->job->effort->skip_factor * (small ? SMALL_SKIP : 1);
    return cost < search->job->lambda * bits;
}

/* Codes the node at its least cost; INFINITY when that is `limit` or more, and then the node's
 * state is undefined. */
static double search_node(sv_tree_search *search, const sv_node *node, int depth, double limit)
{
    static const sv_split order[SV_SPLIT_COUNT] = {SV_SPLIT_NONE,      SV_SPLIT_QUAD,
                                                   SV_SPLIT_BINARY_H,  SV_SPLIT_BINARY_V,
                                                   SV_SPLIT_TERNARY_H, SV_SPLIT_TERNARY_V};
    sv_search *at = &search->at;
    const sv_block_map *map = &at->frame->layout.maps[at->tree_index];
    sv_tree_position start = sv_tree_position_of(at->tree);
    sv_snapshot *snapshot = &search->snapshots[depth];
    unsigned todo = splits_to_try(at, node);
    double best = limit;
    bool kept = false, live = false; /* the best is in the snapshot; is what the search holds now */
    bool single = (todo & (todo - 1)) == 0;
    if (!single) {
        sv_journal_mark(&at->journal);
    }
    for (int i = 0; i < SV_SPLIT_COUNT; i++) {
        if (!(todo >> order[i] & 1)) {
            continue;
        }
        if (live) {
            sv_snapshot_keep(snapshot, at, node, start);
            kept = true;
            live = false;
        }
        if (!single) {
            sv_tree_rewind(at->tree, start);
            sv_journal_rewind(&at->journal);
        }
        sv_map_clear(map, node);
        double cost = code_split(search, node, depth, order[i], best);
        if (cost < best) {
            best = cost;
            live = true;
            kept = false;
        }
        if (order[i] == SV_SPLIT_NONE && is_cheap(at, node, cost)) {
            break;
        }
    }
    if (!live && kept) {
        sv_snapshot_restore(snapshot, at, node, start);
        live = true;
    }
    if (!single) {
        sv_journal_release(&at->journal);
    }
    return live ? best : INFINITY;
}

void sv_tree_search_start(sv_tree_search *search, const sv_search_job *job)
{
    search->at.job = job;
    search->at.frame = job->frame;
    search->at.journal.contexts = &search->at.contexts;
    sv_journal_renew(&search->at.journal);
}

void sv_search_ctu(sv_tree_search *search, int ctu_x, int ctu_y,
                   sv_ctu_tree *trees[SV_COMPONENTS_MAX])
{
    sv_search *at = &search->at;
    const sv_layout *layout = &at->frame->layout;
    for (int tree = 0; tree < layout->components.count; tree++) {
        at->tree = trees[tree];
        at->tree_index = tree;
        at->ctu++;
        sv_tree_rewind(at->tree, (sv_tree_position){0, 0, 0});
        sv_node root = sv_tree_root(layout, tree, ctu_x, ctu_y);
        (void)search_node(search, &root, 0, INFINITY);
    }
    sv_classify_signs(at->frame, ctu_x, ctu_y, trees);
}
