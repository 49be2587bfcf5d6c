/* The probability of a bin from several models, each with contexts of its own: mixed in the
 * logistic domain by weights that learn, then corrected by what came of such probabilities before.
 * All in integers. (Mahoney 2005, "Adaptive weighing of context models for lossless data
 * compression".) */
#ifndef SVAC2_ENTROPY_MODEL_H
#define SVAC2_ENTROPY_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "common/intmath.h"
#include "format/contexts.h"

/* The probability that the bin is 1 in the upper 22 bits, below it how many bins were seen. */
typedef uint32_t sv_counter;

enum {
    SV_COUNTER_SEEN_BITS = 10,
    SV_COUNTER_SEEN_MAX = 255,
    SV_COUNTER_BITS = 32 - SV_COUNTER_SEEN_BITS,
    SV_INPUTS_MAX = 8,     /* counters that are mixed */
    SV_STRETCH_BITS = 12,  /* of a probability, to look up its logarithm */
    SV_STRETCH_MAX = 2047, /* of log(p / (1 - p)), in units of 1/256 */
    SV_MIX_BITS = 16,      /* of a weight of one */
    SV_MIX_SPARE_BITS = 2, /* of weights, which are for learning alone: 16 bits remain */
    SV_MIX_LIMIT = (1 << (15 + SV_MIX_SPARE_BITS)) - 1,
    SV_MIX_SEEN_MAX = 255,
    SV_CORRECTIONS = 2,       /* of a bin's probability */
    SV_CORRECTION_CELLS = 33, /* over the range of the logarithm */
    SV_MIXED_BITS = 16        /* of a mixed probability */
};

/* The least and largest mixed probability. */
enum { SV_MIXED_MIN = 24, SV_MIXED_MAX = (1 << SV_MIXED_BITS) - SV_MIXED_MIN };

/* What does not change: functions as tables. */
typedef struct sv_logistic {
    int16_t stretch[1 << SV_STRETCH_BITS];
    uint16_t squash[1 << SV_STRETCH_BITS];           /* of a logarithm, plus 2048 */
    uint16_t counter_rates[SV_COUNTER_SEEN_MAX + 1]; /* by bins seen, in 1/2^16 */
    uint16_t mix_rates[SV_MIX_SEEN_MAX + 1];
} sv_logistic;

void sv_logistic_init(sv_logistic *logistic);

/* Weights for the counters of a bin. */
typedef struct sv_mix {
    int32_t weights[SV_INPUTS_MAX];
    uint32_t seen;
} sv_mix;

/* Corrected probabilities by the mixed one. */
typedef struct sv_correction {
    uint16_t cells[SV_CORRECTION_CELLS];
} sv_correction;

void sv_counters_init(sv_counter *counters, size_t count);
void sv_mixes_init(sv_mix *mixes, size_t count, int inputs);
void sv_corrections_init(const sv_logistic *logistic, sv_correction *corrections, size_t count);

/* A bin's: what tells its probability, and what is to learn from it. */
typedef struct sv_site {
    int inputs, correction_count; /* how many there are */
    sv_counter *counters[SV_INPUTS_MAX];
    sv_mix *mix;
    sv_correction *corrections[SV_CORRECTIONS];
    /* What sv_predict leaves for sv_learn: */
    int16_t logarithms[SV_INPUTS_MAX];
    uint32_t mixed;
    uint16_t *corrected[SV_CORRECTIONS]; /* the nearer cell of each */
} sv_site;

static inline int sv_mix_logarithms(const sv_logistic *logistic, sv_site *site)
{
    int32_t sum = 0;
    for (int i = 0; i < SV_INPUTS_MAX; i++) {
        site->logarithms[i] =
            i < site->inputs ? logistic->stretch[*site->counters[i] >> (32 - SV_STRETCH_BITS)] : 0;
    }
    for (int i = 0; i < SV_INPUTS_MAX; i++) {
        sum += site->logarithms[i] * (int16_t)(site->mix->weights[i] >> SV_MIX_SPARE_BITS);
    }
    return sv_clip(sum >> (SV_MIX_BITS - SV_MIX_SPARE_BITS), -SV_STRETCH_MAX, SV_STRETCH_MAX);
}

/* Between the cells on both sides. */
static inline uint32_t sv_correct(sv_site *site, int which, int logarithm)
{
    const uint32_t position = (uint32_t)(logarithm + SV_STRETCH_MAX + 1) * 32;
    const uint32_t index = position >> SV_STRETCH_BITS, fraction = position & 0xfff;
    uint16_t *cell = &site->corrections[which]->cells[index];
    site->corrected[which] = cell + (fraction >> 11);
    return (cell[0] * (0x1000 - fraction) + cell[1] * fraction) >> 12;
}

/* The probability that the site's bin is 1, in 1..2^15 - 1. */
static inline uint32_t sv_predict(const sv_logistic *logistic, sv_site *site)
{
    const int logarithm = sv_mix_logarithms(logistic, site);
    site->mixed = logistic->squash[logarithm + SV_STRETCH_MAX + 1];
    uint32_t sum = 0;
    for (int i = 0; i < site->correction_count; i++) {
        sum += sv_correct(site, i, logarithm);
    }
    uint32_t one = (site->mixed + (site->correction_count == 1 ? sum : sum >> 1)) >> 1;
    one = one < SV_MIXED_MIN ? SV_MIXED_MIN : one > SV_MIXED_MAX ? SV_MIXED_MAX : one;
    return one >> (SV_MIXED_BITS - SV_PROBABILITY_BITS);
}

static inline void sv_count(const sv_logistic *logistic, sv_counter *counter, int bin)
{
    const uint32_t seen = *counter & ((1 << SV_COUNTER_SEEN_BITS) - 1);
    const int32_t one = (int32_t)(*counter >> SV_COUNTER_SEEN_BITS);
    const int32_t target = bin ? (1 << SV_COUNTER_BITS) - 1 : 0;
    const int32_t step = (int32_t)(((int64_t)(target - one) * logistic->counter_rates[seen]) >> 16);
    *counter = (uint32_t)(one + step) << SV_COUNTER_SEEN_BITS |
               (seen < SV_COUNTER_SEEN_MAX ? seen + 1 : seen);
}

/* Lets all that told the probability learn what the bin was. */
static inline void sv_learn(const sv_logistic *logistic, sv_site *site, int bin)
{
    enum { ERROR_SHIFT = 6, MIX_SHIFT = 12, CORRECTION_SHIFT = 6 };
    sv_mix *mix = site->mix;
    const int32_t error = (bin << SV_MIXED_BITS) - (int32_t)site->mixed;
    const int16_t scaled = (int16_t)(error * logistic->mix_rates[mix->seen] >> ERROR_SHIFT);
    mix->seen += mix->seen < SV_MIX_SEEN_MAX;
    for (int i = 0; i < SV_INPUTS_MAX; i++) {
        const int32_t step = (site->logarithms[i] * scaled + (1 << (MIX_SHIFT - 1))) >> MIX_SHIFT;
        mix->weights[i] = sv_clip(mix->weights[i] + step, -SV_MIX_LIMIT, SV_MIX_LIMIT);
    }
    for (int i = 0; i < site->inputs; i++) {
        sv_count(logistic, site->counters[i], bin);
    }
    const int32_t target = bin ? (1 << SV_MIXED_BITS) - 1 : 0;
    for (int i = 0; i < site->correction_count; i++) {
        uint16_t *cell = site->corrected[i];
        *cell = (uint16_t)(*cell + (target - *cell) / (1 << CORRECTION_SHIFT));
    }
}

#endif
