/* Fuzz target (LLVM's libFuzzer, "Fuzz Target"): any bytes are a small picture and options.
 *
 * Options within their ranges give a file: the same for other threads and processor features, which
 * decodes to the encoder's reconstruction and still has the metadata. Others give a status with a
 * sentence that explains it. The bytes, 0 where they end early:
 *
 *     width, height, flags and depth, qp in quarters from the least on, mode, scale and qp of the
 *     base layer (1 more; 0: chosen), effort, subsampling, network, parts (bits below, and above
 *     these the largest error), metadata (a bit for each kind, and above these their size), 4 of
 *     cicp; then the samples, again and again
 *
 * Without flag 1 they are brought into the ranges that are allowed. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "networks.inc"

enum { SIDE_MAX = 40, LINE_MAX = 260, QUARTER = SVAC2_QP_ONE / 4 };
enum { KINDS = SVAC2_ITEM_XMP - SVAC2_ITEM_ICC + 1, CONTENT_MAX = 32, PADDING = 4 };
enum { FLAG_ANY = 1, FLAG_RGB = 2, FLAG_CHECKSUM = 4, FLAG_CICP = 8, FLAG_LINE = 16, FLAG_UP = 32 };
enum { PART_ALPHA = 1, PART_LOSSLESS = 2, PART_ALPHA_BLOCKS = 4, PART_EXACT = 8, ERROR_SHIFT = 4 };
enum { DEPTH_SHIFT = 6 }; /* the two bits above the flags */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "encode_fuzzer: %s\n", what);
        abort();
    }
}

/* Memory of exact size, so that a sanitizer sees any access outside. */
static void *allocate(size_t size)
{
    void *memory = malloc(size);
    require(memory != NULL, "out of memory");
    return memory;
}

typedef struct reader {
    const uint8_t *data;
    size_t size, position;
} reader;

static uint8_t next_byte(reader *r)
{
    uint8_t byte = r->position < r->size ? r->data[r->position] : 0;
    r->position++;
    return byte;
}

typedef struct input {
    int flags;
    svac2_image image;
    uint8_t *samples;
    svac2_encode_options options;
    svac2_metadata metadata[KINDS];
    uint8_t content[CONTENT_MAX];
    svac2_model *model;
    bool has_alpha;
} input;

/* ---- Reading ---- */

/* A byte: as it is, with its sign, or within a range. */
static int32_t next_option(const input *in, reader *r, int low, int high)
{
    uint8_t byte = next_byte(r);
    return in->flags & FLAG_ANY ? (int8_t)byte : low + byte % (high - low + 1);
}

static uint32_t bit_depth_of(const input *in)
{
    static const uint8_t depths[] = {8, 10, 12, 16};
    return depths[in->flags >> DEPTH_SHIFT & 3];
}

static void read_options(input *in, reader *r)
{
    svac2_encode_options *o = &in->options;
    int least = -64 * ((int)bit_depth_of(in) - 8) / QUARTER;
    o->qp = QUARTER * next_option(in, r, least, SVAC2_MAX_QP / QUARTER);
    o->mode = next_option(in, r, SVAC2_MODE_NORMAL, SVAC2_MODE_AUTO);
    o->base_log2_scale = next_option(in, r, 1, 3);
    int32_t base_qp = next_option(in, r, -1, SVAC2_MAX_QP / QUARTER);
    o->base_qp = base_qp == -1 ? SVAC2_BASE_QP_CHOSEN : QUARTER * base_qp;
    o->effort = next_option(in, r, 1, SVAC2_MAX_EFFORT);
    o->subsampling = next_option(in, r, SVAC2_SUBSAMPLING_AUTO, SVAC2_SUBSAMPLING_444);
    if (in->flags & FLAG_RGB && !(in->flags & FLAG_ANY) &&
        o->subsampling == SVAC2_SUBSAMPLING_400) {
        o->subsampling = SVAC2_SUBSAMPLING_420;
    }
    o->threads = 1;
    o->cpu_mask = SVAC2_CPU_ALL;
    o->checksum = (in->flags & FLAG_CHECKSUM) != 0;
}

static void read_network(input *in, reader *r)
{
    svac2_error error;
    size_t network = next_byte(r) % (1 + sizeof networks / sizeof *networks);
    if (network > 0) {
        require(svac2_model_create(&networks[network - 1], &in->model, &error) == SVAC2_OK,
                error.message);
    }
    in->options.model = in->model;
}

static void read_parts(input *in, reader *r)
{
    svac2_encode_options *o = &in->options;
    uint8_t parts = next_byte(r);
    in->has_alpha = (parts & PART_ALPHA) != 0;
    o->lossless = (parts & PART_LOSSLESS) != 0;
    o->max_error = o->lossless || in->flags & FLAG_ANY ? parts >> ERROR_SHIFT : 0;
    o->alpha_qp = parts & PART_ALPHA_BLOCKS ? o->qp : SVAC2_ALPHA_LOSSLESS;
    o->exact = (parts & PART_EXACT) != 0;
}

static void read_metadata(input *in, reader *r)
{
    svac2_encode_options *o = &in->options;
    uint8_t kinds = next_byte(r);
    for (int i = 0; i < CONTENT_MAX; i++) {
        in->content[i] = (uint8_t)(kinds + 7 * i);
    }
    for (int kind = 0; kind < KINDS; kind++) {
        if (kinds >> kind & 1) {
            in->metadata[o->metadata_count++] =
                (svac2_metadata){(svac2_item_type)(SVAC2_ITEM_ICC + kind), in->content + kind,
                                 (size_t)(kinds >> KINDS) % (CONTENT_MAX - KINDS)};
        }
    }
    o->metadata = in->metadata;
    o->has_cicp = (in->flags & FLAG_CICP) != 0;
    for (int i = 0; i < SVAC2_CICP_SIZE; i++) {
        o->cicp[i] = next_byte(r);
    }
}

static size_t pixel_size(uint32_t channels, uint32_t bit_depth)
{
    return channels * (bit_depth > 8 ? sizeof(uint16_t) : sizeof(uint8_t));
}

/* A picture, or a line of samples; at higher efforts, few of them. Rows with bytes between them,
 * and perhaps from the last on. */
static void read_picture(input *in, reader *r, uint8_t width, uint8_t height)
{
    svac2_image *image = &in->image;
    int effort = in->options.effort;
    uint32_t slower = effort < 3 ? 1 : effort < 6 ? 2 : 4;
    image->width = 1 + width % (SIDE_MAX / slower);
    image->height = 1 + height % (SIDE_MAX / slower);
    if (in->flags & FLAG_LINE) {
        uint32_t length = 1 + 2u * height % (LINE_MAX / slower);
        image->width = width & 1 ? length : 1 + width % 4u;
        image->height = width & 1 ? 1 + width % 4u : length;
    }
    image->channels = (in->flags & FLAG_RGB ? 3 : 1) + in->has_alpha;
    image->bit_depth = bit_depth_of(in);
    size_t stride = (size_t)image->width * pixel_size(image->channels, image->bit_depth) + PADDING;
    size_t count = stride * image->height - PADDING;
    in->samples = allocate(count);
    for (size_t i = 0, left = r->size > r->position ? r->size - r->position : 0; i < count; i++) {
        in->samples[i] = left == 0 ? 0 : r->data[r->position + i % left];
    }
    bool up = in->flags & FLAG_UP;
    image->data = up ? in->samples + stride * (image->height - 1) : in->samples;
    image->stride = up ? -(ptrdiff_t)stride : (ptrdiff_t)stride;
}

static void read_input(input *in, reader *r)
{
    uint8_t width = next_byte(r), height = next_byte(r);
    memset(in, 0, sizeof *in);
    in->flags = next_byte(r);
    read_options(in, r);
    read_network(in, r);
    read_parts(in, r);
    read_metadata(in, r);
    read_picture(in, r, width, height);
}

/* ---- What must hold ---- */

typedef struct file {
    uint8_t *data;
    size_t size;
} file;

static svac2_status encode(const input *in, const svac2_encode_options *options, file *out)
{
    svac2_error error = {.status = SVAC2_OK};
    *out = (file){NULL, 0};
    svac2_status status = svac2_encode(&in->image, options, &out->data, &out->size, &error);
    if (status != SVAC2_OK) {
        require(in->flags & FLAG_ANY && status == SVAC2_ERR_ARGUMENT, error.message);
        require(status == error.status && error.message[0] != '\0', "an error without a sentence");
    }
    return status;
}

/* On two threads with AVX2's kernels alone, or on one with none. */
static void check_again(const input *in, const file *first)
{
    svac2_encode_options options = in->options;
    bool two = first->size & 1;
    file again;
    options.cpu_mask = two ? SVAC2_CPU_AVX2 : 0;
    options.threads = two ? 2 : 1;
    options.reconstruction = NULL;
    require(encode(in, &options, &again) == SVAC2_OK, "encodes the first time only");
    require(again.size == first->size && memcmp(again.data, first->data, first->size) == 0,
            "the bytes depend on processor or threads");
    svac2_free(again.data);
}

static void check_metadata(const input *in, const file *f, const svac2_info *info)
{
    const svac2_encode_options *o = &in->options;
    svac2_error error;
    size_t first = info->layer_count * (in->has_alpha ? 2 : 1);
    require(info->item_count == first + o->metadata_count, "items come or go");
    for (size_t i = 0; i < o->metadata_count; i++) {
        const svac2_item *item = &info->items[first + i];
        const svac2_metadata *given = &in->metadata[i];
        require(item->type == given->type && item->size == given->size, "other metadata");
        require(memcmp(f->data + item->offset, given->data, given->size) == 0, "metadata changes");
        require(svac2_check_item(f->data + item->offset, item, &error) == SVAC2_OK, error.message);
    }
    require(info->has_cicp == (uint32_t)o->has_cicp, "code points come or go");
    require(!info->has_cicp || memcmp(info->cicp, o->cicp, SVAC2_CICP_SIZE) == 0,
            "other code points");
}

static void check_info(const input *in, const file *f, const svac2_info *info)
{
    const svac2_image *image = &in->image;
    require(info->width == image->width && info->height == image->height &&
                info->channels == image->channels && info->bit_depth == image->bit_depth,
            "a picture of another size");
    require(info->lossless == (uint32_t)in->options.lossless, "lossless or not");
    require(info->lossless || info->qp == in->options.qp, "another qp");
    require(info->max_error <= (uint32_t)in->options.max_error, "another error");
    require(!in->has_alpha || info->alpha_qp == in->options.alpha_qp, "another qp of alpha");
    require(info->file_size == f->size, "the file has another size than its header says");
    require(!info->enhanced || info->model_hash == networks[0].hash ||
                info->model_hash == networks[1].hash,
            "another model");
    check_metadata(in, f, info);
}

static int sample_at(const void *samples, size_t index, uint32_t bit_depth)
{
    int sample =
        bit_depth > 8 ? ((const uint16_t *)samples)[index] : ((const uint8_t *)samples)[index];
    return sample < 1 << bit_depth ? sample : (1 << bit_depth) - 1;
}

/* What is coded without loss, and seen, differs by no more than it may. */
static void check_pixel(const input *in, const uint8_t *given, const uint8_t *kept)
{
    const svac2_encode_options *o = &in->options;
    const uint32_t depth = in->image.bit_depth, colours = in->image.channels - in->has_alpha;
    bool seen = !in->has_alpha || o->exact || sample_at(given, colours, depth) > 0;
    for (uint32_t c = 0; o->lossless && seen && c < colours; c++) {
        require(abs(sample_at(given, c, depth) - sample_at(kept, c, depth)) <= o->max_error,
                "an error beyond the bound");
    }
    require(!in->has_alpha || o->alpha_qp != SVAC2_ALPHA_LOSSLESS ||
                sample_at(given, colours, depth) == sample_at(kept, colours, depth),
            "another alpha");
}

static void check_fidelity(const input *in, const uint8_t *reconstruction)
{
    const size_t size = pixel_size(in->image.channels, in->image.bit_depth);
    for (uint32_t y = 0; y < in->image.height; y++) {
        const uint8_t *row = (const uint8_t *)in->image.data + in->image.stride * (ptrdiff_t)y;
        for (uint32_t x = 0; x < in->image.width; x++, reconstruction += size) {
            check_pixel(in, row + x * size, reconstruction);
        }
    }
}

static void check_decoder(const input *in, const file *f, const svac2_info *info,
                          const uint8_t *reconstruction)
{
    svac2_error error;
    for (uint32_t layer = 0; layer < info->layer_count; layer++) {
        const svac2_layer *l = &info->layers[layer];
        size_t row = l->width * pixel_size(info->channels, info->bit_depth), size = row * l->height;
        uint8_t *pixels = allocate(size);
        svac2_decode_options options = {.threads = 2,
                                        .verify = 1,
                                        .cpu_mask = SVAC2_CPU_ALL,
                                        .model = in->model,
                                        .strength = SVAC2_STRENGTH_CODED,
                                        .layer = layer};
        require(svac2_decode(f->data, f->size, info, &options, pixels, (ptrdiff_t)row, &error) ==
                    SVAC2_OK,
                error.message);
        require(layer < info->layer_count - 1 || memcmp(pixels, reconstruction, size) == 0,
                "not what the encoder reconstructed");
        free(pixels);
    }
}

static void run(input *in)
{
    const svac2_image *image = &in->image;
    svac2_error error;
    svac2_info info;
    file f;
    uint8_t *reconstruction = allocate((size_t)image->width * image->height *
                                       pixel_size(image->channels, image->bit_depth));
    in->options.reconstruction = reconstruction;
    if (encode(in, &in->options, &f) == SVAC2_OK) {
        require(svac2_read_info(f.data, f.size, &info, &error) == SVAC2_OK, error.message);
        check_info(in, &f, &info);
        check_fidelity(in, reconstruction);
        check_decoder(in, &f, &info, reconstruction);
        check_again(in, &f);
        svac2_free(f.data);
    }
    free(reconstruction);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    reader r = {.data = data, .size = size};
    input in;
    read_input(&in, &r);
    run(&in);
    svac2_model_destroy(in.model);
    free(in.samples);
    return 0;
}
