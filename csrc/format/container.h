/* The file: header, then the layers, each a coded picture and its checksum (docs/bitstream.md). */
#ifndef SVAC2_FORMAT_CONTAINER_H
#define SVAC2_FORMAT_CONTAINER_H

#include "common/status.h"

enum { SV_FORMAT_VERSION = 4, SV_CHECKSUM_SIZE = 4 };

typedef struct sv_layer_header {
    uint32_t scale; /* its picture has 1 / 2^scale of the size: 1..3 for a base layer, 0 above it */
    uint32_t qp;
    uint32_t payload_size;
    uint32_t width, height; /* follow from the file's; set by sv_read_file_header */
} sv_layer_header;

typedef struct sv_file_header {
    uint32_t version;
    uint32_t checksum;    /* 1: CRC-32 of all bytes before it ends each layer */
    uint32_t subsampling; /* svac2_subsampling, not AUTO */
    uint32_t width, height;
    uint32_t layer_count; /* 1, or 2: a base layer, then the whole picture */
    sv_layer_header layers[SVAC2_MAX_LAYERS];
    uint32_t restored; /* 1: by a model, of */
    uint32_t model_id, model_hash, strength;
} sv_file_header;

/* Writes at most SVAC2_MAX_HEADER bytes; returns how many. */
size_t sv_write_file_header(const sv_file_header *header, uint8_t *bytes);
svac2_status sv_read_file_header(const uint8_t *bytes, size_t size, sv_file_header *header,
                                 size_t *header_size, svac2_error *error);

static inline const sv_layer_header *sv_last_layer(const sv_file_header *header)
{
    return &header->layers[header->layer_count - 1];
}

/* Bytes of a layer with its checksum, and those before it in a file whose header has header_size.
 */
static inline uint64_t sv_layer_size(const sv_file_header *header, uint32_t layer)
{
    return (uint64_t)header->layers[layer].payload_size + (header->checksum ? SV_CHECKSUM_SIZE : 0);
}
uint64_t sv_layer_offset(const sv_file_header *header, size_t header_size, uint32_t layer);

/* Puts the CRC-32 (ISO 3309, the one of PNG and gzip) of all bytes before them into the last
 * SV_CHECKSUM_SIZE of `size` bytes, low byte first; or checks what lies there. */
void sv_put_checksum(uint8_t *bytes, size_t size);
svac2_status sv_check_checksum(const uint8_t *bytes, size_t size, svac2_error *error);

#endif
