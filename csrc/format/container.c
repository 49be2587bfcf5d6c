#include "format/container.h"

#include <string.h>

#include "format/checksum.h"
#include "format/limits.h"
#include "format/quantiser.h"
#include "format/sample.h"

/* Signature, version, and the number of bytes up to the checksum of the header. */
static const uint8_t signature[3] = {0xb5, 'S', '2'};
enum {
    VERSION_AT = sizeof signature,
    LENGTH_AT,
    HEADER_CHECKSUM_SIZE = 2,
    BODY_MAX = SVAC2_MAX_HEADER - SVAC2_HEADER_START - HEADER_CHECKSUM_SIZE
};

/* One byte-wise cursor for both directions, so that the layout below stands once. */
typedef struct cursor {
    uint8_t *out;      /* writing: the first byte; reading: NULL */
    const uint8_t *in; /* reading */
    size_t position, size;
    bool truncated, bad_number, many_layers;
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

/* Fields of `bits` bits each, from bit 0 on. */
static uint32_t take_bits(uint32_t *byte, int bits)
{
    uint32_t value = *byte & ((1u << bits) - 1);
    *byte >>= bits;
    return value;
}

/* Two bytes for each part of a layer: the layer's scale, or 0, and how the part is coded. */
static void code_part(cursor *c, uint32_t *scale, sv_part_header *part, uint32_t *reserved)
{
    enum { LEVEL_ZERO = 512, LEVEL_BITS = 10, CODING_BITS = 2, WAVE_BITS = 2 };
    uint32_t both = *scale << (LEVEL_BITS + CODING_BITS + WAVE_BITS) |
                    part->wave << (LEVEL_BITS + CODING_BITS) | part->coding << LEVEL_BITS |
                    (uint32_t)(part->level + LEVEL_ZERO);
    uint32_t high = both >> 8, low = both & 0xff;
    code_byte(c, &high);
    code_byte(c, &low);
    both = high << 8 | low;
    part->level = (int)take_bits(&both, LEVEL_BITS) - LEVEL_ZERO;
    part->coding = take_bits(&both, CODING_BITS);
    part->wave = take_bits(&both, WAVE_BITS);
    *reserved |= part->coding > SV_PART_LOSSLESS || (part->coding != SV_PART_BLOCKS && part->wave);
    *scale = both;
}

/* The last layer has scale 0. */
static void code_layers(cursor *c, sv_file_header *h, uint32_t *reserved)
{
    uint32_t count = 0, scale;
    do {
        sv_layer_header *layer = &h->layers[count++];
        code_part(c, &layer->scale, &layer->parts[SV_PART_COLOUR], reserved);
        scale = layer->scale;
        for (uint32_t part = SV_PART_ALPHA; part < h->part_count; part++) {
            uint32_t none = 0;
            code_part(c, &none, &layer->parts[part], reserved);
            *reserved |= none;
        }
    } while (scale > 0 && count < SVAC2_MAX_LAYERS);
    c->many_layers = scale > 0;
    h->layer_count = count;
}

static void code_model(cursor *c, sv_file_header *h)
{
    uint64_t hash = 0;
    for (int shift = 56; shift >= 0; shift -= 8) {
        uint32_t byte = (uint32_t)(h->model_hash >> shift) & 0xff;
        code_byte(c, &byte);
        hash |= (uint64_t)byte << shift;
    }
    h->model_hash = hash;
    code_byte(c, &h->strength);
}

static void code_item(cursor *c, sv_item *item)
{
    uint32_t head = item->flags << 6 | item->type;
    code_byte(c, &head);
    item->type = take_bits(&head, 6);
    item->flags = head;
    code_varint(c, &item->size);
}

/* All but the items. *reserved: bits that this version writes as 0. */
static void code_description(cursor *c, sv_file_header *h, uint32_t *reserved)
{
    uint32_t depth = (h->bit_depth - 8) / 2, subsampling = h->subsampling - SVAC2_SUBSAMPLING_400;
    uint32_t alpha = h->part_count - 1;
    uint32_t first = alpha << 7 | h->has_cicp << 6 | h->restored << 5 | depth << 2 | subsampling;
    code_byte(c, &first);
    h->subsampling = SVAC2_SUBSAMPLING_400 + take_bits(&first, 2);
    h->bit_depth = 8 + 2 * take_bits(&first, 3);
    h->restored = take_bits(&first, 1);
    h->has_cicp = take_bits(&first, 1);
    h->part_count = 1 + first;
    *reserved = h->bit_depth > 16;
    uint32_t width = h->width - 1, height = h->height - 1;
    code_varint(c, &width);
    code_varint(c, &height);
    h->width = width + 1;
    h->height = height + 1;
    code_layers(c, h, reserved);
    if (h->restored) {
        code_model(c, h);
    }
    for (int i = 0; h->has_cicp && i < SVAC2_CICP_SIZE; i++) {
        code_byte(c, &h->cicp[i]);
    }
}

/* ---- Writing ---- */

size_t sv_write_file_header(const sv_file_header *header, uint8_t *bytes)
{
    sv_file_header copy = *header;
    uint8_t body[SVAC2_MAX_HEADER];
    cursor c = {.out = body};
    uint32_t reserved;
    code_description(&c, &copy, &reserved);
    for (uint32_t i = 0; i < copy.item_count; i++) {
        code_item(&c, &copy.items[i]);
    }
    memcpy(bytes, signature, sizeof signature);
    bytes[VERSION_AT] = SV_FORMAT_VERSION;
    cursor start = {.out = bytes, .position = LENGTH_AT};
    uint32_t length = (uint32_t)c.position;
    code_varint(&start, &length);
    memcpy(bytes + start.position, body, c.position);
    size_t end = start.position + c.position;
    uint16_t checksum = sv_crc16(bytes, end);
    bytes[end] = (uint8_t)(checksum >> 8);
    bytes[end + 1] = (uint8_t)checksum;
    return end + HEADER_CHECKSUM_SIZE;
}

void sv_put_checksum(const sv_item *item, uint8_t *bytes)
{
    if (!(item->flags & SV_ITEM_CHECKED)) {
        return;
    }
    uint32_t crc = sv_crc32(bytes, item->size);
    for (int i = 0; i < SVAC2_ITEM_CHECKSUM; i++) {
        bytes[item->size + (uint32_t)i] = (uint8_t)(crc >> (8 * i));
    }
}

/* ---- Reading ---- */

static svac2_status fail_truncated(size_t size, svac2_error *error)
{
    return sv_fail(error, SVAC2_ERR_TRUNCATED, "the file ends in its header, after %zu bytes",
                   size);
}

/* Reads what stands before the description; *c then is at its start, and ends where it ends. */
static svac2_status open_header(cursor *c, svac2_error *error)
{
    size_t known = c->size < sizeof signature ? c->size : sizeof signature;
    if (c->size > 0 && memcmp(c->in, signature, known) != 0) {
        return sv_fail(error, SVAC2_ERR_FORMAT,
                       "not a svac2 file: it does not start with b5 53 32");
    }
    if (c->size > VERSION_AT && c->in[VERSION_AT] != SV_FORMAT_VERSION) {
        return sv_fail(error, SVAC2_ERR_FORMAT, "format version %u; this library reads version %d",
                       c->in[VERSION_AT], SV_FORMAT_VERSION);
    }
    size_t available = c->size;
    uint32_t length = 0;
    c->position = LENGTH_AT;
    code_varint(c, &length);
    if (c->position > SVAC2_HEADER_START || c->bad_number || length > BODY_MAX) {
        return sv_fail(error, SVAC2_ERR_CORRUPT,
                       "the header's length is more than %d, or longer than it needs to be",
                       BODY_MAX);
    }
    if (c->truncated) {
        return fail_truncated(available, error);
    }
    c->size = c->position + length;
    return SVAC2_OK;
}

svac2_status sv_file_header_size(const uint8_t *bytes, size_t size, size_t *header_size,
                                 svac2_error *error)
{
    cursor c = {.in = bytes, .size = size};
    SV_TRY(open_header(&c, error));
    *header_size = c.size + HEADER_CHECKSUM_SIZE;
    return SVAC2_OK;
}

static svac2_status check_header_checksum(const uint8_t *bytes, size_t end, svac2_error *error)
{
    unsigned stored = (unsigned)bytes[end] << 8 | bytes[end + 1], computed = sv_crc16(bytes, end);
    if (stored != computed) {
        return sv_fail(error, SVAC2_ERR_CORRUPT,
                       "checksum %04x of the header does not match its bytes (%04x)", stored,
                       computed);
    }
    return SVAC2_OK;
}

/* Of the part that item `index` holds. */
static svac2_status check_part(const sv_file_header *h, uint32_t index, svac2_error *error)
{
    uint32_t layer = index / h->part_count;
    const sv_part_header *part = &h->layers[layer].parts[index % h->part_count];
    bool is_lossless = part->coding == SV_PART_LOSSLESS;
    int least = is_lossless ? 0 : sv_qp_min((int)h->bit_depth);
    int largest = is_lossless ? SVAC2_MAX_ERROR : SVAC2_MAX_QP;
    int unit = is_lossless ? 1 : SVAC2_QP_ONE;
    if (part->level < least || part->level > largest) {
        return sv_fail(error, SVAC2_ERR_CORRUPT,
                       "%s %g of layer %u in the header is outside %d..%d",
                       is_lossless ? "largest error" : "qp", (double)part->level / unit, layer,
                       least / unit, largest / unit);
    }
    if (part->coding == SV_PART_LOSSLESS && h->layers[layer].scale > 0 &&
        index % h->part_count == SV_PART_COLOUR) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "the base layer in the header is lossless");
    }
    if (is_lossless && index % h->part_count == SV_PART_COLOUR &&
        (h->subsampling == SVAC2_SUBSAMPLING_420 || h->subsampling == SVAC2_SUBSAMPLING_422)) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "lossless colour in the header is subsampled");
    }
    return SVAC2_OK;
}

static svac2_status check_description(const sv_file_header *h, svac2_error *error)
{
    if (h->restored && (h->strength < 1 || h->strength > SVAC2_STRENGTH_MAX)) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "strength %u in the header is outside 1..%d",
                       h->strength, SVAC2_STRENGTH_MAX);
    }
    if (h->width < 1 || h->width > SVAC2_MAX_DIMENSION || h->height < 1 ||
        h->height > SVAC2_MAX_DIMENSION) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "size %ux%u in the header is outside 1..%d",
                       h->width, h->height, SVAC2_MAX_DIMENSION);
    }
    for (uint32_t i = 0; i < sv_layer_items(h); i++) {
        SV_TRY(check_part(h, i, error));
    }
    return SVAC2_OK;
}

static svac2_status check_numbers(const cursor *c, svac2_error *error)
{
    if (c->many_layers) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "the header lists more than %d layers",
                       SVAC2_MAX_LAYERS);
    }
    if (c->truncated || c->bad_number) {
        return sv_fail(error, SVAC2_ERR_CORRUPT,
                       "a number in the header is 2^32 or more, longer than it needs to be, or cut "
                       "short");
    }
    return SVAC2_OK;
}

/* The type of item `index`, if it is a part of a layer; else 0. */
static uint32_t layer_item_type(const sv_file_header *h, uint32_t index)
{
    static const uint32_t types[SV_PARTS_MAX] = {SVAC2_ITEM_LAYER, SVAC2_ITEM_ALPHA};
    return index < sv_layer_items(h) ? types[index % h->part_count] : 0;
}

static bool is_layer_item(const sv_item *item)
{
    return item->type == SVAC2_ITEM_LAYER || item->type == SVAC2_ITEM_ALPHA;
}

/* Layers come first; of metadata there is one of each kind; unknown items must not matter. */
static svac2_status check_item_head(const sv_file_header *h, uint32_t index, svac2_error *error)
{
    const sv_item *item = &h->items[index];
    bool known = item->type >= SVAC2_ITEM_LAYER && item->type <= SVAC2_ITEM_LAST;
    if (item->type == 0 || (is_layer_item(item) && !(item->flags & SV_ITEM_CRITICAL))) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "item %u of the header, of type %u, has flags %u",
                       index, item->type, item->flags);
    }
    if ((is_layer_item(item) ? item->type : 0) != layer_item_type(h, index)) {
        return sv_fail(error, SVAC2_ERR_CORRUPT,
                       "item %u of the header is of type %u; there are "
                       "%u layers of %u parts",
                       index, item->type, h->layer_count, h->part_count);
    }
    if (!known && item->flags & SV_ITEM_CRITICAL) {
        return sv_fail(error, SVAC2_ERR_UNSUPPORTED,
                       "the file has an item of type %u, which this version does not know and must "
                       "not ignore",
                       item->type);
    }
    for (uint32_t i = sv_layer_items(h); known && i < index; i++) {
        if (h->items[i].type == item->type) {
            return sv_fail(error, SVAC2_ERR_CORRUPT, "the header lists two items of type %u",
                           item->type);
        }
    }
    return SVAC2_OK;
}

static svac2_status read_items(cursor *c, sv_file_header *h, svac2_error *error)
{
    uint64_t offset = c->size + HEADER_CHECKSUM_SIZE;
    while (c->position < c->size) {
        if (h->item_count == SVAC2_MAX_ITEMS) {
            return sv_fail(error, SVAC2_ERR_CORRUPT, "the header lists more than %d items",
                           SVAC2_MAX_ITEMS);
        }
        sv_item *item = &h->items[h->item_count];
        code_item(c, item);
        SV_TRY(check_numbers(c, error));
        item->offset = offset;
        offset = sv_item_end(item);
        SV_TRY(check_item_head(h, h->item_count++, error));
    }
    if (h->item_count < sv_layer_items(h)) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "the header lists %u of %u parts of layers",
                       h->item_count, sv_layer_items(h));
    }
    return SVAC2_OK;
}

/* As many bytes as the samples of a part can need, with room to spare: 32 bits each, 64 of more
 * than 8 bits, and the picture header. */
static uint64_t payload_max(const sv_file_header *h, const sv_layer_header *layer, sv_part part)
{
    uint64_t luma =
        (uint64_t)sv_aligned_size(layer->width) * (uint64_t)sv_aligned_size(layer->height);
    return (sv_is_deep((int)h->bit_depth) ? 8 : 4) * luma * sv_part_channels(h, part) + 4096;
}

bool sv_may_restore(uint32_t width, uint32_t height, size_t payload_size)
{
    enum { BYTES_PER_CTU = 2 };
    return payload_size >= BYTES_PER_CTU * sv_ctus_of(width, height);
}

static svac2_status place_layers(sv_file_header *h, svac2_error *error)
{
    for (uint32_t i = 0; i < sv_layer_items(h); i++) {
        sv_layer_header *layer = &h->layers[i / h->part_count];
        layer->width = sv_scaled_size(h->width, (int)layer->scale);
        layer->height = sv_scaled_size(h->height, (int)layer->scale);
        if (h->items[i].size > payload_max(h, layer, i % h->part_count)) {
            return sv_fail(error, SVAC2_ERR_CORRUPT, "%u bytes are more than %ux%u pixels can need",
                           h->items[i].size, layer->width, layer->height);
        }
    }
    return SVAC2_OK;
}

static svac2_status check_restoration(const sv_file_header *h, svac2_error *error)
{
    uint32_t size = sv_items_of_layer(h, h->layer_count - 1)[SV_PART_COLOUR].size;
    if (!h->restored) {
        return SVAC2_OK;
    }
    if (sv_is_lossless(sv_last_layer(h), SV_PART_COLOUR)) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "a lossless picture that is to be restored");
    }
    if (!sv_may_restore(h->width, h->height, size)) {
        return sv_fail(error, SVAC2_ERR_CORRUPT,
                       "%u bytes are too few for %ux%u pixels to be restored", size, h->width,
                       h->height);
    }
    return SVAC2_OK;
}

svac2_status sv_read_file_header(const uint8_t *bytes, size_t size, sv_file_header *header,
                                 size_t *header_size, svac2_error *error)
{
    cursor c = {.in = bytes, .size = size};
    uint32_t reserved;
    SV_TRY(open_header(&c, error));
    if (size < c.size + HEADER_CHECKSUM_SIZE) {
        return fail_truncated(size, error);
    }
    SV_TRY(check_header_checksum(bytes, c.size, error));
    memset(header, 0, sizeof *header);
    header->version = SV_FORMAT_VERSION;
    code_description(&c, header, &reserved);
    if (reserved != 0) {
        return sv_fail(error, SVAC2_ERR_UNSUPPORTED,
                       "a kind of picture that this version does not know (bits %x)", reserved);
    }
    SV_TRY(check_numbers(&c, error));
    SV_TRY(check_description(header, error));
    SV_TRY(read_items(&c, header, error));
    SV_TRY(place_layers(header, error));
    SV_TRY(check_restoration(header, error));
    *header_size = c.size + HEADER_CHECKSUM_SIZE;
    return SVAC2_OK;
}

svac2_status sv_check_item(const sv_item *item, const uint8_t *bytes, svac2_error *error)
{
    if (!(item->flags & SV_ITEM_CHECKED)) {
        return SVAC2_OK;
    }
    const uint8_t *at = bytes + item->size;
    uint32_t stored = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
    uint32_t computed = sv_crc32(bytes, item->size);
    if (stored != computed) {
        return sv_fail(error, SVAC2_ERR_CORRUPT,
                       "checksum %08x does not match the bytes from %llu on (%08x)",
                       (unsigned)stored, (unsigned long long)item->offset, (unsigned)computed);
    }
    return SVAC2_OK;
}
