#include "enc/file.h"

#include <string.h>

#include "common/memory.h"

/* What a file is made of. */
typedef struct contents {
    sv_file_header *file;
    const svac2_encode_options *options;
    const uint8_t *items[SVAC2_MAX_ITEMS];
} contents;

static void add_item(contents *all, uint32_t type, uint32_t flags, const uint8_t *data, size_t size)
{
    uint32_t checked = all->options->checksum ? SV_ITEM_CHECKED : 0, i = all->file->item_count++;
    all->items[i] = data;
    all->file->items[i] = (sv_item){.type = type, .flags = flags | checked, .size = (uint32_t)size};
}

/* Joins header and items. */
static svac2_status assemble(const contents *all, sv_bytes *out, svac2_error *error)
{
    const sv_file_header *file = all->file;
    uint8_t header[SVAC2_MAX_HEADER];
    size_t at = sv_write_file_header(file, header);
    uint64_t size = at;
    for (uint32_t i = 0; i < file->item_count; i++) {
        size += sv_item_stored(&file->items[i]);
    }
    out->data = size <= SIZE_MAX ? sv_alloc((size_t)size, 1) : NULL;
    if (out->data == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for the bitstream");
    }
    memcpy(out->data, header, at);
    for (uint32_t i = 0; i < file->item_count; i++) {
        const sv_item *item = &file->items[i];
        if (item->size > 0) {
            memcpy(out->data + at, all->items[i], item->size);
        }
        sv_put_checksum(item, out->data + at);
        at += (size_t)sv_item_stored(item);
    }
    out->size = at;
    return SVAC2_OK;
}

svac2_status sv_join_file(const sv_file_header *header, const sv_bytes *colour,
                          const sv_alpha *alpha, const svac2_encode_options *options, sv_bytes *out,
                          svac2_error *error)
{
    sv_file_header file = *header;
    contents all = {.file = &file, .options = options};
    file.has_cicp = (uint32_t)options->has_cicp;
    for (int i = 0; i < SVAC2_CICP_SIZE; i++) {
        file.cicp[i] = options->cicp[i];
    }
    for (uint32_t i = 0; i < file.layer_count; i++) {
        sv_layer_header *layer = &file.layers[i];
        add_item(&all, SVAC2_ITEM_LAYER, SV_ITEM_CRITICAL, colour[i].data, colour[i].size);
        if (file.part_count > SV_PART_ALPHA) {
            const sv_bytes *payload = &alpha->payloads[layer->scale];
            layer->parts[SV_PART_ALPHA] = alpha->headers[layer->scale];
            add_item(&all, SVAC2_ITEM_ALPHA, SV_ITEM_CRITICAL, payload->data, payload->size);
        }
    }
    for (size_t i = 0; i < options->metadata_count; i++) {
        const svac2_metadata *item = &options->metadata[i];
        add_item(&all, item->type, 0, item->data, item->size);
    }
    return assemble(&all, out, error);
}
