/* AVX2 variant of a step of the trellis of dependent quantisation: a state in each lane. */
#include <assert.h>

#include "common/intmath.h"
#include "dsp/dsp.h"
#include "dsp/x86/avx2.h"

static inline __m256i blend(__m256i first, __m256i second, __m256i which)
{
    return _mm256_blendv_epi8(first, second, which);
}

static inline __m256i entries_of(const int32_t row[8], __m256i index)
{
    return _mm256_permutevar8x32_epi32(load16(row), index);
}

/* Of the first row for even states, of the second for 1 and 3, of the third for 5 and 7. */
static inline __m256i entries_by_kind(const int32_t rows[SV_STATE_KINDS][8], __m256i index)
{
    __m256i odd = _mm256_blend_epi32(entries_of(rows[1], index), entries_of(rows[2], index), 0xf0);
    return _mm256_blend_epi32(entries_of(rows[0], index), odd, 0xaa);
}

static inline __m256i by_parity(__m256i even, __m256i odd)
{
    return _mm256_blend_epi32(even, odd, 0xaa);
}

/* Of a candidate for the even states, and of one for the odd ones. */
static inline __m256i costs_of(const sv_trellis_place *place, int even, int odd, __m256i excess)
{
    __m256i fixed =
        by_parity(_mm256_set1_epi32(place->fixed[even]), _mm256_set1_epi32(place->fixed[odd]));
    __m256i rest =
        by_parity(entries_of(place->costs[even], excess), entries_of(place->costs[odd], excess));
    return _mm256_add_epi32(fixed, rest);
}

/* Classes of values up to 15, others count as that. */
static inline __m256i classes_of(const uint8_t classes[16], __m256i values)
{
    __m256i table = _mm256_broadcastsi128_si256(load8(classes));
    return _mm256_shuffle_epi8(table, _mm256_min_epi32(values, _mm256_set1_epi32(15)));
}

static inline __m128i to_16_bits(__m256i lanes)
{
    return _mm_packs_epi32(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
}

/* The best levels of even and of odd magnitude from each state. */
typedef struct offers {
    __m256i even, odd, even_multiples, odd_multiples;
} offers;

static inline offers offers_of(const sv_trellis_ways *ways, const sv_trellis_place *place)
{
    const __m256i none = _mm256_set1_epi32(SV_TRELLIS_NO_WAY);
    __m256i around = _mm256_cvtepu16_epi32(load8(ways->around[place->position]));
    __m256i sums = _mm256_and_si256(around, _mm256_set1_epi32(0xff));
    __m256i sum = classes_of(sv_sum_class, sums);
    __m256i excess = _mm256_sub_epi32(classes_of(sv_excess_class, _mm256_srli_epi32(around, 8)),
                                      _mm256_cmpgt_epi32(sums, _mm256_setzero_si256()));
    __m256i found = _mm256_cvtepu16_epi32(load8(ways->found));
    __m256i certain =
        place->certain ? _mm256_cmpeq_epi32(found, _mm256_setzero_si256()) : _mm256_setzero_si256();
    __m256i cost = load16(ways->costs);
    __m256i zero = _mm256_add_epi32(_mm256_add_epi32(cost, _mm256_set1_epi32(place->zero_error)),
                                    entries_by_kind(place->significance->zero, sum));
    zero = _mm256_min_epi32(blend(zero, none, certain), none);
    if (!place->levels) {
        return (offers){zero, none, _mm256_setzero_si256(), _mm256_setzero_si256()};
    }
    __m256i some = _mm256_add_epi32(
        cost, _mm256_andnot_si256(certain, entries_by_kind(place->significance->some, sum)));
    __m256i even = costs_of(place, 0, 3, excess), odd = costs_of(place, 2, 1, excess);
    even = _mm256_min_epi32(_mm256_add_epi32(some, even), none);
    const __m256i multiples =
        by_parity(_mm256_set1_epi32(place->multiples[0]), _mm256_set1_epi32(place->multiples[3]));
    return (offers){
        .even = _mm256_min_epi32(zero, even),
        .odd = _mm256_min_epi32(_mm256_add_epi32(some, odd), none),
        .even_multiples = _mm256_and_si256(multiples, _mm256_cmpgt_epi32(zero, even)),
        .odd_multiples = by_parity(_mm256_set1_epi32(place->multiples[2]),
                                   _mm256_set1_epi32(place->multiples[1])),
    };
}

/* What the ways to the states come from; begun: all bits of those that begin here. */
typedef struct origins {
    __m256i from, begun, costs, multiples;
} origins;

static inline origins origins_of(const offers *o, const sv_trellis_place *place)
{
    const __m256i even = load16(sv_even_from), odd = load16(sv_odd_from);
    __m256i even_costs = _mm256_permutevar8x32_epi32(o->even, even);
    __m256i odd_costs = _mm256_permutevar8x32_epi32(o->odd, odd);
    __m256i by_odd = _mm256_cmpgt_epi32(even_costs, odd_costs);
    origins best = {.from = blend(even, odd, by_odd),
                    .begun = _mm256_setzero_si256(),
                    .costs = blend(even_costs, odd_costs, by_odd),
                    .multiples = blend(_mm256_permutevar8x32_epi32(o->even_multiples, even),
                                       _mm256_permutevar8x32_epi32(o->odd_multiples, odd), by_odd)};
    if (sv_min(place->begin[0], place->begin[1]) < SV_TRELLIS_NO_WAY) {
        const int no = SV_TRELLIS_NO_WAY;
        __m256i begin = _mm256_setr_epi32(place->begin[0], no, place->begin[1], no, no, no, no, no);
        __m256i begun_multiples =
            _mm256_setr_epi32(place->multiples[0], 0, place->multiples[2], 0, 0, 0, 0, 0);
        best.begun = _mm256_cmpgt_epi32(best.costs, begin);
        best.costs = _mm256_min_epi32(best.costs, begin);
        best.multiples = blend(best.multiples, begun_multiples, best.begun);
    }
    return best;
}

/* What levels add to the places around them (sv_share_of). */
static inline __m128i shares_of(__m256i multiples)
{
    __m256i magnitudes = _mm256_srli_epi32(_mm256_add_epi32(multiples, _mm256_set1_epi32(1)), 1);
    __m256i held = _mm256_min_epi32(magnitudes, _mm256_set1_epi32(SV_AROUND_MAX));
    __m128i held16 = to_16_bits(held);
    __m128i excess = _mm_subs_epu16(held16, _mm_set1_epi16(1));
    return _mm_add_epi16(held16, _mm_slli_epi16(excess, 8));
}

static inline void move_around(sv_trellis_ways *ways, int position, __m128i from, __m128i shares)
{
    for (int i = 0; i < position; i++) {
        __m128i around = _mm_shuffle_epi8(load8(ways->around[i]), from);
        if (sv_around_of[position] >> i & 1) {
            around = _mm_add_epi16(around, shares);
        }
        store8(ways->around[i], around);
    }
}

void sv_trellis_step_avx2(sv_trellis_ways *ways, const sv_trellis_place *place, int number,
                          sv_trellis_nodes *nodes)
{
    assert(place->position >= 0 && place->position < SV_GROUP_AREA && number >= 0);
    const offers o = offers_of(ways, place);
    const origins best = origins_of(&o, place);
    const __m128i begun = to_16_bits(best.begun);
    /* The bytes of 16-bit entries to be moved; those of ways that begin become zeros. */
    __m128i from = _mm_add_epi16(_mm_mullo_epi16(to_16_bits(best.from), _mm_set1_epi16(0x202)),
                                 _mm_set1_epi16(0x100));
    from = _mm_or_si128(from, begun);
    __m256i is_zero = _mm256_cmpeq_epi32(best.multiples, _mm256_setzero_si256());
    __m256i before =
        _mm256_or_si256(_mm256_permutevar8x32_epi32(load16(ways->nodes), best.from), best.begun);
    __m256i numbers = _mm256_add_epi32(_mm256_set1_epi32(number * SV_STATES),
                                       _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    store16(ways->costs, best.costs);
    store16(ways->nodes, blend(numbers, before, is_zero));
    store16(nodes->before, before);
    store16(nodes->multiples, best.multiples);
    __m128i found = _mm_or_si128(_mm_shuffle_epi8(load8(ways->found), from),
                                 _mm_andnot_si128(to_16_bits(is_zero), _mm_set1_epi16(1)));
    __m128i entries = _mm_or_si128(_mm_shuffle_epi8(load8(ways->entries), from),
                                   _mm_and_si128(begun, _mm_set1_epi16(SV_TRELLIS_BEGUN)));
    store8(ways->found, found);
    store8(ways->entries, entries);
    move_around(ways, place->position, from, shares_of(best.multiples));
}
