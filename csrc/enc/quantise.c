#include "enc/quantise.h"

#include "enc/trellis.h"

#include <math.h>

static bool round_levels(const sv_quantise_task *task, int count, sv_level *levels)
{
    /* 1 / step in at most 15 bits, so that 16-bit coefficients keep products below 2^30; in up to
     * 30 for those of 32 bits, fewer where steps are coarse and few levels come of them. */
    const bool wide = sv_is_wide(task->dsp->format);
    const double most = wide ? (1 << 30) - 1 : (1 << 15) - 1;
    double inverse = 1 / sv_step_size(task->quantiser);
    int shift = 15;
    while (shift > 0 && inverse * (1 << shift) > most) {
        shift--;
    }
    while (shift < 28 && inverse * (double)(1 << (shift + 1)) <= most) {
        shift++;
    }
    int factor = (int)(inverse * (double)(1 << shift) + 0.5);
    int rounding = (1 << shift) / 2;
    const sv_dsp *dsp = task->dsp;
    return wide ? dsp->quantize_wide(levels, task->coefs->wide, count, factor, rounding, shift) > 0
                : dsp->quantize(levels, task->coefs->narrow, count, factor, rounding, shift) > 0;
}

static int32_t coefficient_at(const sv_quantise_task *task, int index)
{
    return sv_coef_at(task->coefs, task->dsp->format, index);
}

/* Squared error gained by a level of magnitude m against zero, in squared coefficient units. */
static double gain_of(double coefficient, double step, int magnitude)
{
    double value = magnitude * step;
    return value * (2 * coefficient - value);
}

static double total_gain(const sv_quantise_task *task, int count, const sv_level *levels)
{
    uint16_t places[SV_TX_MAX_COEFS * SV_TX_MAX_COEFS];
    const int found = task->dsp->find_levels(places, levels, count);
    const double step = sv_step_size(task->quantiser);
    double gain = 0;
    for (int i = 0; i < found; i++) {
        gain += gain_of(abs(coefficient_at(task, places[i])), step, abs(levels[places[i]]));
    }
    return gain;
}

/* State of the choice of levels, from high to low frequencies. */
typedef struct choice {
    const sv_quantise_task *task;
    sv_level *levels;
    sv_last_prices last;
    double step, lambda; /* lambda per 1/4096 bit, squared coefficient units */
    sv_known_levels known;
    sv_level_walk walk;
    int best_last;    /* index of the best last level so far, or -1 */
    double best_cost; /* of ending there, less the cost of the whole walk */
    double cost;      /* cost of all that was walked; zero residual is the reference */
} choice;

static int choose_level(choice *c, int position)
{
    const sv_quantise_task *task = c->task;
    const sv_context_set *contexts = task->contexts;
    sv_level_place at = sv_walk_place(&c->walk, position);
    sv_level *level = &c->levels[at.index];
    int coefficient = coefficient_at(task, at.index);
    int rounded = abs(*level), magnitude = abs(coefficient), best = 0;
    double zero_cost = c->lambda * sv_price_magnitude(contexts, &c->walk, &at, 0, 0);
    double best_cost = zero_cost, as_last = 0;
    for (int candidate = rounded; candidate > 0 && candidate > rounded - 2; candidate--) {
        double rate =
            SV_PRICE_ONE_BIT + (double)sv_price_magnitude(contexts, &c->walk, &at, 0, candidate);
        double cost = c->lambda * rate - gain_of(magnitude, c->step, candidate);
        if (cost < best_cost) {
            best_cost = cost;
            best = candidate;
            as_last = cost -
                      c->lambda * sv_price_bin(contexts, sv_one(sv_significant_of(at.contexts)), 1);
        }
    }
    *level = coefficient < 0 ? -best : best;
    if (best > 0) {
        sv_add_around(at.around, sv_share_of(best));
        /* Were this the last level, the cost of what came before would be saved. */
        double cost =
            as_last - c->cost - best_cost +
            c->lambda * sv_price_last(&c->last, sv_walk_x(&c->walk, &at), sv_walk_y(&c->walk, &at));
        if (cost < c->best_cost) {
            c->best_cost = cost;
            c->best_last = at.index;
        }
    }
    c->cost += best_cost;
    return best;
}

static void empty_group(choice *c)
{
    for (int i = 0; i < SV_GROUP_AREA; i++) {
        sv_level_place at = sv_walk_place(&c->walk, i);
        sv_level *level = &c->levels[at.index];
        if (*level != 0) {
            sv_add_around(at.around, (uint16_t)-sv_share_of(abs(*level)));
            *level = 0;
        }
    }
}

static void choose_group(choice *c)
{
    sv_level_walk *walk = &c->walk;
    double empty_cost = c->cost;
    if (sv_walk_is_flagged(walk)) {
        const sv_bin_site flag = sv_one(sv_walk_flag_context(walk));
        empty_cost += c->lambda * sv_price_bin(c->task->contexts, flag, 0);
        if (!sv_group_has_levels(c->levels + walk->corner, walk->block.width)) {
            c->cost = empty_cost;
            return;
        }
        c->cost += c->lambda * sv_price_bin(c->task->contexts, flag, 1);
    }
    double best_cost = c->best_cost;
    int best_last = c->best_last, found = 0;
    for (int i = sv_walk_count(walk) - 1; i >= 0; i--) {
        found |= choose_level(c, i);
    }
    if (walk->group != 0 && (!found || empty_cost < c->cost)) {
        empty_group(c);
        c->cost = empty_cost;
        c->best_cost = best_cost;
        c->best_last = best_last;
    } else {
        sv_walk_mark_coded(walk);
    }
}

/* Clears what would be coded before the best last level. */
static void drop_tail(choice *c)
{
    sv_level_walk *walk = &c->walk;
    sv_walk_rewind(walk);
    while (sv_walk_next_group(walk)) {
        for (int i = sv_walk_count(walk) - 1; i >= 0; i--) {
            int index = sv_walk_place(walk, i).index;
            if (index == c->best_last) {
                return;
            }
            c->levels[index] = 0;
        }
    }
}

/* Rate-distortion optimised quantisation (Karczewicz et al. 2008, JCTVC-A121 in spirit): each level
 * is the cheaper of its rounding and one less, at the contexts that the levels chosen before give
 * it; then groups are emptied and the last level is moved where that is cheaper. */
static bool optimise_levels(const sv_quantise_task *task, sv_level *levels)
{
    int log2_w = sv_kept_log2(task->log2_w), log2_h = sv_kept_log2(task->log2_h), group, position;
    double unit = ldexp(1, 2 * sv_coefficient_scale(task->dsp->format, task->log2_w, task->log2_h));
    choice c;
    c.task = task;
    c.levels = levels;
    sv_price_last_levels(task->contexts, &task->last, &c.last);
    c.step = sv_step_size(task->quantiser);
    c.lambda = task->lambda * unit / SV_PRICE_ONE_BIT;
    c.best_last = -1;
    c.best_cost = INFINITY;
    c.cost = 0;
    sv_last_level(levels, log2_w, log2_h, &group, &position);
    sv_walk_start(&c.walk, &c.known, levels, (sv_level_kind){task->coding, SV_QUANTISATION_PLAIN},
                  log2_w, log2_h, group, position);
    while (sv_walk_next_group(&c.walk)) {
        choose_group(&c);
    }
    if (c.best_last < 0) {
        return false;
    }
    drop_tail(&c);
    return true;
}

bool sv_quantise(const sv_quantise_task *task, sv_level *levels, double *gain)
{
    int count = (int)sv_level_area(task->log2_w, task->log2_h);
    bool any;
    if (task->choice == SV_BY_TRELLIS) {
        any = sv_trellis_quantise(task->trellis, task, levels);
    } else {
        any = round_levels(task, count, levels) && optimise_levels(task, levels);
    }
    int scale = sv_coefficient_scale(task->dsp->format, task->log2_w, task->log2_h);
    *gain = any ? ldexp(total_gain(task, count, levels), -2 * scale) : 0;
    return any;
}
