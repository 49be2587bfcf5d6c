#include "enc/alf_fit.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "common/intmath.h"
#include "dsp/loop_filter_constants.h"

enum { MAX_COEFS = SV_ALF_CHROMA_COEFS_MAX, MAX_GROUPS = 2 * SV_ALF_CLASSES - 1 };

/* Squared error of coefficients x (in units of one): energy - 2 b.x + x.A x. */
typedef struct quadratic {
    int count;
    double a[MAX_COEFS][MAX_COEFS], b[MAX_COEFS], energy;
} quadratic;

static double product(const int64_t *sums, int i, int j)
{
    return (double)(i >= j ? sums[i * (i + 1) / 2 + j] : sums[j * (j + 1) / 2 + i]);
}

/* Of the features index[0 .. count - 1] and a target. */
static void make_quadratic(quadratic *q, const int64_t *sums, const int *index, int count,
                           int target)
{
    q->count = count;
    for (int i = 0; i < count; i++) {
        for (int j = 0; j <= i; j++) {
            q->a[i][j] = q->a[j][i] = product(sums, index[i], index[j]);
        }
        q->b[i] = product(sums, index[i], target);
    }
    q->energy = product(sums, target, target);
}

static void make_luma_quadratic(quadratic *q, const sv_alf_luma_stats *stats)
{
    int index[SV_ALF_LUMA_COEFS];
    for (int k = 0; k < SV_ALF_LUMA_COEFS; k++) {
        index[k] = k;
    }
    make_quadratic(q, stats->sums, index, SV_ALF_LUMA_COEFS, SV_ALF_LUMA_COEFS);
}

/* Cholesky decomposition of A, a trace of its diagonal added so that it is positive definite: the
 * lower triangle with the inverses of its diagonal. Forward substitution of b gives y, whose square
 * is how much the minimum lies below the energy. */
static double decompose(double l[MAX_COEFS][MAX_COEFS], double y[MAX_COEFS], const quadratic *q)
{
    double gain = 0;
    for (int i = 0; i < q->count; i++) {
        for (int j = 0; j < i; j++) {
            double sum = q->a[i][j];
            for (int k = 0; k < j; k++) {
                sum -= l[i][k] * l[j][k];
            }
            l[i][j] = sum * l[j][j];
        }
        double diagonal = q->a[i][i];
        y[i] = q->b[i];
        for (int k = 0; k < i; k++) {
            diagonal -= l[i][k] * l[i][k];
            y[i] -= l[i][k] * y[k];
        }
        l[i][i] = 1 / sqrt(fmax(diagonal, 0) + q->a[i][i] * 1e-6 + 1);
        y[i] *= l[i][i];
        gain += y[i] * y[i];
    }
    return gain;
}

static double gain_of(const quadratic *q)
{
    double l[MAX_COEFS][MAX_COEFS], y[MAX_COEFS];
    return decompose(l, y, q);
}

static double solve(double x[MAX_COEFS], const quadratic *q)
{
    double l[MAX_COEFS][MAX_COEFS], y[MAX_COEFS];
    double gain = decompose(l, y, q);
    for (int i = q->count - 1; i >= 0; i--) {
        x[i] = y[i];
        for (int k = i + 1; k < q->count; k++) {
            x[i] -= l[k][i] * x[k];
        }
        x[i] *= l[i][i];
    }
    return gain;
}

/* Bits of a coefficient: Exp-Golomb of its magnitude, sign. */
static int coefficient_bits(int value, int order)
{
    uint32_t magnitude = (uint32_t)(value < 0 ? -value : value);
    return 2 * sv_floor_log2((magnitude >> order) + 1) + 1 + order + (value != 0);
}

/* Bits of a list of coefficients. */
static int filter_bits(const int8_t *coefs, int count, const uint8_t *orders)
{
    int bits = 0;
    for (int i = 0; i < count; i++) {
        bits += coefficient_bits(coefs[i], orders[i]);
    }
    return bits;
}

/* A filter while it is rounded: the coefficients, half the gradient of the squared error. */
typedef struct rounding {
    const quadratic *q;
    const uint8_t *orders;
    sv_alf_cost cost;
    int value[MAX_COEFS];
    double slope[MAX_COEFS];
} rounding;

static const double unit = 1.0 / (1 << SV_ALF_FILTER_SHIFT);

/* How the squared error changes with coefficient i. */
static double error_change(const rounding *r, int i, int step)
{
    double move = step * unit;
    return move * (2 * r->slope[i] + move * r->q->a[i][i]);
}

/* Tries the neighbours of coefficient i, and zero; true where one is better. */
static bool improve(rounding *r, int i)
{
    const int steps[] = {-1, 1, -2, 2, -r->value[i]};
    const int bits = coefficient_bits(r->value[i], r->orders[i]);
    double best = -1e-9;
    int best_step = 0;
    for (int s = 0; s < 5; s++) {
        int target = r->value[i] + steps[s];
        double change = r->cost.weight * error_change(r, i, steps[s]) +
                        r->cost.lambda * (coefficient_bits(target, r->orders[i]) - bits);
        if (change < best && target >= -SV_ALF_COEF_MAX && target <= SV_ALF_COEF_MAX) {
            best = change;
            best_step = steps[s];
        }
    }
    r->value[i] += best_step;
    for (int j = 0; best_step != 0 && j < r->q->count; j++) {
        r->slope[j] += r->q->a[i][j] * best_step * unit;
    }
    return best_step != 0;
}

/* Rounds by coordinate descent on the cost. Returns the cost. */
static double round_coefficients(int8_t *coefs, const quadratic *q, const uint8_t *orders,
                                 sv_alf_cost cost)
{
    double x[MAX_COEFS], error = q->energy;
    rounding r = {.q = q, .orders = orders, .cost = cost};
    solve(x, q);
    for (int i = 0; i < q->count; i++) {
        r.value[i] = sv_clip((int)lrint(x[i] / unit), -SV_ALF_COEF_MAX, SV_ALF_COEF_MAX);
    }
    for (int i = 0; i < q->count; i++) {
        r.slope[i] = -q->b[i];
        for (int j = 0; j < q->count; j++) {
            r.slope[i] += q->a[i][j] * r.value[j] * unit;
        }
    }
    bool changed = true;
    for (int sweep = 0; changed && sweep < 16; sweep++) {
        changed = false;
        for (int i = 0; i < q->count; i++) {
            changed |= improve(&r, i);
        }
    }
    for (int i = 0; i < q->count; i++) {
        coefs[i] = (int8_t)r.value[i];
        error += (r.slope[i] - q->b[i]) * r.value[i] * unit;
    }
    return cost.weight * error + cost.lambda * filter_bits(coefs, q->count, orders);
}

/* A set of classes with one filter. */
typedef struct group {
    sv_alf_luma_stats stats;
    double gain;      /* of the exact filter */
    double cost;      /* of the rounded one */
    uint32_t classes; /* bit set */
    int8_t coefs[SV_ALF_LUMA_COEFS];
} group;

static void finish_group(group *g, sv_alf_cost cost)
{
    double x[MAX_COEFS];
    quadratic q;
    make_luma_quadratic(&q, &g->stats);
    g->gain = solve(x, &q);
    g->cost = round_coefficients(g->coefs, &q, sv_alf_luma_orders, cost);
}

static sv_alf_luma_stats sum_of(const group *p, const group *q)
{
    sv_alf_luma_stats sum;
    for (int i = 0; i < SV_ALF_LUMA_SUMS; i++) {
        sum.sums[i] = p->stats.sums[i] + q->stats.sums[i];
    }
    return sum;
}

/* What merging two groups loses with exact filters. */
static double merge_loss(const group *p, const group *q)
{
    quadratic merged;
    sv_alf_luma_stats sum = sum_of(p, q);
    make_luma_quadratic(&merged, &sum);
    return p->gain + q->gain - gain_of(&merged);
}

/* Bits for `filters` filters, their coefficients not counted: the number and the class map, in
 * truncated binary with all filters equally frequent. */
static double map_bits(int filters)
{
    int bits = sv_floor_log2((uint32_t)filters);
    double longer =
        2.0 * (filters - (1 << bits)) / filters; /* share of codes that have a bit more */
    return 5 + (filters > 1 ? SV_ALF_CLASSES * (bits + longer) : 0);
}

double sv_alf_luma_bits(const sv_alf_params *params)
{
    double bits = map_bits(params->luma_filters);
    for (int i = 0; i < params->luma_filters; i++) {
        bits += filter_bits(params->luma[i], SV_ALF_LUMA_COEFS, sv_alf_luma_orders);
    }
    return bits;
}

/* The groups in use and the losses of merging them in pairs. */
typedef struct partition {
    int members[SV_ALF_CLASSES], count;
    double loss[SV_ALF_CLASSES][SV_ALF_CLASSES]; /* [i][j], j < i */
} partition;

static double partition_cost(const partition *p, const group *groups, sv_alf_cost cost)
{
    double total = cost.lambda * map_bits(p->count);
    for (int i = 0; i < p->count; i++) {
        total += groups[p->members[i]].cost;
    }
    return total;
}

/* Replaces the two members whose merger loses least by their sum, which is put into *merged. */
static void merge_cheapest(partition *p, group *groups, int merged, sv_alf_cost cost)
{
    int left = 0, right = 1; /* left < right */
    for (int i = 1; i < p->count; i++) {
        for (int j = 0; j < i; j++) {
            if (p->loss[i][j] < p->loss[right][left]) {
                left = j;
                right = i;
            }
        }
    }
    const group *a = &groups[p->members[left]], *b = &groups[p->members[right]];
    groups[merged].stats = sum_of(a, b);
    groups[merged].classes = a->classes | b->classes;
    finish_group(&groups[merged], cost);

    /* The last member takes the place of the right one. */
    int last = --p->count;
    p->members[left] = merged;
    p->members[right] = p->members[last];
    for (int j = 0; j < last; j++) {
        if (j < right) {
            p->loss[right][j] = p->loss[last][j];
        } else if (j > right) {
            p->loss[j][right] = p->loss[last][j];
        }
    }
    for (int j = 0; j < p->count; j++) {
        if (j != left) {
            double loss = merge_loss(&groups[merged], &groups[p->members[j]]);
            p->loss[sv_max(left, j)][sv_min(left, j)] = loss;
        }
    }
}

static void fill_params(sv_alf_params *params, const int *members, int count, const group *groups)
{
    params->luma_filters = (uint8_t)count;
    for (int c = 0; c < SV_ALF_CLASSES; c++) {
        for (int i = 0; i < count; i++) {
            if (groups[members[i]].classes >> c & 1) {
                params->class_filter[c] = (uint8_t)i;
            }
        }
    }
    for (int i = 0; i < count; i++) {
        memcpy(params->luma[i], groups[members[i]].coefs, sizeof params->luma[i]);
    }
}

void sv_alf_fit_luma(sv_alf_params *params, const sv_alf_luma_stats stats[SV_ALF_CLASSES],
                     sv_alf_cost cost)
{
    group groups[MAX_GROUPS];
    partition now = {.count = SV_ALF_CLASSES};
    for (int i = 0; i < SV_ALF_CLASSES; i++) {
        groups[i].stats = stats[i];
        groups[i].classes = 1u << i;
        finish_group(&groups[i], cost);
        now.members[i] = i;
        for (int j = 0; j < i; j++) {
            now.loss[i][j] = merge_loss(&groups[i], &groups[j]);
        }
    }
    int best_members[SV_ALF_CLASSES], best_count = now.count;
    double best = partition_cost(&now, groups, cost);
    memcpy(best_members, now.members, sizeof best_members);
    for (int merged = SV_ALF_CLASSES; merged < MAX_GROUPS; merged++) {
        merge_cheapest(&now, groups, merged, cost);
        double total = partition_cost(&now, groups, cost);
        if (total <= best) {
            best = total;
            best_count = now.count;
            memcpy(best_members, now.members, sizeof best_members);
        }
    }
    fill_params(params, best_members, best_count, groups);
}

void sv_alf_fit_chroma(sv_alf_params *params, const sv_alf_chroma_stats *stats, int component,
                       int chroma_shift, sv_alf_cost cost)
{
    const int count = sv_alf_chroma_coefs(chroma_shift), pairs = SV_ALF_CHROMA_PAIRS;
    int index[MAX_COEFS];
    for (int k = 0; k < count; k++) {
        /* A Cr filter has its own pairs first, the statistics those of Cb. */
        index[k] = component == 0 || k >= 2 * pairs ? k : k < pairs ? k + pairs : k - pairs;
    }
    quadratic q;
    make_quadratic(&q, stats->sums, index, count, count + component);
    params->chroma_on[component] = 1;
    round_coefficients(params->chroma[component], &q, sv_alf_chroma_orders, cost);
}

double sv_alf_chroma_bits(const sv_alf_params *params, int component, int chroma_shift)
{
    return filter_bits(params->chroma[component], sv_alf_chroma_coefs(chroma_shift),
                       sv_alf_chroma_orders);
}
