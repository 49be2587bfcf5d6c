/* The range coder alone: what is written is read, at any probabilities, through long carries, and
 * with the zeros at the end left off. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coder_check.h"
#include "common/memory.h"
#include "drawing.h"
#include "entropy/range_coder.h"

enum { MAX_EVENTS = 20000, PROBABILITY_MAX = (1 << SV_PROBABILITY_BITS) - 1, MAX_BITS = 17 };

/* A bin with a probability, or equiprobable bits. */
typedef struct event {
    uint32_t probability; /* of 1; 0: bypass */
    uint32_t value;
    int bits;
} event;

static event random_event(uint64_t *state, int style)
{
    event e = {0};
    int kind = random_int(state, 0, 7);
    if (style == 0 ? kind == 0 : kind < 2) {
        e.bits = random_int(state, 1, MAX_BITS);
        e.value = (uint32_t)random_bits(state) & ((1u << e.bits) - 1);
        return e;
    }
    static const uint32_t extremes[4] = {1, 2, PROBABILITY_MAX - 1, PROBABILITY_MAX};
    e.probability = kind < 4 ? extremes[kind & 3] : (uint32_t)random_int(state, 1, PROBABILITY_MAX);
    bool likely = random_int(state, 1, PROBABILITY_MAX) <= (int)e.probability;
    e.value = style == 1 ? likely : (uint32_t)random_int(state, 0, 1);
    return e;
}

static void encode(sv_range_encoder *encoder, const event *e)
{
    if (e->probability == 0) {
        sv_range_encode_bypass(encoder, e->value, e->bits);
    } else {
        sv_range_encode(encoder, e->probability, (int)e->value);
    }
}

static uint32_t decode(sv_range_decoder *decoder, const event *e)
{
    return e->probability == 0 ? sv_range_decode_bypass(decoder, e->bits)
                               : (uint32_t)sv_range_decode(decoder, e->probability);
}

/* Returns how many bytes the events took. */
static size_t check_events(const event *events, int count)
{
    sv_range_encoder encoder;
    sv_range_decoder decoder;
    sv_range_encoder_start(&encoder);
    for (int i = 0; i < count; i++) {
        encode(&encoder, &events[i]);
    }
    sv_range_encoder_finish(&encoder);
    require(!encoder.out_of_memory, "the range encoder found no memory");
    /* A copy of exact size: a sanitizer sees any read behind it. */
    size_t size = encoder.size;
    uint8_t *bytes = malloc(size + (size == 0));
    require(bytes != NULL, "no memory");
    memcpy(bytes, size > 0 ? encoder.bytes : (const uint8_t *)"", size);
    sv_range_decoder_start(&decoder, bytes, size);
    for (int i = 0; i < count; i++) {
        require(decode(&decoder, &events[i]) == events[i].value, "a bin came back changed");
    }
    require(decoder.overrun <= SV_TRIM_MAX, "more bytes are missing than are left off");
    require(decoder.next == decoder.end, "bytes are left that nothing needed");
    free(bytes);
    sv_free(encoder.bytes);
    return size;
}

static void check_random(uint64_t *state)
{
    static event events[MAX_EVENTS];
    for (int round = 0; round < 220; round++) {
        int count = round < 200 ? random_int(state, 0, 40) : random_int(state, 0, MAX_EVENTS);
        for (int i = 0; i < count; i++) {
            events[i] = random_event(state, round % 3);
        }
        check_events(events, count);
    }
}

/* Lets a decoder read chosen bytes and take what it finds for the events, so that the encoder is
 * led along these bytes: through runs of ff that wait for a carry, then up or down. */
static void check_steered(uint64_t *state)
{
    enum { RUN_MAX = 60, TAIL = 6 };
    static event events[MAX_EVENTS];
    for (int round = 0; round < 2000; round++) {
        uint8_t bytes[2 + RUN_MAX + TAIL];
        int run = random_int(state, 0, RUN_MAX), size = 0;
        bytes[size++] = (uint8_t)random_bits(state);
        for (int i = 0; i < run; i++) {
            bytes[size++] = round & 1 ? 0xff : 0;
        }
        for (int i = 0; i < TAIL; i++) {
            bytes[size++] = (uint8_t)random_bits(state);
        }
        sv_range_decoder decoder;
        sv_range_decoder_start(&decoder, bytes, (size_t)size);
        int count = 0;
        while (count < MAX_EVENTS && decoder.overrun == 0) {
            events[count] = random_event(state, 1);
            events[count].value = decode(&decoder, &events[count]);
            count++;
        }
        int cut = random_int(state, 0, count < 40 ? count : 40);
        for (int i = 0; i < cut;
             i++) { /* leave the bytes for a last stretch: the carry comes or not */
            events[count - 1 - i] = random_event(state, 2);
        }
        check_events(events, count);
    }
}

/* Bins as unlikely as they can be cost what their probability says, and likely ones nearly nothing.
 */
static void check_size(void)
{
    static event events[MAX_EVENTS];
    for (int value = 0; value <= 1; value++) {
        for (int i = 0; i < MAX_EVENTS; i++) {
            events[i] = (event){.probability = PROBABILITY_MAX, .value = (uint32_t)value};
        }
        size_t size = check_events(events, MAX_EVENTS);
        size_t ideal = value ? 0 : (size_t)MAX_EVENTS * SV_PROBABILITY_BITS / 8;
        require(size <= ideal + ideal / 500 + 8, "extreme probabilities cost too much");
    }
    require(check_events(events, 0) == 0, "nothing takes bytes");
}

void check_range_coder(void)
{
    uint64_t state = 1;
    check_random(&state);
    check_steered(&state);
    check_size();
}
