/* Adaptive binary range coder: 32-bit range, byte-wise renormalisation, carry kept in the low
 * register (Martin 1979; Subbotin's and LZMA's byte-wise form). */
#ifndef SVAC2_ENTROPY_RANGE_CODER_H
#define SVAC2_ENTROPY_RANGE_CODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/contexts.h"

/* The encoder drops up to SV_TRIM_MAX final zeros, and a decoder reads no more than these past the
 * end: more is the sign of a damaged stream. Bypass bits are taken in chunks of SV_BYPASS_STEP: the
 * range is cut down once a chunk, so that n single bits are not the same as n bits at once. */
enum { SV_RANGE_MIN = 1 << 24, SV_BYPASS_STEP = 8, SV_TRIM_MAX = 4 };

typedef struct sv_range_encoder {
    uint64_t low;
    uint32_t range;
    uint8_t cached;   /* the last byte that a carry can still change */
    uint64_t pending; /* bytes 0xff behind it, plus the cached one */
    uint8_t *bytes;
    size_t size, capacity;
    bool out_of_memory;
} sv_range_encoder;

void sv_range_encoder_start(sv_range_encoder *encoder);
/* A byte other than 0 before all that is coded. */
void sv_range_encoder_put_first(sv_range_encoder *encoder, unsigned byte);
void sv_range_encoder_shift(sv_range_encoder *encoder);
/* Writes the shortest end that decodes right when zeros follow. The bytes are the caller's. */
void sv_range_encoder_finish(sv_range_encoder *encoder);

static inline void sv_range_encode(sv_range_encoder *encoder, uint32_t probability_of_one, int bin)
{
    uint32_t bound = (encoder->range >> SV_PROBABILITY_BITS) * probability_of_one;
    if (bin) {
        encoder->range = bound;
    } else {
        encoder->low += bound;
        encoder->range -= bound;
    }
    while (encoder->range < SV_RANGE_MIN) {
        encoder->range <<= 8;
        sv_range_encoder_shift(encoder);
    }
}

static inline void sv_range_encode_bypass(sv_range_encoder *encoder, uint32_t value, int bits)
{
    while (bits > 0) {
        int step = bits < SV_BYPASS_STEP ? bits : SV_BYPASS_STEP;
        bits -= step;
        encoder->range >>= step;
        encoder->low += (uint64_t)((value >> bits) & ((1u << step) - 1)) * encoder->range;
        while (encoder->range < SV_RANGE_MIN) {
            encoder->range <<= 8;
            sv_range_encoder_shift(encoder);
        }
    }
}

typedef struct sv_range_decoder {
    uint32_t range, code;
    const uint8_t *next, *end;
    size_t overrun; /* bytes taken beyond the end, as zeros */
} sv_range_decoder;

void sv_range_decoder_start(sv_range_decoder *decoder, const uint8_t *bytes, size_t size);

/* Takes the next byte into the code; zeros follow the last one. */
static inline void sv_range_take_byte(sv_range_decoder *decoder)
{
    uint32_t byte = 0;
    if (__builtin_expect(decoder->next < decoder->end, 1)) {
        byte = *decoder->next++;
    } else {
        decoder->overrun++;
    }
    decoder->code = decoder->code << 8 | byte;
}

static inline void sv_range_refill(sv_range_decoder *decoder)
{
    if (__builtin_expect(decoder->range < SV_RANGE_MIN, 0)) { /* one bin in ten */
        do {
            sv_range_take_byte(decoder);
            decoder->range <<= 8;
        } while (decoder->range < SV_RANGE_MIN);
    }
}

static inline int sv_range_decode(sv_range_decoder *decoder, uint32_t probability_of_one)
{
    uint32_t bound = (decoder->range >> SV_PROBABILITY_BITS) * probability_of_one;
    int bin = decoder->code < bound;
    if (bin) {
        decoder->range = bound;
    } else {
        decoder->code -= bound;
        decoder->range -= bound;
    }
    sv_range_refill(decoder);
    return bin;
}

/* The same without a branch, for bins that are seldom foreseen. */
static inline int sv_range_decode_open(sv_range_decoder *decoder, uint32_t probability_of_one)
{
    uint32_t bound = (decoder->range >> SV_PROBABILITY_BITS) * probability_of_one;
    uint32_t bin = decoder->code < bound, if_zero = bin - 1;
    decoder->code -= bound & if_zero;
    decoder->range = bound + ((decoder->range - 2 * bound) & if_zero);
    sv_range_refill(decoder);
    return (int)bin;
}

static inline uint32_t sv_range_decode_bypass(sv_range_decoder *decoder, int bits)
{
    uint32_t value = 0;
    while (bits > 0) {
        int step = bits < SV_BYPASS_STEP ? bits : SV_BYPASS_STEP;
        bits -= step;
        decoder->range >>= step;
        for (int i = step - 1; i >= 0; i--) {
            uint32_t bound = decoder->range << i;
            uint32_t bit = decoder->code >= bound;
            decoder->code -= bound & (0u - bit);
            value = value << 1 | bit;
        }
        sv_range_refill(decoder);
    }
    return value;
}

#endif
