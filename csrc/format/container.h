/* The file: a header that lists items, then the items (docs/bitstream.md, section 3). */
#ifndef SVAC2_FORMAT_CONTAINER_H
#define SVAC2_FORMAT_CONTAINER_H

#include <stdbool.h>

#include "common/status.h"

enum {
    SV_FORMAT_VERSION = 10,
    SV_ITEM_CHECKED = 1, /* flags of an item: its checksum follows it */
    SV_ITEM_CRITICAL = 2 /* a reader that does not know it must refuse the file */
};

/* What a layer consists of. */
typedef enum sv_part { SV_PART_COLOUR, SV_PART_ALPHA, SV_PARTS_MAX } sv_part;

/* By what a part is coded. */
typedef enum sv_part_coding { SV_PART_BLOCKS, SV_PART_LOSSLESS } sv_part_coding;

/* A piece of the file: a part of a layer, metadata. */
typedef struct sv_item {
    uint32_t type, flags; /* svac2_item_type, SV_ITEM_* */
    uint32_t size;        /* without its checksum */
    uint64_t offset;      /* in the file; set by sv_read_file_header */
} sv_item;

typedef struct sv_part_header {
    uint32_t coding; /* sv_part_coding */
    int level;       /* of blocks, their qp; without loss, the largest error */
    uint32_t wave;   /* of blocks: 0, or rows are streams (format/wave.h) */
} sv_part_header;

/* The first items are the layers, in this order, of each its parts. */
typedef struct sv_layer_header {
    uint32_t scale; /* its picture has 1 / 2^scale of the size: 1..3 for a base layer, 0 above it */
    sv_part_header parts[SV_PARTS_MAX]; /* as many as the file has */
    uint32_t width, height;             /* follow from the file's; set by sv_read_file_header */
} sv_layer_header;

typedef struct sv_file_header {
    uint32_t version;
    uint32_t subsampling; /* svac2_subsampling, not AUTO */
    uint32_t bit_depth;   /* of the image: 8, 10, 12, 14, 16 */
    uint32_t part_count;  /* of each layer: with SV_PART_ALPHA, or without */
    uint32_t width, height;
    uint32_t layer_count; /* 1, or 2: a base layer, then the whole picture */
    sv_layer_header layers[SVAC2_MAX_LAYERS];
    uint32_t restored; /* 1: luma, by a model, of */
    uint64_t model_hash;
    uint32_t strength;
    uint32_t has_cicp; /* 1: the colour is that of */
    uint32_t cicp[SVAC2_CICP_SIZE];
    uint32_t item_count;
    sv_item items[SVAC2_MAX_ITEMS];
} sv_file_header;

/* Writes at most SVAC2_MAX_HEADER bytes; returns how many. */
size_t sv_write_file_header(const sv_file_header *header, uint8_t *bytes);
/* How many bytes the header has, from the first of them. */
svac2_status sv_file_header_size(const uint8_t *bytes, size_t size, size_t *header_size,
                                 svac2_error *error);
svac2_status sv_read_file_header(const uint8_t *bytes, size_t size, sv_file_header *header,
                                 size_t *header_size, svac2_error *error);

static inline const sv_layer_header *sv_last_layer(const sv_file_header *header)
{
    return &header->layers[header->layer_count - 1];
}

/* Channels of a part of the image; and of the image. */
static inline uint32_t sv_part_channels(const sv_file_header *header, sv_part part)
{
    return part == SV_PART_ALPHA || header->subsampling == SVAC2_SUBSAMPLING_400 ? 1 : 3;
}
static inline uint32_t sv_channels_of(const sv_file_header *header)
{
    uint32_t channels = 0;
    for (uint32_t part = 0; part < header->part_count; part++) {
        channels += sv_part_channels(header, part);
    }
    return channels;
}

/* How many items the layers have; and which of them is the first of a layer. */
static inline uint32_t sv_layer_items(const sv_file_header *header)
{
    return header->layer_count * header->part_count;
}
static inline const sv_item *sv_items_of_layer(const sv_file_header *header, uint32_t layer)
{
    return &header->items[layer * header->part_count];
}

static inline bool sv_is_lossless(const sv_layer_header *layer, sv_part part)
{
    return layer->parts[part].coding == SV_PART_LOSSLESS;
}

/* Whether luma may be restored in a picture of so many bytes: a network takes time, which a few
 * bytes must not ask for. Pictures in which it gains something have many more. */
bool sv_may_restore(uint32_t width, uint32_t height, size_t payload_size);

/* Bytes of an item in the file, its checksum with them; and where they end. */
static inline uint64_t sv_item_stored(const sv_item *item)
{
    return (uint64_t)item->size + (item->flags & SV_ITEM_CHECKED ? SVAC2_ITEM_CHECKSUM : 0);
}
static inline uint64_t sv_item_end(const sv_item *item)
{
    return item->offset + sv_item_stored(item);
}

/* Where a layer ends in the file. */
static inline uint64_t sv_layer_end(const sv_file_header *header, uint32_t layer)
{
    return sv_item_end(&sv_items_of_layer(header, layer)[header->part_count - 1]);
}

/* Puts the CRC-32 of an item's bytes, if it has one, behind them; or checks what lies there. */
void sv_put_checksum(const sv_item *item, uint8_t *bytes);
svac2_status sv_check_item(const sv_item *item, const uint8_t *bytes, svac2_error *error);

#endif
