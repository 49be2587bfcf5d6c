/* Colour and chroma resampling: the scalar references. */
#include "common/intmath.h"
#include "dsp/dsp.h"
#include "dsp/source_constants.h"
#include "format/color.h"
#include "format/resampling.h"

static const int down_taps[] = {SV_DOWN_0, SV_DOWN_1, SV_DOWN_2, SV_DOWN_3};
static const int up_taps[SV_UP_TAPS] = {SV_UP_0, SV_UP_1, SV_UP_2, SV_UP_3};

void REFERENCE(rgb_to_ycc)(uint16_t *y, uint16_t *cb, uint16_t *cr, const uint8_t *rgb, int width)
{
    const int half = 1 << (SV_FORWARD_SHIFT - 1);
    const int centre = (SV_COLOR_ZERO << SV_FORWARD_SHIFT) + half;
    for (int x = 0; x < width; x++, rgb += 3) {
        int r = rgb[0], g = rgb[1], b = rgb[2];
        y[x] = (uint16_t)((SV_Y_R * r + SV_Y_G * g + SV_Y_B * b + half) >> SV_FORWARD_SHIFT);
        cb[x] = (uint16_t)((SV_CB_R * r + SV_CB_G * g + SV_CB_B * b + centre) >> SV_FORWARD_SHIFT);
        cr[x] = (uint16_t)((SV_CR_R * r + SV_CR_G * g + SV_CR_B * b + centre) >> SV_FORWARD_SHIFT);
    }
}

void REFERENCE(ycc_to_rgb)(uint8_t *rgb, const uint16_t *y, const uint16_t *cb, const uint16_t *cr,
                           int width)
{
    for (int x = 0; x < width; x++, rgb += 3) {
        int luma = SV_RGB_Y * y[x] + (1 << (SV_INVERSE_SHIFT - 1));
        int u = cb[x] - SV_COLOR_ZERO, v = cr[x] - SV_COLOR_ZERO;
        rgb[0] = (uint8_t)sv_clip((luma + SV_R_CR * v) >> SV_INVERSE_SHIFT, 0, 255);
        rgb[1] = (uint8_t)sv_clip((luma + SV_G_CB * u + SV_G_CR * v) >> SV_INVERSE_SHIFT, 0, 255);
        rgb[2] = (uint8_t)sv_clip((luma + SV_B_CB * u) >> SV_INVERSE_SHIFT, 0, 255);
    }
}

static uint16_t clip64(int64_t value, int most)
{
    return (uint16_t)(value < 0 ? 0 : value > most ? most : value);
}

void REFERENCE(deep_rgb_to_ycc)(uint16_t *y, uint16_t *cb, uint16_t *cr, const uint16_t *rgb,
                                int width, sv_format format)
{
    const int shift = SV_DEEP_SHIFT - sv_lift(format);
    const int64_t half = INT64_C(1) << (shift - 1);
    const int64_t centre = ((int64_t)format.zero << shift) + half;
    for (int x = 0; x < width; x++, rgb += 3) {
        int64_t r = rgb[0], g = rgb[1], b = rgb[2];
        int64_t luma = SV_DEEP_Y_R * r + SV_DEEP_Y_G * g + SV_DEEP_Y_B * b + half;
        int64_t u = SV_DEEP_CB_R * r + SV_DEEP_CB_G * g + SV_DEEP_CB_B * b + centre;
        int64_t v = SV_DEEP_CR_R * r + SV_DEEP_CR_G * g + SV_DEEP_CR_B * b + centre;
        y[x] = clip64(luma >> shift, format.max);
        cb[x] = clip64(u >> shift, format.max);
        cr[x] = clip64(v >> shift, format.max);
    }
}

void REFERENCE(deep_ycc_to_rgb)(uint16_t *rgb, const uint16_t *y, const uint16_t *cb,
                                const uint16_t *cr, int width, sv_format format)
{
    const int shift = SV_DEEP_SHIFT + sv_lift(format), most = sv_image_max(format);
    const int64_t half = INT64_C(1) << (shift - 1);
    for (int x = 0; x < width; x++, rgb += 3) {
        int64_t luma = ((int64_t)y[x] << SV_DEEP_SHIFT) + half;
        int64_t u = cb[x] - format.zero, v = cr[x] - format.zero;
        rgb[0] = clip64((luma + SV_DEEP_R_CR * v) >> shift, most);
        rgb[1] = clip64((luma + SV_DEEP_G_CB * u + SV_DEEP_G_CR * v) >> shift, most);
        rgb[2] = clip64((luma + SV_DEEP_B_CB * u) >> shift, most);
    }
}

void REFERENCE(downsample_h)(int16_t *dst, const uint16_t *src, int width, int shift)
{
    for (int x = 0; x < width; x++, src += 2) {
        int sum = 1 << (shift - 1);
        for (int k = 0; k < SV_DOWN_TAPS / 2; k++) {
            sum += down_taps[k] * (src[-k] + src[1 + k]);
        }
        dst[x] = (int16_t)(sum >> shift);
    }
}

void REFERENCE(downsample_v)(uint16_t *dst, const int16_t *const *rows, int width, int shift,
                             int max_value)
{
    for (int x = 0; x < width; x++) {
        int sum = 1 << (shift - 1);
        for (int k = 0; k < SV_DOWN_TAPS / 2; k++) {
            sum += down_taps[k] * (rows[3 - k][x] + rows[4 + k][x]);
        }
        dst[x] = (uint16_t)sv_clip(sum >> shift, 0, max_value);
    }
}

void REFERENCE(upsample_v)(int16_t *dst, const uint16_t *const *rows, int width, int shift)
{
    for (int x = 0; x < width; x++) {
        int sum = 1 << (shift - 1);
        for (int t = 0; t < SV_UP_TAPS; t++) {
            sum += up_taps[t] * rows[t][x];
        }
        dst[x] = (int16_t)(sum >> shift);
    }
}

void REFERENCE(upsample_h)(uint16_t *dst, const int16_t *src, int width, int shift, int max_value)
{
    for (int x = 0; x < width; x++, src++) {
        int before = 1 << (shift - 1), after = before;
        for (int t = 0; t < SV_UP_TAPS; t++) {
            before += up_taps[t] * src[t - 2];
            after += up_taps[t] * src[2 - t];
        }
        dst[2 * x] = (uint16_t)sv_clip(before >> shift, 0, max_value);
        dst[2 * x + 1] = (uint16_t)sv_clip(after >> shift, 0, max_value);
    }
}
