#include "enc/search.h"

#include "enc/quantise.h"
#include "recon/block.h"

#include <math.h>
#include <string.h>

/* ---- Keeping and restoring a coded node ---- */

typedef struct tree_position {
    int split_count, cu_count;
    uint32_t level_count;
} tree_position;

static tree_position position_of(const sv_ctu_tree *tree)
{
    return (tree_position){tree->split_count, tree->cu_count, tree->level_count};
}

static void rewind_to(sv_ctu_tree *tree, tree_position start)
{
    tree->split_count = start.split_count;
    tree->cu_count = start.cu_count;
    tree->level_count = start.level_count;
}

static void copy_samples(const sv_plane *plane, const sv_node *node, uint16_t *kept, bool keep)
{
    uint16_t *row = plane->data + node->y * plane->stride + node->x;
    for (int y = 0; y < 1 << node->log2_h; y++, row += plane->stride, kept += 1 << node->log2_w) {
        memcpy(keep ? kept : row, keep ? row : kept, sizeof *row << node->log2_w);
    }
}

/* Copies the node's part of the picture and of the block map to the snapshot, or back. */
static void copy_area(sv_search *search, const sv_node *node, sv_snapshot *snapshot, bool keep)
{
    sv_frame *frame = &search->frame;
    const sv_block_map *map = &frame->layout.maps[search->tree_index];
    int first = sv_tree_first_plane(search->tree_index);
    for (int p = 0; p < sv_tree_planes(search->tree_index); p++) {
        copy_samples(&frame->picture.planes[first + p], node, snapshot->samples[p], keep);
    }
    if (search->tree_index == SV_TREE_LUMA && frame->prediction.data != NULL) {
        copy_samples(&frame->prediction, node, snapshot->prediction, keep);
    }
    int units_w = 1 << (node->log2_w - SV_UNIT_LOG2), units_h = 1 << (node->log2_h - SV_UNIT_LOG2);
    sv_unit *units = sv_unit_at(map, node->x, node->y), *kept = snapshot->units;
    for (int y = 0; y < units_h; y++, units += map->stride, kept += units_w) {
        memcpy(keep ? kept : units, keep ? units : kept, (size_t)units_w * sizeof *units);
    }
}

static void keep_node(sv_search *search, const sv_node *node, tree_position start,
                      sv_snapshot *snapshot)
{
    const sv_ctu_tree *tree = search->tree;
    snapshot->contexts = search->contexts;
    snapshot->split_count = tree->split_count - start.split_count;
    snapshot->cu_count = tree->cu_count - start.cu_count;
    snapshot->level_count = tree->level_count - start.level_count;
    memcpy(snapshot->splits, tree->splits + start.split_count, (size_t)snapshot->split_count);
    memcpy(snapshot->cus, tree->cus + start.cu_count, (size_t)snapshot->cu_count * sizeof(sv_cu));
    memcpy(snapshot->levels, tree->levels + start.level_count,
           snapshot->level_count * sizeof(int16_t));
    copy_area(search, node, snapshot, true);
}

static void restore_node(sv_search *search, const sv_node *node, tree_position start,
                         sv_snapshot *snapshot)
{
    sv_ctu_tree *tree = search->tree;
    search->contexts = snapshot->contexts;
    memcpy(tree->splits + start.split_count, snapshot->splits, (size_t)snapshot->split_count);
    memcpy(tree->cus + start.cu_count, snapshot->cus, (size_t)snapshot->cu_count * sizeof(sv_cu));
    memcpy(tree->levels + start.level_count, snapshot->levels,
           snapshot->level_count * sizeof(int16_t));
    rewind_to(tree, (tree_position){start.split_count + snapshot->split_count,
                                    start.cu_count + snapshot->cu_count,
                                    start.level_count + snapshot->level_count});
    copy_area(search, node, snapshot, false);
}

/* ---- Blocks ---- */

double sv_search_residual(sv_search *search, sv_cu *cu, int plane, const uint16_t *prediction,
                          int16_t *levels)
{
    const sv_search_job *job = search->job;
    const sv_dsp *dsp = &search->frame.dsp;
    int tree = search->tree_index, index = sv_tree_first_plane(tree) + plane;
    const sv_plane *source = &job->source->planes[index];
    const uint16_t *original = source->data + cu->y * source->stride + cu->x;
    int width = 1 << cu->log2_w, height = 1 << cu->log2_h;
    double weight = job->weight[index];
    dsp->subtract(search->residual, original, source->stride, prediction, width, width, height);
    sv_transform_forward(dsp, search->coefs, search->residual, cu->log2_w, cu->log2_h, cu->tx);
    sv_quantise_task task = {.dsp = dsp,
                             .contexts = &search->contexts,
                             .coefs = search->coefs,
                             .log2_w = cu->log2_w,
                             .log2_h = cu->log2_h,
                             .tree = tree,
                             .quantiser =
                                 sv_quantiser_of(search->frame.qp[index], cu->log2_w, cu->log2_h),
                             .lambda = job->lambda / weight,
                             .rate_distortion = job->effort->rdo_quant};
    double error =
        weight * (double)dsp->sse(original, source->stride, prediction, width, width, height);
    cu->cbf = (uint8_t)(cu->cbf & ~(1u << plane));
    double zero_cost =
        error + sv_rate_cost(search, sv_price_cbf(&search->contexts, &search->frame.layout, cu,
                                                  tree, plane));
    double gain;
    if (!sv_quantise(&task, levels, &gain)) {
        return zero_cost;
    }
    cu->cbf = (uint8_t)(cu->cbf | 1u << plane);
    bool beyond_first;
    uint64_t bits = sv_price_cbf(&search->contexts, &search->frame.layout, cu, tree, plane) +
                    sv_price_levels(&search->contexts, &search->frame.layout, cu, tree, plane,
                                    levels, &beyond_first);
    if (beyond_first && sv_tx_choice(tree, cu->log2_w, cu->log2_h)) {
        bits += sv_price_tx_set(&search->contexts, &search->frame.layout, cu);
    } else if (cu->tx != SV_TX_DCT2) {
        return INFINITY;
    }
    double cost = error - weight * gain + sv_rate_cost(search, bits);
    if (cost < zero_cost) {
        return cost;
    }
    cu->cbf = (uint8_t)(cu->cbf & ~(1u << plane));
    return zero_cost;
}

sv_known_block *sv_search_known(sv_search *search, const sv_cu *cu)
{
    int mask = SV_CTU_UNITS - 1; /* chroma CTUs are smaller, but never larger */
    return &search->known[cu->y >> SV_UNIT_LOG2 & mask][cu->x >> SV_UNIT_LOG2 & mask]
                         [cu->log2_h - SV_TX_LOG2_MIN][cu->log2_w - SV_TX_LOG2_MIN];
}

/* Codes the node as one block, into the tree, the picture and the map; returns its cost. */
static double code_leaf(sv_search *search, const sv_node *node)
{
    sv_frame *frame = &search->frame;
    int tree = search->tree_index;
    sv_cu *cu = &search->tree->cus[search->tree->cu_count];
    *cu = (sv_cu){.x = node->x,
                  .y = node->y,
                  .log2_w = node->log2_w,
                  .log2_h = node->log2_h,
                  .levels = search->tree->level_count};
    double cost = tree == SV_TREE_LUMA ? sv_search_luma_block(search, cu)
                                       : sv_search_chroma_block(search, cu);
    uint32_t area = sv_level_area(cu->log2_w, cu->log2_h);
    uint32_t count = ((cu->cbf & 1u) + (cu->cbf >> 1 & 1u)) * area;
    int16_t *levels = search->tree->levels + cu->levels;
    memcpy(levels, search->best_levels, count * sizeof *levels);
    sv_map_block(&frame->layout.maps[tree], cu, cu->cbf != 0 ? SV_UNIT_RESIDUAL : 0);
    sv_reconstruct_block(frame, tree, cu, levels);
    search->tree->cu_count++;
    search->tree->level_count += count;
    sv_adapt_block(&search->contexts, &frame->layout, cu, tree, levels);
    return cost;
}

/* ---- Tree ---- */

static double search_node(sv_search *search, const sv_node *node, int depth, double limit);

/* Codes the node by one split; INFINITY when that costs `limit` or more. */
static double code_split(sv_search *search, const sv_node *node, int depth, sv_split split,
                         double limit)
{
    const sv_layout *layout = &search->frame.layout;
    double cost = sv_rate_cost(
        search, sv_price_split(&search->contexts, layout, search->tree_index, node, split));
    sv_adapt_split(&search->contexts, layout, search->tree_index, node, split);
    search->tree->splits[search->tree->split_count++] = (uint8_t)split;
    if (split == SV_SPLIT_NONE) {
        return cost < limit ? cost + code_leaf(search, node) : (double)INFINITY;
    }
    sv_node children[4];
    int count = sv_split_children(node, split, children);
    for (int i = 0; i < count && cost < limit; i++) {
        if (!sv_node_outside(layout, search->tree_index, &children[i])) {
            cost += search_node(search, &children[i], depth + 1, limit - cost);
        }
    }
    return cost < limit ? cost : INFINITY;
}

/* Which of the allowed splits this effort tries. */
static unsigned splits_to_try(const sv_search *search, const sv_node *node)
{
    const sv_effort *effort = search->job->effort;
    unsigned allowed = sv_allowed_splits(&search->frame.layout, search->tree_index, node);
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

/* Codes the node at its least cost; INFINITY when that is `limit` or more, and then the node's
 * state is undefined. */
static double search_node(sv_search *search, const sv_node *node, int depth, double limit)
{
    static const sv_split order[SV_SPLIT_COUNT] = {SV_SPLIT_NONE,      SV_SPLIT_QUAD,
                                                   SV_SPLIT_BINARY_H,  SV_SPLIT_BINARY_V,
                                                   SV_SPLIT_TERNARY_H, SV_SPLIT_TERNARY_V};
    const sv_block_map *map = &search->frame.layout.maps[search->tree_index];
    tree_position start = position_of(search->tree);
    sv_snapshot *snapshot = &search->snapshots[depth];
    unsigned todo = splits_to_try(search, node);
    double best = limit;
    bool kept = false, live = false; /* the best is in the snapshot; is what the search holds now */
    bool single = (todo & (todo - 1)) == 0;
    if (!single) {
        search->entry[depth] = search->contexts;
    }
    for (int i = 0; i < SV_SPLIT_COUNT; i++) {
        if (!(todo >> order[i] & 1)) {
            continue;
        }
        if (live) {
            keep_node(search, node, start, snapshot);
            kept = true;
            live = false;
        }
        if (!single) {
            rewind_to(search->tree, start);
            search->contexts = search->entry[depth];
        }
        sv_map_clear(map, node);
        double cost = code_split(search, node, depth, order[i], best);
        if (cost < best) {
            best = cost;
            live = true;
            kept = false;
        }
        if (order[i] == SV_SPLIT_NONE &&
            cost < search->job->lambda * search->job->effort->skip_factor) {
            break;
        }
    }
    if (!live && kept) {
        restore_node(search, node, start, snapshot);
        live = true;
    }
    return live ? best : INFINITY;
}

/* ---- CTU ---- */

void sv_search_start(sv_search *search, const sv_search_job *job)
{
    search->job = job;
    search->frame = *job->frame;
}

void sv_search_ctu(sv_search *search, int ctu_x, int ctu_y, sv_ctu_tree *trees[SV_TREE_COUNT])
{
    const sv_layout *layout = &search->frame.layout;
    for (int tree = 0; tree < layout->tree_count; tree++) {
        search->tree = trees[tree];
        search->tree_index = tree;
        search->ctu++;
        rewind_to(search->tree, (tree_position){0, 0, 0});
        sv_node root = sv_tree_root(layout, tree, ctu_x, ctu_y);
        (void)search_node(search, &root, 0, INFINITY);
    }
}
