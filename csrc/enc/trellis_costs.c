#include "enc/trellis_costs.h"

/* A class's contexts follow each other by what is around a level. */
static sv_level_contexts first_contexts(const sv_trellis_moment *moment, int distance, int state)
{
    return *sv_contexts_by_distance(moment->coding, distance) +
           sv_contexts_by_state(SV_QUANTISATION_DEPENDENT)[state];
}

static void fill_significance(sv_trellis_costs *costs, const sv_trellis_moment *moment)
{
    static const uint8_t distances[SV_DISTANCE_CLASSES] = {0, 1, 2, 5, 10};
    static const uint8_t states[SV_STATE_KINDS] = {0, 1, 5};
    for (int i = 0; i < SV_DISTANCE_CLASSES; i++) {
        for (int kind = 0; kind < SV_STATE_KINDS; kind++) {
            const int first = sv_significant_of(first_contexts(moment, distances[i], states[kind]));
            int32_t *zero = costs->significance[i].zero[kind];
            int32_t *some = costs->significance[i].some[kind];
            for (int class = 0; class < SV_SUM_CLASSES; class++) {
                zero[class] = sv_trellis_bin_cost(costs, moment->contexts, first + class, 0);
                some[class] = sv_trellis_bin_cost(costs, moment->contexts, first + class, 1);
            }
        }
    }
}

/* Of the bins of greater2 alone: magnitudes from 2 on. */
static void fill_rest(const sv_trellis_costs *costs, const sv_trellis_moment *moment, int state,
                      int32_t rest[SV_GREATER2_BINS + 1][8])
{
    const int first = sv_greater2_of(first_contexts(moment, 0, state));
    for (int class = 0; class < SV_EXCESS_CLASSES; class++) {
        int32_t cost = 0;
        for (int i = 0; i < SV_GREATER2_BINS; i++) {
            const int context = first + class + SV_EXCESS_CLASSES * i;
            rest[i][class] = cost + sv_trellis_bin_cost(costs, moment->contexts, context, 0);
            cost += sv_trellis_bin_cost(costs, moment->contexts, context, 1);
        }
        rest[SV_GREATER2_BINS][class] = cost;
    }
}

static void fill_levels(sv_trellis_costs *costs, const sv_trellis_moment *moment)
{
    static const uint8_t distances[SV_GREATER1_CLASSES] = {0, 1, 3, 10};
    const int32_t sign = sv_trellis_cost(costs, SV_PRICE_ONE_BIT);
    int32_t rest[SV_GREATER2_BINS + 1][8];
    for (int kind = 0; kind < SV_MULTIPLE_KINDS; kind++) {
        const int state = kind; /* the first one of even multiples, and of odd ones */
        fill_rest(costs, moment, state, rest);
        for (int i = 0; i < SV_GREATER1_CLASSES; i++) {
            const int first = sv_greater1_of(first_contexts(moment, distances[i], state));
            int32_t (*levels)[8] = costs->levels[kind][i];
            for (int class = 0; class < SV_EXCESS_CLASSES; class++) {
                const int context = first + class;
                levels[0][class] = sign + sv_trellis_bin_cost(costs, moment->contexts, context, 0);
                const int32_t more =
                    sign + sv_trellis_bin_cost(costs, moment->contexts, context, 1);
                for (int k = 0; k <= SV_GREATER2_BINS; k++) {
                    levels[1 + k][class] = more + rest[k][class];
                }
            }
        }
    }
}

void sv_trellis_look_up(sv_trellis_costs *costs, const sv_trellis_moment *moment)
{
    const int64_t lambda = (int64_t)(moment->lambda * (1 << 16) + 0.5);
    if (costs->version == moment->version && costs->lambda == lambda) {
        return;
    }
    if (costs->lambda != lambda) {
        costs->lambda = lambda;
        for (int i = 0; i < SV_BIN_PRICES; i++) {
            costs->of_prices[i] = sv_trellis_cost(costs, sv_bin_price[i]);
        }
    }
    costs->version = moment->version;
    fill_significance(costs, moment);
    fill_levels(costs, moment);
}
