/* What is known of the coded blocks around a place: one entry per 4x4 unit of a tree
 * (a tree codes luma, or both chroma planes on the chroma sample grid). */
#ifndef SVAC2_FORMAT_BLOCK_MAP_H
#define SVAC2_FORMAT_BLOCK_MAP_H

#include <stdint.h>

enum {
    SV_UNIT_CODED = 1,   /* entered: reconstructed before another block looks */
    SV_UNIT_EDGE_TOP = 2 /* the unit's top side is an edge between two blocks */
};

typedef struct sv_unit {
    uint8_t flags;  /* SV_UNIT_* */
    uint8_t mode;   /* sv_mode */
    uint8_t log2_w; /* size of the block that covers the unit */
    uint8_t log2_h;
    /* Of chroma: how the mode is coded, and the factor of Cb's residual, four bits each. Of each
     * plane: what its levels are like (sv_cu). */
    uint8_t chroma;
    uint8_t density, bands[2]; /* density: four bits each */
} sv_unit;

static inline uint8_t sv_pack_chroma(int index, int cross) { return (uint8_t)(cross << 4 | index); }
static inline int sv_unit_chroma_index(const sv_unit *unit) { return unit->chroma & 15; }
static inline int sv_unit_cross(const sv_unit *unit) { return unit->chroma >> 4; }

typedef struct sv_block_map {
    sv_unit *units; /* row-major, stride units apart; beyond the map there is nothing */
    int stride;
    int width, height; /* in units */
} sv_block_map;

#endif
