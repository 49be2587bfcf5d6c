#include "recon/deblock.h"

#include <assert.h>

#include "common/intmath.h"
#include "format/limits.h"

enum { SEGMENTS_MAX = 64 };

typedef struct segment_list {
    int count;
    uint16_t *segments[SEGMENTS_MAX];
} segment_list;

/* Segments of edges of one direction are gathered by kind, to be filtered many at once. */
typedef struct gathering {
    sv_deblock_vertical_kernel *filter; /* of either direction */
    sv_deblock_limits limits;
    ptrdiff_t stride;
    int max_value;
    segment_list lists[SV_DEBLOCK_KINDS];
} gathering;

static gathering gathering_of(const sv_plane *plane, int qp, const sv_dsp *dsp)
{
    return (gathering){.limits = sv_deblock_limits_of(qp, dsp->format),
                       .stride = plane->stride,
                       .max_value = dsp->format.max};
}

static void filter_list(gathering *g, int kind)
{
    segment_list *list = &g->lists[kind];
    g->filter(list->segments, list->count, g->stride, sv_deblock_reach(kind), g->limits,
              g->max_value);
    list->count = 0;
}

static void filter_lists(gathering *g)
{
    for (int kind = 0; kind < SV_DEBLOCK_KINDS; kind++) {
        filter_list(g, kind);
    }
}

/* An edge between blocks of these sizes. */
static void add_segment(gathering *g, uint16_t *at, int log2_p, int log2_q)
{
    int kind = sv_deblock_kind(sv_min(log2_p, log2_q));
    segment_list *list = &g->lists[kind];
    list->segments[list->count++] = at;
    if (list->count == SEGMENTS_MAX) {
        filter_list(g, kind);
    }
}

static int units_of(int log2_size)
{
    assert(log2_size >= SV_UNIT_LOG2);
    return 1 << (log2_size - SV_UNIT_LOG2);
}

/* Rows of units are walked from block to block. */
void sv_deblock_vertical_edges(const sv_plane *plane, const sv_block_map *map, int qp,
                               const sv_dsp *dsp, int first_row, int end_row)
{
    gathering g = gathering_of(plane, qp, dsp);
    g.filter = dsp->deblock_vertical;
    for (int y = first_row; y < end_row; y++) {
        const sv_unit *units = map->units + (ptrdiff_t)y * map->stride;
        uint16_t *at = plane->data + y * SV_UNIT_SIZE * plane->stride;
        for (int x = units_of(units->log2_w); x < map->width; x += units_of(units[x].log2_w)) {
            add_segment(&g, at + x * SV_UNIT_SIZE, units[x - 1].log2_w, units[x].log2_w);
        }
    }
    filter_lists(&g);
}

void sv_deblock_horizontal_edges(const sv_plane *plane, const sv_block_map *map, int qp,
                                 const sv_dsp *dsp, int first_row, int end_row)
{
    gathering g = gathering_of(plane, qp, dsp);
    g.filter = dsp->deblock_horizontal;
    for (int y = first_row; y < end_row; y++) {
        const sv_unit *units = map->units + (ptrdiff_t)y * map->stride;
        uint16_t *at = plane->data + y * SV_UNIT_SIZE * plane->stride;
        for (int x = 0; x < map->width; x++) {
            if (units[x].flags & SV_UNIT_EDGE_TOP) {
                add_segment(&g, at + x * SV_UNIT_SIZE, units[x - map->stride].log2_h,
                            units[x].log2_h);
            }
        }
    }
    filter_lists(&g);
}
