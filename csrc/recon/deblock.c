#include "recon/deblock.h"

#include "common/intmath.h"
#include "format/limits.h"

typedef struct thresholds {
    int beta; /* activity above which an edge is taken for picture content */
    int tc;   /* the largest correction */
} thresholds;

/* tc grows with the quantiser step, beta with its logarithm; both on the 10-bit scale. */
static thresholds thresholds_of(int qp)
{
    /* 64 * 0.33 * 2^(i / 8) */
    static const int fraction[8] = {21, 23, 25, 27, 30, 33, 36, 39};
    return (thresholds){
        .beta = sv_clip(sv_max(4 * qp - 20, 7 * qp - 118), 0, 256),
        .tc = ((fraction[qp & 7] << (qp >> 3)) + 32) >> 6,
    };
}

/* How many samples may change on a side, by the size of its block across the edge. */
static int side_length(int log2_size) { return log2_size < 3 ? 1 : log2_size < 5 ? 3 : 7; }

void sv_deblock_vertical_edges(const sv_plane *plane, const sv_block_map *map, int qp,
                               const sv_dsp *dsp, int first_row, int end_row)
{
    const thresholds limit = thresholds_of(qp);
    for (int y = first_row; y < end_row; y++) {
        const sv_unit *units = map->units + (ptrdiff_t)y * map->stride;
        uint16_t *row = plane->data + y * SV_UNIT_SIZE * plane->stride;
        for (int x = 1; x < map->width; x++) {
            if (units[x].flags & SV_UNIT_EDGE_LEFT) {
                dsp->deblock_vertical(row + x * SV_UNIT_SIZE, plane->stride,
                                      side_length(units[x - 1].log2_w),
                                      side_length(units[x].log2_w), limit.beta, limit.tc);
            }
        }
    }
}

void sv_deblock_horizontal_edges(const sv_plane *plane, const sv_block_map *map, int qp,
                                 const sv_dsp *dsp, int first_row, int end_row)
{
    const thresholds limit = thresholds_of(qp);
    for (int y = sv_max(first_row, 1); y < end_row; y++) {
        const sv_unit *units = map->units + (ptrdiff_t)y * map->stride;
        const sv_unit *above = units - map->stride;
        uint16_t *row = plane->data + y * SV_UNIT_SIZE * plane->stride;
        for (int x = 0; x < map->width; x++) {
            if (units[x].flags & SV_UNIT_EDGE_TOP) {
                dsp->deblock_horizontal(row + x * SV_UNIT_SIZE, plane->stride,
                                        side_length(above[x].log2_h), side_length(units[x].log2_h),
                                        limit.beta, limit.tc);
            }
        }
    }
}
