#include "enc/lossless_search.h"

#include "recon/lossless.h"

bool sv_ranks_pay(const sv_ranks *ranks, const sv_planes *planes)
{
    enum { SAMPLES_PER_VALUE = 8 };
    const sv_plane *first = &planes->planes[0];
    int64_t values = 0, spans = 0;
    for (int p = 0; p < planes->count; p++) {
        const sv_value_table *table = &ranks->tables[p];
        values += table->count;
        spans += table->values[table->count - 1] - table->values[0] + 1;
    }
    return 4 * values <= 3 * spans &&
           SAMPLES_PER_VALUE * values <= (int64_t)planes->count * first->width * first->height;
}

/* Rows that are looked at: SEEN of every PERIOD. */
enum { SEEN = 4, PERIOD = 16 };

static bool same(const sv_planes *planes, int x, int y, int to_x, int to_y)
{
    for (int p = 0; p < planes->count; p++) {
        const sv_plane *plane = &planes->planes[p];
        if (plane->data[y * plane->stride + x] != plane->data[to_y * plane->stride + to_x]) {
            return false;
        }
    }
    return true;
}

/* Pixels of a row that equal one beside them. */
static int repeats_in_row(const sv_planes *planes, int y)
{
    int repeats = 0;
    for (int x = 1; x < planes->planes[0].width; x++) {
        repeats += same(planes, x, y, x - 1, y) || same(planes, x, y, x, y - 1);
    }
    return repeats;
}

bool sv_colours_repeat(const sv_planes *planes, int depth)
{
    int64_t repeats = 0, pixels = 0;
    for (int y = 1; y < planes->planes[0].height; y++) {
        if (y % PERIOD < SEEN) {
            repeats += repeats_in_row(planes, y);
            pixels += planes->planes[0].width;
        }
    }
    return sv_lossless_can_repeat(planes->count, depth) && 4 * repeats >= pixels;
}
