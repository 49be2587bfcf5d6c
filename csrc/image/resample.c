#include "image/resample.h"

#include "common/intmath.h"
#include "common/memory.h"
#include "common/status.h"
#include "dsp/source_constants.h"
#include "format/resampling.h"

enum { RING_ROWS = SV_DOWN_TAPS };

/* value * 2^bits, rounded. */
static int scaled(int value, int bits)
{
    return bits >= 0 ? value * (1 << bits) : (value + (1 << -bits >> 1)) >> -bits;
}

/* Samples start..end - 1 of a row of the larger height, with sv_fraction_bits. */
static void upsample_columns(const sv_plane *plane, const sv_dsp *dsp, int row, int start, int end,
                             int16_t *line)
{
    /* The taps of an odd row are those of an even row in the opposite order. */
    int first = row / 2 + (row & 1 ? 2 : -2);
    int step = row & 1 ? -1 : 1;
    const uint16_t *rows[SV_UP_TAPS];
    for (int t = 0; t < SV_UP_TAPS; t++) {
        int y = sv_clip(first + t * step, 0, plane->height - 1);
        rows[t] = plane->data + y * plane->stride + start;
    }
    dsp->upsample_v(line, rows, end - start, SV_UP_TAP_BITS - sv_fraction_bits(dsp->format));
}

/* Those of a row as it is, with as many fractional bits, less than none of 16-bit samples. */
static void take_row(const sv_plane *plane, const sv_dsp *dsp, int row, int start, int end,
                     int16_t *line)
{
    const uint16_t *from = plane->data + row * plane->stride;
    const int fraction = sv_fraction_bits(dsp->format);
    for (int x = start; x < end; x++) {
        line[x - start] = (int16_t)scaled(from[x], fraction);
    }
}

void sv_upsample_piece(const sv_plane *plane, int shift_y, const sv_dsp *dsp, int row, int first,
                       int count, int16_t *scratch, uint16_t *dst)
{
    const int fraction = sv_fraction_bits(dsp->format), reach = SV_UP_TAPS / 2;
    const int start = sv_max(first - reach, 0), end = sv_min(first + count + reach, plane->width);
    int16_t *line = scratch + SV_RESAMPLE_MARGIN - first; /* of column 0 */
    (shift_y ? upsample_columns : take_row)(plane, dsp, row, start, end, line + start);
    for (int x = first - reach; x < start; x++) {
        line[x] = line[start];
    }
    for (int x = end; x < first + count + reach; x++) {
        line[x] = line[end - 1];
    }
    dsp->upsample_h(dst, line + first, count, SV_UP_TAP_BITS + fraction, dsp->format.max);
}

void sv_upsample_row(const sv_plane *plane, int shift_y, const sv_dsp *dsp, int row,
                     int16_t *scratch, uint16_t *dst)
{
    sv_upsample_piece(plane, shift_y, dsp, row, 0, plane->width, scratch, dst);
}

svac2_status sv_downsampler_init(sv_downsampler *down, sv_plane *plane, int shift_y,
                                 const sv_dsp *dsp, svac2_error *error)
{
    size_t row = (size_t)plane->stride;
    *down = (sv_downsampler){.plane = plane, .dsp = dsp, .shift_y = shift_y};
    down->ring = sv_alloc(row * RING_ROWS, sizeof(int16_t));
    down->source = sv_alloc(2 * row + 2 * SV_RESAMPLE_MARGIN, sizeof(uint16_t));
    if (down->ring == NULL || down->source == NULL) {
        sv_downsampler_destroy(down);
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory to down-sample chroma");
    }
    return SVAC2_OK;
}

void sv_downsampler_destroy(sv_downsampler *down)
{
    sv_free(down->ring);
    sv_free(down->source);
    down->ring = NULL;
    down->source = NULL;
}

uint16_t *sv_downsampler_row(sv_downsampler *down) { return down->source + SV_RESAMPLE_MARGIN; }

/* A row of half the height: input rows 2j - 3 .. 2j + 4, as far as there are any. */
static void halve_rows(const sv_downsampler *down, uint16_t *to)
{
    const int16_t *rows[SV_DOWN_TAPS];
    for (int t = 0; t < SV_DOWN_TAPS; t++) {
        int y = sv_clip(2 * down->rows_out - SV_DOWN_TAPS / 2 + 1 + t, 0, down->rows_in - 1);
        rows[t] = down->ring + y % RING_ROWS * down->plane->stride;
    }
    const sv_format format = down->dsp->format;
    down->dsp->downsample_v(to, rows, down->plane->width,
                            SV_DOWN_TAP_BITS + sv_fraction_bits(format), format.max);
}

/* A row of the full height: the input row, or the last one, without its fractional bits. */
static void round_row(const sv_downsampler *down, uint16_t *to)
{
    const sv_format format = down->dsp->format;
    const int fraction = sv_fraction_bits(format);
    const int y = sv_min(down->rows_out, down->rows_in - 1);
    const int16_t *from = down->ring + y % RING_ROWS * down->plane->stride;
    for (int x = 0; x < down->plane->width; x++) {
        to[x] = (uint16_t)sv_clip(scaled(from[x], -fraction), 0, format.max);
    }
}

static void emit_row(sv_downsampler *down)
{
    uint16_t *to = down->plane->data + down->rows_out * down->plane->stride;
    (down->shift_y ? halve_rows : round_row)(down, to);
    down->rows_out++;
}

void sv_downsampler_push(sv_downsampler *down)
{
    uint16_t *row = sv_downsampler_row(down);
    int width = 2 * down->plane->width;
    for (int x = 0; x < SV_DOWN_TAPS / 2; x++) {
        row[-1 - x] = row[0];
        row[width + x] = row[width - 1];
    }
    int16_t *to = down->ring + down->rows_in % RING_ROWS * down->plane->stride;
    down->dsp->downsample_h(to, row, down->plane->width,
                            SV_DOWN_TAP_BITS - sv_fraction_bits(down->dsp->format));
    down->rows_in++;
    int ahead = down->shift_y ? SV_DOWN_TAPS / 2 : 0;
    if (down->rows_in > (down->rows_out << down->shift_y) + ahead) {
        emit_row(down);
    }
}

void sv_downsampler_finish(sv_downsampler *down)
{
    while (down->rows_out < down->plane->height) {
        emit_row(down);
    }
}
