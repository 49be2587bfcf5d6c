#include "enc/quantise.h"

#include <math.h>

/* Step in coefficient units. */
static double step_of(sv_quantiser q) { return (double)q.factor / (double)(1 << q.shift); }

static bool round_levels(const sv_quantise_task *task, int count, double offset, int16_t *levels)
{
    /* 1 / step in at most 15 bits, so that 16-bit coefficients keep products below 2^30. */
    double inverse = 1 / step_of(task->quantiser);
    int shift = 15;
    while (shift > 0 && inverse * (1 << shift) > 32767) {
        shift--;
    }
    while (shift < 28 && inverse * (double)(1 << (shift + 1)) <= 32767) {
        shift++;
    }
    int factor = (int)(inverse * (double)(1 << shift) + 0.5);
    return task->dsp->quantize(levels, task->coefs, count, factor,
                               (int)(offset * (double)(1 << shift)), shift) > 0;
}

/* Squared error gained by a level of magnitude m against zero, in squared coefficient units. */
static double gain_of(double coefficient, double step, int magnitude)
{
    double value = magnitude * step;
    return value * (2 * coefficient - value);
}

static double total_gain(const sv_quantise_task *task, int count, const int16_t *levels)
{
    double step = step_of(task->quantiser), gain = 0;
    for (int i = 0; i < count; i++) {
        if (levels[i] != 0) {
            gain += gain_of(abs(task->coefs[i]), step, abs(levels[i]));
        }
    }
    return gain;
}

/* State of the walk through a block, from high to low frequencies. */
typedef struct walk {
    const sv_quantise_task *task;
    int16_t *levels;
    double step, lambda; /* lambda per 1/4096 bit, squared coefficient units */
    uint8_t *magnitudes;
    int16_t *best_last; /* the best last level so far */
    double best_cost;   /* of ending there, less the cost of the whole walk */
    double cost;        /* cost of all that was walked; zero residual is the reference */
} walk;

static int choose_level(walk *w, int x, int y, int16_t *level, int coefficient)
{
    const sv_context_set *contexts = w->task->contexts;
    sv_level_context c =
        sv_level_contexts(&w->magnitudes[y * SV_MAGNITUDE_STRIDE + x], x, y, w->task->coding);
    int rounded = abs(*level), magnitude = abs(coefficient), best = 0;
    double zero_cost = w->lambda * sv_price_magnitude(contexts, &c, 0, 0);
    double best_cost = zero_cost, as_last = 0;
    for (int candidate = rounded; candidate > 0 && candidate > rounded - 2; candidate--) {
        double rate = SV_PRICE_ONE_BIT + (double)sv_price_magnitude(contexts, &c, 0, candidate);
        double cost = w->lambda * rate - gain_of(magnitude, w->step, candidate);
        if (cost < best_cost) {
            best_cost = cost;
            best = candidate;
            as_last = cost - w->lambda * sv_price_bin(&contexts->contexts[c.significant], 1);
        }
    }
    *level = (int16_t)(coefficient < 0 ? -best : best);
    if (best > 0) {
        w->magnitudes[y * SV_MAGNITUDE_STRIDE + x] = (uint8_t)sv_min(best, SV_MAGNITUDE_CAP);
        /* Were this the last level, the cost of what came before would be saved. */
        double cost =
            as_last - w->cost - best_cost +
            w->lambda * sv_price_last(contexts, w->task->coding, sv_kept_log2(w->task->log2_w),
                                      sv_kept_log2(w->task->log2_h), x, y);
        if (cost < w->best_cost) {
            w->best_cost = cost;
            w->best_last = level;
        }
    }
    w->cost += best_cost;
    return best;
}

/* Rate-distortion optimised quantisation (Karczewicz et al. 2008, JCTVC-A121 in spirit): each level
 * is the cheaper of its rounding and one less, at the contexts that the levels chosen before give
 * it; then groups are emptied and the last level is moved where that is cheaper. */
static bool optimise_levels(const sv_quantise_task *task, int16_t *levels)
{
    int log2_w = sv_kept_log2(task->log2_w), log2_h = sv_kept_log2(task->log2_h);
    int stride = 1 << log2_w, group, position;
    const uint8_t *groups = sv_diagonal_scan[log2_w - 2][log2_h - 2];
    const uint8_t *inner = sv_diagonal_scan[2][2];
    double unit = ldexp(1, 2 * sv_coefficient_scale(task->log2_w, task->log2_h));
    uint8_t magnitudes[SV_MAGNITUDE_SIZE];
    memset(magnitudes, 0, (size_t)((1 << log2_h) + 2) * SV_MAGNITUDE_STRIDE);
    walk w = {.task = task,
              .magnitudes = magnitudes,
              .levels = levels,
              .step = step_of(task->quantiser),
              .lambda = task->lambda * unit / SV_PRICE_ONE_BIT,
              .best_cost = INFINITY};
    uint16_t coded_rows[SV_TX_MAX_COEFS / 4 + 1] = {0};
    sv_last_level(levels, log2_w, log2_h, &group, &position);
    int last_group = group;
    for (int g = group; g >= 0; g--) {
        int gx = groups[g] & 15, gy = groups[g] >> 4;
        int16_t *corner = levels + gy * 4 * stride + gx * 4;
        const sv_context *flag =
            &task->contexts->contexts[sv_group_context(task->coding, coded_rows, gx, gy)];
        bool flagged = g != last_group && g != 0;
        double empty_cost = w.cost + (flagged ? w.lambda * sv_price_bin(flag, 0) : 0);
        if (flagged && !sv_group_has_levels(corner, stride)) {
            w.cost = empty_cost;
            continue;
        }
        w.cost += flagged ? w.lambda * sv_price_bin(flag, 1) : 0;
        double best_cost = w.best_cost;
        int16_t *best_last = w.best_last;
        int found = 0;
        for (int i = g == last_group ? position : 15; i >= 0; i--) {
            int x = inner[i] & 15, y = inner[i] >> 4;
            int16_t *level = corner + y * stride + x;
            found |= choose_level(&w, gx * 4 + x, gy * 4 + y, level, task->coefs[level - levels]);
        }
        if (g != 0 && (!found || empty_cost < w.cost)) {
            for (int y = 0; y < 4; y++) {
                memset(corner + y * stride, 0, 4 * sizeof *corner);
                memset(&w.magnitudes[(gy * 4 + y) * SV_MAGNITUDE_STRIDE + gx * 4], 0, 4);
            }
            w.cost = empty_cost;
            w.best_cost = best_cost;
            w.best_last = best_last;
        } else {
            coded_rows[gy] = (uint16_t)(coded_rows[gy] | 1u << gx);
        }
    }
    if (w.best_last == NULL) {
        return false;
    }
    for (int g = last_group; g >= 0; g--) { /* drop what lies behind the best last level */
        int16_t *corner = levels + (groups[g] >> 4) * 4 * stride + (groups[g] & 15) * 4;
        for (int i = 15; i >= 0; i--) {
            int16_t *level = corner + (inner[i] >> 4) * stride + (inner[i] & 15);
            if (level == w.best_last) {
                return true;
            }
            *level = 0;
        }
    }
    return true;
}

bool sv_quantise(const sv_quantise_task *task, int16_t *levels, double *gain)
{
    int count = (int)sv_level_area(task->log2_w, task->log2_h);
    bool any = round_levels(task, count, task->rate_distortion ? 0.5 : 1.0 / 3, levels);
    if (any && task->rate_distortion) {
        any = optimise_levels(task, levels);
    }
    int scale = sv_coefficient_scale(task->log2_w, task->log2_h);
    *gain = any ? ldexp(total_gain(task, count, levels), -2 * scale) : 0;
    return any;
}
