/* Exercisers of the loop filter kernels. */
#include <limits.h>
#include <stdlib.h>

#include "kernel_check.h"

enum { EDGE_LINES = 4, EDGE_REACH = 8, SEGMENTS_MAX = 5, MAX_BETA = 256, MAX_TC = 78 };
enum { CLASS_COUNT = 100, TAIL = 16, REACH = 3 };

static int clip_sample(const kernel_case *c, int value)
{
    return value < 0 ? 0 : value > c->format.max ? c->format.max : value;
}

/* What a value on the scale of 10 bits is in the case's format. */
static int scaled(const kernel_case *c, int value) { return value * (1 << (c->format.depth - 10)); }

/* A segment of an edge: two ramps with a step between them and some noise, from flat to rough. */
static void draw_segment(kernel_case *c, kernel_operand *block, bool vertical, int first)
{
    int noise = c->repeat == 0 ? 0 : pick(c, 0, 1 << pick(c, 0, 6)) / 2;
    int slope = pick(c, -4, 4), level = pick(c, 0, c->format.max), step = pick(c, -80, 80);
    for (int i = 0; i < 2 * EDGE_REACH; i++) {
        for (int line = first; line < first + EDGE_LINES; line++) {
            int value = level + slope * i + (i < EDGE_REACH ? 0 : step) + pick(c, -noise, noise);
            set_element(block, vertical ? i : line, vertical ? line : i, clip_sample(c, value));
        }
    }
}

/* parameters: segments, reach, beta, tc. The segments are such that every kind of filter is met,
 * or, every sixth time, unrelated samples. */
static void prepare_deblock(kernel_case *c, bool vertical)
{
    static const int reaches[] = {1, 3, 7};
    bool timed = c->repeat == 0;
    c->parameters[0] = timed ? SEGMENTS_MAX : pick(c, 0, SEGMENTS_MAX);
    c->parameters[1] = timed ? 7 : reaches[pick(c, 0, 2)];
    c->parameters[2] = timed ? MAX_BETA : scaled(c, pick(c, 0, MAX_BETA));
    c->parameters[3] = timed ? MAX_TC / 2 : scaled(c, pick(c, 0, MAX_TC));
    const int across = 2 * EDGE_REACH, along = EDGE_LINES * SEGMENTS_MAX;
    c->width = vertical ? across : along;
    c->height = vertical ? along : across;
    kernel_operand *block = add_sample_output(c);
    for (int i = 0; i < SEGMENTS_MAX && c->repeat % 6 != 5; i++) {
        draw_segment(c, block, vertical, i * EDGE_LINES);
    }
}

/* Segments `step` apart, the first in the middle of the block. */
static void run_deblock(const kernel_case *c, sv_deblock_vertical_kernel *kernel, uint16_t *first,
                        ptrdiff_t step)
{
    const int *p = c->parameters;
    uint16_t *segments[SEGMENTS_MAX];
    for (int i = 0; i < p[0]; i++) {
        segments[i] = first + i * step;
    }
    kernel(segments, p[0], output_stride(c, 0), p[1], (sv_deblock_limits){p[2], p[3]},
           c->format.max);
}

void prepare_deblock_vertical(kernel_case *c) { prepare_deblock(c, true); }

void run_deblock_vertical(kernel_case *c, const sv_dsp *kernels)
{
    uint16_t *first = (uint16_t *)output(c, 0) + EDGE_REACH;
    run_deblock(c, kernels->deblock_vertical, first, EDGE_LINES * output_stride(c, 0));
}

void prepare_deblock_horizontal(kernel_case *c) { prepare_deblock(c, false); }

void run_deblock_horizontal(kernel_case *c, const sv_dsp *kernels)
{
    uint16_t *first = (uint16_t *)output(c, 0) + EDGE_REACH * output_stride(c, 0);
    run_deblock(c, kernels->deblock_horizontal, first, EDGE_LINES);
}

/* A source with what lies around it: three columns and rows before, some after. Every second one
 * is a ramp with noise, whose gradients have a direction. */
static void add_surrounded(kernel_case *c)
{
    ptrdiff_t stride = pick_stride(c, c->width + REACH + TAIL);
    int before = REACH * (int)stride + REACH;
    kernel_operand *source =
        add_input(c, SAMPLE, before, c->width + TAIL, c->height + REACH, stride, 0, c->format.max);
    if (c->repeat % 2 == 0) {
        int dx = pick(c, -12, 12), dy = pick(c, -12, 12), noise = 1 << pick(c, 0, 5);
        for (int y = -REACH; y < c->height + REACH; y++) {
            for (int x = -REACH; x < c->width + TAIL; x++) {
                int wave = abs((dx * x + dy * y) % 256 - 128) * 4;
                set_element(source, x, y, clip_sample(c, wave + pick(c, -noise, noise)));
            }
        }
    }
}

static void pick_blocks(kernel_case *c)
{
    c->height = 4;
    c->width = c->repeat == 0 ? 4 * c->width : 4 * pick(c, 1, 40);
}

void prepare_alf_classify(kernel_case *c)
{
    pick_blocks(c);
    add_surrounded(c);
    add_output(c, 1, c->width / 4, 1, c->width / 4, 0, CLASS_COUNT);
}

void run_alf_classify(kernel_case *c, const sv_dsp *kernels)
{
    kernels->alf_classify(output(c, 0), input(c, 0), input_stride(c, 0), c->width / 4,
                          sv_alf_activity_shift(c->format));
}

/* Coefficients that sum to one, as the centre is made from the others, and the rounding offset. */
static void add_filters(kernel_case *c, int count, int pairs)
{
    int entries = pairs + 2;
    kernel_operand *filters = add_input(c, sizeof(int16_t), 0, entries, count, entries, 0, 0);
    for (int filter = 0; filter < count; filter++) {
        int sum = 0;
        for (int k = 0; k < pairs; k++) {
            int coefficient = pick(c, -127, 127);
            set_element(filters, k, filter, coefficient);
            sum += coefficient;
        }
        set_element(filters, pairs, filter, (1 << SV_ALF_FILTER_SHIFT) - 2 * sum);
        set_element(filters, pairs + 1, filter, 1 << (SV_ALF_FILTER_SHIFT - 1));
    }
}

void prepare_alf_luma(kernel_case *c)
{
    pick_blocks(c);
    add_surrounded(c);
    add_input(c, 1, 0, c->width / 4, 1, c->width / 4, 0, CLASS_COUNT - 1);
    add_filters(c, CLASS_COUNT, SV_ALF_LUMA_PAIRS);
    add_sample_output(c);
}

void run_alf_luma(kernel_case *c, const sv_dsp *kernels)
{
    kernels->alf_luma(output(c, 0), output_stride(c, 0), input(c, 0), input_stride(c, 0),
                      input(c, 1), input(c, 2), c->width / 4, c->format.max);
}

/* The sample that term k points to: up to three columns and rows away, by turns to opposite sides.
 */
static const uint16_t *term_at(const kernel_case *c, int k)
{
    const uint16_t *first = input(c, 0);
    int x = k / 2 * 5 % 7 - REACH, y = k / 2 * 3 % 4;
    ptrdiff_t offset = y * input_stride(c, 0) + x;
    return k % 2 == 0 ? first + offset : first - offset;
}

/* parameters: pairs, singles, filters. */
void prepare_alf_chroma(kernel_case *c)
{
    if (c->repeat % 3 == 2) {
        c->width = 4 * pick(c, 1, 40);
        c->height = pick(c, 1, 20);
    }
    add_surrounded(c);
    c->parameters[0] = c->repeat == 0 ? 12 : 2 * pick(c, 0, 6);
    c->parameters[1] = c->repeat == 0 ? 12 : 2 * pick(c, 1, 8);
    c->parameters[2] = c->repeat == 0 ? 2 : pick(c, 1, 2);
    int count = c->parameters[0] + c->parameters[1];
    add_input(c, sizeof(int16_t), 0, count, 2, count, -127, 127);
    const ptrdiff_t stride = add_sample_output(c)->stride;
    add_output(c, SAMPLE, c->width, c->height, stride, 0, c->format.max);
}

void run_alf_chroma(kernel_case *c, const sv_dsp *kernels)
{
    sv_alf_terms terms = {
        .stride = input_stride(c, 0), .pairs = c->parameters[0], .singles = c->parameters[1]};
    for (int k = 0; k < 2 * terms.pairs + terms.singles; k++) {
        terms.list[k] = term_at(c, k);
    }
    const int16_t *first = input(c, 1);
    const int16_t *f[2] = {first, first + input_stride(c, 1)};
    uint16_t *dst[2] = {output(c, 0), output(c, 1)};
    kernels->alf_chroma(dst, output_stride(c, 0), &terms, f, c->parameters[2], c->width, c->height,
                        c->format.max);
}

/* parameters: blocks, features. Every fourth case has the largest features there can be. */
void prepare_alf_gather(kernel_case *c)
{
    c->width = c->height = 4 * SV_ALF_BLOCKS_MAX;
    add_surrounded(c);
    for (int i = 0; c->repeat % 4 == 3 && i < c->width * c->height; i++) {
        int x = i % c->width, y = i / c->width;
        set_element(&c->inputs[0], x, y, (x + y) % 2 == 0 ? 0 : c->format.max);
    }
    c->parameters[0] = c->repeat < 4 ? SV_ALF_BLOCKS_MAX : pick(c, 0, SV_ALF_BLOCKS_MAX);
    c->parameters[1] = c->repeat < 4 ? SV_ALF_LUMA_PAIRS + 1 : pick(c, 1, SV_ALF_FEATURES_MAX);
    int products = c->parameters[1] * (c->parameters[1] + 1) / 2;
    int room = (products + 7) / 8 * 8;
    add_output(c, sizeof(int64_t), room, 1, room, INT_MIN, INT_MAX);
}

void run_alf_gather(kernel_case *c, const sv_dsp *kernels)
{
    const int blocks = c->parameters[0], features = c->parameters[1];
    const uint16_t *terms[2][3 * SV_ALF_FEATURES_MAX];
    const uint16_t *const *of_block[SV_ALF_BLOCKS_MAX];
    int32_t at[SV_ALF_BLOCKS_MAX];
    for (int k = 0; k < features; k++) {
        for (int i = 0; i < 2; i++) {
            bool single = k % 3 == 2;
            terms[i][3 * k] = term_at(c, 2 * k + i);
            terms[i][3 * k + 1] = single ? input(c, 0) : term_at(c, 2 * k + 1 - i);
            terms[i][3 * k + 2] = input(c, 0);
        }
    }
    for (int b = 0; b < blocks; b++) {
        of_block[b] = terms[b % 2];
        at[b] = (int32_t)(4 * (b * 7 % SV_ALF_BLOCKS_MAX) * input_stride(c, 0)) + 4 * b;
    }
    kernels->alf_gather(output(c, 0), of_block, at, blocks, input_stride(c, 0), features);
}
