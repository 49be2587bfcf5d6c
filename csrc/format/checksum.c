#include "format/checksum.h"

#include <string.h>

/* Remainders of the 16 nibbles, for the reflected polynomial edb88320. */
static const uint32_t nibbles[16] = {
    0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
    0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};

static uint32_t next_nibble(uint32_t crc) { return crc >> 4 ^ nibbles[crc & 15]; }

enum { AT_ONCE = 8 }; /* nibbles */

/* What the nibbles of four bytes leave, each looked up by itself (Kounavis and Berry 2005). */
static uint32_t next_word(uint32_t crc, const uint32_t tables[AT_ONCE][16])
{
    uint32_t sum = 0;
    for (int i = 0; i < AT_ONCE; i++) {
        sum ^= tables[AT_ONCE - 1 - i][crc >> (4 * i) & 15];
    }
    return sum;
}

uint32_t sv_crc32(const uint8_t *bytes, size_t size)
{
    uint32_t tables[AT_ONCE][16]; /* with so many more nibbles of zero behind */
    memcpy(tables[0], nibbles, sizeof nibbles);
    for (int i = 1; i < AT_ONCE; i++) {
        for (int n = 0; n < 16; n++) {
            tables[i][n] = next_nibble(tables[i - 1][n]);
        }
    }
    uint32_t crc = UINT32_MAX;
    for (; size >= 4; size -= 4, bytes += 4) {
        uint32_t word = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                        (uint32_t)bytes[3] << 24;
        crc = next_word(crc ^ word, tables);
    }
    for (; size > 0; size--, bytes++) {
        crc = next_nibble(next_nibble(crc ^ *bytes));
    }
    return ~crc;
}

uint16_t sv_crc16(const uint8_t *bytes, size_t size)
{
    uint32_t crc = UINT16_MAX;
    for (size_t i = 0; i < size; i++) {
        crc ^= (uint32_t)bytes[i] << 8;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc << 1 ^ (crc & 0x8000 ? 0x1021u : 0)) & UINT16_MAX;
        }
    }
    return (uint16_t)crc;
}
