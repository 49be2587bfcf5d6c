/* The models of the bins about colours that repeat, for entropy/repeats.c and repeat_sites.c. */
#ifndef SVAC2_ENTROPY_REPEAT_MODELS_H
#define SVAC2_ENTROPY_REPEAT_MODELS_H

#include "entropy/repeats.h"

enum {
    SV_RUN_CLASSES = 8,
    SV_FLAT_INPUTS = 3,
    SV_FLAT_COLOURS_LOG2 = 12,
    SV_CANDIDATE_INPUTS = SV_TEMPLATES + 3,
    SV_PLACES = SV_RECENT + 2,
    SV_INDEX_CLASSES = 4,
    SV_COLOURS_LOG2 = 16,
    SV_PARTNER_INPUTS = 2
};

typedef struct sv_flat_models {
    sv_counter runs[SV_RUN_CLASSES * SV_RUN_CLASSES], edges[SV_EDGES];
    sv_counter colours[1 << SV_FLAT_COLOURS_LOG2];
    sv_mix mixes[SV_RUN_CLASSES];
    sv_correction by_runs[SV_RUN_CLASSES * SV_RUN_CLASSES], by_edges[SV_EDGES];
} sv_flat_models;

typedef struct sv_candidate_models {
    sv_counter places[SV_TEMPLATES][SV_CANDIDATES_MAX][SV_PLACES][SV_CONFIDENCES];
    sv_counter neighbours[SV_INDEX_CLASSES][SV_NEIGHBOURS][SV_NEIGHBOURS];
    sv_counter histories[SV_CANDIDATES_MAX][SV_HISTORIES][SV_TEMPLATES + 1];
    sv_counter colours[1 << SV_COLOURS_LOG2];
    sv_mix mixes[SV_CANDIDATES_MAX][SV_TEMPLATES + 1];
    sv_correction by_neighbours[SV_NEIGHBOURS][SV_NEIGHBOURS];
    sv_correction by_history[SV_CANDIDATES_MAX][SV_HISTORIES];
} sv_candidate_models;

typedef struct sv_partner_models {
    sv_counter seen[SV_PARTNER_SEEN_MAX + 1], successes[SV_SUCCESSES];
    sv_mix mixes[SV_SUCCESSES];
    sv_correction by_seen[SV_PARTNER_SEEN_MAX + 1], by_successes[SV_SUCCESSES];
} sv_partner_models;

struct sv_repeat_models {
    sv_flat_models flat;
    sv_candidate_models candidate;
    sv_partner_models partner;
};

void sv_repeat_models_init(sv_repeat_models *models, const sv_logistic *logistic);

#endif
