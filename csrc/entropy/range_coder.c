#include "entropy/range_coder.h"

#include "common/memory.h"

#include <assert.h>
#include <string.h>

void sv_range_encoder_start(sv_range_encoder *encoder)
{
    memset(encoder, 0, sizeof *encoder);
    encoder->range = UINT32_MAX;
}

static void put_byte(sv_range_encoder *encoder, unsigned byte)
{
    if (encoder->size == encoder->capacity) {
        size_t capacity = encoder->capacity == 0 ? 4096 : encoder->capacity * 2;
        uint8_t *bytes = sv_alloc(capacity, 1);
        if (bytes == NULL) {
            encoder->out_of_memory = true;
            encoder->size = 0;
            return;
        }
        if (encoder->size > 0) {
            memcpy(bytes, encoder->bytes, encoder->size);
        }
        sv_free(encoder->bytes);
        encoder->bytes = bytes;
        encoder->capacity = capacity;
    }
    encoder->bytes[encoder->size++] = (uint8_t)byte;
}

void sv_range_encoder_put_first(sv_range_encoder *encoder, unsigned byte)
{
    assert(byte != 0 && encoder->size == 0); /* the end would be trimmed off it */
    put_byte(encoder, byte);
}

void sv_range_encoder_shift(sv_range_encoder *encoder)
{
    /* low has 32 bits and a carry; nothing can carry beyond the first byte. */
    if (encoder->pending == 0 || encoder->low < 0xff000000u || encoder->low > UINT32_MAX) {
        unsigned carry = (unsigned)(encoder->low >> 32);
        unsigned byte = encoder->cached;
        for (; encoder->pending > 0; encoder->pending--) {
            put_byte(encoder, (byte + carry) & 0xff);
            byte = 0xff;
        }
        encoder->cached = (uint8_t)(encoder->low >> 24);
    }
    encoder->pending++;
    encoder->low = (encoder->low & 0x00ffffff) << 8;
}

void sv_range_encoder_finish(sv_range_encoder *encoder)
{
    /* Of all values in [low, low + range) take the one with the most zero bits at its end. */
    for (int zeros = 31; zeros >= 0; zeros--) {
        uint64_t step = (uint64_t)1 << zeros;
        uint64_t value = (encoder->low + step - 1) & ~(step - 1);
        if (value < encoder->low + encoder->range) {
            encoder->low = value;
            break;
        }
    }
    for (int i = 0; i < 5; i++) {
        sv_range_encoder_shift(encoder);
    }
    for (int i = 0; i < SV_TRIM_MAX && encoder->size > 0; i++) {
        if (encoder->bytes[encoder->size - 1] != 0) {
            break;
        }
        encoder->size--;
    }
}

void sv_range_decoder_start(sv_range_decoder *decoder, const uint8_t *bytes, size_t size)
{
    *decoder = (sv_range_decoder){.range = UINT32_MAX, .next = bytes, .end = bytes + size};
    for (int i = 0; i < 4; i++) {
        sv_range_take_byte(decoder);
    }
}
