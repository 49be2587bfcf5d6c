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

void sv_luma_rows(uint16_t *dst, const sv_frame *frame, int x, int y, int width, int height)
{
    const sv_component *chroma = sv_chroma_of(&frame->picture.components);
    const sv_plane *luma = &frame->picture.planes[0];
    const uint16_t *from =
        luma->data + (y << chroma->shift_y) * luma->stride + (x << chroma->shift_x);
    if (sv_is_full_size(chroma)) {
        sv_copy_rows(dst, width, from, luma->stride, width, height);
        return;
    }
    if (chroma->shift_y != 0) {
        frame->dsp.mean_2x2(dst, width, from, luma->stride, width, height);
        return;
    }
    for (int row = 0; row < height; row++, dst += width) {
        for (int column = 0; column < width; column++) {
            dst[column] = luma_at(&frame->picture, x + column, y + row);
        }
    }
}

void sv_linear_gather(sv_linear_luma *luma, const sv_frame *frame, const sv_cu *cu)
{
    const sv_layout *layout = &frame->layout;
    const int tree = SV_COMPONENT_CHROMA;
    const sv_block_map *map = &layout->maps[tree];
    int x = cu->x, y = cu->y, width = 1 << cu->log2_w, height = 1 << cu->log2_h;
    bool top = sv_unit_at(map, x, y - 1) != NULL, left = sv_unit_at(map, x - 1, y) != NULL;
    luma->top_count = top ? width + sv_coded_to_right(layout, tree, x + width, y - 1, height) : 0;
    luma->left_count = left ? height + sv_coded_below(layout, tree, x - 1, y + height, width) : 0;
    if (top) {
        sv_luma_rows(luma->top, frame, x, y - 1, luma->top_count, 1);
    }
    for (int i = 0; i < luma->left_count; i++) {
        luma->left[i] = luma_at(&frame->picture, x - 1, y + i);
    }
    sv_luma_rows(luma->block, frame, x, y, width, height);
}

typedef struct line {
    int slope, offset; /* in 1 / 2^SV_LINEAR_SLOPE_BITS */
} line;

/* The line of least squares through some pairs, by their sums as of the kernel line_sums: at most
 * 256 pairs of 16 bits, so that every product fits 64 bits with room to spare. */
static line fit_line(int64_t count, const int64_t sums[4])
{
    const int64_t x = sums[0], y = sums[1], xx = sums[2], xy = sums[3];
    int64_t spread = count * xx - x * x, covariance = count * xy - x * y;
    int64_t slope = spread > 0 ? covariance * (1 << SV_LINEAR_SLOPE_BITS) / spread : 0;
    slope = slope < -SV_LINEAR_SLOPE_MAX  ? -SV_LINEAR_SLOPE_MAX
            : slope > SV_LINEAR_SLOPE_MAX ? SV_LINEAR_SLOPE_MAX
                                          : slope;
    return (line){(int)slope, (int)((y * (1 << SV_LINEAR_SLOPE_BITS) - slope * x) / count)};
}

static line line_of_border(const sv_linear_luma *luma, const sv_frame *frame, const sv_cu *cu,
                           int plane_index)
{
    const sv_plane *plane = &frame->picture.planes[plane_index];
    /* The one-sided modes take all of their side, the other one the block's own border. */
    int top = cu->mode == SV_MODE_LINEAR_LEFT ? 0 : luma->top_count;
    int left = cu->mode == SV_MODE_LINEAR_TOP ? 0 : luma->left_count;
    if (cu->mode == SV_MODE_LINEAR || top + left == 0) {
        top = sv_min(luma->top_count, 1 << cu->log2_w);
        left = sv_min(luma->left_count, 1 << cu->log2_h);
    }
    if (top + left == 0) {
        return (line){0, frame->start[plane_index] << SV_LINEAR_SLOPE_BITS};
    }
    const uint16_t *at = plane->data + cu->y * plane->stride + cu->x;
    int64_t sums[4] = {0, 0, 0, 0};
    if (top > 0) {
        frame->dsp.line_sums(sums, luma->top, at - plane->stride, top);
    }
    uint16_t beside[2 * SV_CTU_SIZE];
    for (int i = 0; i < left; i++) {
        beside[i] = at[i * plane->stride - 1];
    }
    frame->dsp.line_sums(sums, luma->left, beside, left);
    return fit_line(top + left, sums);
}

void sv_linear_predict(const sv_linear_luma *luma, const sv_frame *frame, const sv_cu *cu,
                       int plane_index, uint16_t *dst, ptrdiff_t stride)
{
    const sv_dsp *dsp = &frame->dsp;
    line l = line_of_border(luma, frame, cu, plane_index);
    dsp->predict_linear(dst, stride, luma->block, l.slope,
                        l.offset + (1 << (SV_LINEAR_SLOPE_BITS - 1)), 1 << cu->log2_w,
                        1 << cu->log2_h, dsp->format.max);
}
