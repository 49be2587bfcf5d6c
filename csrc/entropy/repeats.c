#include "entropy/repeats.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "entropy/repeat_models.h"

enum { RECENT_LOG2_MIN = 8, RECENT_LOG2_MAX = 18, HALF = 1 << 15 };

/* Where a pixel lies from the one being coded. */
typedef struct place {
    int8_t up, right;
} place;

/* Template t has the first template_sizes[t] of these. */
static const place places[] = {
    {0, -1}, {1, 0},  {1, 1},  {1, -1}, {0, -2}, {2, 0},  {1, 2}, {1, -2},
    {2, 1},  {2, -1}, {0, -3}, {1, 3},  {2, 2},  {2, -2}, {3, 0},
};
static const int template_sizes[SV_TEMPLATES] = {15, 10, 4, 2};

static inline uint32_t pixel_at(const sv_repeats *r, int x, place at)
{
    return r->rows[at.up][x + at.right];
}

/* ---- Memory ---- */

/* Tables for a fourth of the pixels: where a picture is flat it needs none. */
static int recent_log2(uint32_t width, uint32_t height)
{
    const uint64_t fourth = (uint64_t)width * height / 4;
    int log2 = RECENT_LOG2_MIN;
    while (log2 < RECENT_LOG2_MAX && fourth >> log2 > 1) {
        log2++;
    }
    return log2;
}

uint64_t sv_repeats_memory(uint32_t width, uint32_t height)
{
    return sizeof(sv_repeat_models) +
           (sizeof(sv_recent) * SV_TEMPLATES << recent_log2(width, height));
}

/* Cuts rows, with a margin on both sides, from the one block of memory. */
static void lay_out_rows(sv_repeats *r, size_t pitch)
{
    uint32_t *row = (uint32_t *)r->memory + SV_REPEAT_MARGIN;
    for (int i = 0; i < SV_REPEAT_ROWS; i++, row += pitch) {
        r->rows[i] = row;
    }
    for (int i = 0; i < 2; i++, row += pitch) {
        r->misses[i] = (int *)row;
    }
    r->rows_same = (int *)row;
    uint8_t *bytes = (uint8_t *)(row + pitch - SV_REPEAT_MARGIN) + SV_REPEAT_MARGIN;
    for (int i = 0; i < 2; i++, bytes += pitch) {
        r->outcomes[i] = bytes;
    }
}

svac2_status sv_repeats_create(sv_repeats *repeats, const sv_pixel_format *format,
                               const sv_logistic *logistic, svac2_error *error)
{
    const size_t pitch = (size_t)format->width + 2 * SV_REPEAT_MARGIN;
    const size_t column = (SV_REPEAT_ROWS + 3) * sizeof(uint32_t) + 2;
    assert(format->planes * format->depth <= 32);
    *repeats =
        (sv_repeats){.format = *format,
                     .recent_log2 = recent_log2((uint32_t)format->width, (uint32_t)format->height),
                     .success_rate = HALF,
                     .logistic = logistic};
    repeats->memory = sv_alloc_zeroed(pitch, column);
    repeats->recent =
        sv_alloc_zeroed((size_t)SV_TEMPLATES << repeats->recent_log2, sizeof *repeats->recent);
    repeats->partners = sv_alloc_zeroed((size_t)1 << format->depth, sizeof *repeats->partners);
    repeats->models = sv_alloc(1, sizeof *repeats->models);
    if (repeats->memory == NULL || repeats->recent == NULL || repeats->partners == NULL ||
        repeats->models == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for colours that repeat");
    }
    lay_out_rows(repeats, pitch);
    sv_repeat_models_init(repeats->models, logistic);
    return SVAC2_OK;
}

void sv_repeats_destroy(sv_repeats *repeats)
{
    sv_free(repeats->memory);
    sv_free(repeats->recent);
    sv_free(repeats->partners);
    sv_free(repeats->models);
    *repeats = (sv_repeats){0};
}

/* ---- Rows ---- */

bool sv_pixel_is(const sv_pixel_format *format, uint32_t pixel, uint32_t colour)
{
    if (pixel == colour || format->max_error == 0) {
        return pixel == colour;
    }
    for (int p = 0; p < format->planes; p++) {
        const int error = sv_pixel_sample(format, pixel, p) - sv_pixel_sample(format, colour, p);
        if (abs(error) > format->max_error) {
            return false;
        }
    }
    return true;
}

/* Left of a row stands the first pixel of the one above, right of it its own last one. */
static void fill_margins(sv_repeats *r)
{
    uint32_t *row = r->rows[0], *above = r->rows[1];
    const int last = r->format.width - 1;
    for (int i = 1; i <= SV_REPEAT_MARGIN; i++) {
        row[-i] = above[0];
        above[last + i] = above[last];
        r->misses[1][last + i] = r->misses[1][last];
    }
}

void sv_repeats_start_row(sv_repeats *repeats)
{
    sv_repeats *r = repeats;
    uint32_t *oldest = r->rows[SV_REPEAT_ROWS - 1];
    memmove(r->rows + 1, r->rows, (SV_REPEAT_ROWS - 1) * sizeof *r->rows);
    r->rows[0] = oldest;
    uint8_t *outcomes = r->outcomes[1];
    r->outcomes[1] = r->outcomes[0];
    r->outcomes[0] = outcomes;
    int *misses = r->misses[1];
    r->misses[1] = r->misses[0];
    r->misses[0] = misses;
    r->run = 0;
    fill_margins(r);
}

bool sv_repeats_flat(const sv_repeats *repeats, int x)
{
    const uint32_t left = repeats->rows[0][x - 1];
    for (int i = 1; i < 8; i++) {
        if (pixel_at(repeats, x, places[i]) != left) {
            return false;
        }
    }
    return true;
}

bool sv_repeats_hopeless(const sv_repeats *repeats, int x)
{
    return repeats->misses[0][x - 1] >= SV_REPEAT_MARGIN &&
           repeats->misses[1][x + SV_REPEAT_MARGIN] > 2 * SV_REPEAT_MARGIN;
}

/* ---- Candidates ---- */

/* The colours of one template's surroundings; none where others have had the place. */
static sv_recent *recent_after(const sv_repeats *r, int t, uint32_t hash)
{
    const uint32_t key = hash * 0x9e3779b1u;
    sv_recent *recent = r->recent + ((size_t)t << r->recent_log2) + (key >> (32 - r->recent_log2));
    if (recent->count == 0 || recent->check != (uint16_t)key) {
        *recent = (sv_recent){.check = (uint16_t)key};
    }
    return recent;
}

static void find_recent(sv_candidates *candidates, const sv_repeats *r, int x)
{
    uint32_t hash = 0;
    int taken = 0;
    for (int t = SV_TEMPLATES - 1; t >= 0; t--) {
        for (; taken < template_sizes[t]; taken++) {
            hash = (hash + pixel_at(r, x, places[taken]) * 0x85ebca6bu) * 0x9e3779b1u;
            hash ^= hash >> 15;
        }
        candidates->recent[t] = recent_after(r, t, hash);
    }
}

static void add(sv_candidates *candidates, uint32_t colour)
{
    for (int i = 0; i < candidates->count; i++) {
        if (candidates->colours[i] == colour) {
            return;
        }
    }
    if (candidates->count < SV_CANDIDATES_MAX) {
        candidates->colours[candidates->count++] = colour;
    }
}

static void add_recent(sv_candidates *candidates, int which)
{
    for (int t = 0; t < SV_TEMPLATES; t++) {
        if (candidates->recent[t]->count > which) {
            add(candidates, candidates->recent[t]->colours[which]);
        }
    }
}

void sv_repeats_seek(sv_repeats *repeats, int x, bool flat)
{
    const uint32_t *row = repeats->rows[0] + x, *above = repeats->rows[1] + x;
    sv_candidates *candidates = &repeats->candidates;
    find_recent(candidates, repeats, x);
    candidates->colours[0] = row[-1];
    candidates->count = flat;
    add_recent(candidates, 0);
    add(candidates, row[-1]);
    add(candidates, above[0]);
    add_recent(candidates, 1);
    add(candidates, above[1]);
    add(candidates, above[-1]);
    add_recent(candidates, 2);
    if (flat) {
        candidates->count--;
        memmove(candidates->colours, candidates->colours + 1,
                (size_t)candidates->count * sizeof *candidates->colours);
    }
}

/* ---- Learning ---- */

static void learn(sv_recent *recent, uint32_t pixel)
{
    int at = 0;
    while (at < recent->count && recent->colours[at] != pixel) {
        at++;
    }
    if (at == 0 && recent->count > 0) {
        recent->run = (uint8_t)sv_min(recent->run + 1, UINT8_MAX);
        return;
    }
    recent->run = recent->run > 3;
    recent->count = (uint8_t)sv_clip(at + 1, recent->count, SV_RECENT);
    at = sv_min(at, SV_RECENT - 1);
    memmove(recent->colours + 1, recent->colours, (size_t)at * sizeof *recent->colours);
    recent->colours[0] = pixel;
}

/* Enters the colour that a sample of the first plane was in. */
static void learn_partner(sv_repeats *repeats, uint32_t colour)
{
    sv_partner *partner = &repeats->partners[sv_pixel_sample(&repeats->format, colour, 0)];
    if (partner->seen == 0) {
        *partner = (sv_partner){colour, 1};
        return;
    }
    const bool success = partner->colour == colour;
    repeats->successes = (repeats->successes << 1 | success) % SV_SUCCESSES;
    repeats->success_rate += ((success ? UINT16_MAX : 0) - repeats->success_rate) >> 5;
    partner->seen = success ? (uint32_t)sv_min((int)partner->seen + 1, SV_PARTNER_SEEN_MAX) : 1;
    partner->colour = colour;
}

/* How a pixel would have been found that was not looked for. */
static sv_outcome outcome_beside(const sv_repeats *r, int x, uint32_t pixel)
{
    for (int i = 0; i < 4; i++) {
        if (pixel_at(r, x, places[i]) == pixel) {
            return SV_FOUND_LATER;
        }
    }
    return SV_FOUND_NOT;
}

void sv_repeats_enter(sv_repeats *repeats, int x, uint32_t pixel)
{
    sv_repeats *r = repeats;
    uint32_t *row = r->rows[0] + x;
    int *misses = r->misses[0] + x, *same = r->rows_same + x;
    const sv_outcome outcome =
        r->outcome == SV_NOT_SOUGHT ? outcome_beside(r, x, pixel) : r->outcome;
    for (int t = 0; r->sought && t < SV_TEMPLATES; t++) {
        learn(r->candidates.recent[t], pixel);
    }
    if (r->outcome >= SV_FOUND_NOT) {
        learn_partner(r, pixel);
    }
    *row = pixel;
    *misses = outcome == SV_FOUND_NOT ? misses[-1] + 1 : 0;
    *same = pixel == r->rows[1][x] ? *same + 1 : 0;
    r->run = pixel == row[-1] ? r->run + 1 : 0;
    r->outcomes[0][x] = (uint8_t)outcome;
}
