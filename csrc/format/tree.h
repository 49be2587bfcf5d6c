/* The coding tree: nodes, splits, and what a decoded CTU holds.
 *
 * Each component has a tree, which has its index. A node has the shape of its root, 1:1 or, in the
 * chroma tree of 4:2:2, 1:2, until its first binary or ternary split; the later levels (the
 * multi-type tree) no longer split in four. */
#ifndef SVAC2_FORMAT_TREE_H
#define SVAC2_FORMAT_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/block_map.h"
#include "format/components.h"
#include "format/limits.h"
#include "format/quantiser.h"

typedef enum sv_split {
    SV_SPLIT_NONE,
    SV_SPLIT_QUAD,
    SV_SPLIT_BINARY_H, /* two halves, one above the other */
    SV_SPLIT_BINARY_V,
    SV_SPLIT_TERNARY_H, /* 1/4, 1/2, 1/4, one above the other */
    SV_SPLIT_TERNARY_V,
    SV_SPLIT_COUNT
} sv_split;

typedef struct sv_node {
    int x, y; /* in the picture, samples of the tree's grid */
    uint8_t log2_w, log2_h;
    uint8_t mtt_depth; /* binary and ternary splits above this node */
} sv_node;

enum {
    SV_MTT_MAX_DEPTH = 3,
    SV_MTT_MAX_LOG2 = 5,
    SV_TREE_DEPTH = SV_CTU_LOG2 - SV_UNIT_LOG2 + SV_MTT_MAX_DEPTH + 1 /* nodes below each other */
};

/* What every stage knows of the picture's geometry, and the block maps of all trees. */
typedef struct sv_layout {
    int width, height; /* coded luma size, multiples of SV_PICTURE_ALIGN */
    sv_components components;
    sv_quantisation quantisation;
    bool has_lower;      /* there is a layer below, to predict from */
    unsigned alf_planes; /* bit p: the adaptive loop filter has a filter for plane p */
    int ctu_cols, ctu_rows;
    uint8_t *alf_flags; /* planes filtered in each CTU, row by row; bit p: plane p */
    int restoration_mixes;
    uint8_t *restoration_blocks; /* for each CTU, row by row, 0 or 1 + which mix restores it */
    sv_block_map maps[SV_COMPONENTS_MAX];
} sv_layout;

/* A leaf of a tree: coding unit, prediction unit and transform unit in one. */
typedef struct sv_cu {
    int x, y; /* in the picture, samples of the tree's grid */
    uint8_t log2_w, log2_h;
    uint8_t mode;         /* sv_mode; chroma: as predicted, "derived" resolved */
    uint8_t chroma_index; /* chroma tree: how the mode is coded, sv_chroma_index */
    uint8_t cross;        /* chroma tree: which factor of Cb's residual Cr has (format/cross.h) */
    uint8_t line;         /* reference line of luma, 0..SV_REFERENCE_LINES - 1 */
    uint8_t tx;           /* sv_tx_set */
    uint8_t cbf;          /* bit p: plane p of the component has levels */
    /* Of each plane: all levels lie in this corner, multiples of 4. */
    uint8_t extent_w[SV_COMPONENT_PLANES_MAX], extent_h[SV_COMPONENT_PLANES_MAX];
    uint16_t level_counts[SV_COMPONENT_PLANES_MAX]; /* of a writer: levels other than 0 */
    /* Of each plane, for the contexts of later blocks (format/block_contexts.h): how dense its
     * levels are, and the bands of the last column and row that have any, four bits each. */
    uint8_t density[SV_COMPONENT_PLANES_MAX], bands[SV_COMPONENT_PLANES_MAX];
    uint32_t levels; /* index of the first level in sv_ctu_tree.levels; plane 1 follows plane 0 */
} sv_cu;

enum {
    SV_CTU_MAX_CUS = SV_CTU_UNITS * SV_CTU_UNITS,
    SV_CTU_MAX_NODES = 2 * SV_CTU_MAX_CUS,
    SV_CTU_MAX_LEVELS = SV_COMPONENT_PLANES_MAX * SV_CTU_SIZE * SV_CTU_SIZE
};

/* A sign as it is coded: twice its context, counted from the first one of the plane, and the bin;
 * or twice SV_SIGN_OPEN and 1 for a negative level (format/sign_walk.h). */
typedef uint8_t sv_coded_sign;

/* One tree of one CTU, in coding order. */
typedef struct sv_ctu_tree {
    int split_count, cu_count;
    uint32_t level_count;
    uint8_t splits[SV_CTU_MAX_NODES]; /* sv_split, preorder */
    sv_cu cus[SV_CTU_MAX_CUS];
    sv_coded_sign *signs; /* of a writer: parallel to levels, of each plane from its first one on,
                             as they are coded */
    sv_level levels[];    /* row-major per block and plane, kept frequencies only */
} sv_ctu_tree;

/* All levels of a component in one. */
static inline size_t sv_ctu_tree_levels(const sv_component *component)
{
    size_t area = (size_t)SV_CTU_SIZE * SV_CTU_SIZE >> (component->shift_x + component->shift_y);
    return component->plane_count * area;
}

/* Bytes of one, with room for these. */
static inline size_t sv_ctu_tree_size(const sv_component *component)
{
    return sizeof(sv_ctu_tree) + sv_ctu_tree_levels(component) * sizeof(sv_level);
}

/* Sides of the kept-frequency rectangle. */
static inline int sv_kept_log2(int log2_size) { return log2_size > 5 ? 5 : log2_size; }
static inline uint32_t sv_level_area(int log2_w, int log2_h)
{
    return 1u << (sv_kept_log2(log2_w) + sv_kept_log2(log2_h));
}

static inline sv_node sv_tree_root(const sv_layout *layout, int tree, int ctu_x, int ctu_y)
{
    const sv_component *component = &layout->components.list[tree];
    int log2_w = SV_CTU_LOG2 - component->shift_x, log2_h = SV_CTU_LOG2 - component->shift_y;
    return (sv_node){ctu_x << log2_w, ctu_y << log2_h, (uint8_t)log2_w, (uint8_t)log2_h, 0};
}
static inline bool sv_node_outside(const sv_layout *layout, int tree, const sv_node *node)
{
    const sv_component *component = &layout->components.list[tree];
    return node->x >= layout->width >> component->shift_x ||
           node->y >= layout->height >> component->shift_y;
}

/* Mask of allowed splits, bit sv_split. Never 0. */
unsigned sv_allowed_splits(const sv_layout *layout, int tree, const sv_node *node);

/* Children in coding order; returns how many (2..4). Children may lie outside the picture. */
int sv_split_children(const sv_node *node, sv_split split, sv_node children[4]);

/* The unit at a sample position, or NULL beyond the map: the only way to tell whether something
 * lies there. */
static inline sv_unit *sv_unit_at(const sv_block_map *map, int x, int y)
{
    int ux = x >> SV_UNIT_LOG2, uy = y >> SV_UNIT_LOG2;
    if (x < 0 || y < 0 || ux >= map->width || uy >= map->height) {
        return NULL;
    }
    return &map->units[uy * map->stride + ux];
}

/* A CTU's entry in an array of one byte for each, row by row; 0 beyond the map. */
static inline uint8_t sv_ctu_entry(const sv_layout *layout, const uint8_t *of_ctus, int ctu_x,
                                   int ctu_y)
{
    const sv_block_map *map = &layout->maps[SV_COMPONENT_LUMA];
    bool there = sv_unit_at(map, ctu_x * SV_CTU_SIZE, ctu_y * SV_CTU_SIZE) != NULL;
    return there ? of_ctus[ctu_y * layout->ctu_cols + ctu_x] : 0;
}

/* The luma unit at the centre of a node or block of the chroma tree. */
static inline const sv_unit *sv_luma_unit(const sv_layout *layout, int x, int y, int log2_w,
                                          int log2_h)
{
    const sv_component *chroma = sv_chroma_of(&layout->components);
    return sv_unit_at(&layout->maps[SV_COMPONENT_LUMA], (x + (1 << log2_w >> 1)) << chroma->shift_x,
                      (y + (1 << log2_h >> 1)) << chroma->shift_y);
}

/* Enters a block in the map, before it is reconstructed: nobody else looks there until then. */
void sv_map_block(const sv_block_map *map, const sv_cu *cu);
/* Forgets what lies in a node. */
void sv_map_clear(const sv_block_map *map, const sv_node *node);

#endif
