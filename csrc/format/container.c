#include "format/container.h"

#include <stdbool.h>
#include <string.h>

#include "format/limits.h"

static const uint8_t magic[3] = {0xb5, 'S', '2'};

/* One byte-wise cursor for both directions, so that the layout below stands once. */
typedef struct cursor {
    uint8_t *out;      /* writing: where the next byte goes; reading: NULL */
    const uint8_t *in; /* reading */
    size_t position, size;
    bool truncated, bad_number;
} cursor;

static void code_byte(cursor *c, uint32_t *value)
{
    if (c->out != NULL) {
        c->out[c->position++] = (uint8_t)*value;
    } else if (c->position < c->size) {
        *value = c->in[c->position++];
    } else {
        c->truncated = true;
        *value = 0;
    }
}

/* Seven bits a byte, low ones first, the top bit says that more follow; below 2^32. */
static void code_varint(cursor *c, uint32_t *value)
{
    uint32_t rest = *value, result = 0;
    for (int shift = 0; shift < 35; shift += 7) {
        uint32_t byte = (rest & 0x7f) | (rest > 0x7f ? 0x80u : 0);
        code_byte(c, &byte);
        result |= (byte & 0x7f) << shift;
        c->bad_number |= (shift == 28 && byte > 0xf) || (shift > 0 && byte == 0);
        rest >>= 7;
        if (!(byte & 0x80)) {
            break;
        }
    }
    *value = result;
}

/* Scale and qp of a base layer share a byte. */
static void code_layers(cursor *c, sv_file_header *h, bool has_base, uint32_t qp)
{
    h->layer_count = has_base ? 2 : 1;
    if (has_base) {
        sv_layer_header *base = &h->layers[0];
        uint32_t both = base->scale << 6 | base->qp;
        code_byte(c, &both);
        base->scale = both >> 6;
        base->qp = both & 63;
        code_varint(c, &base->payload_size);
    }
    sv_layer_header *whole = &h->layers[h->layer_count - 1];
    whole->scale = 0;
    whole->qp = qp;
    code_varint(c, &whole->payload_size);
}

static void code_header(cursor *c, sv_file_header *h)
{
    uint32_t has_base = h->layer_count > 1;
    uint32_t first = h->version << 3 | has_base << 2 | h->restored << 1 | h->checksum;
    code_byte(c, &first);
    h->version = first >> 3;
    has_base = first >> 2 & 1;
    h->restored = first >> 1 & 1;
    h->checksum = first & 1;
    uint32_t qp = c->out != NULL ? sv_last_layer(h)->qp : 0, second = qp << 2 | h->subsampling;
    code_byte(c, &second);
    qp = second >> 2;
    h->subsampling = second & 3;
    uint32_t width = h->width - 1, height = h->height - 1;
    code_varint(c, &width);
    code_varint(c, &height);
    h->width = width + 1;
    h->height = height + 1;
    code_layers(c, h, has_base, qp);
    if (h->restored) {
        uint32_t high = h->model_hash >> 8, low = h->model_hash & 0xff;
        code_byte(c, &h->model_id);
        code_byte(c, &high);
        code_byte(c, &low);
        code_byte(c, &h->strength);
        h->model_hash = high << 8 | low;
    }
}

size_t sv_write_file_header(const sv_file_header *header, uint8_t *bytes)
{
    sv_file_header copy = *header;
    memcpy(bytes, magic, sizeof magic);
    cursor c = {.out = bytes, .position = sizeof magic, .size = SVAC2_MAX_HEADER};
    code_header(&c, &copy);
    return c.position;
}

svac2_status sv_read_file_header(const uint8_t *bytes, size_t size, sv_file_header *header,
                                 size_t *header_size, svac2_error *error)
{
    size_t known = size < sizeof magic ? size : sizeof magic;
    if (size > 0 && memcmp(bytes, magic, known) != 0) {
        return sv_fail(error, SVAC2_ERR_FORMAT,
                       "not a svac2 file: it does not start with b5 53 32");
    }
    cursor c = {.in = bytes, .position = sizeof magic, .size = size};
    memset(header, 0, sizeof *header);
    code_header(&c, header);
    if (size > sizeof magic && header->version != SV_FORMAT_VERSION) {
        return sv_fail(error, SVAC2_ERR_FORMAT, "format version %u; this library reads version %d",
                       header->version, SV_FORMAT_VERSION);
    }
    if (size <= sizeof magic || c.truncated) {
        return sv_fail(error, SVAC2_ERR_TRUNCATED, "the file ends in its header, after %zu bytes",
                       size);
    }
    if (c.bad_number) {
        return sv_fail(error, SVAC2_ERR_CORRUPT,
                       "a number in the header is 2^32 or more, or longer than it needs to be");
    }
    if (header->restored && (header->strength < 1 || header->strength > SVAC2_STRENGTH_MAX)) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "strength %u in the header is outside 1..%d",
                       header->strength, SVAC2_STRENGTH_MAX);
    }
    if (header->subsampling == SVAC2_SUBSAMPLING_AUTO) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "byte 4 of the header names no subsampling");
    }
    if (header->layer_count > 1 && header->layers[0].scale == 0) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "the base layer has the size of the picture");
    }
    if (header->width < 1 || header->width > SVAC2_MAX_DIMENSION || header->height < 1 ||
        header->height > SVAC2_MAX_DIMENSION) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "size %ux%u in the header is outside 1..%d",
                       header->width, header->height, SVAC2_MAX_DIMENSION);
    }
    for (uint32_t i = 0; i < header->layer_count; i++) {
        sv_layer_header *layer = &header->layers[i];
        layer->width = sv_scaled_size(header->width, (int)layer->scale);
        layer->height = sv_scaled_size(header->height, (int)layer->scale);
    }
    *header_size = c.position;
    return SVAC2_OK;
}

uint64_t sv_layer_offset(const sv_file_header *header, size_t header_size, uint32_t layer)
{
    uint64_t offset = header_size;
    for (uint32_t i = 0; i < layer; i++) {
        offset += sv_layer_size(header, i);
    }
    return offset;
}

static uint32_t crc32(const uint8_t *bytes, size_t size)
{
    /* Remainders of the 16 nibbles, for the reflected polynomial edb88320. */
    static const uint32_t nibbles[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
                                         0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                         0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                         0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        crc = crc >> 4 ^ nibbles[crc & 15];
        crc = crc >> 4 ^ nibbles[crc & 15];
    }
    return ~crc;
}

void sv_put_checksum(uint8_t *bytes, size_t size)
{
    uint8_t *at = bytes + size - SV_CHECKSUM_SIZE;
    uint32_t crc = crc32(bytes, size - SV_CHECKSUM_SIZE);
    for (int i = 0; i < SV_CHECKSUM_SIZE; i++) {
        at[i] = (uint8_t)(crc >> (8 * i));
    }
}

svac2_status sv_check_checksum(const uint8_t *bytes, size_t size, svac2_error *error)
{
    const uint8_t *at = bytes + size - SV_CHECKSUM_SIZE;
    uint32_t stored = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
    uint32_t computed = crc32(bytes, size - SV_CHECKSUM_SIZE);
    if (stored != computed) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "checksum %08x does not match the bytes (%08x)",
                       (unsigned)stored, (unsigned)computed);
    }
    return SVAC2_OK;
}
