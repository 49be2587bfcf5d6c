#include "recon/ranks.h"

#include <string.h>

#include "common/intmath.h"
#include "common/memory.h"
#include "common/status.h"

svac2_status sv_ranks_create(sv_ranks *ranks, int planes, int depth, svac2_error *error)
{
    *ranks = (sv_ranks){.depth = depth};
    ranks->memory = sv_alloc((size_t)planes << depth, sizeof *ranks->memory);
    if (ranks->memory == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for tables of values");
    }
    for (int p = 0; p < planes; p++) {
        ranks->tables[p].values = ranks->memory + ((size_t)p << depth);
    }
    return SVAC2_OK;
}

void sv_ranks_destroy(sv_ranks *ranks)
{
    sv_free(ranks->memory);
    ranks->memory = NULL;
}

/* Marks values that occur, then writes them down in their order. */
static void collect(sv_value_table *table, const sv_plane *plane, int depth)
{
    uint16_t *values = table->values;
    memset(values, 0, sizeof *values << depth);
    for (int y = 0; y < plane->height; y++) {
        const uint16_t *row = plane->data + y * plane->stride;
        for (int x = 0; x < plane->width; x++) {
            values[row[x]] = 1;
        }
    }
    table->count = 0;
    for (int value = 0; value < 1 << depth; value++) {
        if (values[value] != 0) {
            values[table->count++] = (uint16_t)value;
        }
    }
}

void sv_ranks_collect(sv_ranks *ranks, const sv_planes *planes)
{
    for (int p = 0; p < planes->count; p++) {
        collect(&ranks->tables[p], &planes->planes[p], ranks->depth);
    }
}

int sv_ranks_depth(const sv_ranks *ranks, int planes)
{
    int depth = 8;
    for (int p = 0; p < planes; p++) {
        depth = sv_max(depth, sv_floor_log2((uint32_t)sv_max(ranks->tables[p].count - 1, 1)) + 1);
    }
    return depth;
}

static int rank_of(const sv_value_table *table, int value)
{
    int low = 0, high = table->count - 1;
    while (low < high) {
        const int middle = (low + high) / 2;
        if (table->values[middle] < value) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void sv_values_to_ranks(const sv_ranks *ranks, sv_planes *planes)
{
    for (int p = 0; p < planes->count; p++) {
        const sv_plane *plane = &planes->planes[p];
        for (int y = 0; y < plane->height; y++) {
            uint16_t *row = plane->data + y * plane->stride;
            for (int x = 0; x < plane->width; x++) {
                row[x] = (uint16_t)rank_of(&ranks->tables[p], row[x]);
            }
        }
    }
}

bool sv_ranks_to_values(const sv_ranks *ranks, sv_planes *planes)
{
    bool valid = true;
    for (int p = 0; p < planes->count; p++) {
        const sv_plane *plane = &planes->planes[p];
        const sv_value_table *table = &ranks->tables[p];
        for (int y = 0; y < plane->height; y++) {
            uint16_t *row = plane->data + y * plane->stride;
            for (int x = 0; x < plane->width; x++) {
                valid = valid && row[x] < table->count;
                row[x] = table->values[sv_min(row[x], table->count - 1)];
            }
        }
    }
    return valid;
}
