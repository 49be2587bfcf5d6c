#include "enc/trellis.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "enc/quantise.h"

/* Values are in 1/64 steps, so that squares of their errors are costs. Coefficients from the first
 * on may be the last level, those below the second are zeros. */
enum { VALUE_BITS = SV_TRELLIS_COST_BITS / 2, LEAST_LAST = 51, LEAST = 19 };

/* ---- Costs ---- */

static int32_t cost_of(const sv_trellis_costs *costs, uint32_t price)
{
    return (int32_t)((price * costs->lambda + (1 << 15)) >> 16);
}

static int32_t bin_cost(const sv_trellis *t, int context, int bin)
{
    return cost_of(t->now, sv_price_bin(t->task->contexts, sv_one(context), bin));
}

/* Sums and excesses, one of each class. */
static const uint8_t sums[SV_SUM_CLASSES] = {0, 1, 2, 3, 4, 6, 8, 12};
static const uint8_t excesses[SV_EXCESS_CLASSES] = {0, 0, 1, 2, 4, 7};

static sv_level_contexts contexts_at(const sv_trellis *t, int distance, int state, int sum,
                                     int excess)
{
    return *sv_contexts_by_distance(t->task->coding, distance) + t->walk.by_state[state] +
           sv_contexts_by_around((unsigned)(sum | excess << 8));
}

static void fill_significance(const sv_trellis *t, sv_trellis_costs *costs)
{
    static const uint8_t distances[SV_DISTANCE_CLASSES] = {0, 1, 2, 5, 10};
    static const uint8_t states[SV_STATE_KINDS] = {0, 1, 5};
    for (int i = 0; i < SV_DISTANCE_CLASSES; i++) {
        for (int kind = 0; kind < SV_STATE_KINDS; kind++) {
            for (int class = 0; class < SV_SUM_CLASSES; class++) {
                const int context =
                    sv_significant_of(contexts_at(t, distances[i], states[kind], sums[class], 0));
                costs->significance[i].zero[kind][class] = bin_cost(t, context, 0);
                costs->significance[i].some[kind][class] = bin_cost(t, context, 1);
            }
        }
    }
}

static void fill_magnitudes(const sv_trellis *t, sv_trellis_costs *costs)
{
    static const uint8_t distances[SV_GREATER1_CLASSES] = {0, 1, 3, 10};
    for (int kind = 0; kind < SV_MULTIPLE_KINDS; kind++) {
        for (int class = 0; class < SV_EXCESS_CLASSES; class++) {
            sv_level_contexts contexts = 0;
            for (int i = 0; i < SV_GREATER1_CLASSES; i++) {
                contexts = contexts_at(t, distances[i], kind, class > 0, excesses[class]);
                costs->one[kind][i][class] = bin_cost(t, sv_greater1_of(contexts), 0);
                costs->more[kind][i][class] = bin_cost(t, sv_greater1_of(contexts), 1);
            }
            int32_t cost = 0;
            for (int i = 0; i < SV_GREATER2_BINS; i++) {
                const int context = sv_greater2_of(contexts) + 6 * i;
                costs->rest[kind][i][class] = cost + bin_cost(t, context, 0);
                cost += bin_cost(t, context, 1);
            }
            costs->rest[kind][SV_GREATER2_BINS][class] = cost;
        }
    }
}

/* Contexts seldom change between the trials of a block. */
static void look_up_costs(sv_trellis *t, double lambda)
{
    const sv_quantise_task *task = t->task;
    sv_trellis_costs *costs = &t->costs[task->plane];
    const int64_t fixed = (int64_t)(lambda * (1 << 16) + 0.5);
    t->now = costs;
    if (costs->version != task->version || costs->lambda != fixed) {
        costs->version = task->version;
        costs->lambda = fixed;
        fill_significance(t, costs);
        fill_magnitudes(t, costs);
    }
}

/* ---- Steps ---- */

static int32_t error_of(int64_t value, int64_t multiple)
{
    const int64_t error = value - (multiple << VALUE_BITS);
    return error * error < SV_TRELLIS_ERROR_MAX ? (int32_t)(error * error) : SV_TRELLIS_ERROR_MAX;
}

/* The multiple nearest to a value of those with a remainder by 4. */
static int nearest(int64_t value, int remainder)
{
    const int64_t beyond = value - (remainder << VALUE_BITS) + (2 << VALUE_BITS);
    return remainder + (beyond < 0 ? 0 : 4 * (int)(beyond >> (VALUE_BITS + 2)));
}

/* What a multiple costs by the class of the excess, if it is not 0. */
static void fill_candidate(const sv_trellis *t, sv_trellis_place *place, int64_t value, int i,
                           int distance_class)
{
    const sv_trellis_costs *costs = t->now;
    const int multiple = nearest(value, i), magnitude = sv_magnitude_of(multiple);
    int32_t fixed = error_of(value, multiple) + cost_of(costs, SV_PRICE_ONE_BIT);
    place->multiples[i] = multiple;
    if (multiple == 0) {
        fixed = SV_TRELLIS_NO_LEVEL;
    } else if (magnitude >= SV_ESCAPE_LEVEL) {
        fixed += cost_of(costs, sv_price_escape(0, (uint32_t)(magnitude - SV_ESCAPE_LEVEL)));
    }
    const int32_t *first =
        magnitude > 1 ? costs->more[i & 1][distance_class] : costs->one[i & 1][distance_class];
    const int32_t *rest = costs->rest[i & 1][sv_clip(magnitude, 2, SV_ESCAPE_LEVEL) - 2];
    for (int class = 0; class < 8; class++) {
        place->costs[i][class] = fixed + first[class] + (magnitude > 1 ? rest[class] : 0);
    }
}

/* The place may have the block's last level. */
static void fill_begin(const sv_trellis *t, sv_trellis_place *place, int x, int y)
{
    const sv_quantise_task *task = t->task;
    const int32_t last = cost_of(t->now, sv_price_last(task->contexts, &task->last, x, y));
    for (int i = 0; i < 2; i++) {
        const int64_t cost = t->zero_error + last + place->costs[2 * i][0];
        place->begin[i] = cost < SV_TRELLIS_NO_WAY ? (int32_t)cost : SV_TRELLIS_NO_WAY;
    }
}

static void step(sv_trellis *t, int position, bool flagged)
{
    const sv_level_walk *walk = &t->walk;
    const int x = walk->inner[position] & 15, y = walk->inner[position] >> 4;
    const int64_t value = t->group[position];
    /* Classes of the distance from the block's first level. */
    const sv_level_contexts classes =
        walk->by_distance[x + y] - *sv_contexts_by_distance(walk->coding, 0);
    sv_trellis_place place;
    place.position = position;
    place.certain = flagged && position == 0;
    place.levels = value >= LEAST || place.certain;
    place.zero_error = error_of(value, 0);
    place.significance = &t->now->significance[sv_significant_of(classes) / SV_SUM_CLASSES];
    for (int i = 0; place.levels && i < SV_TRELLIS_CANDIDATES; i++) {
        fill_candidate(t, &place, value, i, sv_greater1_of(classes) / SV_EXCESS_CLASSES);
    }
    place.begin[0] = place.begin[1] = SV_TRELLIS_NO_WAY;
    if (value >= LEAST_LAST) {
        fill_begin(t, &place, 4 * walk->group_x + x, 4 * walk->group_y + y);
    }
    t->indices[t->steps] = walk->corner + (y << walk->log2_w) + x;
    t->task->dsp->trellis_step(&t->ways, &place, t->steps, &t->nodes[t->steps]);
    t->zero_error += place.zero_error;
    t->steps++;
}

/* ---- Groups ---- */

/* Reads the group's coefficients; returns the largest. */
static int64_t load_group(sv_trellis *t)
{
    const sv_level_walk *walk = &t->walk;
    int64_t most = 0;
    for (int i = 0; i < SV_GROUP_AREA; i++) {
        const int x = walk->inner[i] & 15, y = walk->inner[i] >> 4;
        const int index = walk->corner + (y << walk->log2_w) + x;
        const int64_t magnitude = abs(sv_coef_at(t->task->coefs, t->task->dsp->format, index));
        t->group[i] = (magnitude * t->inverse_step + (1 << 19)) >> 20;
        most = t->group[i] > most ? t->group[i] : most;
    }
    return most;
}

static int64_t group_error(const sv_trellis *t)
{
    int64_t error = 0;
    for (int i = 0; i < SV_GROUP_AREA; i++) {
        error += error_of(t->group[i], 0);
    }
    return error;
}

/* The ways with a group's flag, and without. */
static void enter_group(sv_trellis *t, bool flagged)
{
    const sv_level_walk *walk = &t->walk;
    const int64_t error = flagged ? group_error(t) : 0;
    t->without = t->ways;
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

static void leave_group(sv_trellis *t, bool flagged)
{
    for (int state = 0; state < SV_STATES; state++) {
        const bool empty = flagged && t->without.costs[state] <= t->ways.costs[state];
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
    const double step_size = (double)task->quantiser.factor / (double)(1 << task->quantiser.shift);
    t->task = task;
    t->inverse_step = (int64_t)((1 << (20 + VALUE_BITS)) / step_size + 0.5);
    sv_walk_start(&t->walk, levels, (sv_level_kind){task->coding, SV_QUANTISATION_DEPENDENT},
                  log2_w, log2_h, (1 << (log2_w + log2_h - 4)) - 1, SV_GROUP_AREA - 1);
    look_up_costs(t, task->lambda * ldexp(1, 2 * scale) / (step_size * step_size));
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

bool sv_trellis_quantise(sv_trellis *t, const sv_quantise_task *task, sv_level *levels)
{
    bool begun = false;
    start(t, task, levels);
    while (sv_walk_next_group(&t->walk)) {
        const bool flagged = t->walk.group != 0;
        const int64_t most = load_group(t);
        if (!begun && most < LEAST_LAST) {
            t->zero_error += group_error(t);
            continue;
        }
        begun = true;
        enter_group(t, flagged);
        if (flagged && most < LEAST) {
            t->ways = t->without;
            t->zero_error += group_error(t);
            continue;
        }
        look_around(t);
        t->group_begin = t->steps;
        for (int i = SV_GROUP_AREA - 1; i >= 0; i--) {
            step(t, i, flagged);
        }
        if (t->walk.group != 0) {
            leave_group(t, flagged);
        }
    }
    return trace_back(t, levels);
}
