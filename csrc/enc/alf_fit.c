#include "enc/alf_fit.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "common/intmath.h"
#include "dsp/loop_filter_constants.h"

enum { MAX_PAIRS = SV_ALF_LUMA_COEFS, MAX_GROUPS = 2 * SV_ALF_CLASSES - 1 };

/* Squared error of coefficients x (in units of one): energy - 2 b.x + x.A x. */
typedef struct quadratic {
    double a[MAX_PAIRS][MAX_PAIRS], b[MAX_PAIRS], energy;
} quadratic;

static quadratic quadratic_of(const sv_alf_stats *stats, int pairs)
{
    quadratic q;
    const int64_t *sum = stats->sums;
    for (int i = 0; i < pairs; i++) {
        for (int j = 0; j <= i; j++) {
            q.a[i][j] = q.a[j][i] = (double)*sum++;
        }
    }
    for (int j = 0; j < pairs; j++) {
        q.b[j] = (double)*sum++;
    }
    q.energy = (double)*sum;
    return q;
}

static quadratic sum_of(const quadratic *p, const quadratic *q, int pairs)
{
    quadratic sum;
    for (int i = 0; i < pairs; i++) {
        for (int j = 0; j < pairs; j++) {
            sum.a[i][j] = p->a[i][j] + q->a[i][j];
        }
        sum.b[i] = p->b[i] + q->b[i];
    }
    sum.energy = p->energy + q->energy;
    return sum;
}

/* Minimises by Cholesky decomposition; a trace of the diagonal is added, so that the matrix is
 * positive definite. Returns how much the minimum is below the energy. */
static double solve(double x[MAX_PAIRS], const quadratic *q, int pairs)
{
    double l[MAX_PAIRS][MAX_PAIRS], y[MAX_PAIRS], gain = 0;
    for (int i = 0; i < pairs; i++) {
        for (int j = 0; j <= i; j++) {
            double sum = q->a[i][j];
            for (int k = 0; k < j; k++) {
                sum -= l[i][k] * l[j][k];
            }
            l[i][j] = i == j ? sqrt(fmax(sum, 0) + q->a[i][i] * 1e-6 + 1) : sum / l[j][j];
        }
        y[i] = q->b[i];
        for (int k = 0; k < i; k++) {
            y[i] -= l[i][k] * y[k];
        }
        y[i] /= l[i][i];
        gain += y[i] * y[i];
    }
    for (int i = pairs - 1; i >= 0; i--) {
        x[i] = y[i];
        for (int k = i + 1; k < pairs; k++) {
            x[i] -= l[k][i] * x[k];
        }
        x[i] /= l[i][i];
    }
    return gain;
}

/* Bits of a coefficient: Exp-Golomb of its magnitude, sign. */
static int coefficient_bits(int value, int order)
{
    uint32_t magnitude = (uint32_t)(value < 0 ? -value : value);
    return 2 * sv_floor_log2((magnitude >> order) + 1) + 1 + order + (value != 0);
}

/* Rounds by coordinate descent on the cost: each coefficient in turn tries its neighbours and
 * zero. Returns the cost. */
static double round_coefficients(int8_t *coefs, const quadratic *q, int pairs,
                                 const uint8_t *orders, sv_alf_cost cost)
{
    const double unit = 1.0 / (1 << SV_ALF_FILTER_SHIFT);
    double x[MAX_PAIRS], slope[MAX_PAIRS], error = q->energy;
    int value[MAX_PAIRS], bits = 0;
    solve(x, q, pairs);
    for (int i = 0; i < pairs; i++) {
        value[i] = sv_clip((int)lrint(x[i] / unit), -SV_ALF_COEF_MAX, SV_ALF_COEF_MAX);
        bits += coefficient_bits(value[i], orders[i]);
    }
    for (int i = 0; i < pairs; i++) {
        slope[i] = -q->b[i];
        for (int j = 0; j < pairs; j++) {
            slope[i] += q->a[i][j] * value[j] * unit;
        }
        error += (slope[i] - q->b[i]) * value[i] * unit;
    }
    bool changed = true;
    for (int sweep = 0; changed && sweep < 16; sweep++) {
        changed = false;
        for (int i = 0; i < pairs; i++) {
            const int steps[] = {-1, 1, -2, 2, -value[i]};
            double best = -1e-9;
            int best_step = 0;
            for (int s = 0; s < 5; s++) {
                double move = steps[s] * unit;
                double change = cost.weight * move * (2 * slope[i] + move * q->a[i][i]) +
                                cost.lambda * (coefficient_bits(value[i] + steps[s], orders[i]) -
                                               coefficient_bits(value[i], orders[i]));
                int target = value[i] + steps[s];
                if (change < best && target >= -SV_ALF_COEF_MAX && target <= SV_ALF_COEF_MAX) {
                    best = change;
                    best_step = steps[s];
                }
            }
            if (best_step != 0) {
                double move = best_step * unit;
                error += move * (2 * slope[i] + move * q->a[i][i]);
                bits -= coefficient_bits(value[i], orders[i]);
                value[i] += best_step;
                bits += coefficient_bits(value[i], orders[i]);
                for (int j = 0; j < pairs; j++) {
                    slope[j] += q->a[i][j] * move;
                }
                changed = true;
            }
        }
    }
    for (int i = 0; i < pairs; i++) {
        coefs[i] = (int8_t)value[i];
    }
    return cost.weight * error + cost.lambda * bits;
}

void sv_alf_fit_filter(int8_t *coefs, const sv_alf_stats *stats, int pairs, const uint8_t *orders,
                       sv_alf_cost cost)
{
    quadratic q = quadratic_of(stats, pairs);
    round_coefficients(coefs, &q, pairs, orders, cost);
}

int sv_alf_filter_bits(const int8_t *coefs, int pairs, const uint8_t *orders)
{
    int bits = 0;
    for (int i = 0; i < pairs; i++) {
        bits += coefficient_bits(coefs[i], orders[i]);
    }
    return bits;
}

/* A set of classes with one filter. */
typedef struct group {
    quadratic q;
    double gain;      /* of the exact filter */
    double cost;      /* of the rounded one */
    uint32_t classes; /* bit set */
    int8_t coefs[SV_ALF_LUMA_COEFS];
} group;

static void finish_group(group *g, sv_alf_cost cost)
{
    double x[MAX_PAIRS];
    g->gain = solve(x, &g->q, SV_ALF_LUMA_COEFS);
    g->cost = round_coefficients(g->coefs, &g->q, SV_ALF_LUMA_COEFS, sv_alf_luma_orders, cost);
}

/* What merging two groups loses with exact filters. */
static double merge_loss(const group *p, const group *q)
{
    double x[MAX_PAIRS];
    quadratic sum = sum_of(&p->q, &q->q, SV_ALF_LUMA_COEFS);
    return p->gain + q->gain - solve(x, &sum, SV_ALF_LUMA_COEFS);
}

/* Bits for `filters` filters, their coefficients not counted: the number and the class map. */
static double map_bits(int filters) { return 5 + SV_ALF_CLASSES * log2(filters); }

double sv_alf_luma_bits(const sv_alf_params *params)
{
    double bits = map_bits(params->luma_filters);
    for (int i = 0; i < params->luma_filters; i++) {
        bits += sv_alf_filter_bits(params->luma[i], SV_ALF_LUMA_COEFS, sv_alf_luma_orders);
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
    groups[merged].q = sum_of(&a->q, &b->q, SV_ALF_LUMA_COEFS);
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

void sv_alf_fit_luma(sv_alf_params *params, const sv_alf_stats stats[SV_ALF_CLASSES],
                     sv_alf_cost cost)
{
    group groups[MAX_GROUPS];
    partition now = {.count = SV_ALF_CLASSES};
    for (int i = 0; i < SV_ALF_CLASSES; i++) {
        groups[i].q = quadratic_of(&stats[i], SV_ALF_LUMA_COEFS);
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
