#include "recon/deblock.h"

#include "format/deblocking.h"
#include "format/limits.h"

void sv_deblock_vertical_edges(const sv_plane *plane, const sv_block_map *map, int qp,
                               const sv_dsp *dsp, int first_row, int end_row)
{
    const sv_deblock_limits limit = sv_deblock_limits_of(qp, dsp->format);
    for (int y = first_row; y < end_row; y++) {
        const sv_unit *units = map->units + (ptrdiff_t)y * map->stride;
        uint16_t *row = plane->data + y * SV_UNIT_SIZE * plane->stride;
        for (int x = 0; x < map->width; x++) {
            if (units[x].flags & SV_UNIT_EDGE_LEFT) {
                dsp->deblock_vertical(
                    row + x * SV_UNIT_SIZE, plane->stride, sv_deblock_length(units[x - 1].log2_w),
                    sv_deblock_length(units[x].log2_w), limit.beta, limit.tc, dsp->format.max);
            }
        }
    }
}

void sv_deblock_horizontal_edges(const sv_plane *plane, const sv_block_map *map, int qp,
                                 const sv_dsp *dsp, int first_row, int end_row)
{
    const sv_deblock_limits limit = sv_deblock_limits_of(qp, dsp->format);
    for (int y = first_row; y < end_row; y++) {
        const sv_unit *units = map->units + (ptrdiff_t)y * map->stride;
        uint16_t *row = plane->data + y * SV_UNIT_SIZE * plane->stride;
        for (int x = 0; x < map->width; x++) {
            if (units[x].flags & SV_UNIT_EDGE_TOP) {
                dsp->deblock_horizontal(row + x * SV_UNIT_SIZE, plane->stride,
                                        sv_deblock_length(units[x - map->stride].log2_h),
                                        sv_deblock_length(units[x].log2_h), limit.beta, limit.tc,
                                        dsp->format.max);
            }
        }
    }
}
