#include "enc/trellis.h"

#include <math.h>

/* A path through the levels decided so far, from high to low frequencies, ends in one of four
 * states. Contexts depend on the path's own levels: the group under way lies in a small window with
 * its right and lower surroundings, whole blocks are only copied from group to group.
 *
 *   window      . . . . r r      . the 4x4 group, r of the group to the right, b of the one below,
 *               . . . . r r      d of the one diagonally behind
 *               . . . . r r
 *               . . . . r r
 *               b b b b d d
 *               b b b b d d
 */
enum {
    STATES = SV_DEP_QUANT_STATES,
    START = STATES, /* "came from" of a path's first level */
    SIDE = 6,
    WINDOW_STRIDE = 8,
    POSITIONS_MAX = SV_TX_MAX_COEFS * SV_TX_MAX_COEFS
};

typedef struct path {
    double cost; /* against no residual; INFINITY: no such path */
    uint8_t window[SIDE * WINDOW_STRIDE];
    uint8_t group_state; /* state in which the path entered the group; START: it began here */
    bool found;          /* the group has a level */
} path;

/* What a path has coded in the groups before. */
typedef struct history {
    double cost;
    uint16_t coded_rows[SV_TX_MAX_COEFS / 4 + 1];
    uint8_t magnitudes[SV_MAGNITUDE_SIZE];
} history;

typedef struct trellis {
    const sv_quantise_task *task;
    double half_step, lambda; /* lambda per 1/4096 bit, squared coefficient units */
    int log2_w, log2_h;       /* of the kept rectangle */
    path paths[2][STATES];    /* before and after the level under way */
    history past[2][STATES];
    int now, past_now; /* which of the two */
    uint8_t from[POSITIONS_MAX][STATES];
    uint16_t magnitude[POSITIONS_MAX][STATES];
    bool skipped[POSITIONS_MAX / 16][STATES]; /* group left empty by the path that ends it here */
} trellis;

static void extend(path *next, int state, uint8_t *from, uint16_t *magnitude, double cost, int came_from, int k)
{
    if (cost < next[state].cost) {
        next[state].cost = cost;
        from[state] = (uint8_t)came_from;
        magnitude[state] = (uint16_t)k;
    }
}

/* One level at `position` (group * 16 + place in it), (x, y) in the block. */
static void step(trellis *t, int position, int x, int y, int coefficient)
{
    const sv_quantise_task *task = t->task;
    const path *old = t->paths[t->now];
    path *next = t->paths[t->now ^ 1];
    uint8_t *from = t->from[position];
    uint16_t *magnitudes = t->magnitude[position];
    int place = (y & 3) * WINDOW_STRIDE + (x & 3);
    bool last_of_group = (position & 15) == 0 && position != 0;
    int value = abs(coefficient);
    int halves = (int)(value / t->half_step); /* whole half steps in the coefficient */
    for (int s = 0; s < STATES; s++) {
        next[s].cost = INFINITY;
    }
    for (int s = 0; s < STATES; s++) {
        if (old[s].cost == (double)INFINITY) {
            continue;
        }
        sv_level_context context = sv_level_contexts(&old[s].window[place], WINDOW_STRIDE, x, y, task->tree,
                                                     sv_quantiser_class(1, s));
        bool certain = last_of_group && !old[s].found && old[s].group_state != START;
        if (!certain) {
            double rate = sv_price_magnitude(task->contexts, &context, 0, 0);
            extend(next, sv_next_state(s, 0), from, magnitudes, old[s].cost + t->lambda * rate, s, 0);
        }
        int low = (halves + (s >> 1)) / 2;
        for (int k = low; k <= low + 1; k++) {
            if (k == 0 || (k > low && value * 8 < t->half_step * 3)) {
                continue; /* nothing, or far too small for it */
            }
            double error_gain = (2 * k - (s >> 1)) * t->half_step;
            error_gain *= 2 * value - error_gain;
            double rate = SV_PRICE_ONE_BIT + (double)sv_price_magnitude(task->contexts, &context, certain, k);
            extend(next, sv_next_state(s, k), from, magnitudes, old[s].cost + t->lambda * rate - error_gain, s, k);
        }
    }
    if (halves > 0) { /* a path that begins here */
        static const uint8_t nothing[SIDE * WINDOW_STRIDE] = {0};
        sv_level_context context = sv_level_contexts(nothing, WINDOW_STRIDE, x, y, task->tree, sv_quantiser_class(1, 0));
        double last = sv_price_last(task->contexts, task->tree, t->log2_w, t->log2_h, x, y);
        int low = halves / 2;
        for (int k = low > 0 ? low : 1; k <= low + 1; k++) {
            double error_gain = 2 * k * t->half_step;
            error_gain *= 2 * value - error_gain;
            double rate = last + SV_PRICE_ONE_BIT + sv_price_magnitude(task->contexts, &context, 1, k);
            extend(next, sv_next_state(0, k), from, magnitudes, t->lambda * rate - error_gain, START, k);
        }
    }
    for (int s = 0; s < STATES; s++) {
        path *p = &next[s];
        if (p->cost == (double)INFINITY) {
            continue;
        }
        if (from[s] == START) {
            memset(p->window, 0, sizeof p->window);
            p->group_state = START;
            p->found = true;
        } else {
            const path *before = &old[from[s]];
            memcpy(p->window, before->window, sizeof p->window);
            p->group_state = before->group_state;
            p->found = before->found || magnitudes[s] != 0;
        }
        p->window[place] = (uint8_t)sv_min(magnitudes[s], SV_MAGNITUDE_CAP);
    }
    t->now ^= 1;
}

static const sv_context *group_flag(const trellis *t, const history *past, int gx, int gy)
{
    int neighbours = (past->coded_rows[gy] >> (gx + 1) & 1) + (past->coded_rows[gy + 1] >> gx & 1);
    return &t->task->contexts->contexts[SV_CTX_GROUP + t->task->tree * 3 + neighbours];
}

static void enter_group(trellis *t, int group, int gx, int gy)
{
    for (int s = 0; s < STATES; s++) {
        path *p = &t->paths[t->now][s];
        const history *past = &t->past[t->past_now][s];
        p->cost = past->cost;
        if (p->cost == (double)INFINITY) {
            continue;
        }
        p->cost += group != 0 ? t->lambda * sv_price_bin(group_flag(t, past, gx, gy), 1) : 0;
        p->group_state = (uint8_t)s;
        p->found = false;
        const uint8_t *corner = &past->magnitudes[gy * 4 * SV_MAGNITUDE_STRIDE + gx * 4];
        for (int y = 0; y < SIDE; y++) {
            memcpy(&p->window[y * WINDOW_STRIDE], corner + y * SV_MAGNITUDE_STRIDE, SIDE);
        }
    }
}

static void leave_group(trellis *t, int group, int gx, int gy)
{
    const history *before = t->past[t->past_now];
    history *after = t->past[t->past_now ^ 1];
    size_t used = (size_t)((1 << t->log2_h) + 2) * SV_MAGNITUDE_STRIDE;
    for (int s = 0; s < STATES; s++) {
        const path *p = &t->paths[t->now][s];
        history *h = &after[s];
        h->cost = p->cost;
        if (group != 0 && before[s].cost < (double)INFINITY) {
            double empty = before[s].cost + t->lambda * sv_price_bin(group_flag(t, &before[s], gx, gy), 0);
            if (empty <= p->cost) {
                memcpy(h->coded_rows, before[s].coded_rows, sizeof h->coded_rows);
                memcpy(h->magnitudes, before[s].magnitudes, used);
                h->cost = empty;
                t->skipped[group][s] = true;
                continue;
            }
        }
        t->skipped[group][s] = false;
        if (p->cost == (double)INFINITY) {
            continue;
        }
        if (p->group_state == START) {
            memset(h->coded_rows, 0, sizeof h->coded_rows);
            memset(h->magnitudes, 0, used);
        } else {
            memcpy(h->coded_rows, before[p->group_state].coded_rows, sizeof h->coded_rows);
            memcpy(h->magnitudes, before[p->group_state].magnitudes, used);
        }
        h->coded_rows[gy] = (uint16_t)(h->coded_rows[gy] | 1u << gx);
        for (int y = 0; y < 4; y++) {
            memcpy(&h->magnitudes[(gy * 4 + y) * SV_MAGNITUDE_STRIDE + gx * 4], &p->window[y * WINDOW_STRIDE], 4);
        }
    }
    t->past_now ^= 1;
}

/* Writes the path that ends in `state` to levels; returns its gain in squared coefficient units. */
static double trace_back(const trellis *t, int last_group, int state, int16_t *levels)
{
    const uint8_t *groups = sv_diagonal_scan[t->log2_w - 2][t->log2_h - 2];
    const uint8_t *inner = sv_diagonal_scan[2][2];
    double gain = 0;
    for (int group = 0; group <= last_group; group++) {
        if (t->skipped[group][state]) {
            continue;
        }
        for (int i = 0; i < 16; i++) {
            int position = group * 16 + i;
            int k = t->magnitude[position][state], from = t->from[position][state];
            if (k != 0) {
                int x = (groups[group] & 15) * 4 + (inner[i] & 15), y = (groups[group] >> 4) * 4 + (inner[i] >> 4);
                int at = (y << t->log2_w) + x;
                int level = sv_level_of(k, from == START ? 0 : from, 1);
                double value = level * t->half_step;
                gain += value * (2 * abs(t->task->coefs[at]) - value);
                levels[at] = (int16_t)(t->task->coefs[at] < 0 ? -level : level);
            }
            if (from == START) {
                return gain;
            }
            state = from;
        }
    }
    return gain;
}

bool sv_trellis_quantise(const sv_quantise_task *task, int16_t *levels, double *gain)
{
    trellis t;
    double unit = ldexp(1, 2 * sv_coefficient_scale(task->log2_w, task->log2_h));
    t.task = task;
    t.half_step = (double)task->quantiser.factor / (double)(1 << task->quantiser.shift);
    t.lambda = task->lambda * unit / SV_PRICE_ONE_BIT;
    t.log2_w = sv_kept_log2(task->log2_w);
    t.log2_h = sv_kept_log2(task->log2_h);
    t.now = t.past_now = 0;
    for (int s = 0; s < STATES; s++) {
        t.past[0][s].cost = INFINITY;
    }
    const uint8_t *groups = sv_diagonal_scan[t.log2_w - 2][t.log2_h - 2];
    const uint8_t *inner = sv_diagonal_scan[2][2];
    int group_count = 1 << (t.log2_w + t.log2_h - 4), last_group = -1;
    for (int group = group_count - 1; group >= 0; group--) {
        int gx = groups[group] & 15, gy = groups[group] >> 4;
        const int16_t *corner = task->coefs + (gy * 4 << t.log2_w) + gx * 4;
        if (last_group < 0) { /* nothing can begin where all is below half a step */
            bool any = false;
            for (int i = 0; i < 16; i++) {
                any |= abs(corner[(i >> 2 << t.log2_w) + (i & 3)]) >= t.half_step;
            }
            if (!any) {
                continue;
            }
            last_group = group;
        }
        enter_group(&t, group, gx, gy);
        for (int i = 15; i >= 0; i--) {
            int x = inner[i] & 15, y = inner[i] >> 4;
            step(&t, group * 16 + i, gx * 4 + x, gy * 4 + y, corner[(y << t.log2_w) + x]);
        }
        leave_group(&t, group, gx, gy);
    }
    memset(levels, 0, sv_level_area(task->log2_w, task->log2_h) * sizeof *levels);
    int best = -1;
    double best_cost = 0;
    for (int s = 0; s < STATES; s++) {
        if (last_group >= 0 && t.past[t.past_now][s].cost < best_cost) {
            best_cost = t.past[t.past_now][s].cost;
            best = s;
        }
    }
    *gain = best >= 0 ? trace_back(&t, last_group, best, levels) / unit : 0;
    return best >= 0;
}
