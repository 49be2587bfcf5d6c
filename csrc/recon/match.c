#include "recon/match.h"

#include <string.h>

#include "common/memory.h"

enum { TABLE_LOG2_MIN = 6 };

svac2_status sv_match_create(sv_match *match, int width, int height, svac2_error *error)
{
    uint32_t pixels = (uint32_t)sv_min(width, 1 << 15) * (uint32_t)sv_min(height, 1 << 15);
    int log2 = sv_clip(sv_floor_log2(pixels) + 1, TABLE_LOG2_MIN, SV_MATCH_TABLE_LOG2_MAX);
    size_t entries = (size_t)1 << log2, pitch = (size_t)width + 2 * SV_MATCH_PAD;
    match->shift = 64 - log2;
    match->tables = sv_alloc_zeroed(2 * entries, sizeof *match->tables);
    match->memory = sv_alloc_zeroed(pitch, 3 * sizeof(sv_packed_pixel) + 2 * sizeof(int32_t));
    if (match->tables == NULL || match->memory == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for pixels that are found again");
    }
    sv_packed_pixel *rows = match->memory;
    for (int i = 0; i < 3; i++) {
        match->pixels[i] = rows + (size_t)i * pitch + SV_MATCH_PAD;
    }
    for (int i = 0; i < 2; i++) {
        match->found[i] = (int32_t *)(rows + 3 * pitch) + (size_t)i * pitch + SV_MATCH_PAD;
    }
    for (int i = 0; i < SV_MATCH_CONTEXTS; i++) {
        sv_symbol_start(&match->models[i]);
    }
    return SVAC2_OK;
}

void sv_match_destroy(sv_match *match)
{
    sv_free(match->tables);
    sv_free(match->memory);
    match->tables = NULL;
    match->memory = NULL;
}

void sv_match_start_row(sv_match *match, int width)
{
    sv_packed_pixel *last = match->pixels[2];
    match->pixels[2] = match->pixels[1];
    match->pixels[1] = match->pixels[0];
    match->pixels[0] = last;
    sv_packed_pixel *above = match->pixels[1];
    last[-1] = last[-2] = above[-1] = above[0];
    above[width] = above[width - 1];
    int32_t *found = match->found[1];
    match->found[1] = match->found[0];
    match->found[0] = found;
    found[-1] = 1;
}

static void move_to_front(sv_packed_pixel *recent, sv_packed_pixel pixel)
{
    int i = 0;
    while (i < SV_MATCH_RECENT - 1 && recent[i] != pixel) {
        i++;
    }
    memmove(recent + 1, recent, (size_t)i * sizeof *recent);
    recent[0] = pixel;
}

/* Trust rises with each hit; a miss halves it, and takes the place of what is trusted no more. */
static void update(uint64_t *entry, sv_packed_pixel pixel)
{
    int trust = sv_match_trust(entry);
    if (sv_match_pixel(entry) == pixel) {
        *entry += trust < (1 << SV_MATCH_TRUST_BITS) - 1;
    } else if (trust > 1) {
        *entry -= (uint64_t)(trust - trust / 2);
    } else {
        *entry = pixel << SV_MATCH_TRUST_BITS | 1;
    }
}

void sv_match_learn(sv_match *match, const sv_match_site *site, sv_packed_pixel pixel)
{
    if (sv_match_pixel(site->far) != pixel) {
        move_to_front(match->recent, pixel);
    }
    update(site->far, pixel);
    update(site->near, pixel);
}
