#include "enc/file.h"

#include <string.h>

#include "common/memory.h"

static void add_item(sv_file_header *file, const svac2_encode_options *options, uint32_t type,
                     uint32_t flags, size_t size)
{
    uint32_t checked = options->checksum ? SV_ITEM_CHECKED : 0;
    file->items[file->item_count++] =
        (sv_item){.type = type, .flags = flags | checked, .size = (uint32_t)size};
}

/* Joins header and items. */
static svac2_status assemble(const sv_file_header *file, const uint8_t *const *contents,
                             sv_bytes *out, svac2_error *error)
{
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
            memcpy(out->data + at, contents[i], item->size);
        }
        sv_put_checksum(item, out->data + at);
        at += (size_t)sv_item_stored(item);
    }
    out->size = at;
    return SVAC2_OK;
}

svac2_status sv_join_file(const sv_file_header *header, const sv_bytes *parts,
                          const svac2_encode_options *options, sv_bytes *out, svac2_error *error)
{
    const uint8_t *contents[SVAC2_MAX_ITEMS];
    sv_file_header file = *header;
    file.has_cicp = (uint32_t)options->has_cicp;
    for (int i = 0; i < SVAC2_CICP_SIZE; i++) {
        file.cicp[i] = options->cicp[i];
    }
    for (uint32_t i = 0; i < sv_layer_items(&file); i++) {
        contents[i] = parts[i].data;
        add_item(&file, options, sv_item_type_of(i % file.part_count), SV_ITEM_CRITICAL,
                 parts[i].size);
    }
    for (size_t i = 0; i < options->metadata_count; i++) {
        const svac2_metadata *item = &options->metadata[i];
        contents[file.item_count] = item->data;
        add_item(&file, options, item->type, 0, item->size);
    }
    return assemble(&file, contents, out, error);
}
