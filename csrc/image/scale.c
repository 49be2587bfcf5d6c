#include "image/scale.h"

#include <string.h>

#include "common/intmath.h"
#include "common/memory.h"
#include "common/parallel.h"
#include "common/status.h"
#include "format/limits.h"
#include "format/resampling.h"
#include "image/resample.h"

static svac2_status create_like(sv_picture *to, const sv_picture *from, uint32_t width,
                                uint32_t height, int scale, svac2_error *error)
{
    return sv_picture_create(to, sv_aligned_size(sv_scaled_size(width, scale)),
                             sv_aligned_size(sv_scaled_size(height, scale)), from->components,
                             error);
}

/* The encoder's filter for 1:2: Lanczos of three lobes, as those use who make thumbnails, in units
 * of 2^-7; tap k weighs the two samples k + 1/2 away. */
enum { HALF_TAPS = 5, TAPS_SHIFT = 7 };
static const int half_taps[HALF_TAPS] = {57, 17, -8, -4, 2};

/* Between the two passes there are sv_fraction_bits more. */
static int row_shift(sv_format format) { return TAPS_SHIFT - sv_fraction_bits(format); }

/* A row of half the width. line: room for a row of the source and what the filter reads around it,
 * which is like the nearest sample. */
static void halve_row(int16_t *to, int width, const uint16_t *from, int from_width, uint16_t *line,
                      int shift)
{
    for (int x = -HALF_TAPS; x < 2 * width + HALF_TAPS; x++) {
        line[x + HALF_TAPS] = from[sv_clip(x, 0, from_width - 1)];
    }
    for (int x = 0; x < width; x++) {
        const uint16_t *at = line + HALF_TAPS + 2 * x;
        int sum = 1 << (shift - 1);
        for (int k = 0; k < HALF_TAPS; k++) {
            sum += half_taps[k] * (at[-k] + at[1 + k]);
        }
        to[x] = (int16_t)(sum >> shift);
    }
}

/* Row y of half the height, from all rows of half the width. */
static void halve_column(const sv_plane *to, int y, const int16_t *rows, int row_count,
                         sv_format format)
{
    const int shift = 2 * TAPS_SHIFT - row_shift(format);
    uint16_t *row = to->data + y * to->stride;
    const int16_t *taps[2 * HALF_TAPS];
    for (int k = 0; k < 2 * HALF_TAPS; k++) {
        int source = sv_clip(2 * y + 1 - HALF_TAPS + k, 0, row_count - 1);
        taps[k] = rows + (ptrdiff_t)source * to->width;
    }
    for (int x = 0; x < to->width; x++) {
        int sum = 1 << (shift - 1);
        for (int k = 0; k < HALF_TAPS; k++) {
            sum += half_taps[k] * (taps[HALF_TAPS - 1 - k][x] + taps[HALF_TAPS + k][x]);
        }
        row[x] = (uint16_t)sv_clip(sum >> shift, 0, format.max);
    }
}

static svac2_status downscale_plane(const sv_plane *to, const sv_plane *from, sv_format format,
                                    svac2_error *error)
{
    size_t width = (size_t)to->width;
    int16_t *rows = sv_alloc(width * (size_t)from->height, sizeof *rows);
    uint16_t *line = sv_alloc(2 * (width + HALF_TAPS), sizeof *line);
    bool complete = rows != NULL && line != NULL;
    for (int y = 0; complete && y < from->height; y++) {
        halve_row(rows + (size_t)y * width, to->width, from->data + y * from->stride, from->width,
                  line, row_shift(format));
    }
    for (int y = 0; complete && y < to->height; y++) {
        halve_column(to, y, rows, from->height, format);
    }
    sv_free(rows);
    sv_free(line);
    return complete
               ? SVAC2_OK
               : sv_fail(error, SVAC2_ERR_MEMORY, "no memory for rows of %d samples", to->width);
}

svac2_status sv_picture_downscale(sv_picture *to, const sv_picture *from, uint32_t width,
                                  uint32_t height, int scale, sv_format format, svac2_error *error)
{
    SV_TRY(create_like(to, from, width, height, scale, error));
    for (int p = 0; p < to->components.plane_count; p++) {
        SV_TRY(downscale_plane(&to->planes[p], &from->planes[p], format, error));
    }
    return SVAC2_OK;
}

enum { BAND = SV_CTU_SIZE }; /* rows that are scaled in one go */

typedef struct upscaling {
    const sv_picture *to, *from;
    int first_plane, end_plane; /* that are scaled */
    int shift_y;                /* 1: height is doubled like the width */
    const sv_dsp *dsp;
} upscaling;

/* Samples of the two lines that a worker needs, one after the other. */
static size_t line_size(const upscaling *u)
{
    return (size_t)u->from->planes[u->first_plane].stride + 2 * SV_RESAMPLE_MARGIN;
}

static void upscale_band(void *shared, void *scratch, int band)
{
    const upscaling *u = shared;
    uint16_t *row = (uint16_t *)scratch + line_size(u);
    for (int p = u->first_plane; p < u->end_plane; p++) {
        const sv_plane *to = &u->to->planes[p];
        for (int y = band * BAND; y < sv_min((band + 1) * BAND, to->height); y++) {
            sv_upsample_row(&u->from->planes[p], u->shift_y, u->dsp, y, scratch, row);
            memcpy(to->data + y * to->stride, row, (size_t)to->width * sizeof *row);
        }
    }
}

static svac2_status upscale_planes(upscaling u, sv_env *env, svac2_error *error)
{
    const sv_plane *first = &u.to->planes[u.first_plane];
    sv_rows rows = {.count = sv_ctu_count((uint32_t)first->height),
                    .cost = SV_COST_UPSCALE * (uint64_t)sv_ctu_count((uint32_t)first->width),
                    .scratch = 3 * line_size(&u) * sizeof(uint16_t),
                    .shared = &u,
                    .run = upscale_band};
    return sv_parallel_rows(env, &rows, error);
}

svac2_status sv_picture_upscale(sv_picture *to, const sv_picture *from, uint32_t width,
                                uint32_t height, int scale, const sv_dsp *dsp, sv_env *env,
                                svac2_error *error)
{
    sv_picture last = *from;
    svac2_status status = SVAC2_OK;
    for (int step = scale - 1; step >= 0 && status == SVAC2_OK; step--) {
        status = create_like(to, &last, width, height, step, error);
        if (status == SVAC2_OK) {
            status = upscale_planes((upscaling){to, &last, 0, to->components.plane_count, 1, dsp},
                                    env, error);
            if (status != SVAC2_OK) {
                sv_picture_destroy(to);
            }
        }
        if (step + 1 < scale) {
            sv_picture_destroy(&last);
        }
        last = *to;
    }
    return status;
}
