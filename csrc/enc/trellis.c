#include "enc/trellis.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* Values are in 1/64 steps, so that squares of their errors are costs. Coefficients from the first
 * on may be the last level, those below the second are zeros. */
enum { VALUE_BITS = SV_TRELLIS_COST_BITS / 2, LEAST_LAST = 51, LEAST = 19 };

static int32_t bin_cost(const sv_trellis *t, int context, int bin)
{
    return sv_trellis_bin_cost(t->now, t->task->contexts, context, bin);
}

static int32_t error_of(int32_t value)
{
    static_assert(SV_TRELLIS_ERROR_MAX == 1 << 26, "a square");
    const int32_t held = sv_min(value, 1 << 13);
    return held * held;
}

/* ---- Steps ---- */

/* The candidates for a value: the four multiples around it, one of each remainder by 4. Escapes are
 * priced in codes of order 0: that of the levels around gains nothing. */
static void fill_candidates(const sv_trellis *t, sv_trellis_place *place, int32_t value,
                            int distance_class)
{
    static_assert(INT32_MAX - SV_TRELLIS_VALUE_MAX >= 2 << VALUE_BITS, "multiples above fit");
    const int32_t below = value >> VALUE_BITS;
    for (int32_t near = below - 1; near <= below + 2; near++) {
        const int32_t multiple = near < 0 ? 3 : near, magnitude = sv_magnitude_of(multiple);
        const int32_t row = sv_clip(magnitude, 1, SV_ESCAPE_LEVEL) - 1;
        const int i = multiple & (SV_TRELLIS_CANDIDATES - 1);
        int32_t fixed = error_of(abs(value - (multiple << VALUE_BITS)));
        if (multiple == 0) {
            fixed = SV_TRELLIS_NO_LEVEL;
        } else if (magnitude >= SV_ESCAPE_LEVEL) {
            fixed += sv_trellis_cost(t->now,
                                     sv_price_escape(0, (uint32_t)(magnitude - SV_ESCAPE_LEVEL)));
        }
        place->multiples[i] = multiple;
        place->fixed[i] = fixed;
        place->costs[i] = t->now->levels[multiple & 1][distance_class][row];
    }
}

/* Whether a way that begins here, after zeros alone, could be the cheapest to a state. */
static bool may_begin(const sv_trellis *t)
{
    int32_t most = 0;
    for (int state = 0; state < SV_STATES; state++) {
        most = sv_max(most, t->ways.costs[state]);
    }
    return t->zero_error < most;
}

/* The place may have the block's last level. */
static void fill_begin(const sv_trellis *t, sv_trellis_place *place, int x, int y)
{
    const int32_t last = sv_trellis_cost(t->now, sv_price_last(&t->last, x, y));
    for (int i = 0; i < 2; i++) {
        const int64_t cost = t->zero_error + last + place->fixed[2 * i] + place->costs[2 * i][0];
        const bool some = place->multiples[2 * i] != 0;
        place->begin[i] = some && cost < SV_TRELLIS_NO_WAY ? (int32_t)cost : SV_TRELLIS_NO_WAY;
    }
}

static void step(sv_trellis *t, int position, bool flagged)
{
    const sv_level_walk *walk = &t->walk;
    const int x = walk->inner[position] & 15, y = walk->inner[position] >> 4;
    const int32_t value = t->group[position];
    /* Classes of the distance from the block's first level. */
    const sv_level_contexts classes =
        walk->by_distance[x + y] - *sv_contexts_by_distance(walk->coding, 0);
    sv_trellis_place place;
    place.position = position;
    place.certain = flagged && position == 0;
    place.levels = value >= LEAST || place.certain;
    place.zero_error = error_of(value);
    place.significance = &t->now->significance[sv_significant_of(classes) / SV_SUM_CLASSES];
    if (place.levels) {
        fill_candidates(t, &place, value, sv_greater1_of(classes) / SV_EXCESS_CLASSES);
    }
    place.begin[0] = place.begin[1] = SV_TRELLIS_NO_WAY;
    if (value >= LEAST_LAST && may_begin(t)) {
        fill_begin(t, &place, 4 * walk->group_x + x, 4 * walk->group_y + y);
    }
    t->indices[t->steps] = walk->corner + t->offsets[position];
    t->task->dsp->trellis_step(&t->ways, &place, t->steps, &t->nodes[t->steps]);
    t->zero_error += place.zero_error;
    t->steps++;
}

/* ---- Groups ---- */

/* Reads the group's values; returns the largest. */
static int32_t load_group(sv_trellis *t)
{
    const sv_dsp *dsp = t->task->dsp;
    const int corner = t->walk.corner, stride = t->walk.block.width;
    return sv_is_wide(dsp->format) ? dsp->group_values_wide(t->group, &t->task->coefs->wide[corner],
                                                            stride, t->per_coefficient)
                                   : dsp->group_values(t->group, &t->task->coefs->narrow[corner],
                                                       stride, t->per_coefficient);
}

static int64_t group_error(const sv_trellis *t)
{
    int64_t error = 0;
    for (int i = 0; i < SV_GROUP_AREA; i++) {
        error += error_of(t->group[i]);
    }
    return error;
}

/* Goes over what can only be zeros in the group of the last level; returns the position of the
 * first value that may be that. */
static int skip_zeros(sv_trellis *t)
{
    int position = SV_GROUP_AREA - 1;
    for (; t->group[position] < LEAST_LAST; position--) {
        t->zero_error += error_of(t->group[position]);
    }
    return position;
}

/* The ways with a group's flag, and without. */
static void enter_group(sv_trellis *t, bool flagged)
{
    const sv_level_walk *walk = &t->walk;
    const int64_t error = flagged ? group_error(t) : 0;
    memcpy(t->without.costs, t->ways.costs, sizeof t->without.costs);
    memcpy(t->without.nodes, t->ways.nodes, sizeof t->without.nodes);
    for (int state = 0; state < SV_STATES; state++) {
        t->ways.entries[state] = (uint16_t)state;
        t->ways.found[state] = 0;
        if (!flagged || t->ways.costs[state] >= SV_TRELLIS_NO_WAY) {
            continue;
        }
        const int flag = sv_group_context(walk->coding, t->coded_rows[t->side][state],
                                          walk->group_x, walk->group_y);
        const int64_t empty = t->ways.costs[state] + error + bin_cost(t, flag, 0);
        t->without.costs[state] = empty < SV_TRELLIS_NO_WAY ? (int32_t)empty : SV_TRELLIS_NO_WAY;
        t->ways.costs[state] += bin_cost(t, flag, 1);
    }
}

static void look_around(sv_trellis *t)
{
    const sv_level_walk *walk = &t->walk;
    for (int i = 0; i < SV_GROUP_AREA; i++) {
        const int x = walk->inner[i] & 15, y = walk->inner[i] >> 4;
        const int at = walk->around_corner + y * SV_AROUND_STRIDE + x;
        for (int state = 0; state < SV_STATES; state++) {
            t->ways.around[i][state] = t->around[t->side][state][at];
        }
    }
}

/* Enters the levels that a way took in the group. */
static void enter_levels(const sv_trellis *t, int node, uint16_t *around, uint16_t *coded_rows)
{
    const sv_level_walk *walk = &t->walk;
    uint16_t *row = &coded_rows[walk->group_y];
    *row = (uint16_t)(*row | 1u << walk->group_x);
    while (node >= t->group_begin * SV_STATES) {
        const sv_trellis_nodes *step = &t->nodes[node / SV_STATES];
        const int index = t->indices[node / SV_STATES], state = node % SV_STATES;
        const int x = index & (walk->block.width - 1), y = index >> walk->log2_w;
        sv_add_around(&around[SV_AROUND_FIRST + y * SV_AROUND_STRIDE + x],
                      sv_share_of(sv_magnitude_of(step->multiples[state])));
        node = step->before[state];
    }
}

/* The way to a state out of the group: what is around it. */
static void leave_way(sv_trellis *t, int state, bool empty)
{
    /* Later groups lie on this diagonal or before it. */
    const int rows = sv_min(4 * (t->walk.group_x + t->walk.group_y) + 6, SV_TX_MAX_COEFS + 2);
    const size_t size = (size_t)rows * SV_AROUND_STRIDE * sizeof(uint16_t);
    const int entry = empty ? state : t->ways.entries[state];
    uint16_t *around = t->around[1 - t->side][state];
    uint16_t *coded_rows = t->coded_rows[1 - t->side][state];
    if (entry == SV_TRELLIS_BEGUN) {
        memset(around, 0, size);
        memset(coded_rows, 0, sizeof t->coded_rows[0][0]);
    } else {
        memcpy(around, t->around[t->side][entry], size);
        memcpy(coded_rows, t->coded_rows[t->side][entry], sizeof t->coded_rows[0][0]);
    }
    if (!empty) {
        enter_levels(t, t->ways.nodes[state], around, coded_rows);
    }
}

/* Of a group with a flag. */
static void leave_group(sv_trellis *t)
{
    for (int state = 0; state < SV_STATES; state++) {
        const bool empty = t->without.costs[state] <= t->ways.costs[state];
        if (empty) {
            t->ways.costs[state] = t->without.costs[state];
            t->ways.nodes[state] = t->without.nodes[state];
        }
        if (t->ways.costs[state] < SV_TRELLIS_NO_WAY) {
            leave_way(t, state, empty);
        }
    }
    t->side = 1 - t->side;
}

/* ---- Blocks ---- */

static void start(sv_trellis *t, const sv_quantise_task *task, sv_level *levels)
{
    const int log2_w = sv_kept_log2(task->log2_w), log2_h = sv_kept_log2(task->log2_h);
    const int scale = sv_coefficient_scale(task->dsp->format, task->log2_w, task->log2_h);
    const double step_size = sv_step_size(task->quantiser);
    const double lambda = task->lambda * ldexp(1, 2 * scale) / (step_size * step_size);
    t->task = task;
    t->now = &t->costs[task->slot];
    sv_walk_start(&t->walk, &t->known, levels,
                  (sv_level_kind){task->coding, SV_QUANTISATION_DEPENDENT}, log2_w, log2_h,
                  (1 << (log2_w + log2_h - 4)) - 1, SV_GROUP_AREA - 1);
    sv_trellis_look_up(&t->costs[task->slot],
                       &(sv_trellis_moment){task->contexts, task->version, lambda, task->coding});
    t->per_coefficient = (int64_t)((1 << (20 + VALUE_BITS)) / step_size + 0.5);
    assert(t->per_coefficient > 0 && t->per_coefficient < INT64_C(1) << 31);
    for (int i = 0; i < SV_GROUP_AREA; i++) {
        t->offsets[i] = ((t->walk.inner[i] >> 4) << log2_w) + (t->walk.inner[i] & 15);
    }
    t->side = t->steps = 0;
    t->zero_error = 0;
    for (int state = 0; state < SV_STATES; state++) {
        t->ways.costs[state] = SV_TRELLIS_NO_WAY;
        t->ways.nodes[state] = -1;
    }
}

/* The levels of the cheapest way; false when no levels are as cheap. */
static bool trace_back(const sv_trellis *t, sv_level *levels)
{
    int64_t least = t->zero_error;
    int node = -1;
    for (int state = 0; state < SV_STATES; state++) {
        if (t->ways.costs[state] < least) {
            least = t->ways.costs[state];
            node = t->ways.nodes[state];
        }
    }
    const bool any = node >= 0;
    memset(levels, 0, (size_t)(t->walk.block.width * t->walk.block.height) * sizeof *levels);
    while (node >= 0) {
        const sv_trellis_nodes *step = &t->nodes[node / SV_STATES];
        const int index = t->indices[node / SV_STATES];
        const int multiple = step->multiples[node % SV_STATES];
        const bool negative = sv_coef_at(t->task->coefs, t->task->dsp->format, index) < 0;
        levels[index] = negative ? -multiple : multiple;
        node = step->before[node % SV_STATES];
    }
    return any;
}

/* Takes the ways through the group under way, of which `most` is the largest value; `begin`: it
 * is the first that may have levels. */
static void pass_group(sv_trellis *t, int32_t most, bool begin)
{
    const bool flagged = t->walk.group != 0;
    int first = SV_GROUP_AREA - 1;
    enter_group(t, flagged);
    if (flagged && most < LEAST) {
        memcpy(t->ways.costs, t->without.costs, sizeof t->ways.costs);
        t->zero_error += group_error(t);
        return;
    }
    if (begin) {
        sv_price_last_levels(t->task->contexts, &t->task->last, &t->last);
        first = skip_zeros(t);
        memset(t->ways.around, 0, sizeof t->ways.around);
    } else {
        look_around(t);
    }
    t->group_begin = t->steps;
    for (int i = first; i >= 0; i--) {
        step(t, i, flagged);
    }
    if (flagged) {
        leave_group(t);
    }
}

bool sv_trellis_quantise(sv_trellis *t, const sv_quantise_task *task, sv_level *levels)
{
    bool begun = false;
    start(t, task, levels);
    while (sv_walk_next_group(&t->walk)) {
        const int32_t most = load_group(t);
        if (!begun && most < LEAST_LAST) {
            t->zero_error += group_error(t);
            continue;
        }
        pass_group(t, most, !begun);
        begun = true;
    }
    return trace_back(t, levels);
}
