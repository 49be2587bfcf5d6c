/* Initial states of the contexts. */
#include "format/contexts.h"

#include <assert.h>

#include "common/intmath.h"
#include "format/quantiser.h"

static_assert((SV_SEEN_MAX & (SV_SEEN_MAX + 1)) == 0, "the low bits of a state say what was seen");

void sv_contexts_init(sv_context_set *set, int qp)
{
    int position =
        sv_clip(sv_whole_qp(qp) - SV_INIT_FIRST_QP, 0, (SV_INIT_NODES - 1) * SV_INIT_QP_STEP);
    int node = sv_min(position / SV_INIT_QP_STEP, SV_INIT_NODES - 2);
    int fraction = position - node * SV_INIT_QP_STEP;
    sv_context *context = set->contexts;
    for (const sv_context_row *row = sv_context_rows; row < sv_context_rows + SV_CONTEXT_ROWS;
         row++) {
        for (int i = 0; i < row->count; i++, context++) {
            const sv_context_init *init = &row->states[i];
            int low = init->probability[node], high = init->probability[node + 1];
            uint16_t probability = (uint16_t)(low + (high - low) * fraction / SV_INIT_QP_STEP);
            uint32_t state = init->speed * (SV_SEEN_MAX + 1u) + init->seen;
            *context = (sv_context){probability, probability, state};
        }
    }
}

static uint16_t mean(uint16_t a, uint16_t b) { return (uint16_t)((a + b + 1) >> 1); }

void sv_contexts_join(sv_context_set *set, const sv_context_set *a, const sv_context_set *b)
{
    for (int i = 0; i < SV_CONTEXT_COUNT; i++) {
        const sv_context one = a->contexts[i], other = b->contexts[i];
        set->contexts[i] = (sv_context){mean(one.fast, other.fast), mean(one.slow, other.slow),
                                        one.state > other.state ? one.state : other.state};
    }
}
