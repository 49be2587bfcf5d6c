#include "enc/lossless_search.h"

#include "common/intmath.h"
#include "common/memory.h"
#include "enc/lossless_rows.h"
#include "recon/lossless.h"

bool sv_ranks_pay(const sv_ranks *ranks, const sv_planes *planes)
{
    enum { SAMPLES_PER_VALUE = 8 };
    const sv_plane *first = &planes->planes[0];
    int64_t values = 0, spans = 0;
    for (int p = 0; p < planes->count; p++) {
        const sv_value_table *table = &ranks->tables[p];
        values += table->count;
        spans += table->values[table->count - 1] - table->values[0] + 1;
    }
    return 4 * values <= 3 * spans &&
           SAMPLES_PER_VALUE * values <= (int64_t)planes->count * first->width * first->height;
}

/* ---- Order of samples ---- */

/* Of bands of rows, of which one of BAND_PERIOD is looked at, a picture has so many pixels that
 * equal a neighbour, in 1/64: with fewer it is coded by plane, with more by pixel, else a trial
 * decides. */
enum { BAND_ROWS = 16, BAND_PERIOD = 4, FEW = 2, MANY = 56 };
/* What is tried: TRIAL_BANDS bands, from all parts of the picture. */
enum { TRIAL_BANDS = 4, TRIAL_ROWS = 24, TRIAL_WIDTH = 1024 };

static bool same(const sv_planes *planes, int x, int y, int to_x, int to_y)
{
    for (int p = 0; p < planes->count; p++) {
        const sv_plane *plane = &planes->planes[p];
        if (plane->data[y * plane->stride + x] != plane->data[to_y * plane->stride + to_x]) {
            return false;
        }
    }
    return true;
}

/* Pixels of a row that equal one beside them. */
static int repeats_in_row(const sv_planes *planes, int y)
{
    int repeats = 0;
    for (int x = 1; x < planes->planes[0].width; x++) {
        repeats += same(planes, x, y, x - 1, y) || same(planes, x, y, x, y - 1);
    }
    return repeats;
}

/* In 1/64 of all pixels. */
static int64_t repeats_of(const sv_planes *planes)
{
    int64_t repeats = 0, pixels = 1;
    for (int y = 1; y < planes->planes[0].height; y++) {
        if (y / BAND_ROWS % BAND_PERIOD == 0) {
            repeats += repeats_in_row(planes, y);
            pixels += planes->planes[0].width;
        }
    }
    return 64 * repeats / pixels;
}

static svac2_status create_sample(sv_planes *sample, const sv_planes *planes, svac2_error *error)
{
    const sv_plane *first = &planes->planes[0];
    const int width = sv_min(first->width, TRIAL_WIDTH), left = (first->width - width) / 2;
    const int rows = sv_min(first->height / TRIAL_BANDS, TRIAL_ROWS);
    SV_TRY(sv_planes_create(sample, planes->count, width, TRIAL_BANDS * rows, error));
    for (int p = 0; p < planes->count; p++) {
        const sv_plane *from = &planes->planes[p], *to = &sample->planes[p];
        for (int i = 0; i < TRIAL_BANDS; i++) {
            const int y = (from->height / TRIAL_BANDS - rows) / 2 + i * from->height / TRIAL_BANDS;
            sv_copy_rows(to->data + i * rows * to->stride, to->stride,
                         from->data + y * from->stride + left, from->stride, width, rows);
        }
    }
    return SVAC2_OK;
}

/* Bytes that a sample of the planes takes. */
static svac2_status try_order(sv_lossless_header header, const sv_planes *planes, int depth,
                              sv_env *env, size_t *size, svac2_error *error)
{
    sv_range_encoder range;
    sv_planes sample;
    SV_TRY(create_sample(&sample, planes, error));
    sv_range_encoder_start(&range);
    svac2_status status = sv_lossless_write_rows(&header, &range, &sample, depth, env, error);
    sv_range_encoder_finish(&range);
    *size = range.size;
    sv_free(range.bytes);
    sv_planes_destroy(&sample);
    return status;
}

svac2_status sv_choose_order(sv_lossless_header *header, const sv_planes *planes, int depth,
                             uint32_t cpu, svac2_error *error)
{
    const int64_t repeats = repeats_of(planes);
    sv_lossless_header by_plane = *header, by_pixel = *header;
    by_plane.by_pixel = 0;
    by_pixel.by_pixel = 1;
    *header = repeats >= MANY ? by_pixel : by_plane;
    if (!sv_lossless_can_repeat(planes->count, depth)) {
        *header = by_plane;
    } else if (repeats >= FEW && repeats < MANY && planes->planes[0].height >= TRIAL_BANDS) {
        sv_env env;
        size_t plane_size, pixel_size;
        sv_env_init(&env, 1, cpu, NULL, NULL);
        SV_TRY(try_order(by_plane, planes, depth, &env, &plane_size, error));
        SV_TRY(try_order(by_pixel, planes, depth, &env, &pixel_size, error));
        *header = pixel_size < plane_size ? by_pixel : by_plane;
    }
    return SVAC2_OK;
}
