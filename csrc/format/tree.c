#include "format/tree.h"

#include <assert.h>
#include <string.h>

#include "common/intmath.h"

static_assert(sizeof(sv_unit) == sizeof(uint64_t), "a unit is copied as one number");

unsigned sv_allowed_splits(const sv_layout *layout, int tree, const sv_node *node)
{
    const sv_component *component = &layout->components.list[tree];
    int w = node->log2_w, h = node->log2_h;
    unsigned quad =
        node->mtt_depth == 0 && w > SV_UNIT_LOG2 && h > SV_UNIT_LOG2 ? 1u << SV_SPLIT_QUAD : 0;
    if (node->x + (1 << w) > layout->width >> component->shift_x ||
        node->y + (1 << h) > layout->height >> component->shift_y) {
        return quad; /* picture sizes and the quadtree share the smallest block: always possible */
    }
    unsigned mask = 1u << SV_SPLIT_NONE | quad;
    if (node->mtt_depth < SV_MTT_MAX_DEPTH && w <= SV_MTT_MAX_LOG2 && h <= SV_MTT_MAX_LOG2) {
        mask |= h > SV_UNIT_LOG2 ? 1u << SV_SPLIT_BINARY_H : 0;
        mask |= w > SV_UNIT_LOG2 ? 1u << SV_SPLIT_BINARY_V : 0;
        mask |= h > SV_UNIT_LOG2 + 1 ? 1u << SV_SPLIT_TERNARY_H : 0;
        mask |= w > SV_UNIT_LOG2 + 1 ? 1u << SV_SPLIT_TERNARY_V : 0;
    }
    return mask;
}

static sv_node child_of(const sv_node *node, int dx, int dy, int shrink_w, int shrink_h, int mtt)
{
    return (sv_node){node->x + dx, node->y + dy, (uint8_t)(node->log2_w - shrink_w),
                     (uint8_t)(node->log2_h - shrink_h), (uint8_t)(node->mtt_depth + mtt)};
}

int sv_split_children(const sv_node *node, sv_split split, sv_node children[4])
{
    int half_w = 1 << node->log2_w >> 1, half_h = 1 << node->log2_h >> 1;
    switch (split) {
    case SV_SPLIT_QUAD:
        for (int i = 0; i < 4; i++) {
            children[i] = child_of(node, (i & 1) * half_w, (i >> 1) * half_h, 1, 1, 0);
        }
        return 4;
    case SV_SPLIT_BINARY_H:
        children[0] = child_of(node, 0, 0, 0, 1, 1);
        children[1] = child_of(node, 0, half_h, 0, 1, 1);
        return 2;
    case SV_SPLIT_BINARY_V:
        children[0] = child_of(node, 0, 0, 1, 0, 1);
        children[1] = child_of(node, half_w, 0, 1, 0, 1);
        return 2;
    case SV_SPLIT_TERNARY_H:
        children[0] = child_of(node, 0, 0, 0, 2, 1);
        children[1] = child_of(node, 0, half_h / 2, 0, 1, 1);
        children[2] = child_of(node, 0, half_h + half_h / 2, 0, 2, 1);
        return 3;
    case SV_SPLIT_TERNARY_V:
        children[0] = child_of(node, 0, 0, 2, 0, 1);
        children[1] = child_of(node, half_w / 2, 0, 1, 0, 1);
        children[2] = child_of(node, half_w + half_w / 2, 0, 2, 0, 1);
        return 3;
    default:
        return 0;
    }
}

void sv_map_block(const sv_block_map *map, const sv_cu *cu)
{
    int units_w = 1 << (cu->log2_w - SV_UNIT_LOG2), units_h = 1 << (cu->log2_h - SV_UNIT_LOG2);
    unsigned top = sv_unit_at(map, cu->x, cu->y - 1) != NULL ? SV_UNIT_EDGE_TOP : 0;
    sv_unit *row = sv_unit_at(map, cu->x, cu->y);
    sv_unit unit = {(uint8_t)(SV_UNIT_CODED | top),
                    cu->mode,
                    cu->log2_w,
                    cu->log2_h,
                    sv_pack_chroma(cu->chroma_index, cu->cross),
                    (uint8_t)(cu->density[1] << 4 | cu->density[0]),
                    {cu->bands[0], cu->bands[1]}};
    for (int y = 0; y < units_h; y++, row += map->stride) {
        for (int x = 0; x < units_w; x++) {
            memcpy(&row[x], &unit, sizeof unit);
        }
        unit.flags = SV_UNIT_CODED;
    }
}

void sv_map_clear(const sv_block_map *map, const sv_node *node)
{
    int x = node->x >> SV_UNIT_LOG2, y = node->y >> SV_UNIT_LOG2;
    int units_w = sv_min(1 << (node->log2_w - SV_UNIT_LOG2), map->width - x);
    int units_h = sv_min(1 << (node->log2_h - SV_UNIT_LOG2), map->height - y);
    for (int row = 0; row < units_h; row++) {
        memset(&map->units[(y + row) * map->stride + x], 0, (size_t)units_w * sizeof(sv_unit));
    }
}
