#include "image/rows.h"

#include "common/intmath.h"

static bool is_deep(const sv_dsp *dsp) { return sv_is_deep(dsp->format.image_depth); }

static void from_grey8(uint16_t *y, const uint8_t *grey, int width)
{
    for (int x = 0; x < width; x++) {
        y[x] = (uint16_t)(4 * grey[x]);
    }
}

static void from_grey16(uint16_t *y, const uint16_t *grey, int width, sv_format format)
{
    const int lift = sv_lift(format), most = sv_image_max(format);
    for (int x = 0; x < width; x++) {
        y[x] = (uint16_t)(sv_min(grey[x], most) << lift);
    }
}

void sv_row_from_grey(const sv_dsp *dsp, uint16_t *y, const void *grey, int width)
{
    if (is_deep(dsp)) {
        from_grey16(y, grey, width, dsp->format);
    } else {
        from_grey8(y, grey, width);
    }
}

static void to_grey8(uint8_t *grey, const uint16_t *y, int width)
{
    for (int x = 0; x < width; x++) {
        grey[x] = (uint8_t)sv_min((y[x] + 2) >> 2, 255);
    }
}

static void to_grey16(uint16_t *grey, const uint16_t *y, int width, sv_format format)
{
    const int lift = sv_lift(format), half = 1 << lift >> 1, most = sv_image_max(format);
    for (int x = 0; x < width; x++) {
        grey[x] = (uint16_t)sv_min((y[x] + half) >> lift, most);
    }
}

void sv_row_to_grey(const sv_dsp *dsp, void *grey, const uint16_t *y, int width)
{
    if (is_deep(dsp)) {
        to_grey16(grey, y, width, dsp->format);
    } else {
        to_grey8(grey, y, width);
    }
}

void sv_row_from_rgb(const sv_dsp *dsp, uint16_t *y, uint16_t *cb, uint16_t *cr, const void *rgb,
                     int width)
{
    if (is_deep(dsp)) {
        dsp->deep_rgb_to_ycc(y, cb, cr, rgb, width, dsp->format);
    } else {
        dsp->rgb_to_ycc(y, cb, cr, rgb, width);
    }
}

void sv_row_to_rgb(const sv_dsp *dsp, void *rgb, const uint16_t *y, const uint16_t *cb,
                   const uint16_t *cr, int width)
{
    if (is_deep(dsp)) {
        dsp->deep_ycc_to_rgb(rgb, y, cb, cr, width, dsp->format);
    } else {
        dsp->ycc_to_rgb(rgb, y, cb, cr, width);
    }
}

static uint64_t error_of_bytes(const uint8_t *a, const uint8_t *b, int count)
{
    uint64_t sum = 0;
    for (int i = 0; i < count; i++) {
        int difference = a[i] - b[i];
        sum += (uint32_t)(difference * difference);
    }
    return sum;
}

static uint64_t error_of_words(const uint16_t *a, const uint16_t *b, int count)
{
    uint64_t sum = 0;
    for (int i = 0; i < count; i++) {
        int64_t difference = a[i] - b[i];
        sum += (uint64_t)(difference * difference);
    }
    return sum;
}

uint64_t sv_row_error(const void *a, const void *b, int count, int image_depth)
{
    return sv_is_deep(image_depth) ? error_of_words(a, b, count) : error_of_bytes(a, b, count);
}
