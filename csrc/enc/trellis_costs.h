/* What bins of levels cost at the contexts' states of a moment, for the trellis (enc/trellis.c). */
#ifndef SVAC2_ENC_TRELLIS_COSTS_H
#define SVAC2_ENC_TRELLIS_COSTS_H

#include "dsp/trellis.h"
#include "entropy/syntax.h"

enum {
    SV_DISTANCE_CLASSES = 5, /* of significance */
    SV_GREATER1_CLASSES = 4,
    SV_MULTIPLE_KINDS = 2 /* even, odd */
};

typedef struct sv_trellis_costs {
    uint64_t version; /* of the contexts; 0: none */
    int64_t lambda;   /* cost of 1/4096 bit, in 1/2^16 */
    int32_t of_prices[SV_BIN_PRICES];
    sv_trellis_significance significance[SV_DISTANCE_CLASSES];
    /* Of magnitudes from 1 on, with their signs, as far as they have contexts; by the class of the
     * excess around them. */
    int32_t levels[SV_MULTIPLE_KINDS][SV_GREATER1_CLASSES][SV_ESCAPE_LEVEL][8];
} sv_trellis_costs;

/* What costs are looked up for. */
typedef struct sv_trellis_moment {
    const sv_context_set *contexts;
    uint64_t version;
    double lambda; /* squared steps per bit */
    sv_coding coding;
} sv_trellis_moment;

/* Contexts seldom change between the trials of a block: does nothing where they have not. */
void sv_trellis_look_up(sv_trellis_costs *costs, const sv_trellis_moment *moment);

static inline int32_t sv_trellis_cost(const sv_trellis_costs *costs, uint32_t price)
{
    return (int32_t)((price * costs->lambda + (1 << 15)) >> 16);
}

static inline int32_t sv_trellis_bin_cost(const sv_trellis_costs *costs,
                                          const sv_context_set *contexts, int context, int bin)
{
    return costs
        ->of_prices[sv_price_index(sv_predict_bin(contexts->contexts, sv_one(context)), bin)];
}

#endif
