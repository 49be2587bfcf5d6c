/* Where a block's quantised levels lie. */
#ifndef SVAC2_FORMAT_LEVELS_H
#define SVAC2_FORMAT_LEVELS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "format/limits.h"
#include "format/tables.h"

/* Whether a 4x4 group has a level. */
static inline bool sv_group_has_levels(const sv_level *levels, int stride)
{
    uint64_t any = 0;
    for (int y = 0; y < 4; y++) {
        uint64_t row[2];
        memcpy(row, levels + y * stride, sizeof row);
        any |= row[0] | row[1];
    }
    return any != 0;
}

/* Where (x, y) stands in the diagonal order of a grid of so many entries: further ahead than in an
 * endless one where diagonals are cut off. */
static inline int sv_diagonal_rank(const uint8_t *scan, int count, int x, int y)
{
    int diagonal = x + y, rank = diagonal * (diagonal + 1) / 2 + x;
    rank = rank < count ? rank : count - 1;
    while (scan[rank] != (y << 4 | x)) {
        rank--;
    }
    return rank;
}

/* The last level in coding order; there is one. */
static inline void sv_last_level(const sv_level *levels, int log2_w, int log2_h, int *group,
                                 int *position)
{
    const uint8_t *groups = sv_diagonal_scan[log2_w - 2][log2_h - 2];
    const uint8_t *inner = sv_diagonal_scan[2][2];
    int stride = 1 << log2_w;
    int g = (1 << (log2_w + log2_h - 4)) - 1;
    while (g > 0 && !sv_group_has_levels(
                        levels + (groups[g] >> 4) * 4 * stride + (groups[g] & 15) * 4, stride)) {
        g--;
    }
    const sv_level *corner = levels + (groups[g] >> 4) * 4 * stride + (groups[g] & 15) * 4;
    int i = SV_GROUP_AREA - 1;
    while (i > 0 && corner[(inner[i] >> 4) * stride + (inner[i] & 15)] == 0) {
        i--;
    }
    *group = g;
    *position = i;
}

#endif
