/* Pixels that are found again: what last followed the same pixels, or was of late a surprise.
 *
 * A pixel whose neighbours look drawn rather than photographed is looked up by them, in one table
 * by six of them and in another by three; text, icons, patterns and flat areas repeat. */
#ifndef SVAC2_RECON_MATCH_H
#define SVAC2_RECON_MATCH_H

#include "common/intmath.h"
#include "common/status.h"
#include "entropy/symbol_model.h"
#include "format/components.h"

enum {
    SV_MATCH_RECENT = 13, /* colours that were not found by the larger table */
    /* What is coded: the table whose pixel it is, a recent colour, or none of them. */
    SV_MATCH_FAR = 0,
    SV_MATCH_NEAR = 1,
    SV_MATCH_FIRST_RECENT = 2,
    SV_MATCH_NONE = SV_MATCH_FIRST_RECENT + SV_MATCH_RECENT,
    SV_MATCH_FAR_CLASSES = 7,
    SV_MATCH_NEAR_CLASSES = 3,
    SV_MATCH_CONTEXTS = SV_MATCH_FAR_CLASSES * SV_MATCH_NEAR_CLASSES * 8,
    SV_MATCH_PAD = 2, /* entries on either side of a row */
    SV_MATCH_TABLE_LOG2_MAX = 16,
    SV_MATCH_TRUST_BITS = 8 /* of an entry; the pixel is above */
};

/* Samples of all planes, 16 bits each. */
typedef uint64_t sv_packed_pixel;

typedef struct sv_match {
    int shift;        /* of a hash to an index */
    uint64_t *tables; /* that of six neighbours, then that of three: pixel and trust */
    sv_packed_pixel recent[SV_MATCH_RECENT];
    sv_symbol_model models[SV_MATCH_CONTEXTS];
    sv_packed_pixel *pixels[3]; /* of this row, of that above, of the one above that */
    int32_t *found[2];          /* of this row and of that above: whether the pixel was found */
    void *memory;
} sv_match;

/* Where a pixel is to be found. */
typedef struct sv_match_site {
    uint64_t *far, *near; /* entries */
    int context;
} sv_match_site;

svac2_status sv_match_create(sv_match *match, int width, int height, svac2_error *error);
void sv_match_destroy(sv_match *match);
void sv_match_start_row(sv_match *match, int width);

static inline bool sv_match_is_tried(const sv_match *match, int x)
{
    const sv_packed_pixel *row = match->pixels[0] + x, *above = match->pixels[1] + x;
    const int32_t *found = match->found[0] + x, *found_above = match->found[1] + x;
    return row[-1] == above[0] || row[-1] == above[-1] || above[0] == above[-1] ||
           above[0] == above[1] || (found[-1] | found_above[-1] | found_above[0] | found_above[1]);
}

static inline int sv_match_trust(const uint64_t *entry)
{
    return (int)(*entry & ((1 << SV_MATCH_TRUST_BITS) - 1));
}

static inline sv_packed_pixel sv_match_pixel(const uint64_t *entry)
{
    return *entry >> SV_MATCH_TRUST_BITS;
}

/* Multiplicative hashing: odd numbers from the digits of pi. */
static inline void sv_match_find(const sv_match *match, int x, sv_match_site *site)
{
    const sv_packed_pixel *row = match->pixels[0] + x, *above = match->pixels[1] + x;
    uint64_t near = row[-1] * 0x243f6a8885a308d3u + above[0] * 0x13198a2e03707345u +
                    above[-1] * 0xa4093822299f31d1u;
    uint64_t far = near + above[1] * 0x082efa98ec4e6c89u + row[-2] * 0x452821e638d01377u +
                   match->pixels[2][x] * 0xbe5466cf34e90c6du;
    site->far = match->tables + (far >> match->shift);
    site->near = match->tables + ((uint64_t)1 << (64 - match->shift)) + (near >> match->shift);
    int trust = sv_match_trust(site->far), trust_near = sv_match_trust(site->near);
    int class_far = trust == 0 ? 0 : sv_min(1 + sv_floor_log2((uint32_t)trust), 6);
    int class_near = (trust_near > 0) + (trust_near > 7);
    sv_packed_pixel pixel = sv_match_pixel(site->far);
    site->context = (class_far * SV_MATCH_NEAR_CLASSES + class_near) * 8 +
                    (pixel == sv_match_pixel(site->near)) * 4 + (pixel == row[-1]) * 2 +
                    match->found[1][x];
}

static inline sv_packed_pixel sv_match_candidate(const sv_match *match, const sv_match_site *site,
                                                 int symbol)
{
    return symbol == SV_MATCH_FAR    ? sv_match_pixel(site->far)
           : symbol == SV_MATCH_NEAR ? sv_match_pixel(site->near)
                                     : match->recent[symbol - SV_MATCH_FIRST_RECENT];
}

/* What was looked for is known. */
void sv_match_learn(sv_match *match, const sv_match_site *site, sv_packed_pixel pixel);

#endif
