#include "enc/fast.h"
#include "recon/fast.h"

/* Every 16th row is looked at. Costs are levels of errors, summed over 16 pixels. */
enum { ROW_STEP = 16, RUN = 16 };

static int difference_at(uint16_t *const rows[SV_PLANES_MAX], const sv_fast_colour *colour,
                         int index, int x)
{
    int reference = sv_fast_reference_value((sv_fast_reference)colour->references[index],
                                            rows[colour->order[0]][x], rows[colour->order[1]][x]);
    return rows[colour->order[index]][x] - reference;
}

/* Of one plane of a row, predicted by the median of LOCO-I. */
static uint64_t cost_of_row(uint16_t *const rows[SV_PLANES_MAX],
                            uint16_t *const above[SV_PLANES_MAX], int width,
                            const sv_fast_colour *colour, int index)
{
    uint64_t cost = 0;
    int errors = 0;
    int w = difference_at(rows, colour, index, 0), nw = difference_at(above, colour, index, 0);
    for (int x = 1; x < width; x++) {
        int n = difference_at(above, colour, index, x), d = difference_at(rows, colour, index, x);
        errors += abs(d - sv_fast_median(w, n, nw));
        if (x % RUN == 0) {
            cost += (uint64_t)sv_fast_level_of(errors);
            errors = 0;
        }
        w = d;
        nw = n;
    }
    return cost;
}

static void rows_at(const sv_planes *planes, int y, uint16_t *rows[SV_PLANES_MAX])
{
    for (int p = 0; p < planes->count; p++) {
        rows[p] = planes->planes[p].data + y * planes->planes[p].stride;
    }
}

static uint64_t cost_of_colour(const sv_planes *planes, const sv_fast_colour *colour)
{
    uint64_t cost = 0;
    uint16_t *rows[SV_PLANES_MAX], *above[SV_PLANES_MAX];
    for (int y = 1; y < planes->planes[0].height; y += ROW_STEP) {
        rows_at(planes, y, rows);
        rows_at(planes, y - 1, above);
        for (int index = 0; index < planes->count; index++) {
            cost += cost_of_row(rows, above, planes->planes[0].width, colour, index);
        }
    }
    return cost;
}

/* Most of the picture is flat: two pixels of five are those beside and above. */
static bool is_drawn(const sv_planes *planes)
{
    uint64_t flat = 0, all = 0;
    uint16_t *rows[SV_PLANES_MAX], *above[SV_PLANES_MAX];
    for (int y = 1; y < planes->planes[0].height; y += ROW_STEP) {
        rows_at(planes, y, rows);
        rows_at(planes, y - 1, above);
        for (int x = 1; x < planes->planes[0].width; x++, all++) {
            int other = 0;
            for (int p = 0; p < planes->count; p++) {
                other |= (rows[p][x] ^ rows[p][x - 1]) | (rows[p][x] ^ above[p][x]);
            }
            flat += other == 0;
        }
    }
    return flat * 5 >= all * 2;
}

sv_fast_header sv_fast_choose(const sv_planes *planes, int max_error)
{
    sv_fast_header header = {.matches = is_drawn(planes), .max_error = (uint32_t)max_error};
    uint64_t least = UINT64_MAX;
    for (uint32_t i = 0; planes->count == SV_FAST_COLOUR_PLANES && i < SV_FAST_COLOURS; i++) {
        uint64_t cost = cost_of_colour(planes, &sv_fast_colours[i]);
        if (cost < least) {
            least = cost;
            header.colour = i;
        }
    }
    return header;
}
