/* Asymmetric numeral systems with ranges (Duda, "Asymmetric numeral systems", 2013; Giesen,
 * "Interleaved entropy coders", 2014): symbols of sv_symbol_model and bits as they are, on several
 * lanes that share one row of words. What is written last is read first, hence the writer keeps
 * a section's steps until its end. */
#ifndef SVAC2_ENTROPY_RANS_H
#define SVAC2_ENTROPY_RANS_H

#include <stdbool.h>
#include <stddef.h>

#include "entropy/symbol_model.h"

enum {
    SV_RANS_LANES = 3,
    SV_RANS_LOW_BITS = 31, /* states are at least 2^31, and less than 2^63 */
    SV_RANS_WORD_BITS = 32,
    SV_RANS_RAW_MAX = 16 /* bits that go with a symbol as they are */
};

typedef struct sv_rans_step {
    uint16_t start, size; /* the symbol's range */
    uint16_t raw;         /* bits that follow it */
    uint8_t raw_bits, lane;
} sv_rans_step;

typedef struct sv_rans_writer {
    sv_rans_step *steps; /* of the section */
    size_t count, capacity;
    uint8_t *bytes; /* all sections before */
    size_t size, bytes_capacity;
} sv_rans_writer;

/* Makes room for so many more steps of the section; false where memory is refused. */
bool sv_rans_reserve(sv_rans_writer *writer, size_t steps);
/* Appends bytes between sections. */
bool sv_rans_append(sv_rans_writer *writer, const uint8_t *bytes, size_t count);
/* Appends the section to the bytes. */
bool sv_rans_end_section(sv_rans_writer *writer, int lanes);
void sv_rans_writer_destroy(sv_rans_writer *writer);

/* There must be room for it. */
static inline void sv_rans_write(sv_rans_writer *writer, int lane, sv_symbol_model *model,
                                 int symbol, int raw_bits, int raw)
{
    uint32_t start = sv_symbol_start_of(model, symbol);
    writer->steps[writer->count++] =
        (sv_rans_step){.start = (uint16_t)start,
                       .size = (uint16_t)(sv_symbol_end_of(model, symbol) - start),
                       .raw = (uint16_t)raw,
                       .raw_bits = (uint8_t)raw_bits,
                       .lane = (uint8_t)lane};
    sv_symbol_learn(model, symbol);
}

/* Bits alone, up to SV_RANS_RAW_MAX of them. */
static inline void sv_rans_write_raw(sv_rans_writer *writer, int lane, int bits, int value)
{
    writer->steps[writer->count++] = (sv_rans_step){.size = SV_SYMBOL_ONE,
                                                    .raw = (uint16_t)value,
                                                    .raw_bits = (uint8_t)bits,
                                                    .lane = (uint8_t)lane};
}

typedef struct sv_rans_reader {
    uint64_t states[SV_RANS_LANES];
    const uint8_t *next, *end;
    bool invalid; /* the bytes do not suffice, or the section does not end as it should */
} sv_rans_reader;

void sv_rans_start_section(sv_rans_reader *reader, int lanes);
/* Every state must be what a writer begins with. */
void sv_rans_check_section(sv_rans_reader *reader, int lanes);

static inline uint32_t sv_rans_take_word(sv_rans_reader *reader)
{
    if (reader->end - reader->next < SV_RANS_WORD_BITS / 8) {
        reader->invalid = true;
        return 0;
    }
    const uint8_t *b = reader->next;
    reader->next += SV_RANS_WORD_BITS / 8;
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static inline void sv_rans_refill(sv_rans_reader *reader, int lane)
{
    if (reader->states[lane] >> SV_RANS_LOW_BITS == 0) {
        reader->states[lane] =
            reader->states[lane] << SV_RANS_WORD_BITS | sv_rans_take_word(reader);
    }
}

/* A symbol; the bits that go with it are to be read next. */
static inline int sv_rans_read(sv_rans_reader *reader, int lane, sv_symbol_model *model)
{
    uint64_t state = reader->states[lane];
    int number = (int)(state & (SV_SYMBOL_ONE - 1));
    int symbol = sv_symbol_at(model, number);
    uint32_t start = sv_symbol_start_of(model, symbol);
    reader->states[lane] = (state >> SV_SYMBOL_BITS) * (sv_symbol_end_of(model, symbol) - start) +
                           (uint32_t)number - start;
    sv_symbol_learn(model, symbol);
    return symbol;
}

static inline int sv_rans_read_raw(sv_rans_reader *reader, int lane, int bits)
{
    uint64_t state = reader->states[lane];
    reader->states[lane] = state >> bits;
    sv_rans_refill(reader, lane);
    return (int)(state & ((1u << bits) - 1));
}

#endif
