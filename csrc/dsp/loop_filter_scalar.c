/* Loop filters: the scalar references. */
#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "common/intmath.h"
#include "dsp/dsp.h"

/* The samples on one side of an edge, nearest first. */
typedef struct side {
    uint16_t *samples;
    ptrdiff_t step;
    int max_value;
} side;

static int at(side s, int i) { return s.samples[i * s.step]; }

static void move(side s, int i, int value, int reach)
{
    int old = at(s, i);
    s.samples[i * s.step] =
        (uint16_t)sv_clip(sv_clip(value, old - reach, old + reach), 0, s.max_value);
}

static side p_side(uint16_t *q, ptrdiff_t across, int max_value)
{
    return (side){q - across, -across, max_value};
}
static side q_side(uint16_t *q, ptrdiff_t across, int max_value)
{
    return (side){q, across, max_value};
}

static int curvature(side s, int i) { return abs(at(s, i + 2) - 2 * at(s, i + 1) + at(s, i)); }

static bool small_step(side p, side q, int tc)
{
    return abs(at(p, 0) - at(q, 0)) < (5 * tc + 1) >> 1;
}

static int long_spread(side s)
{
    return (abs(at(s, 0) - at(s, 3)) + abs(at(s, 3) - at(s, 7)) +
            abs(at(s, 7) - at(s, 6) - at(s, 5) + at(s, 4)) + 1) >>
           1;
}

static bool is_long(side p, side q, sv_deblock_limits limits)
{
    int e = ((curvature(p, 0) + curvature(p, 3) + 1) >> 1) +
            ((curvature(q, 0) + curvature(q, 3) + 1) >> 1);
    return 2 * e < limits.beta >> 4 && long_spread(p) + long_spread(q) < (3 * limits.beta) >> 5 &&
           small_step(p, q, limits.tc);
}

static bool is_strong(side p, side q, sv_deblock_limits limits)
{
    return 2 * (curvature(p, 0) + curvature(q, 0)) < limits.beta >> 2 &&
           abs(at(p, 0) - at(p, 3)) + abs(at(q, 0) - at(q, 3)) < limits.beta >> 3 &&
           small_step(p, q, limits.tc);
}

static void filter_long(side p, side q, int tc)
{
    int sum = at(p, 0) + at(q, 0) + 8;
    for (int i = 0; i < SV_DEBLOCK_LONG; i++) {
        sum += at(p, i) + at(q, i);
    }
    int middle = sum >> 4;
    side sides[2] = {p, q};
    for (int k = 0; k < 2; k++) {
        int far = (at(sides[k], 6) + at(sides[k], 7) + 1) >> 1;
        for (int i = 0; i < SV_DEBLOCK_LONG; i++) {
            int weight = sv_deblock_weight[i];
            move(sides[k], i, (middle * weight + far * (64 - weight) + 32) >> 6,
                 (tc * sv_deblock_bounds[i]) >> 1);
        }
    }
}

static void filter_strong(side p, side q, int tc)
{
    const int p0 = at(p, 0), p1 = at(p, 1), p2 = at(p, 2), p3 = at(p, 3);
    const int q0 = at(q, 0), q1 = at(q, 1), q2 = at(q, 2), q3 = at(q, 3);
    move(p, 0, (p2 + 2 * p1 + 2 * p0 + 2 * q0 + q1 + 4) >> 3, 3 * tc);
    move(p, 1, (p2 + p1 + p0 + q0 + 2) >> 2, 2 * tc);
    move(p, 2, (2 * p3 + 3 * p2 + p1 + p0 + q0 + 4) >> 3, tc);
    move(q, 0, (q2 + 2 * q1 + 2 * q0 + 2 * p0 + p1 + 4) >> 3, 3 * tc);
    move(q, 1, (q2 + q1 + q0 + p0 + 2) >> 2, 2 * tc);
    move(q, 2, (2 * q3 + 3 * q2 + q1 + q0 + p0 + 4) >> 3, tc);
}

static void filter_weak(side p, side q, int tc, bool change_p1, bool change_q1)
{
    const int p0 = at(p, 0), p1 = at(p, 1), p2 = at(p, 2);
    const int q0 = at(q, 0), q1 = at(q, 1), q2 = at(q, 2);
    int delta = (9 * (q0 - p0) - 3 * (q1 - p1) + 8) >> 4;
    if (abs(delta) >= 10 * tc) {
        return;
    }
    delta = sv_clip(delta, -tc, tc);
    move(p, 0, p0 + delta, tc);
    move(q, 0, q0 - delta, tc);
    if (change_p1) {
        move(p, 1, p1 + ((((p2 + p0 + 1) >> 1) - p1 + delta) >> 1), tc >> 1);
    }
    if (change_q1) {
        move(q, 1, q1 + ((((q2 + q0 + 1) >> 1) - q1 - delta) >> 1), tc >> 1);
    }
}

/* across: from sample to sample over the edge; along: from line to line. */
static void deblock_segment(uint16_t *q, ptrdiff_t across, ptrdiff_t along, int reach,
                            sv_deblock_limits limits, int max_value)
{
    const int beta = limits.beta, tc = limits.tc;
    assert(beta >= 0 && 4 * beta <= max_value + 1);
    assert(tc >= 0 && 2048 * tc < 157 * (max_value + 1));
    uint16_t *last = q + 3 * along;
    side p0 = p_side(q, across, max_value), q0 = q_side(q, across, max_value);
    side p3 = p_side(last, across, max_value), q3 = q_side(last, across, max_value);
    int p_curvature = curvature(p0, 0) + curvature(p3, 0);
    int q_curvature = curvature(q0, 0) + curvature(q3, 0);
    if (p_curvature + q_curvature >= beta) {
        return;
    }
    bool wide = reach >= 3;
    bool use_long = reach == SV_DEBLOCK_LONG && is_long(p0, q0, limits) && is_long(p3, q3, limits);
    bool use_strong = wide && is_strong(p0, q0, limits) && is_strong(p3, q3, limits);
    for (int line = 0; line < 4; line++, q += along) {
        side p = p_side(q, across, max_value), o = q_side(q, across, max_value);
        if (use_long) {
            filter_long(p, o, tc);
        } else if (use_strong) {
            filter_strong(p, o, tc);
        } else {
            filter_weak(p, o, tc, wide && p_curvature < (3 * beta) >> 4,
                        wide && q_curvature < (3 * beta) >> 4);
        }
    }
}

void REFERENCE(deblock_vertical)(uint16_t *const *segments, int count, ptrdiff_t stride, int reach,
                                 sv_deblock_limits limits, int max_value)
{
    for (int i = 0; i < count; i++) {
        deblock_segment(segments[i], 1, stride, reach, limits, max_value);
    }
}

void REFERENCE(deblock_horizontal)(uint16_t *const *segments, int count, ptrdiff_t stride,
                                   int reach, sv_deblock_limits limits, int max_value)
{
    for (int i = 0; i < count; i++) {
        deblock_segment(segments[i], stride, 1, reach, limits, max_value);
    }
}

typedef struct gradients {
    int vertical, horizontal, down, up;
} gradients;

static gradients laplacians(const uint16_t *block, ptrdiff_t stride, int shift)
{
    gradients sum = {0, 0, 0, 0};
    for (int y = -2; y <= 4; y += 2) {
        for (int x = -2; x <= 5; x++) {
            const uint16_t *s = block + y * stride + x;
            int twice = 2 * *s;
            sum.vertical += abs(twice - s[-stride] - s[stride]);
            sum.horizontal += abs(twice - s[-1] - s[1]);
            sum.down += abs(twice - s[-stride - 1] - s[stride + 1]);
            sum.up += abs(twice - s[-stride + 1] - s[stride - 1]);
        }
    }
    return (gradients){sum.vertical >> shift, sum.horizontal >> shift, sum.down >> shift,
                       sum.up >> shift};
}

void REFERENCE(alf_classify)(uint8_t *classes, const uint16_t *src, ptrdiff_t stride, int blocks,
                             int shift)
{
    for (int b = 0; b < blocks; b++) {
        gradients g = laplacians(src + 4 * b, stride, shift);
        int straight_hi = sv_max(g.vertical, g.horizontal);
        int straight_lo = sv_min(g.vertical, g.horizontal);
        int diagonal_hi = sv_max(g.down, g.up), diagonal_lo = sv_min(g.down, g.up);
        bool straight =
            (straight_hi >> 2) * (diagonal_lo >> 2) > (diagonal_hi >> 2) * (straight_lo >> 2);
        int hi = straight ? straight_hi : diagonal_hi, lo = straight ? straight_lo : diagonal_lo;
        int direction = hi <= 2 * lo ? 0 : (straight ? 1 : 3) + (2 * hi > 9 * lo);
        int activity = 0;
        for (int i = 0; i < SV_ALF_ACTIVITIES - 1; i++) {
            activity += sv_alf_activity_bounds[i] <= g.vertical + g.horizontal;
        }
        int orientation = 2 * (g.vertical > g.horizontal) + (g.down > g.up);
        classes[b] = (uint8_t)((direction * SV_ALF_ACTIVITIES + activity) * SV_ALF_ORIENTATIONS +
                               orientation);
    }
}

void REFERENCE(alf_luma)(uint16_t *dst, ptrdiff_t dst_stride, const uint16_t *src,
                         ptrdiff_t src_stride, const uint8_t *classes, const int16_t *filters,
                         int blocks, int max_value)
{
    for (int y = 0; y < 4; y++) {
        for (int x = 0; x < 4 * blocks; x++) {
            const uint16_t *s = src + y * src_stride + x;
            const int16_t *f = filters + SV_ALF_LUMA_ENTRIES * classes[x / 4];
            int sum = f[SV_ALF_LUMA_PAIRS] * s[0] + f[SV_ALF_LUMA_PAIRS + 1];
            for (int k = 0; k < SV_ALF_LUMA_PAIRS; k++) {
                ptrdiff_t offset = sv_alf_luma_taps[k].y * src_stride + sv_alf_luma_taps[k].x;
                sum += f[k] * (s[offset] + s[-offset]);
            }
            dst[y * dst_stride + x] = (uint16_t)sv_clip(sum >> SV_ALF_FILTER_SHIFT, 0, max_value);
        }
    }
}

/* Of one filter. */
static void filter_terms(uint16_t *dst, ptrdiff_t dst_stride, const sv_alf_terms *terms,
                         const int16_t *f, int width, int height, int max_value)
{
    const int pairs = terms->pairs, singles = terms->singles;
    const uint16_t *const *list = terms->list;
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            ptrdiff_t at = y * terms->stride + x;
            int sum = 1 << (SV_ALF_FILTER_SHIFT - 1);
            for (int k = 0; k < pairs; k++) {
                sum += f[k] * (list[2 * k][at] + list[2 * k + 1][at]);
            }
            for (int k = 0; k < singles; k++) {
                sum += f[pairs + k] * list[2 * pairs + k][at];
            }
            dst[y * dst_stride + x] = (uint16_t)sv_clip(sum >> SV_ALF_FILTER_SHIFT, 0, max_value);
        }
    }
}

void REFERENCE(alf_chroma)(uint16_t *const *dst, ptrdiff_t dst_stride, const sv_alf_terms *terms,
                           const int16_t *const *f, int filters, int width, int height,
                           int max_value)
{
    assert(terms->pairs % 2 == 0 && terms->singles % 2 == 0 && width % 4 == 0);
    assert(filters == 1 || filters == 2);
    for (int i = 0; i < filters; i++) {
        filter_terms(dst[i], dst_stride, terms, f[i], width, height, max_value);
    }
}

/* The block begins at terms[k] + at. */
static void gather_block(int64_t *sums, const uint16_t *const *terms, ptrdiff_t at,
                         ptrdiff_t stride, int features)
{
    for (int i = 0; i < 16; i++) {
        ptrdiff_t here = at + i / 4 * stride + i % 4;
        int32_t values[SV_ALF_FEATURES_MAX];
        for (int k = 0; k < features; k++) {
            const uint16_t *const *term = terms + 3 * k;
            values[k] = term[0][here] + term[1][here] - 2 * term[2][here];
        }
        int64_t *sum = sums;
        for (int k = 0; k < features; k++) {
            for (int j = 0; j <= k; j++) {
                *sum++ += (int64_t)values[k] * values[j];
            }
        }
    }
}

void REFERENCE(alf_gather)(int64_t *sums, const uint16_t *const *const *terms, const int32_t *at,
                           int blocks, ptrdiff_t stride, int features)
{
    assert(blocks <= SV_ALF_BLOCKS_MAX && features <= SV_ALF_FEATURES_MAX);
    for (int b = 0; b < blocks; b++) {
        gather_block(sums, terms[b], at[b], stride, features);
    }
}
