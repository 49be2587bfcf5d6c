/* The fast method of the lossless coder: its header, and residuals as symbols. */
#ifndef SVAC2_FORMAT_FAST_H
#define SVAC2_FORMAT_FAST_H

#include <stdbool.h>
#include <stdint.h>

#include "common/intmath.h"

enum {
    SV_FAST_SECTION = 1 << 16, /* pixels that are coded in one go */
    /* Symbols of magnitudes: single ones, then halves of octaves, then all that is more. */
    SV_FAST_SINGLE = 8,
    SV_FAST_MORE = 15,
    SV_FAST_MORE_FROM = 96, /* the first magnitude of SV_FAST_MORE */
    SV_FAST_RAW_MAX = 11,   /* low bits of a magnitude that are not part of its symbol */
    SV_FAST_MAGNITUDE_BITS = 17,
    SV_FAST_COLOURS = 7,
    SV_FAST_COLOUR_PLANES = 3, /* that the colours are for; other numbers of planes have colour 0 */
    SV_FAST_HEADER_SIZE = 1
};

/* What a plane's samples are told from: the planes before it in the order of coding. */
typedef enum sv_fast_reference {
    SV_REFERENCE_NONE,
    SV_REFERENCE_FIRST,
    SV_REFERENCE_SECOND,
    SV_REFERENCE_MEAN /* of both */
} sv_fast_reference;

typedef struct sv_fast_colour {
    uint8_t order[3];
    uint8_t references[3]; /* of the planes in this order */
} sv_fast_colour;

extern const sv_fast_colour sv_fast_colours[SV_FAST_COLOURS];

/* Of the payload: its first byte has the method in two bits, colour in three, then matches. */
typedef struct sv_fast_header {
    uint32_t colour;    /* 0..SV_FAST_COLOURS - 1; 0 of a single plane */
    uint32_t matches;   /* 1: pixels are found again (recon/match.h) */
    uint32_t max_error; /* of a sample: the file's header has it */
} sv_fast_header;

void sv_fast_write_header(const sv_fast_header *header, uint8_t bytes[SV_FAST_HEADER_SIZE]);
/* False where a value is outside its range. */
bool sv_fast_read_header(const uint8_t bytes[SV_FAST_HEADER_SIZE], int planes,
                         sv_fast_header *header);

/* The first magnitude of a symbol, and how many bits tell it from the others. */
extern const uint8_t sv_fast_symbol_first[SV_FAST_MORE];
extern const uint8_t sv_fast_symbol_bits[SV_FAST_MORE];

static inline int sv_fast_symbol_of(int magnitude)
{
    if (magnitude < SV_FAST_SINGLE) {
        return magnitude;
    }
    int log2 = sv_floor_log2((uint32_t)magnitude);
    return magnitude >= SV_FAST_MORE_FROM ? SV_FAST_MORE
                                          : 2 * (log2 + 1) + (magnitude >> (log2 - 1) & 1);
}

static inline int sv_fast_plane_at(const sv_fast_header *header, int count, int index)
{
    return count == SV_FAST_COLOUR_PLANES ? sv_fast_colours[header->colour].order[index] : index;
}

#endif
