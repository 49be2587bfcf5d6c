#include "entropy/model.h"

#include "format/tables.h"

enum { NODE_BITS = 6 };

/* 2^16 / (1 + e^-x), between the nodes of the table. */
static uint16_t squash_of(int logarithm)
{
    const int size = logarithm < 0 ? -logarithm : logarithm;
    const int node = size >> NODE_BITS, fraction = size & ((1 << NODE_BITS) - 1);
    const int low = sv_squash_nodes[node], high = sv_squash_nodes[node + 1];
    int value = low + ((high - low) * fraction >> NODE_BITS);
    value = logarithm < 0 ? (1 << SV_MIXED_BITS) - value : value;
    return (uint16_t)(value < SV_MIXED_MIN   ? SV_MIXED_MIN
                      : value > SV_MIXED_MAX ? SV_MIXED_MAX
                                             : value);
}

/* stretch is the inverse of squash. */
static void init_functions(sv_logistic *logistic)
{
    int filled = 0;
    for (int x = -SV_STRETCH_MAX - 1; x <= SV_STRETCH_MAX; x++) {
        logistic->squash[x + SV_STRETCH_MAX + 1] = squash_of(x);
        const int end = squash_of(x) >> (SV_MIXED_BITS - SV_STRETCH_BITS);
        for (; filled <= end; filled++) {
            logistic->stretch[filled] = (int16_t)(x < -SV_STRETCH_MAX ? -SV_STRETCH_MAX : x);
        }
    }
    for (; filled < 1 << SV_STRETCH_BITS; filled++) {
        logistic->stretch[filled] = SV_STRETCH_MAX;
    }
}

void sv_logistic_init(sv_logistic *logistic)
{
    enum { MIX_RATE = 4, MIX_RATE_FIRST = 14, MIX_RATE_HALF = 16 };
    init_functions(logistic);
    for (int seen = 0; seen <= SV_COUNTER_SEEN_MAX; seen++) {
        logistic->counter_rates[seen] = (uint16_t)((5 << 16) / (5 * seen + 8));
    }
    for (int seen = 0; seen <= SV_MIX_SEEN_MAX; seen++) {
        logistic->mix_rates[seen] =
            (uint16_t)(MIX_RATE + MIX_RATE_FIRST * MIX_RATE_HALF / (seen + MIX_RATE_HALF));
    }
}

void sv_counters_init(sv_counter *counters, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        counters[i] = (sv_counter)1 << 31;
    }
}

void sv_mixes_init(sv_mix *mixes, size_t count, int inputs)
{
    const int32_t first = (9 << SV_MIX_BITS) / (5 * inputs);
    for (size_t i = 0; i < count; i++) {
        mixes[i].seen = 0;
        for (int k = 0; k < SV_INPUTS_MAX; k++) {
            mixes[i].weights[k] = first;
        }
    }
}

void sv_corrections_init(const sv_logistic *logistic, sv_correction *corrections, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (int cell = 0; cell < SV_CORRECTION_CELLS; cell++) {
            const int at = cell << 7 > 0xfff ? 0xfff : cell << 7;
            corrections[i].cells[cell] = logistic->squash[at];
        }
    }
}
