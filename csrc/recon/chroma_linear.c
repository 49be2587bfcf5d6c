#include "recon/chroma_linear.h"

#include "common/intmath.h"
#include "format/intra.h"
#include "recon/intra.h"

/* Luma at a chroma position: the mean of the samples it covers. */
static inline uint16_t luma_at(const sv_picture *picture, int x, int y)
{
    const sv_plane *plane = &picture->planes[0];
    const sv_component *chroma = sv_chroma_of(&picture->components);
    const uint16_t *at = plane->data + (y << chroma->shift_y) * plane->stride;
    if (chroma->shift_x == 0) {
        return at[x];
    }
    int sum = at[2 * x] + at[2 * x + 1];
    if (chroma->shift_y == 0) {
        return (uint16_t)((sum + 1) >> 1);
    }
    at += plane->stride;
    return (uint16_t)((sum + at[2 * x] + at[2 * x + 1] + 2) >> 2);
}

void sv_linear_gather(sv_linear_luma *luma, const sv_frame *frame, const sv_cu *cu)
{
    const sv_picture *picture = &frame->picture;
    const sv_layout *layout = &frame->layout;
    const int tree = SV_COMPONENT_CHROMA;
    const sv_block_map *map = &layout->maps[tree];
    int x = cu->x, y = cu->y, width = 1 << cu->log2_w, height = 1 << cu->log2_h;
    bool top = sv_unit_at(map, x, y - 1) != NULL, left = sv_unit_at(map, x - 1, y) != NULL;
    luma->top_count = top ? width + sv_coded_to_right(layout, tree, x + width, y - 1, height) : 0;
    luma->left_count = left ? height + sv_coded_below(layout, tree, x - 1, y + height, width) : 0;
    for (int i = 0; i < luma->top_count; i++) {
        luma->top[i] = luma_at(picture, x + i, y - 1);
    }
    for (int i = 0; i < luma->left_count; i++) {
        luma->left[i] = luma_at(picture, x - 1, y + i);
    }
    for (int row = 0; row < height; row++) {
        for (int column = 0; column < width; column++) {
            luma->block[row * width + column] = luma_at(picture, x + column, y + row);
        }
    }
}

typedef struct line_fit {
    int64_t count, x, y, xx, xy;
} line_fit;

static void add_pair(line_fit *fit, int x, int y)
{
    fit->count++;
    fit->x += x;
    fit->y += y;
    fit->xx += (int64_t)x * x;
    fit->xy += (int64_t)x * y;
}

void sv_linear_predict(const sv_linear_luma *luma, const sv_frame *frame, const sv_cu *cu,
                       int plane_index, uint16_t *dst, ptrdiff_t stride)
{
    const sv_plane *plane = &frame->picture.planes[plane_index];
    const sv_format format = frame->dsp.format;
    int width = 1 << cu->log2_w, height = 1 << cu->log2_h;
    /* The one-sided modes take all of their side, the other one the block's own border. */
    int top = cu->mode == SV_MODE_LINEAR_LEFT ? 0 : luma->top_count;
    int left = cu->mode == SV_MODE_LINEAR_TOP ? 0 : luma->left_count;
    if (cu->mode == SV_MODE_LINEAR || top + left == 0) {
        top = sv_min(luma->top_count, width);
        left = sv_min(luma->left_count, height);
    }
    line_fit fit = {0, 0, 0, 0, 0};
    const uint16_t *at = plane->data + cu->y * plane->stride + cu->x;
    for (int i = 0; i < top; i++) {
        add_pair(&fit, luma->top[i], at[i - plane->stride]);
    }
    for (int i = 0; i < left; i++) {
        add_pair(&fit, luma->left[i], at[i * plane->stride - 1]);
    }
    int slope = 0, offset = frame->start[plane_index] << SV_LINEAR_SLOPE_BITS;
    if (fit.count > 0) {
        /* At most 256 pairs of 16 bits: every product fits 64 bits with room to spare. */
        int64_t spread = fit.count * fit.xx - fit.x * fit.x;
        int64_t covariance = fit.count * fit.xy - fit.x * fit.y;
        if (spread > 0) {
            int64_t quotient = covariance * (1 << SV_LINEAR_SLOPE_BITS) / spread;
            slope = (int)(quotient < -SV_LINEAR_SLOPE_MAX  ? -SV_LINEAR_SLOPE_MAX
                          : quotient > SV_LINEAR_SLOPE_MAX ? SV_LINEAR_SLOPE_MAX
                                                           : quotient);
        }
        offset = (int)((fit.y * (1 << SV_LINEAR_SLOPE_BITS) - slope * fit.x) / fit.count);
    }
    offset += 1 << (SV_LINEAR_SLOPE_BITS - 1);
    const uint16_t *source = luma->block;
    for (int row = 0; row < height; row++, dst += stride, source += width) {
        for (int column = 0; column < width; column++) {
            dst[column] = (uint16_t)sv_clip(
                (slope * source[column] + offset) >> SV_LINEAR_SLOPE_BITS, 0, format.max);
        }
    }
}
