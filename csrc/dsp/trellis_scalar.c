/* A step of the trellis of dependent quantisation. */
#include <assert.h>
#include <string.h>

#include "common/intmath.h"
#include "dsp/dsp.h"

/* The best levels of even and of odd magnitude from each state. */
typedef struct offers {
    int32_t even[SV_STATES], odd[SV_STATES];
    int32_t even_multiples[SV_STATES], odd_multiples[SV_STATES];
} offers;

static void offer(const sv_trellis_ways *ways, const sv_trellis_place *place, int state, offers *o)
{
    const unsigned around = ways->around[place->position][state];
    const int sum = sv_sum_class[sv_min((int)(around & 0xff), 15)];
    const int excess = sv_excess_class[sv_min((int)(around >> 8), 15)] + (sum > 0);
    const int kind = sv_kind_of_state(state), even = state & 1 ? 3 : 0, odd = state & 1 ? 1 : 2;
    const bool certain = place->certain && !ways->found[state];
    const int32_t cost = ways->costs[state];
    int32_t zero = SV_TRELLIS_NO_WAY, other = zero, some = cost;
    if (!certain) {
        some += place->significance->some[kind][sum];
        zero = sv_min(zero, cost + place->zero_error + place->significance->zero[kind][sum]);
    }
    o->odd[state] = SV_TRELLIS_NO_WAY;
    if (place->levels) {
        other = sv_min(other, some + place->costs[even][excess] + place->fixed[even]);
        o->odd[state] = sv_min(o->odd[state], some + place->costs[odd][excess] + place->fixed[odd]);
    }
    o->even[state] = sv_min(zero, other);
    o->even_multiples[state] = other < zero ? place->multiples[even] : 0;
    o->odd_multiples[state] = place->levels ? place->multiples[odd] : 0;
}

/* What the way to a state comes from: a state, SV_TRELLIS_BEGUN, and its level. */
typedef struct origin {
    int from;
    int32_t cost, multiple;
} origin;

static origin origin_of(const offers *o, const sv_trellis_place *place, int state)
{
    const int even = sv_even_from[state], odd = sv_odd_from[state];
    origin best = {even, o->even[even], o->even_multiples[even]};
    if (o->odd[odd] < best.cost) {
        best = (origin){odd, o->odd[odd], o->odd_multiples[odd]};
    }
    if ((state == 0 || state == 2) && place->begin[state / 2] < best.cost) {
        best = (origin){SV_TRELLIS_BEGUN, place->begin[state / 2], place->multiples[state]};
    }
    return best;
}

static void go_on(const sv_trellis_ways *old, const sv_trellis_place *place, int number, int state,
                  origin best, sv_trellis_ways *ways, sv_trellis_nodes *nodes)
{
    const bool begun = best.from == SV_TRELLIS_BEGUN;
    const int before = begun ? -1 : old->nodes[best.from];
    ways->costs[state] = best.cost;
    ways->nodes[state] = best.multiple != 0 ? number * SV_STATES + state : before;
    ways->found[state] = best.multiple != 0 || (!begun && old->found[best.from]);
    ways->entries[state] = begun ? SV_TRELLIS_BEGUN : old->entries[best.from];
    nodes->before[state] = before;
    nodes->multiples[state] = best.multiple;
    const uint16_t share = best.multiple != 0 ? sv_share_of(sv_magnitude_of(best.multiple)) : 0;
    for (int i = 0; i < place->position; i++) {
        const uint16_t added = sv_around_of[place->position] >> i & 1 ? share : 0;
        ways->around[i][state] = (uint16_t)((begun ? 0 : old->around[i][best.from]) + added);
    }
}

void REFERENCE(trellis_step)(sv_trellis_ways *ways, const sv_trellis_place *place, int number,
                             sv_trellis_nodes *nodes)
{
    assert(place->position >= 0 && place->position < SV_GROUP_AREA && number >= 0);
    const sv_trellis_ways old = *ways;
    offers o;
    for (int state = 0; state < SV_STATES; state++) {
        offer(&old, place, state, &o);
    }
    for (int state = 0; state < SV_STATES; state++) {
        go_on(&old, place, number, state, origin_of(&o, place, state), ways, nodes);
    }
}
