#include "api/verify.h"

#include <stdlib.h>

#include "common/intmath.h"
#include "dec/decoder.h"
#include "recon/lossless.h"

typedef struct verification {
    const svac2_image *image;
    const svac2_encode_options *options;
    sv_part part;
    int max_error;
    sv_planes planes; /* as they are decoded */
} verification;

static bool is_invisible(const svac2_image *image, const void *row, int x, bool deep)
{
    size_t alpha = (size_t)x * image->channels + image->channels - 1;
    return image->channels % 2 == 0 && sv_sample_at(row, alpha, deep) == 0;
}

static svac2_status compare_row(const verification *v, int y, svac2_error *error)
{
    const svac2_image *image = v->image;
    const void *row = (const uint8_t *)image->data + y * image->stride;
    const bool deep = sv_is_deep((int)image->bit_depth);
    const bool is_colour = v->part == SV_PART_COLOUR;
    const bool skips = is_colour && !v->options->exact;
    const size_t first = is_colour ? 0 : image->channels - 1;
    const int max = (1 << image->bit_depth) - 1;
    for (int x = 0; x < (int)image->width; x++) {
        if (skips && is_invisible(image, row, x, deep)) {
            continue;
        }
        for (int p = 0; p < v->planes.count; p++) {
            const sv_plane *plane = &v->planes.planes[p];
            size_t at = (size_t)x * image->channels + first + (size_t)p;
            int given = sv_min(sv_sample_at(row, at, deep), max);
            if (abs(plane->data[y * plane->stride + x] - given) > v->max_error) {
                return sv_fail(
                    error, SVAC2_ERR_CORRUPT,
                    "the file that was made does not keep the pixel at (%d, %d): a fault "
                    "of this library, please report it",
                    x, y);
            }
        }
    }
    return SVAC2_OK;
}

static svac2_status verify_part(const sv_decode_request *r, verification *v, sv_env *env,
                                svac2_error *error)
{
    svac2_status status = sv_decode_lossless_part(r, v->part, &v->planes, env, error);
    for (int y = 0; y < (int)v->image->height && status == SVAC2_OK; y++) {
        status = compare_row(v, y, error);
    }
    sv_planes_destroy(&v->planes);
    return status;
}

svac2_status sv_verify(const uint8_t *file, size_t size, const svac2_image *image,
                       const svac2_encode_options *options, sv_env *env, svac2_error *error)
{
    sv_decode_request r = {.layer = 0};
    size_t header_size;
    SV_TRY(sv_read_file_header(file, size, &r.file, &header_size, error));
    r.layer = r.file.layer_count - 1;
    sv_place_payloads(&r, file);
    for (uint32_t part = 0; part < r.file.part_count; part++) {
        const sv_layer_header *layer = sv_last_layer(&r.file);
        verification v = {.image = image,
                          .options = options,
                          .part = part,
                          .max_error = layer->parts[part].level};
        if (sv_is_lossless(layer, part)) {
            SV_TRY(verify_part(&r, &v, env, error));
        }
    }
    return SVAC2_OK;
}

uint64_t sv_verification_work(const svac2_image *image, const svac2_encode_options *options)
{
    const uint32_t alphas = image->channels % 2 == 0, colours = image->channels - alphas;
    uint32_t planes = options->lossless ? colours : 0;
    planes += options->alpha_qp == SVAC2_ALPHA_LOSSLESS ? alphas : 0;
    return planes == 0 ? 0 : sv_lossless_cost(image->width, image->height, planes);
}
