#include "enc/lossless_search.h"

#include <stdlib.h>

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
/* What is tried: TRIAL_BANDS bands, from all parts of the picture, which begin at even rows and
 * columns; of one that is high enough. */
enum { TRIAL_BANDS = 4, TRIAL_ROWS = 24, TRIAL_WIDTH = 1024, TRIAL_HEIGHT = 2 * TRIAL_BANDS };

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

svac2_status sv_look_drawn(const sv_planes *planes, int depth, bool *drawn, svac2_error *error)
{
    sv_ranks ranks;
    svac2_status status = sv_ranks_create(&ranks, planes->count, depth, error);
    if (status == SVAC2_OK) {
        sv_ranks_collect(&ranks, planes);
        *drawn = sv_ranks_pay(&ranks, planes) || repeats_of(planes) >= FEW;
    }
    sv_ranks_destroy(&ranks);
    return status;
}

static svac2_status create_sample(sv_planes *sample, const sv_planes *planes, svac2_error *error)
{
    const sv_plane *first = &planes->planes[0];
    const int width = sv_min(first->width, TRIAL_WIDTH), left = (first->width - width) / 4 * 2;
    const int rows = sv_min(first->height / TRIAL_BANDS, TRIAL_ROWS) & ~1;
    SV_TRY(sv_planes_create(sample, planes->count, width, TRIAL_BANDS * rows, error));
    for (int p = 0; p < planes->count; p++) {
        const sv_plane *from = &planes->planes[p], *to = &sample->planes[p];
        for (int i = 0; i < TRIAL_BANDS; i++) {
            const int middle = (2 * i + 1) * from->height / (2 * TRIAL_BANDS);
            const int y = (middle - rows / 2) & ~1;
            sv_copy_rows(to->data + i * rows * to->stride, to->stride,
                         from->data + y * from->stride + left, from->stride, width, rows);
        }
    }
    return SVAC2_OK;
}

/* Bytes that a sample of the planes takes. */
static svac2_status try_way(sv_lossless_header header, const sv_planes *planes,
                            const sv_lossless_setup *setup, sv_env *env, size_t *size,
                            svac2_error *error)
{
    sv_range_encoder range;
    sv_planes sample;
    header.from_below = 0; /* of which there is no sample */
    SV_TRY(create_sample(&sample, planes, error));
    sv_range_encoder_start(&range);
    svac2_status status = sv_lossless_write_rows(&header, &range, &sample, setup, env, error);
    sv_range_encoder_finish(&range);
    *size = range.size;
    sv_free(range.bytes);
    sv_planes_destroy(&sample);
    return status;
}

/* Takes one of two ways, by a trial. Where speed counts the other one, which takes about twice the
 * time, must save an eighth. */
static svac2_status choose(sv_lossless_header *header, sv_lossless_header other,
                           const sv_planes *planes, const sv_lossless_setup *setup, sv_env *env,
                           svac2_error *error)
{
    size_t size, other_size;
    SV_TRY(try_way(*header, planes, setup, env, &size, error));
    SV_TRY(try_way(other, planes, setup, env, &other_size, error));
    if (other_size < (header->level == 0 ? size - size / 8 : size)) {
        *header = other;
    }
    return SVAC2_OK;
}

static svac2_status choose_order(sv_lossless_header *header, const sv_planes *planes,
                                 const sv_lossless_setup *setup, sv_env *env, svac2_error *error)
{
    const int64_t repeats = repeats_of(planes);
    sv_lossless_header by_pixel = *header;
    by_pixel.by_pixel = 1;
    if (!sv_lossless_can_repeat(planes->count, setup->depth) || repeats < FEW) {
        return SVAC2_OK;
    }
    if (repeats < MANY && planes->planes[0].height >= TRIAL_HEIGHT) {
        return choose(header, by_pixel, planes, setup, env, error);
    }
    if (repeats >= MANY) {
        *header = by_pixel;
        header->level += header->level == 0; /* few samples are coded as such */
    }
    return SVAC2_OK;
}

/* Of the samples of a row from those above. */
static int64_t row_difference(const sv_plane *plane, int y)
{
    const uint16_t *row = plane->data + y * plane->stride, *above = row - plane->stride;
    int64_t sum = 0;
    for (int x = 0; x < plane->width; x++) {
        sum += abs(row[x] - above[x]);
    }
    return sum;
}

/* How coarsely differences of samples are to be looked at, by how large they are. */
static uint32_t noise_shift_of(const sv_planes *planes)
{
    enum { USUAL_LOG2 = 5 }; /* of the mean difference that is left: with 8 bits few have more */
    int64_t sum = 0, count = 1;
    for (int p = 0; p < planes->count; p++) {
        const sv_plane *plane = &planes->planes[p];
        for (int y = 1; y < plane->height; y += BAND_PERIOD) {
            sum += row_difference(plane, y);
            count += plane->width;
        }
    }
    const int log2 = sv_floor_log2((uint32_t)(sum / count) | 1);
    return (uint32_t)sv_clip(log2 - USUAL_LOG2, 0, SV_NOISE_SHIFT_MAX);
}

svac2_status sv_choose_way(sv_lossless_header *header, const sv_planes *planes,
                           const sv_lossless_setup *setup, int effort, svac2_error *error)
{
    sv_env env;
    sv_env_init(&env, 1, setup->cpu, NULL, NULL);
    header->level = effort >= 8 ? 2 : effort >= 6;
    header->noise_shift = noise_shift_of(planes);
    SV_TRY(choose_order(header, planes, setup, &env, error));
    header->from_below = setup->below != NULL && !header->by_pixel && !header->ranked;
    if (header->by_pixel || header->level < 2 || planes->planes[0].height < TRIAL_HEIGHT) {
        return SVAC2_OK;
    }
    sv_lossless_header by_parity = *header;
    by_parity.by_parity = 1;
    return choose(header, by_parity, planes, setup, &env, error);
}
