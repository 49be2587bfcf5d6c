/* The walk over a block's levels in the order in which they are coded: groups of 4x4, and the
 * levels in them, from the last one back to the first; with what the contexts are made of. */
#ifndef SVAC2_FORMAT_LEVEL_WALK_H
#define SVAC2_FORMAT_LEVEL_WALK_H

#include "format/levels.h"
#include "format/residual_context.h"

typedef struct sv_level_walk {
    const uint8_t *groups; /* their order */
    sv_coding coding;
    int stride;
    int last_group, last_position;
    int group, group_x, group_y; /* the one under way, and its place in units of groups */
    uint16_t coded_rows[SV_TX_MAX_COEFS / 4 + 1]; /* groups that have levels, a bit each */
    uint8_t magnitudes[SV_MAGNITUDE_SIZE];
} sv_level_walk;

static inline void sv_walk_rewind(sv_level_walk *walk) { walk->group = walk->last_group + 1; }

/* Of the kept rectangle; group and position: of the last level. */
static inline void sv_walk_start(sv_level_walk *walk, sv_coding coding, int log2_w, int log2_h,
                                 int group, int position)
{
    walk->groups = sv_diagonal_scan[log2_w - 2][log2_h - 2];
    walk->coding = coding;
    walk->stride = 1 << log2_w;
    walk->last_group = group;
    walk->last_position = position;
    sv_walk_rewind(walk);
    memset(walk->coded_rows, 0, sizeof walk->coded_rows);
    memset(walk->magnitudes, 0, (size_t)((1 << log2_h) + 2) * SV_MAGNITUDE_STRIDE);
}

/* Goes to the next group; false behind the first one. */
static inline bool sv_walk_next_group(sv_level_walk *walk)
{
    if (walk->group == 0) {
        return false;
    }
    int place = walk->groups[--walk->group];
    walk->group_x = place & 15;
    walk->group_y = place >> 4;
    return true;
}

/* Whether a flag tells if the group has levels: the last one does, the first one is taken to. */
static inline bool sv_walk_is_flagged(const sv_level_walk *walk)
{
    return walk->group != walk->last_group && walk->group != 0;
}

static inline int sv_walk_flag_context(const sv_level_walk *walk)
{
    return sv_group_context(walk->coding, walk->coded_rows, walk->group_x, walk->group_y);
}

/* Enters that the group has levels. */
static inline void sv_walk_mark_coded(sv_level_walk *walk)
{
    uint16_t *row = &walk->coded_rows[walk->group_y];
    *row = (uint16_t)(*row | 1u << walk->group_x);
}

/* Where the group's levels start, in the block's. */
static inline int sv_walk_corner(const sv_level_walk *walk)
{
    return walk->group_y * 4 * walk->stride + walk->group_x * 4;
}

/* How many levels of the group are coded, the first ones in its scan; they are coded backwards. */
static inline int sv_walk_count(const sv_level_walk *walk)
{
    return walk->group == walk->last_group ? walk->last_position + 1 : 16;
}

typedef struct sv_level_place {
    int x, y, index;    /* in the block */
    uint8_t *magnitude; /* its code; to be filled where it is not 0 */
} sv_level_place;

static inline sv_level_place sv_walk_place(sv_level_walk *walk, int position)
{
    int inner = sv_diagonal_scan[2][2][position];
    int x = walk->group_x * 4 + (inner & 15), y = walk->group_y * 4 + (inner >> 4);
    return (sv_level_place){x, y, y * walk->stride + x,
                            &walk->magnitudes[y * SV_MAGNITUDE_STRIDE + x]};
}

#endif
