#include "format/fast.h"

#include "format/lossless.h"

/* Red 0, green 1, blue 2. */
const sv_fast_colour sv_fast_colours[SV_FAST_COLOURS] = {
    {{1, 0, 2}, {SV_REFERENCE_NONE, SV_REFERENCE_FIRST, SV_REFERENCE_MEAN}},
    {{1, 0, 2}, {SV_REFERENCE_NONE, SV_REFERENCE_FIRST, SV_REFERENCE_FIRST}},
    {{1, 2, 0}, {SV_REFERENCE_NONE, SV_REFERENCE_FIRST, SV_REFERENCE_MEAN}},
    {{0, 1, 2}, {SV_REFERENCE_NONE, SV_REFERENCE_NONE, SV_REFERENCE_NONE}},
    {{0, 1, 2}, {SV_REFERENCE_NONE, SV_REFERENCE_FIRST, SV_REFERENCE_MEAN}},
    {{0, 1, 2}, {SV_REFERENCE_NONE, SV_REFERENCE_FIRST, SV_REFERENCE_SECOND}},
    {{2, 1, 0}, {SV_REFERENCE_NONE, SV_REFERENCE_FIRST, SV_REFERENCE_SECOND}}};

const uint8_t sv_fast_symbol_first[SV_FAST_MORE] = {0, 1,  2,  3,  4,  5,  6, 7,
                                                    8, 12, 16, 24, 32, 48, 64};
const uint8_t sv_fast_symbol_bits[SV_FAST_MORE] = {0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 3, 3, 4, 4, 5};

void sv_fast_write_header(const sv_fast_header *header, uint8_t bytes[SV_FAST_HEADER_SIZE])
{
    bytes[0] = (uint8_t)(SV_LOSSLESS_FAST | header->colour << 2 | header->matches << 5);
}

bool sv_fast_read_header(const uint8_t bytes[SV_FAST_HEADER_SIZE], int planes,
                         sv_fast_header *header)
{
    header->colour = bytes[0] >> 2 & 7;
    header->matches = bytes[0] >> 5 & 1;
    return bytes[0] >> 6 == 0 &&
           header->colour < (planes == SV_FAST_COLOUR_PLANES ? SV_FAST_COLOURS : 1);
}
