#include "recon/intra.h"

#include <string.h>

#include "common/intmath.h"
#include "format/intra.h"
#include "format/tables.h"

static int coded_run(const sv_block_map *map, int x, int y, int step_x, int step_y, int wanted)
{
    int count = 0;
    while (count < wanted) {
        const sv_unit *unit = sv_unit_at(map, x + count * step_x, y + count * step_y);
        if (unit == NULL || !(unit->flags & SV_UNIT_CODED)) {
            break;
        }
        count += SV_UNIT_SIZE;
    }
    return count;
}

int sv_coded_to_right(const sv_layout *layout, int tree, int x, int y, int wanted)
{
    int ctu_width = SV_CTU_SIZE >> layout->components.list[tree].shift_x;
    return coded_run(&layout->maps[tree], x, y, 1, 0, sv_min(wanted, ctu_width));
}

int sv_coded_below(const sv_layout *layout, int tree, int x, int y, int wanted)
{
    return coded_run(&layout->maps[tree], x, y, 0, 1, wanted);
}

/* Four samples at a time. */
static uint64_t repeated(int value) { return (uint64_t)value * 0x0001000100010001; }

/* Fills the rest of a line, and up to seven samples more, for which there is room. */
static void fill_line(uint16_t *dst, int value, int count)
{
    const uint64_t samples[2] = {repeated(value), repeated(value)};
    for (int i = 0; i < count; i += 8) {
        memcpy(dst + i, samples, sizeof samples);
    }
}

void sv_intra_gather(sv_intra_refs *refs, const sv_frame *frame, const sv_cu *cu, int plane_index,
                     int offset)
{
    const sv_plane *plane = &frame->picture.planes[plane_index];
    const int tree = sv_component_of(&frame->layout.components, plane_index), x = cu->x, y = cu->y;
    const sv_block_map *map = &frame->layout.maps[tree];
    /* Directions reach width + height far, blending with the side twice that side's length. */
    int width = 1 << cu->log2_w, height = 1 << cu->log2_h, further = sv_max(width, height);
    uint16_t *top = sv_ref(&refs->top), *left = sv_ref(&refs->left);
    /* The corner of the line; further lines exist only where both sides do. */
    const uint16_t *samples = plane->data;
    ptrdiff_t corner_at = (y - 1 - offset) * plane->stride + x - 1 - offset;
    int above = 0, beside = 0; /* samples there */
    if (sv_unit_at(map, x, y - 1) != NULL) {
        above = offset + width + sv_coded_to_right(&frame->layout, tree, x + width, y - 1, further);
        memcpy(top + 1, &samples[corner_at + 1], (size_t)above * sizeof *top);
    }
    if (sv_unit_at(map, x - 1, y) != NULL) {
        beside = offset + height + sv_coded_below(&frame->layout, tree, x - 1, y + height, further);
        const uint16_t *at = &samples[corner_at];
        for (int i = 1; i <= beside; i++) {
            left[i] = *(at += plane->stride);
        }
    }
    int corner = above > 0 && beside > 0 ? samples[corner_at]
                 : above > 0             ? top[1]
                 : beside > 0            ? left[1]
                                         : frame->start[plane_index];
    top[0] = left[0] = (uint16_t)corner;
    /* Four more: interpolation reads ahead. */
    fill_line(top + 1 + above, top[above], width + further + 2 * offset + 4 - above);
    fill_line(left + 1 + beside, left[beside], height + further + 2 * offset + 4 - beside);
    refs->smoothed = false;
    refs->may_smooth = sv_is_full_size(&frame->layout.components.list[tree]) && offset == 0;
    refs->offset = (uint8_t)offset;
    refs->log2_w = cu->log2_w;
    refs->log2_h = cu->log2_h;
}

static void smooth_line(uint16_t *dst, const uint16_t *src, int other_first, int length)
{
    dst[0] = (uint16_t)((other_first + 2 * src[0] + src[1] + 2) >> 2);
    for (int i = 1; i < length; i++) {
        dst[i] = (uint16_t)((src[i - 1] + 2 * src[i] + src[i + 1] + 2) >> 2);
    }
    fill_line(dst + length, src[length], 5);
}

static void make_smooth(sv_intra_refs *refs)
{
    if (refs->smoothed) {
        return;
    }
    int width = 1 << refs->log2_w, height = 1 << refs->log2_h, further = sv_max(width, height);
    const uint16_t *top = sv_ref(&refs->top), *left = sv_ref(&refs->left);
    smooth_line(sv_ref(&refs->smooth_top), top, left[1], width + further);
    smooth_line(sv_ref(&refs->smooth_left), left, top[1], height + further);
    refs->smoothed = true;
}

static void blend_both_sides(const sv_dsp *dsp, uint16_t *dst, ptrdiff_t stride,
                             sv_intra_refs *refs, int width, int height)
{
    int scale = sv_blend_scale(refs->log2_w, refs->log2_h);
    dsp->blend_sides(dst, stride, sv_ref(&refs->top) + 1, sv_ref(&refs->left) + 1,
                     sv_side_weights[scale], width, height, (sv_side_reach(scale) + 3) & ~3);
}

static void predict_dc(sv_intra_refs *refs, uint16_t *dst, ptrdiff_t stride)
{
    int width = 1 << refs->log2_w, height = 1 << refs->log2_h;
    const uint16_t *top = sv_ref(&refs->top), *left = sv_ref(&refs->left);
    /* Only the longer side where they differ: the count stays a power of two. */
    int sum = 0, log2_count = refs->log2_w == refs->log2_h ? refs->log2_w + 1
                                                           : sv_max(refs->log2_w, refs->log2_h);
    for (int x = 0; width >= height && x < width; x++) {
        sum += top[1 + refs->offset + x];
    }
    for (int y = 0; height >= width && y < height; y++) {
        sum += left[1 + refs->offset + y];
    }
    int mean = (sum + (1 << log2_count >> 1)) >> log2_count;
    const uint64_t samples = repeated(mean);
    for (int y = 0; y < height; y++, dst += stride) {
        for (int x = 0; x < width; x += SV_UNIT_SIZE) {
            memcpy(dst + x, &samples, sizeof samples);
        }
    }
}

/* `side` is the one that the direction does not read; as if vertical. */
static void blend_direction(const sv_dsp *dsp, uint16_t *dst, ptrdiff_t stride,
                            const uint16_t *side, int inverse, int log2_width, int log2_height)
{
    int width = 1 << log2_width, height = 1 << log2_height;
    bool is_axis = inverse == 0;
    int scale = is_axis ? sv_blend_scale(log2_width, log2_height)
                        : sv_direction_blend_scale(inverse, log2_height);
    if (scale < 0) {
        return;
    }
    int reach = sv_min(width, sv_side_reach(scale)), padded = (reach + 3) & ~3;
    const uint16_t *weights = sv_side_weights[scale];
    if (is_axis) { /* along the axis: carry over the side's gradient */
        dsp->blend_gradient(dst, stride, side, weights, padded, height, dsp->format.max);
    } else {
        dsp->blend_direction(dst, stride, side, inverse, weights, reach, height);
    }
}

static void predict_direction(const sv_dsp *dsp, sv_intra_refs *refs, int mode, uint16_t *dst,
                              ptrdiff_t stride)
{
    bool vertical = mode >= SV_MODE_DIAGONAL;
    int offset = vertical ? mode - SV_MODE_VERTICAL : SV_MODE_HORIZONTAL - mode;
    int steps = offset < 0 ? -offset : offset;
    int angle = offset < 0 ? -sv_intra_angles[steps] : sv_intra_angles[steps];
    bool smooth = refs->may_smooth && sv_direction_is_smooth(steps, refs->log2_w, refs->log2_h);
    const int8_t *filter = sv_intra_cubic;
    sv_ref_line *top = &refs->top, *left = &refs->left;
    if (smooth && angle % 32 == 0 && angle != 0) {
        make_smooth(refs);
        top = &refs->smooth_top;
        left = &refs->smooth_left;
    } else if (smooth) {
        filter = sv_intra_smooth;
    }
    /* Horizontal directions are predicted transposed. */
    int log2_width = vertical ? refs->log2_w : refs->log2_h;
    int log2_height = vertical ? refs->log2_h : refs->log2_w;
    int width = 1 << log2_width, height = 1 << log2_height;
    uint16_t *main_ref = sv_ref(vertical ? top : left);
    const uint16_t *side = sv_ref(vertical ? left : top);
    const int inverse = sv_inverse_angles[steps];
    if (angle < 0) { /* lengthen the main side by projecting the other one, as far as rows reach */
        int reach = (((height + refs->offset) * -angle + 31) >> 5) - refs->offset;
        for (int k = 1; k <= reach; k++) {
            main_ref[-k] = side[sv_min((k * inverse + 256) >> 9, height + refs->offset)];
        }
    }
    uint16_t turned[SV_CTU_SIZE * SV_CTU_SIZE];
    uint16_t *out = vertical ? dst : turned;
    ptrdiff_t out_stride = vertical ? stride : width;
    dsp->predict_angular(out, out_stride, main_ref + refs->offset, angle, 1 + refs->offset, filter,
                         width, height, dsp->format.max);
    if (angle >= 0 && refs->offset == 0) {
        blend_direction(dsp, out, out_stride, side, inverse, log2_width, log2_height);
    }
    if (!vertical) {
        dsp->transpose(dst, stride, turned, out_stride, width, height);
    }
}

void sv_intra_predict(const sv_dsp *dsp, sv_intra_refs *refs, int mode, uint16_t *dst,
                      ptrdiff_t stride)
{
    if (mode >= SV_MODE_FIRST_ANGULAR) {
        predict_direction(dsp, refs, mode, dst, stride);
        return;
    }
    int width = 1 << refs->log2_w, height = 1 << refs->log2_h;
    if (mode == SV_MODE_DC) {
        predict_dc(refs, dst, stride);
    } else if (refs->may_smooth && sv_planar_is_smooth(refs->log2_w, refs->log2_h)) {
        make_smooth(refs);
        dsp->predict_planar(dst, stride, sv_ref(&refs->smooth_top) + 1,
                            sv_ref(&refs->smooth_left) + 1, width, height);
    } else {
        dsp->predict_planar(dst, stride, sv_ref(&refs->top) + 1, sv_ref(&refs->left) + 1, width,
                            height);
    }
    if (refs->offset > 0) {
        return;
    }
    blend_both_sides(dsp, dst, stride, refs, width, height);
}
