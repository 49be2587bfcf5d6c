/* Adaptive contexts of the syntax: numbering, state, adaptation, initial states. */
#ifndef SVAC2_FORMAT_CONTEXTS_H
#define SVAC2_FORMAT_CONTEXTS_H

#include <stdint.h>

enum {
#define CONTEXTS(name, count) SV_CTX_##name, SV_CTX_##name##_END = SV_CTX_##name + (count) - 1,
#include "format/contexts.def"
#undef CONTEXTS
    SV_CONTEXT_COUNT
};

enum {
#define CONTEXTS(name, count) +1
    SV_CONTEXT_ROWS = 0
#include "format/contexts.def"
#undef CONTEXTS
};

/* Probability that the bin is 1, estimated at two speeds (16 bit); which pair of speeds, and how
 * many bins were seen. */
typedef struct sv_context {
    uint16_t fast, slow;
    uint32_t state; /* speed * (SV_SEEN_MAX + 1) + seen; eight bytes in all */
} sv_context;

typedef struct sv_context_set {
    sv_context contexts[SV_CONTEXT_COUNT];
} sv_context_set;

enum {
    SV_PROBABILITY_BITS = 15,
    SV_SEEN_MAX = 255,
    SV_RATE_BITS = 15,
    SV_SPEED_COUNT = 4,
    SV_INIT_NODES = 4,
    SV_INIT_FIRST_QP = 24, /* initial states are given at these whole qps, linear between them */
    SV_INIT_QP_STEP = 10
};

/* Adaptation rates by state: 1 / (seen + 2), not below the limit of each speed. */
typedef struct sv_rates {
    uint16_t fast, slow;
} sv_rates;
extern const sv_rates sv_rates_at[SV_SPEED_COUNT * (SV_SEEN_MAX + 1)];

/* Trained initial states (context_states.c). */
typedef struct sv_context_init {
    uint16_t probability[SV_INIT_NODES]; /* of 1, 16 bit */
    uint8_t seen, speed;
} sv_context_init;

/* A row of contexts.def. */
typedef struct sv_context_row {
    const char *name;
    const sv_context_init *states;
    int count;
} sv_context_row;

extern const sv_context_row sv_context_rows[SV_CONTEXT_ROWS];

/* What tells a bin's probability: a context, or two. */
enum { SV_CTX_NONE = -1 };
typedef struct sv_bin_site {
    int first, second; /* contexts' numbers; the second one may be none */
} sv_bin_site;

static inline sv_bin_site sv_one(int context) { return (sv_bin_site){context, SV_CTX_NONE}; }

/* The site so many contexts further on. */
static inline sv_bin_site sv_site_behind(sv_bin_site site, int step)
{
    return (sv_bin_site){site.first + step,
                         site.second == SV_CTX_NONE ? SV_CTX_NONE : site.second + step};
}

/* Twice the probability, 17 bit. */
static inline uint32_t sv_estimates_of(const sv_context *context)
{
    return (uint32_t)context->fast + context->slow;
}

/* The targets keep both estimates inside 16..65520, so no probability reaches 0 or 1. */
static inline void sv_adapt(sv_context *context, int bin)
{
    const int32_t target = bin ? 65520 : 16;
    const sv_context before = *context;
    const sv_rates rates = sv_rates_at[before.state];
    const int32_t fast = (target - before.fast) * rates.fast;
    const int32_t slow = (target - before.slow) * rates.slow;
    *context = (sv_context){(uint16_t)(before.fast + (fast >> SV_RATE_BITS)),
                            (uint16_t)(before.slow + (slow >> SV_RATE_BITS)),
                            before.state + ((~before.state & SV_SEEN_MAX) != 0)};
}

/* Initial states for a quantiser. */
void sv_contexts_init(sv_context_set *set, int qp);
/* The mean of both. */
void sv_contexts_join(sv_context_set *set, const sv_context_set *a, const sv_context_set *b);

#endif
