/* The choice of levels under dependent quantisation (format/dependent.h). */
#ifndef SVAC2_ENC_TRELLIS_H
#define SVAC2_ENC_TRELLIS_H

#include "dsp/dsp.h"
#include "enc/quantise.h"
#include "enc/trellis_costs.h"
#include "format/level_walk.h"

enum { SV_TRELLIS_STEPS = SV_TX_MAX_COEFS * SV_TX_MAX_COEFS };

/* Room for the choice in one block. */
typedef struct sv_trellis {
    sv_trellis_costs costs[SV_SLOTS];
    sv_known_levels known;
    sv_level_walk walk;
    sv_trellis_ways ways;
    struct {
        int32_t costs[SV_STATES], nodes[SV_STATES];
    } without; /* the ways if the group has no levels */
    uint16_t coded_rows[2][SV_STATES][SV_TX_MAX_COEFS / 4 + 1];
    uint16_t around[2][SV_STATES][SV_AROUND_SIZE]; /* of each way, before the group */
    int side;                                      /* of these two */
    sv_trellis_nodes nodes[SV_TRELLIS_STEPS];
    int indices[SV_TRELLIS_STEPS]; /* of the levels */
    int steps, group_begin;        /* so far, and before the group */
    int64_t zero_error;            /* of all places so far being 0 */
    const sv_quantise_task *task;
    const sv_trellis_costs *now;
    sv_last_prices last;
    int64_t per_coefficient;      /* values, 2^20 times */
    int32_t group[SV_GROUP_AREA]; /* values of the group under way, by position */
    int offsets[SV_GROUP_AREA];   /* of the positions from its corner */
} sv_trellis;

/* Fills levels (kept rectangle); false when all are zero. Viterbi's algorithm over the levels from
 * the last one to the first; each way has the contexts that its own levels give it. */
bool sv_trellis_quantise(sv_trellis *trellis, const sv_quantise_task *task, sv_level *levels);

#endif
