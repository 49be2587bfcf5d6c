#include "entropy/rans.h"

#include <string.h>

#include "common/memory.h"

#define LOW ((uint64_t)1 << SV_RANS_LOW_BITS)

/* A block of memory that is at least twice as large, with what the old one held. */
static void *grown(void *old, size_t used, size_t *capacity, size_t wanted, size_t size)
{
    size_t larger = *capacity * 2 > wanted ? *capacity * 2 : wanted;
    void *block = sv_alloc(larger, size);
    if (block != NULL) {
        if (used > 0) {
            memcpy(block, old, used * size);
        }
        sv_free(old);
        *capacity = larger;
    }
    return block;
}

bool sv_rans_reserve(sv_rans_writer *writer, size_t steps)
{
    size_t wanted = writer->count + steps;
    if (wanted <= writer->capacity) {
        return true;
    }
    sv_rans_step *block =
        grown(writer->steps, writer->count, &writer->capacity, wanted, sizeof *block);
    writer->steps = block != NULL ? block : writer->steps;
    return block != NULL;
}

static bool reserve_bytes(sv_rans_writer *writer, size_t count)
{
    size_t wanted = writer->size + count;
    if (wanted <= writer->bytes_capacity) {
        return true;
    }
    uint8_t *block = grown(writer->bytes, writer->size, &writer->bytes_capacity, wanted, 1);
    writer->bytes = block != NULL ? block : writer->bytes;
    return block != NULL;
}

bool sv_rans_append(sv_rans_writer *writer, const uint8_t *bytes, size_t count)
{
    bool done = reserve_bytes(writer, count);
    if (done) {
        memcpy(writer->bytes + writer->size, bytes, count);
        writer->size += count;
    }
    return done;
}

/* Appends words, the last first. */
static bool append_words(sv_rans_writer *writer, const uint32_t *words, size_t count)
{
    if (!reserve_bytes(writer, count * (SV_RANS_WORD_BITS / 8))) {
        return false;
    }
    for (; count > 0; count--) {
        for (int shift = 0; shift < SV_RANS_WORD_BITS; shift += 8) {
            writer->bytes[writer->size++] = (uint8_t)(words[count - 1] >> shift);
        }
    }
    return true;
}

/* The words of all steps, from the last one back; returns how many. */
static size_t code(const sv_rans_writer *writer, int lanes, uint32_t *words)
{
    uint64_t states[SV_RANS_LANES] = {LOW, LOW, LOW};
    size_t size = 0;
    for (size_t i = writer->count; i-- > 0;) {
        sv_rans_step step = writer->steps[i];
        uint64_t state = states[step.lane];
        const int room = SV_RANS_LOW_BITS + SV_RANS_WORD_BITS - SV_SYMBOL_BITS - step.raw_bits;
        if (state >= (uint64_t)step.size << room) {
            words[size++] = (uint32_t)state;
            state >>= SV_RANS_WORD_BITS;
        }
        state = state << step.raw_bits | step.raw;
        states[step.lane] = (state / step.size << SV_SYMBOL_BITS) + state % step.size + step.start;
    }
    for (int lane = lanes - 1; lane >= 0; lane--) {
        words[size++] = (uint32_t)(states[lane] >> SV_RANS_WORD_BITS);
        words[size++] = (uint32_t)states[lane];
    }
    return size;
}

bool sv_rans_end_section(sv_rans_writer *writer, int lanes)
{
    uint32_t *words = sv_alloc(writer->count + 2 * (size_t)lanes, sizeof *words);
    bool done = words != NULL && append_words(writer, words, code(writer, lanes, words));
    sv_free(words);
    writer->count = 0;
    return done;
}

void sv_rans_writer_destroy(sv_rans_writer *writer)
{
    sv_free(writer->steps);
    sv_free(writer->bytes);
    memset(writer, 0, sizeof *writer);
}

void sv_rans_start_section(sv_rans_reader *reader, int lanes)
{
    for (int lane = 0; lane < lanes; lane++) {
        uint64_t low = sv_rans_take_word(reader);
        reader->states[lane] = (uint64_t)sv_rans_take_word(reader) << SV_RANS_WORD_BITS | low;
    }
}

void sv_rans_check_section(sv_rans_reader *reader, int lanes)
{
    for (int lane = 0; lane < lanes; lane++) {
        reader->invalid |= reader->states[lane] != LOW;
    }
}
