/* The walk over a block's levels in the order in which they are coded: groups of 4x4, and the
 * levels in them, from the last one back to the first; with what the contexts are made of. */
#ifndef SVAC2_FORMAT_LEVEL_WALK_H
#define SVAC2_FORMAT_LEVEL_WALK_H

#include "format/levels.h"
#include "format/residual_context.h"

/* What is known of a block's levels before the next one. */
typedef struct sv_known_levels {
    uint16_t coded_rows[SV_TX_MAX_COEFS / 4 + 1]; /* groups that have levels, a bit each */
    uint16_t around[SV_AROUND_SIZE];              /* of every place (residual_context.h) */
} sv_known_levels;

typedef struct sv_level_walk {
    const uint8_t *groups, *inner; /* orders: of the groups, and of the levels in them */
    sv_coding coding;
    sv_level_block block;
    int log2_w, last_group, last_position;
    int group, group_x, group_y;          /* the one under way, and its place in units of groups */
    const sv_level_contexts *by_distance; /* of its places from its first one */
    int corner, around_corner;            /* where its levels, and what is around them, begin */
    int state;                            /* before the next level (format/dependent.h) */
    const sv_level_contexts *by_state;
    sv_known_levels *known; /* apart, so that compilers keep the rest in registers */
} sv_level_walk;

static inline void sv_walk_rewind(sv_level_walk *walk)
{
    walk->group = walk->last_group + 1;
    walk->state = 0;
}

/* How the levels of a block are coded. */
typedef struct sv_level_kind {
    sv_coding coding;
    sv_quantisation quantisation;
} sv_level_kind;

/* levels: of the kept rectangle; group and position: of the last one. */
static inline void sv_walk_start(sv_level_walk *walk, sv_known_levels *known,
                                 const sv_level *levels, sv_level_kind kind, int log2_w, int log2_h,
                                 int group, int position)
{
    const bool dependent = kind.quantisation == SV_QUANTISATION_DEPENDENT;
    walk->known = known;
    walk->groups = sv_diagonal_scan[log2_w - 2][log2_h - 2];
    walk->inner = sv_diagonal_scan[2][2];
    walk->coding = kind.coding;
    walk->by_state = sv_contexts_by_state(kind.quantisation);
    walk->log2_w = log2_w;
    walk->block = (sv_level_block){levels, 1 << log2_w, 1 << log2_h, dependent};
    walk->last_group = group;
    walk->last_position = position;
    sv_walk_rewind(walk);
    memset(walk->known->coded_rows, 0, sizeof walk->known->coded_rows);
    /* No group lies lower than at the lower end of the last one's diagonal. */
    int rows =
        sv_min(((walk->groups[group] & 15) + (walk->groups[group] >> 4) + 1) * 4, 1 << log2_h);
    for (int y = 0; y < rows + 2; y++) {
        memset(&walk->known->around[y * SV_AROUND_STRIDE], 0,
               SV_AROUND_STRIDE * sizeof walk->known->around[0]);
    }
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
    walk->by_distance = sv_contexts_by_distance(walk->coding, 4 * (walk->group_x + walk->group_y));
    walk->corner = (walk->group_y << walk->log2_w) * 4 + walk->group_x * 4;
    walk->around_corner =
        SV_AROUND_FIRST + walk->group_y * 4 * SV_AROUND_STRIDE + walk->group_x * 4;
    return true;
}

/* Whether a flag tells if the group has levels: the last one does, the first one is taken to. */
static inline bool sv_walk_is_flagged(const sv_level_walk *walk)
{
    return walk->group != walk->last_group && walk->group != 0;
}

static inline int sv_walk_flag_context(const sv_level_walk *walk)
{
    return sv_group_context(walk->coding, walk->known->coded_rows, walk->group_x, walk->group_y);
}

/* Enters that the group has levels. */
static inline void sv_walk_mark_coded(sv_level_walk *walk)
{
    uint16_t *row = &walk->known->coded_rows[walk->group_y];
    *row = (uint16_t)(*row | 1u << walk->group_x);
}

/* How many levels of the group are coded, the first ones in its scan; they are coded backwards. */
static inline int sv_walk_count(const sv_level_walk *walk)
{
    return walk->group == walk->last_group ? walk->last_position + 1 : SV_GROUP_AREA;
}

/* Where the places of a group lie from its first one, in the order of their scan: in what is around
 * places, in distance, and in blocks whose rows have 4, 8, 16 and 32 levels. */
static const struct sv_group_place {
    uint8_t around, distance, index[4];
} sv_group_places[SV_GROUP_AREA] = {
#define PLACE(x, y)                                                      \
    {                                                                    \
        SV_AROUND_STRIDE *(y) + (x), (x) + (y),                          \
        {                                                                \
            4 * (y) + (x), 8 * (y) + (x), 16 * (y) + (x), 32 * (y) + (x) \
        }                                                                \
    }
    PLACE(0, 0), PLACE(0, 1), PLACE(1, 0), PLACE(0, 2), PLACE(1, 1), PLACE(2, 0),
    PLACE(0, 3), PLACE(1, 2), PLACE(2, 1), PLACE(3, 0), PLACE(1, 3), PLACE(2, 2),
    PLACE(3, 1), PLACE(2, 3), PLACE(3, 2), PLACE(3, 3)
#undef PLACE
};

typedef struct sv_level_place {
    int index;        /* in the block */
    uint16_t *around; /* of this place */
    sv_level_contexts contexts;
} sv_level_place;

static inline sv_level_place sv_walk_place(sv_level_walk *walk, int position)
{
    const struct sv_group_place *from = &sv_group_places[position];
    sv_level_place place = {.index = walk->corner + from->index[walk->log2_w - 2],
                            .around = &walk->known->around[walk->around_corner + from->around]};
    place.contexts = walk->by_distance[from->distance] + sv_contexts_by_around(*place.around);
    return place;
}

static inline int sv_walk_x(const sv_level_walk *walk, const sv_level_place *place)
{
    return place->index & (walk->block.width - 1);
}
static inline int sv_walk_y(const sv_level_walk *walk, const sv_level_place *place)
{
    return place->index >> walk->log2_w;
}

/* The contexts of a place at the present state. */
static inline sv_level_contexts sv_walk_contexts(const sv_level_walk *walk,
                                                 const sv_level_place *place)
{
    return place->contexts + walk->by_state[walk->state];
}

/* The multiple of the step that a magnitude stands for, which leads to the next state. */
static inline int sv_walk_level(sv_level_walk *walk, int magnitude)
{
    if (!walk->block.dependent) {
        return magnitude;
    }
    const int multiple = sv_multiple_of(walk->state, magnitude);
    walk->state = sv_next_state(walk->state, magnitude);
    return multiple;
}

/* Whether a place's contexts hang on the level that is coded just before: in the corners alone,
 * where diagonals are short. */
static inline bool sv_walk_depends(int position) { return position == 0 || position == 14; }

static inline int sv_walk_escape_order(const sv_level_walk *walk, const sv_level_place *place)
{
    return sv_escape_order(*place->around, &walk->block, sv_walk_x(walk, place),
                           sv_walk_y(walk, place));
}

#endif
