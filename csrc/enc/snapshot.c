#include "enc/snapshot.h"

#include <string.h>

sv_tree_position sv_tree_position_of(const sv_ctu_tree *tree)
{
    return (sv_tree_position){tree->split_count, tree->cu_count, tree->level_count};
}

void sv_tree_rewind(sv_ctu_tree *tree, sv_tree_position start)
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
static void copy_area(sv_snapshot *snapshot, const sv_frame *frame, int tree, const sv_node *node,
                      bool keep)
{
    const sv_block_map *map = &frame->layout.maps[tree];
    const sv_component *component = &frame->layout.components.list[tree];
    for (int p = 0; p < component->plane_count; p++) {
        copy_samples(&frame->picture.planes[component->first_plane + p], node, snapshot->samples[p],
                     keep);
    }
    if (tree == SV_COMPONENT_LUMA && frame->prediction.data != NULL) {
        copy_samples(&frame->prediction, node, snapshot->prediction, keep);
    }
    int units_w = 1 << (node->log2_w - SV_UNIT_LOG2), units_h = 1 << (node->log2_h - SV_UNIT_LOG2);
    sv_unit *units = sv_unit_at(map, node->x, node->y), *kept = snapshot->units;
    for (int y = 0; y < units_h; y++, units += map->stride, kept += units_w) {
        memcpy(keep ? kept : units, keep ? units : kept, (size_t)units_w * sizeof *units);
    }
}

void sv_snapshot_keep(sv_snapshot *snapshot, const sv_search *search, const sv_node *node,
                      sv_tree_position start)
{
    const sv_ctu_tree *tree = search->tree;
    sv_tree_position size = {tree->split_count - start.split_count, tree->cu_count - start.cu_count,
                             tree->level_count - start.level_count};
    sv_journal_keep(&search->journal, &snapshot->contexts);
    snapshot->size = size;
    memcpy(snapshot->splits, tree->splits + start.split_count, (size_t)size.split_count);
    memcpy(snapshot->cus, tree->cus + start.cu_count, (size_t)size.cu_count * sizeof(sv_cu));
    memcpy(snapshot->levels, tree->levels + start.level_count, size.level_count * sizeof(sv_level));
    copy_area(snapshot, search->frame, search->tree_index, node, true);
}

void sv_snapshot_restore(sv_snapshot *snapshot, sv_search *search, const sv_node *node,
                         sv_tree_position start)
{
    sv_ctu_tree *tree = search->tree;
    sv_tree_position size = snapshot->size;
    sv_journal_rewind(&search->journal);
    sv_journal_restore(&search->journal, &snapshot->contexts);
    memcpy(tree->splits + start.split_count, snapshot->splits, (size_t)size.split_count);
    memcpy(tree->cus + start.cu_count, snapshot->cus, (size_t)size.cu_count * sizeof(sv_cu));
    memcpy(tree->levels + start.level_count, snapshot->levels, size.level_count * sizeof(sv_level));
    sv_tree_rewind(tree, (sv_tree_position){start.split_count + size.split_count,
                                            start.cu_count + size.cu_count,
                                            start.level_count + size.level_count});
    copy_area(snapshot, search->frame, search->tree_index, node, false);
}
