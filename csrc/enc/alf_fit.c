#include "enc/alf_fit.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "common/intmath.h"
#include "dsp/dsp.h"

enum { MAX_GROUPS = 2 * SV_ALF_CLASSES - 1 };

static_assert((int)SV_ALF_CHROMA_COEFS_MAX <= (int)SV_QUADRATIC_MAX &&
                  (int)SV_ALF_COEF_MAX == (int)SV_COEFFICIENT_MAX,
              "least squares give the coefficients of filters");

static sv_coefficient_code code_of(const uint8_t *orders)
{
    return (sv_coefficient_code){SV_ALF_FILTER_SHIFT, orders};
}

static double product(const int64_t *sums, int i, int j)
{
    return (double)(i >= j ? sums[i * (i + 1) / 2 + j] : sums[j * (j + 1) / 2 + i]);
}

/* Of the features index[0 .. count - 1] and a target. */
static void make_quadratic(sv_quadratic *q, const int64_t *sums, const int *index, int count,
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

static void make_luma_quadratic(sv_quadratic *q, const sv_alf_luma_stats *stats)
{
    int index[SV_ALF_LUMA_PAIRS];
    for (int k = 0; k < SV_ALF_LUMA_PAIRS; k++) {
        index[k] = k;
    }
    make_quadratic(q, stats->sums, index, SV_ALF_LUMA_PAIRS, SV_ALF_LUMA_PAIRS);
}

/* A set of classes with one filter. */
typedef struct group {
    sv_alf_luma_stats stats;
    double gain;      /* of the exact filter */
    double cost;      /* of the rounded one */
    double trained;   /* cost of the classes' filters of the trained set */
    uint32_t classes; /* bit set */
    int8_t coefs[SV_ALF_LUMA_PAIRS];
} group;

static void finish_group(group *g, sv_fit_cost cost)
{
    sv_quadratic q;
    make_luma_quadratic(&q, &g->stats);
    g->gain = sv_quadratic_gain(&q);
    g->cost = sv_fit_coefficients(g->coefs, &q, code_of(sv_alf_luma_orders), cost);
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
    sv_quadratic merged;
    sv_alf_luma_stats sum = sum_of(p, q);
    make_luma_quadratic(&merged, &sum);
    return p->gain + q->gain - sv_quadratic_gain(&merged);
}

static double set_bits(bool trained) { return 1 + (trained ? SV_ALF_TRAINED_LOG2 : 0); }

/* Bits of `sent` filters and perhaps a trained set, coefficients not counted: how many, which set,
 * and the class map, in truncated binary with all filters equally frequent. */
static double map_bits(int sent, bool trained)
{
    const int filters = sent + trained, bits = sv_floor_log2((uint32_t)filters);
    double longer =
        2.0 * (filters - (1 << bits)) / filters; /* share of codes that have a bit more */
    return 5 + set_bits(trained) + (filters > 1 ? SV_ALF_CLASSES * (bits + longer) : 0);
}

double sv_alf_luma_bits(const sv_alf_params *params)
{
    double bits = map_bits(params->luma_filters, params->luma_set > 0);
    for (int i = 0; i < params->luma_filters; i++) {
        bits += sv_coefficient_bits(params->luma[i], SV_ALF_LUMA_PAIRS, sv_alf_luma_orders);
    }
    return bits;
}

/* The groups in use and the losses of merging them in pairs. */
typedef struct partition {
    int members[SV_ALF_CLASSES], count;
    double loss[SV_ALF_CLASSES][SV_ALF_CLASSES]; /* [i][j], j < i */
} partition;

/* Whether a group is better off with the trained set. */
static bool takes_set(const group *g) { return g->trained <= g->cost; }

static double partition_cost(const partition *p, const group *groups, sv_fit_cost cost)
{
    double total = 0;
    int sent = 0;
    for (int i = 0; i < p->count; i++) {
        const group *g = &groups[p->members[i]];
        total += takes_set(g) ? g->trained : g->cost;
        sent += !takes_set(g);
    }
    return total + cost.lambda * map_bits(sent, sent < p->count);
}

/* Replaces the two members whose merger loses least by their sum, which is put into *merged. */
static void merge_cheapest(partition *p, group *groups, int merged, sv_fit_cost cost)
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
    groups[merged].trained = a->trained + b->trained;
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

static void map_classes(sv_alf_params *params, uint32_t classes, int filter)
{
    for (int c = 0; c < SV_ALF_CLASSES; c++) {
        if (classes >> c & 1) {
            params->class_filter[c] = (uint8_t)filter;
        }
    }
}

static void fill_params(sv_alf_params *params, int set, const int *members, int count,
                        const group *groups)
{
    uint32_t trained = 0; /* the classes that take the set */
    params->luma_filters = 0;
    for (int i = 0; i < count; i++) {
        const group *g = &groups[members[i]];
        if (takes_set(g)) {
            trained |= g->classes;
            continue;
        }
        map_classes(params, g->classes, params->luma_filters);
        memcpy(params->luma[params->luma_filters++], g->coefs, sizeof g->coefs);
    }
    map_classes(params, trained, params->luma_filters);
    params->luma_set = (uint8_t)(trained != 0 ? 1 + set : 0);
}

/* The trained set that is best for all classes together; of each class its cost. */
static int choose_set(double costs[SV_ALF_CLASSES], const sv_alf_luma_stats stats[SV_ALF_CLASSES],
                      sv_fit_cost cost)
{
    double trial[SV_ALF_TRAINED][SV_ALF_CLASSES], totals[SV_ALF_TRAINED] = {0};
    int best = 0;
    for (int c = 0; c < SV_ALF_CLASSES; c++) {
        sv_quadratic q;
        make_luma_quadratic(&q, &stats[c]);
        for (int set = 0; set < SV_ALF_TRAINED; set++) {
            trial[set][c] = cost.weight * sv_quadratic_error(&q, sv_alf_trained_luma[set][c],
                                                             SV_ALF_FILTER_SHIFT);
            totals[set] += trial[set][c];
        }
    }
    for (int set = 1; set < SV_ALF_TRAINED; set++) {
        best = totals[set] < totals[best] ? set : best;
    }
    memcpy(costs, trial[best], sizeof trial[best]);
    return best;
}

void sv_alf_fit_luma(sv_alf_params *params, const sv_alf_luma_stats stats[SV_ALF_CLASSES],
                     sv_fit_cost cost)
{
    group groups[MAX_GROUPS];
    partition now = {.count = SV_ALF_CLASSES};
    double trained[SV_ALF_CLASSES];
    const int set = choose_set(trained, stats, cost);
    for (int i = 0; i < SV_ALF_CLASSES; i++) {
        groups[i].stats = stats[i];
        groups[i].classes = 1u << i;
        groups[i].trained = trained[i];
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
    fill_params(params, set, best_members, best_count, groups);
}

void sv_alf_fit_chroma(sv_alf_params *params, const sv_alf_chroma_stats *stats, int chroma,
                       const sv_component *component, sv_fit_cost cost)
{
    const int count = sv_alf_chroma_coefs(component), pairs = SV_ALF_CHROMA_PAIRS;
    int index[SV_ALF_CHROMA_COEFS_MAX];
    for (int k = 0; k < count; k++) {
        /* A Cr filter has its own pairs first, the statistics those of Cb. */
        index[k] = chroma == 0 || k >= 2 * pairs ? k : k < pairs ? k + pairs : k - pairs;
    }
    sv_quadratic q;
    make_quadratic(&q, stats->sums, index, count, count + chroma);
    params->chroma_on[chroma] = 1;
    double best =
        sv_fit_coefficients(params->chroma[chroma], &q, code_of(sv_alf_chroma_orders), cost) +
        cost.lambda * set_bits(false);
    params->chroma_set[chroma] = 0;
    for (int set = 0; set < SV_ALF_TRAINED; set++) {
        double trained =
            cost.weight * sv_quadratic_error(&q, sv_alf_trained_of(chroma, component)[set],
                                             SV_ALF_FILTER_SHIFT) +
            cost.lambda * set_bits(true);
        if (trained < best) {
            best = trained;
            params->chroma_set[chroma] = (uint8_t)(1 + set);
        }
    }
}

double sv_alf_chroma_bits(const sv_alf_params *params, int chroma, const sv_component *component)
{
    const bool trained = params->chroma_set[chroma] > 0;
    return set_bits(trained) +
           (trained ? 0
                    : sv_coefficient_bits(params->chroma[chroma], sv_alf_chroma_coefs(component),
                                          sv_alf_chroma_orders));
}
