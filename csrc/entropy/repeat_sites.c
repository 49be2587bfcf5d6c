#include "entropy/repeat_models.h"

/* ---- Start ---- */

#define INIT_COUNTERS(array) \
    sv_counters_init((sv_counter *)(array), sizeof(array) / sizeof(sv_counter))
#define INIT_MIXES(array, inputs) \
    sv_mixes_init((sv_mix *)(array), sizeof(array) / sizeof(sv_mix), inputs)
#define INIT_CORRECTIONS(array) \
    sv_corrections_init(logistic, (sv_correction *)(array), sizeof(array) / sizeof(sv_correction))

static void init_flat(sv_flat_models *flat, const sv_logistic *logistic)
{
    INIT_COUNTERS(flat->runs);
    INIT_COUNTERS(flat->edges);
    INIT_COUNTERS(flat->colours);
    INIT_MIXES(flat->mixes, SV_FLAT_INPUTS);
    INIT_CORRECTIONS(flat->by_runs);
    INIT_CORRECTIONS(flat->by_edges);
}

static void init_candidate(sv_candidate_models *candidate, const sv_logistic *logistic)
{
    INIT_COUNTERS(candidate->places);
    INIT_COUNTERS(candidate->neighbours);
    INIT_COUNTERS(candidate->histories);
    INIT_COUNTERS(candidate->colours);
    INIT_MIXES(candidate->mixes, SV_CANDIDATE_INPUTS);
    INIT_CORRECTIONS(candidate->by_neighbours);
    INIT_CORRECTIONS(candidate->by_history);
}

static void init_partner(sv_partner_models *partner, const sv_logistic *logistic)
{
    INIT_COUNTERS(partner->seen);
    INIT_COUNTERS(partner->successes);
    INIT_MIXES(partner->mixes, SV_PARTNER_INPUTS);
    INIT_CORRECTIONS(partner->by_seen);
    INIT_CORRECTIONS(partner->by_successes);
}

void sv_repeat_models_init(sv_repeat_models *models, const sv_logistic *logistic)
{
    init_flat(&models->flat, logistic);
    init_candidate(&models->candidate, logistic);
    init_partner(&models->partner, logistic);
}

/* ---- Contexts ---- */

static int run_class(int run)
{
    return run == 0 ? 0 : sv_min(sv_floor_log2((uint32_t)run) + 1, SV_RUN_CLASSES - 1);
}

/* Knuth's multiplicative hashing. */
static uint32_t colour_class(uint32_t colour, int log2)
{
    return (colour + 1) * 0x9e3779b1u >> (32 - log2);
}

/* Which of eight pixels, just beyond those that are alike, differ from them. */
static int edges_around(const sv_repeats *r, int x)
{
    const uint32_t *row = r->rows[0] + x, *above = r->rows[1] + x, *second = r->rows[2] + x;
    const uint32_t left = row[-1];
    return (second[2] != left) | (second[-2] != left) << 1 | (row[-3] != left) << 2 |
           (above[3] != left) << 3 | (above[-3] != left) << 4 | (second[1] != left) << 5 |
           (second[-1] != left) << 6 | (r->rows[3][x] != left) << 7;
}

/* Which neighbours have the colour. */
static int neighbours_having(const sv_repeats *r, int x, uint32_t colour)
{
    const uint32_t *row = r->rows[0] + x, *above = r->rows[1] + x;
    return (row[-1] == colour) | (above[0] == colour) << 1 | (above[-1] == colour) << 2 |
           (above[1] == colour) << 3 | (row[-2] == colour) << 4 | (r->rows[2][x] == colour) << 5;
}

/* Which of these are alike. */
static int neighbours_alike(const sv_repeats *r, int x)
{
    const uint32_t *row = r->rows[0] + x, *above = r->rows[1] + x;
    return (row[-1] == above[0]) | (row[-1] == above[-1]) << 1 | (above[0] == above[-1]) << 2 |
           (above[0] == above[1]) << 3 | (row[-2] == row[-1]) << 4 |
           (r->rows[2][x] == above[0]) << 5;
}

/* How the neighbours were found. */
static int history_at(const sv_repeats *r, int x)
{
    const uint8_t *row = r->outcomes[0] + x, *above = r->outcomes[1] + x;
    return row[-1] + 3 * above[0] + 9 * above[-1] + 27 * above[1];
}

/* 0 where there are no colours, the colour's place from 1, or beyond where it is not among them. */
static int place_of(const sv_recent *recent, uint32_t colour)
{
    for (int i = 0; i < recent->count; i++) {
        if (recent->colours[i] == colour) {
            return i + 1;
        }
    }
    return recent->count == 0 ? 0 : SV_PLACES - 1;
}

/* By how often the latest colour came again, and whether there was never another. */
static int confidence_of(const sv_recent *recent)
{
    const int half = SV_CONFIDENCES / 2;
    return sv_min(recent->run, half - 1) + (recent->count == 1 ? half : 0);
}

/* ---- Sites ---- */

void sv_flat_site(const sv_repeats *repeats, int x, sv_site *site)
{
    sv_flat_models *models = &repeats->models->flat;
    const uint32_t left = repeats->rows[0][x - 1];
    const int above = run_class(repeats->rows_same[x]), edges = edges_around(repeats, x);
    const int runs = run_class(repeats->run) * SV_RUN_CLASSES + above;
    site->inputs = SV_FLAT_INPUTS;
    site->correction_count = SV_CORRECTIONS;
    site->counters[0] = &models->runs[runs];
    site->counters[1] = &models->edges[edges];
    site->counters[2] = &models->colours[colour_class(left, SV_FLAT_COLOURS_LOG2)];
    site->mix = &models->mixes[above];
    site->corrections[0] = &models->by_runs[runs];
    site->corrections[1] = &models->by_edges[edges];
}

void sv_candidate_site(const sv_repeats *repeats, int x, int index, sv_site *site)
{
    sv_candidate_models *models = &repeats->models->candidate;
    const sv_candidates *candidates = &repeats->candidates;
    const uint32_t colour = candidates->colours[index];
    const int history = history_at(repeats, x), alike = neighbours_alike(repeats, x);
    const int having = neighbours_having(repeats, x, colour);
    int firsts = 0;
    for (int t = 0; t < SV_TEMPLATES; t++) {
        const sv_recent *recent = candidates->recent[t];
        const int place = place_of(recent, colour);
        firsts += place == 1;
        site->counters[t] = &models->places[t][index][place][confidence_of(recent)];
    }
    sv_counter **others = site->counters + SV_TEMPLATES;
    others[0] = &models->neighbours[sv_min(index, SV_INDEX_CLASSES - 1)][having][alike];
    others[1] = &models->histories[index][history][firsts];
    others[2] = &models->colours[colour_class(colour, SV_COLOURS_LOG2)];
    site->inputs = SV_CANDIDATE_INPUTS;
    site->correction_count = SV_CORRECTIONS;
    site->mix = &models->mixes[index][firsts];
    site->corrections[0] = &models->by_neighbours[having][alike];
    site->corrections[1] = &models->by_history[index][history];
}

bool sv_partner_site(const sv_repeats *repeats, int first, sv_site *site)
{
    enum { WORTH_A_BIN = 1 << 14 };
    sv_partner_models *models = &repeats->models->partner;
    const uint32_t seen = repeats->partners[first].seen;
    site->inputs = SV_PARTNER_INPUTS;
    site->correction_count = SV_CORRECTIONS;
    site->counters[0] = &models->seen[seen];
    site->counters[1] = &models->successes[repeats->successes];
    site->mix = &models->mixes[repeats->successes];
    site->corrections[0] = &models->by_seen[seen];
    site->corrections[1] = &models->by_successes[repeats->successes];
    return seen > 0 && repeats->format.planes > 1 && repeats->success_rate > WORTH_A_BIN;
}
