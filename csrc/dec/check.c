/* What a header says, and whether the file and the caller keep to it. */
#include "common/memory.h"
#include "dec/decoder.h"
#include "entropy/range_coder.h"

static svac2_status read_header(const uint8_t *data, size_t size, sv_file_header *header,
                                size_t *header_size, svac2_error *error)
{
    if (data == NULL && size > 0) {
        return sv_fail(error, SVAC2_ERR_ARGUMENT, "data is NULL");
    }
    return sv_read_file_header(data, size, header, header_size, error);
}

svac2_status svac2_read_info(const uint8_t *data, size_t size, svac2_info *info, svac2_error *error)
{
    sv_file_header header;
    size_t header_size;
    SV_TRY(read_header(data, size, &header, &header_size, error));
    *info = (svac2_info){
        .width = header.width,
        .height = header.height,
        .channels = sv_channels_of(&header),
        .version = header.version,
        .qp = sv_last_layer(&header)->qp,
        .subsampling = header.subsampling,
        .bit_depth = 8,
        .checksum = header.checksum,
        .enhanced = header.restored,
        .model_id = header.model_id,
        .model_hash = header.model_hash,
        .strength = header.strength,
        .header_size = (uint32_t)header_size,
        .layer_count = header.layer_count,
    };
    for (uint32_t i = 0; i < header.layer_count; i++) {
        const sv_layer_header *layer = &header.layers[i];
        info->layers[i] = (svac2_layer){.width = layer->width,
                                        .height = layer->height,
                                        .log2_scale = layer->scale,
                                        .qp = layer->qp,
                                        .offset = sv_layer_offset(&header, header_size, i),
                                        .size = sv_layer_size(&header, i)};
    }
    return SVAC2_OK;
}

static svac2_status check_options(const svac2_decode_options *options, svac2_error *error)
{
    if (options->threads < 1 || options->threads > SVAC2_MAX_THREADS) {
        return sv_fail(error, SVAC2_ERR_ARGUMENT, "threads %d is outside 1..%d",
                       (int)options->threads, SVAC2_MAX_THREADS);
    }
    if (options->strength < SVAC2_STRENGTH_CODED || options->strength > SVAC2_STRENGTH_MAX) {
        return sv_fail(error, SVAC2_ERR_ARGUMENT, "strength %d is outside %d..%d",
                       (int)options->strength, SVAC2_STRENGTH_CODED, SVAC2_STRENGTH_MAX);
    }
    return SVAC2_OK;
}

/* Whether the caller's model is the one that the file names, if that is asked for. */
static svac2_status check_model(const sv_decoder *d, svac2_error *error)
{
    const svac2_model *model = d->options->model;
    const sv_file_header *file = &d->file;
    if (!sv_wants_restoration(d)) {
        return SVAC2_OK;
    }
    if (model == NULL) {
        return sv_fail(error, SVAC2_ERR_MODEL, "no model is given to restore the picture with");
    }
    if (d->options->strength == SVAC2_STRENGTH_CODED &&
        (file->model_id != model->id || file->model_hash != model->hash)) {
        return sv_fail(error, SVAC2_ERR_MODEL,
                       "the file wants model %u with hash %04x, not model %u with hash %04x",
                       file->model_id, file->model_hash, model->id, model->hash);
    }
    return SVAC2_OK;
}

/* A CTU has at least one bin, and no bin is likelier than 32760 / 32768: 1 / 2839 bit. */
enum { CTUS_PER_BYTE_MAX = 1 << 15 };

/* The header's claims about a layer, and its bytes. */
static svac2_status check_layer(const sv_decoder *d, uint32_t index, svac2_error *error)
{
    const sv_layer_header *layer = &d->file.layers[index];
    uint64_t ctus = (uint64_t)sv_ctu_count(layer->width) * (uint64_t)sv_ctu_count(layer->height);
    if (ctus > ((uint64_t)layer->payload_size + SV_TRIM_MAX) * CTUS_PER_BYTE_MAX) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "%u bytes cannot hold %ux%u pixels",
                       layer->payload_size, layer->width, layer->height);
    }
    if (d->file.checksum && d->options->verify) {
        size_t end = (size_t)sv_layer_offset(&d->file, d->header_size, index + 1);
        SV_TRY(sv_check_checksum(d->data, end, error));
    }
    return SVAC2_OK;
}

static svac2_status check_file(const sv_decoder *d, svac2_error *error)
{
    const sv_file_header *file = &d->file;
    const svac2_decode_options *options = d->options;
    const sv_layer_header *wanted = &file->layers[options->layer];
    if (options->max_pixels != 0 &&
        (uint64_t)wanted->width * wanted->height > options->max_pixels) {
        return sv_fail(error, SVAC2_ERR_LIMIT, "%ux%u pixels are more than the limit of %llu",
                       wanted->width, wanted->height, (unsigned long long)options->max_pixels);
    }
    uint64_t needed = sv_layer_offset(file, d->header_size, options->layer + 1);
    uint64_t whole = sv_layer_offset(file, d->header_size, file->layer_count);
    if (d->size < needed) {
        return sv_fail(error, SVAC2_ERR_TRUNCATED, "the file has %zu of %llu bytes", d->size,
                       (unsigned long long)whole);
    }
    if (d->size > whole && needed == whole) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "%llu bytes follow the end of the picture",
                       (unsigned long long)(d->size - whole));
    }
    for (uint32_t layer = 0; layer <= options->layer; layer++) {
        SV_TRY(check_layer(d, layer, error));
    }
    return SVAC2_OK;
}

/* The caller has made room by what it was told: the bytes may have changed since. */
static svac2_status check_room(const sv_decoder *d, const svac2_info *info, svac2_error *error)
{
    const sv_layer_header *layer = &d->file.layers[d->options->layer];
    const svac2_layer *room = &info->layers[d->options->layer];
    uint32_t channels = sv_channels_of(&d->file);
    if (layer->width != room->width || layer->height != room->height ||
        channels != info->channels) {
        return sv_fail(
            error, SVAC2_ERR_ARGUMENT,
            "the output has room for %ux%u pixels of %u channels, the file has %ux%u of %u",
            room->width, room->height, info->channels, layer->width, layer->height, channels);
    }
    return SVAC2_OK;
}

svac2_status sv_decoder_open(sv_decoder *d, const svac2_info *info, svac2_error *error)
{
    SV_TRY(check_options(d->options, error));
    SV_TRY(read_header(d->data, d->size, &d->file, &d->header_size, error));
    if (d->options->layer >= d->file.layer_count) {
        return sv_fail(error, SVAC2_ERR_ARGUMENT, "layer %u is outside 0..%u", d->options->layer,
                       d->file.layer_count - 1);
    }
    SV_TRY(check_room(d, info, error));
    SV_TRY(check_file(d, error));
    return check_model(d, error);
}
