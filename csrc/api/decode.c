/* svac2_read_info, svac2_decode: what a header says, and whether file, options and caller's memory
 * agree, before anything is decoded. */
#include "api/check.h"
#include "dec/decoder.h"
#include "entropy/range_coder.h"
#include "format/limits.h"
#include "nn/model.h"

/* ---- Information ---- */

static svac2_status check_data(const uint8_t *data, size_t size, svac2_error *error)
{
    if (data == NULL && size > 0) {
        return sv_fail(error, SVAC2_ERR_ARGUMENT, "data is NULL");
    }
    return SVAC2_OK;
}

static svac2_status read_header(const uint8_t *data, size_t size, sv_file_header *header,
                                size_t *header_size, svac2_error *error)
{
    SV_TRY(check_data(data, size, error));
    return sv_read_file_header(data, size, header, header_size, error);
}

svac2_status svac2_header_size(const uint8_t *data, size_t size, size_t *header_size,
                               svac2_error *error)
{
    SV_TRY(check_data(data, size, error));
    return sv_file_header_size(data, size, header_size, error);
}

static void describe_items(const sv_file_header *file, svac2_info *info)
{
    info->item_count = file->item_count;
    for (uint32_t i = 0; i < file->item_count; i++) {
        const sv_item *item = &file->items[i];
        info->items[i] = (svac2_item){.type = item->type,
                                      .checked = (item->flags & SV_ITEM_CHECKED) != 0,
                                      .offset = item->offset,
                                      .size = item->size};
    }
}

static void describe_layers(const sv_file_header *file, svac2_info *info)
{
    info->layer_count = file->layer_count;
    info->checksum = 1;
    for (uint32_t i = 0; i < file->layer_count; i++) {
        const sv_layer_header *layer = &file->layers[i];
        const sv_part_header *colour = &layer->parts[SV_PART_COLOUR];
        const sv_item *items = sv_items_of_layer(file, i);
        bool restores = i == file->layer_count - 1 && file->restored;
        bool is_lossless = sv_is_lossless(layer, SV_PART_COLOUR);
        uint32_t channels = sv_channels_of(file);
        uint64_t memory = sv_decode_memory(file, i, restores, channels, 1);
        uint64_t further = sv_decode_thread_memory(file, i, restores, channels);
        info->layers[i] = (svac2_layer){.width = layer->width,
                                        .height = layer->height,
                                        .log2_scale = layer->scale,
                                        .qp = is_lossless ? 0 : colour->level,
                                        .lossless = is_lossless,
                                        .offset = items->offset,
                                        .size = sv_layer_end(file, i) - items->offset,
                                        .memory = memory,
                                        .thread_memory = further};
    }
    for (uint32_t i = 0; i < sv_layer_items(file); i++) {
        info->checksum &= (file->items[i].flags & SV_ITEM_CHECKED) != 0;
    }
}

/* How colour and alpha of the last layer are coded. */
static void describe_coding(const sv_file_header *file, svac2_info *info)
{
    const svac2_layer *last = &info->layers[info->layer_count - 1];
    const sv_part_header *parts = sv_last_layer(file)->parts;
    info->qp = last->qp;
    info->lossless = last->lossless;
    info->max_error = last->lossless ? (uint32_t)parts[SV_PART_COLOUR].level : 0;
    info->alpha_qp =
        file->part_count > SV_PART_ALPHA && !sv_is_lossless(sv_last_layer(file), SV_PART_ALPHA)
            ? parts[SV_PART_ALPHA].level
            : SVAC2_ALPHA_LOSSLESS;
}

static void describe(const sv_file_header *file, size_t header_size, svac2_info *info)
{
    *info = (svac2_info){
        .width = file->width,
        .height = file->height,
        .channels = sv_channels_of(file),
        .version = file->version,
        .subsampling = file->subsampling,
        .bit_depth = file->bit_depth,
        .enhanced = file->restored,
        .model_hash = file->model_hash,
        .strength = file->strength,
        .has_cicp = file->has_cicp,
        .header_size = (uint32_t)header_size,
        .file_size = sv_item_end(&file->items[file->item_count - 1]),
    };
    for (int i = 0; i < SVAC2_CICP_SIZE; i++) {
        info->cicp[i] = (uint8_t)file->cicp[i];
    }
    describe_layers(file, info);
    describe_coding(file, info);
    describe_items(file, info);
}

svac2_status svac2_read_info(const uint8_t *data, size_t size, svac2_info *info, svac2_error *error)
{
    sv_file_header file;
    size_t header_size;
    SV_TRY(read_header(data, size, &file, &header_size, error));
    describe(&file, header_size, info);
    return SVAC2_OK;
}

svac2_status svac2_check_item(const uint8_t *content, const svac2_item *item, svac2_error *error)
{
    sv_item checked = {.type = item->type,
                       .flags = item->checked ? SV_ITEM_CHECKED : 0,
                       .size = (uint32_t)item->size,
                       .offset = item->offset};
    return sv_check_item(&checked, content, error);
}

/* ---- Decoding ---- */

/* What svac2_decode is given. */
typedef struct call {
    const uint8_t *data;
    size_t size;
    const svac2_info *info;
    const svac2_decode_options *options;
} call;

static svac2_status check_options(const svac2_decode_options *options, svac2_error *error)
{
    SV_TRY(sv_check_range("threads", options->threads, 1, SVAC2_MAX_THREADS, error));
    return sv_check_range("strength", options->strength, SVAC2_STRENGTH_CODED, SVAC2_STRENGTH_MAX,
                          error);
}

/* The caller has made room by what it was told: the bytes may have changed since. */
static svac2_status check_room(const svac2_info *told, const svac2_info *found, uint32_t index,
                               svac2_error *error)
{
    const svac2_layer *room = &told->layers[index], *layer = &found->layers[index];
    if (layer->width != room->width || layer->height != room->height ||
        found->channels != told->channels || found->bit_depth != told->bit_depth) {
        return sv_fail(error, SVAC2_ERR_ARGUMENT,
                       "the output has room for %ux%u pixels of %u channels of %u bits, the file "
                       "has %ux%u of %u of %u",
                       room->width, room->height, told->channels, told->bit_depth, layer->width,
                       layer->height, found->channels, found->bit_depth);
    }
    return SVAC2_OK;
}

/* What the caller wants of the picture's channels. */
static svac2_status set_output(sv_decode_request *r, const svac2_decode_options *options,
                               const svac2_info *info, svac2_error *error)
{
    uint32_t channels = options->channels == 0 ? info->channels : options->channels;
    int max = sv_image_max(sv_format_of((int)info->bit_depth));
    SV_TRY(sv_check_range("channels", channels, 1, 4, error));
    if (info->channels > 2 && channels < 3) {
        return sv_fail(error, SVAC2_ERR_ARGUMENT,
                       "a picture of %u channels is not put out as grey, in %u", info->channels,
                       channels);
    }
    r->output.channels = channels;
    r->output.image_depth = (int)info->bit_depth;
    for (int i = 0; i < 3; i++) {
        SV_TRY(sv_check_range("background", options->background[i], 0, max, error));
        r->output.background[i] = options->background[i];
    }
    return SVAC2_OK;
}

/* Whether luma is restored: as the file says, or as the caller wants. */
static bool restores_luma(const sv_decode_request *r)
{
    return r->restores && (r->strength != SVAC2_STRENGTH_CODED || r->file.restored);
}

static svac2_status check_limits(const sv_decode_request *r, const svac2_decode_options *options,
                                 svac2_error *error)
{
    const sv_layer_header *layer = &r->file.layers[r->layer];
    if (options->max_pixels != 0 && (uint64_t)layer->width * layer->height > options->max_pixels) {
        return sv_fail(error, SVAC2_ERR_LIMIT, "%ux%u pixels are more than the limit of %llu",
                       layer->width, layer->height, (unsigned long long)options->max_pixels);
    }
    bool keeps_planes = restores_luma(r) || r->planes != NULL;
    uint64_t memory = sv_decode_memory(&r->file, r->layer, keeps_planes, r->output.channels,
                                       (int)options->threads);
    if (options->max_memory != 0 && memory > options->max_memory) {
        return sv_fail(error, SVAC2_ERR_LIMIT,
                       "%ux%u pixels take up to %llu bytes of memory, more than the limit of %llu",
                       layer->width, layer->height, (unsigned long long)memory,
                       (unsigned long long)options->max_memory);
    }
    return SVAC2_OK;
}

/* A CTU has at least one bin, and no bin is likelier than 32760 / 32768: 1 / 2839 bit. So has a
 * pixel without loss, whose bins are not likelier than 32756 / 32768: 1 / 1892 bit. */
enum { UNITS_PER_BYTE_MAX = 1 << 15 };

static bool can_hold(const sv_layer_header *layer, sv_part part, uint32_t size)
{
    uint64_t units = sv_is_lossless(layer, part) ? (uint64_t)layer->width * layer->height
                                                 : sv_ctus_of(layer->width, layer->height);
    return units <= ((uint64_t)size + SV_TRIM_MAX) * UNITS_PER_BYTE_MAX;
}

/* The header's claims about the part that item `index` holds, and its bytes. */
static svac2_status check_part(const call *c, const sv_file_header *file, uint32_t index,
                               svac2_error *error)
{
    const sv_layer_header *layer = &file->layers[index / file->part_count];
    const sv_item *item = &file->items[index];
    if (!can_hold(layer, index % file->part_count, item->size)) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "%u bytes cannot hold %ux%u pixels", item->size,
                       layer->width, layer->height);
    }
    return c->options->verify ? sv_check_item(item, c->data + item->offset, error) : SVAC2_OK;
}

/* Of what follows the layers as much as is there. */
static svac2_status check_metadata(const call *c, const sv_file_header *file, svac2_error *error)
{
    for (uint32_t i = sv_layer_items(file); c->options->verify && i < file->item_count; i++) {
        const sv_item *item = &file->items[i];
        if (sv_item_end(item) <= c->size) {
            SV_TRY(sv_check_item(item, c->data + item->offset, error));
        }
    }
    return SVAC2_OK;
}

static svac2_status check_file(const call *c, const sv_file_header *file, svac2_error *error)
{
    uint32_t layer = c->options->layer;
    uint64_t needed = sv_layer_end(file, layer);
    uint64_t whole = sv_item_end(&file->items[file->item_count - 1]);
    if (c->size < needed) {
        return sv_fail(error, SVAC2_ERR_TRUNCATED, "the file has %zu of %llu bytes", c->size,
                       (unsigned long long)whole);
    }
    if (c->size > whole) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "%llu bytes follow the end of the picture",
                       (unsigned long long)(c->size - whole));
    }
    for (uint32_t i = 0; i < (layer + 1) * file->part_count; i++) {
        SV_TRY(check_part(c, file, i, error));
    }
    return layer == file->layer_count - 1 ? check_metadata(c, file, error) : SVAC2_OK;
}

/* Whether the caller's model is the one that the file names, if that is asked for. */
static svac2_status check_model(const sv_decode_request *r, svac2_error *error)
{
    const svac2_model *model = r->model;
    if (model == NULL) {
        return sv_fail(error, SVAC2_ERR_MODEL, "no model is given to restore the picture with");
    }
    if (r->strength == SVAC2_STRENGTH_CODED && r->file.model_hash != model->hash) {
        return sv_fail(error, SVAC2_ERR_MODEL,
                       "the file wants the model with hash %016llx, not that with hash %016llx",
                       (unsigned long long)r->file.model_hash, (unsigned long long)model->hash);
    }
    return SVAC2_OK;
}

/* What the caller asks of the file, once it has been found right. */
static svac2_status make_request(sv_decode_request *r, const call *c, svac2_error *error)
{
    const svac2_decode_options *options = c->options;
    svac2_info found;
    size_t header_size;
    SV_TRY(check_options(options, error));
    SV_TRY(read_header(c->data, c->size, &r->file, &header_size, error));
    if (options->layer >= r->file.layer_count) {
        return sv_fail(error, SVAC2_ERR_ARGUMENT, "layer %u is outside 0..%u", options->layer,
                       r->file.layer_count - 1);
    }
    r->layer = options->layer;
    bool is_lossless = sv_is_lossless(&r->file.layers[r->layer], SV_PART_COLOUR);
    r->restores = r->layer == r->file.layer_count - 1 && options->strength != 0 && !is_lossless;
    r->strength = options->strength;
    r->planes = options->planes;
    if (r->planes != NULL && is_lossless) {
        return sv_fail(error, SVAC2_ERR_ARGUMENT, "a lossless picture is not restored from planes");
    }
    describe(&r->file, header_size, &found);
    SV_TRY(check_room(c->info, &found, r->layer, error));
    SV_TRY(set_output(r, options, &found, error));
    SV_TRY(check_limits(r, options, error));
    SV_TRY(check_file(c, &r->file, error));
    sv_place_payloads(r, c->data);
    if (restores_luma(r)) {
        r->model = options->model;
        return check_model(r, error);
    }
    return SVAC2_OK;
}

svac2_status svac2_decode(const uint8_t *data, size_t size, const svac2_info *info,
                          const svac2_decode_options *options, void *pixels, ptrdiff_t stride,
                          svac2_error *error)
{
    call c = {data, size, info, options};
    sv_decode_request request = {.output = {.pixels = pixels, .stride = stride}};
    sv_env env;
    SV_TRY(make_request(&request, &c, error));
    sv_env_init(&env, options->threads, options->cpu_mask, options->progress,
                options->progress_user);
    return sv_decode(&request, &env, error);
}
