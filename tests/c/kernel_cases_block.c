/* Exercisers of the block kernels: distortion, residual, transform, quantisation, prediction. */
#include <limits.h>

#include "common/intmath.h"
#include "format/cross.h"
#include "format/intra.h"
#include "format/limits.h"
#include "kernel_check.h"

static int is_odd(int value)
{
    int odd = 0;
    for (; value != 0; value &= value - 1) {
        odd ^= 1;
    }
    return odd;
}

/* Every third case is one Hadamard basis function at full swing: the largest coefficient. */
void prepare_satd(kernel_case *c)
{
    kernel_operand *a = add_samples(c);
    kernel_operand *b = add_samples(c);
    if (c->repeat % 3 == 1) {
        int u = pick(c, 0, 7), v = pick(c, 0, 7);
        for (int y = 0; y < c->height; y++) {
            for (int x = 0; x < c->width; x++) {
                int positive = is_odd((x & u) ^ (y & v) << 3);
                set_element(a, x, y, positive ? c->format.max : 0);
                set_element(b, x, y, positive ? 0 : c->format.max);
            }
        }
    }
}

void run_satd(kernel_case *c, const sv_dsp *kernels)
{
    c->result = kernels->satd(input(c, 0), input_stride(c, 0), input(c, 1), input_stride(c, 1),
                              c->width, c->height);
}

/* Some are far larger than a block, and among these the largest possible difference. */
void prepare_sse(kernel_case *c)
{
    int low = 0, high = c->format.max;
    if (c->repeat % 4 == 3) {
        c->width = 4 * pick(c, 1, 20);
        c->height = pick(c, 1, 80);
    } else if (c->repeat == 1) {
        c->width = 4 * pick(c, 1, 200);
        c->height = pick(c, 1, 200);
        low = c->format.max;
        high = 0;
    }
    add_input(c, SAMPLE, 0, c->width, c->height, pick_stride(c, c->width), low, c->format.max);
    add_input(c, SAMPLE, 0, c->width, c->height, pick_stride(c, c->width), 0, high);
}

void run_sse(kernel_case *c, const sv_dsp *kernels)
{
    c->result = kernels->sse(input(c, 0), input_stride(c, 0), input(c, 1), input_stride(c, 1),
                             c->width, c->height);
}

void prepare_subtract(kernel_case *c)
{
    add_samples(c);
    add_samples(c);
    add_output(c, sizeof(int16_t), c->width, c->height, c->width, SHRT_MIN, SHRT_MAX);
}

void run_subtract(kernel_case *c, const sv_dsp *kernels)
{
    kernels->subtract(output(c, 0), input(c, 0), input_stride(c, 0), input(c, 1),
                      input_stride(c, 1), c->width, c->height);
}

void prepare_add_clip(kernel_case *c)
{
    int swing = c->repeat % 2 == 0 ? c->format.max : SHRT_MAX;
    add_sample_output(c);
    add_input(c, sizeof(int16_t), 0, c->width, c->height, c->width, -swing - 1, swing);
}

void run_add_clip(kernel_case *c, const sv_dsp *kernels)
{
    kernels->add_clip(output(c, 0), output_stride(c, 0), input(c, 0), c->width, c->height,
                      c->format.max);
}

/* parameters: factor. */
void prepare_scale_residual(kernel_case *c)
{
    add_output(c, sizeof(int16_t), c->width, c->height, c->width, SHRT_MIN, SHRT_MAX);
    c->parameters[0] = pick(c, -SV_CROSS_COUNT, SV_CROSS_COUNT);
}

void run_scale_residual(kernel_case *c, const sv_dsp *kernels)
{
    kernels->scale_residual(output(c, 0), c->width * c->height, c->parameters[0]);
}

/* parameters: taps, outputs, matrix stride, shift. Entries reach up to what the sums allow. */
void prepare_transform_pass(kernel_case *c)
{
    int taps = c->height, outputs = c->height, shift = 7;
    if (c->repeat % 2 == 1) {
        c->width = 4 * pick(c, 1, 16);
        outputs = 4 * pick(c, 1, 16);
    }
    if (c->repeat > 0) {
        taps = 4 * pick(c, 1, 16);
        shift = pick(c, 1, 16);
    }
    int matrix_stride = c->repeat == 0 ? taps : taps + pick(c, 0, 5);
    int largest = c->repeat == 0 ? 90 : (65535 / taps - 1) >> pick(c, 0, 8);
    add_input(c, sizeof(int16_t), 0, c->width, taps, pick_stride(c, c->width), SHRT_MIN, SHRT_MAX);
    add_input(c, sizeof(int16_t), 0, taps, outputs, matrix_stride, -largest, largest);
    add_output(c, sizeof(int16_t), outputs, c->width, outputs, SHRT_MIN, SHRT_MAX);
    c->parameters[0] = taps;
    c->parameters[1] = outputs;
    c->parameters[2] = matrix_stride;
    c->parameters[3] = shift;
}

void run_transform_pass(kernel_case *c, const sv_dsp *kernels)
{
    const int *p = c->parameters;
    kernels->transform_pass(output(c, 0), input(c, 0), input_stride(c, 0), input(c, 1), p[2],
                            c->width, p[0], p[1], p[3]);
}

/* parameters: factor, offset, shift. The ranges are those that keep the sum within 31 bits. */
void prepare_quantize(kernel_case *c)
{
    int factor = pick(c, 1, SHRT_MAX) >> pick(c, 0, 8);
    factor = factor == 0 ? 1 : c->repeat % 8 == 1 ? SHRT_MAX : factor;
    int shift = c->repeat == 0 ? 18 : pick(c, 1, 24);
    int largest = INT_MAX - 32768 * factor;
    int swing = c->repeat % 2 == 0 ? SHRT_MAX : 1000;
    add_input(c, sizeof(int16_t), 0, c->width, c->height, c->width, -swing - 1, swing);
    add_output(c, sizeof(int32_t), c->width, c->height, c->width, -INT_MAX, INT_MAX);
    c->parameters[0] = factor;
    c->parameters[1] = c->repeat % 8 == 1 ? largest : pick(c, 0, largest) >> pick(c, 0, 20);
    c->parameters[2] = shift;
}

void run_quantize(kernel_case *c, const sv_dsp *kernels)
{
    const int *p = c->parameters;
    c->result = (uint64_t)kernels->quantize(output(c, 0), input(c, 0), c->width * c->height, p[0],
                                            p[1], p[2]);
}

/* parameters: factor, shift. */
void prepare_dequantize(kernel_case *c)
{
    int swing = c->repeat % 2 == 0 ? 2 * SV_LEVEL_MAX : 100;
    add_input(c, sizeof(int32_t), 0, c->width, c->height, c->width, -swing, swing);
    add_output(c, sizeof(int16_t), c->width, c->height, c->width, SHRT_MIN, SHRT_MAX);
    c->parameters[0] =
        c->repeat == 1 ? (1 << 19) - 1 : 1 + (pick(c, 0, (1 << 19) - 2) >> pick(c, 0, 18));
    c->parameters[1] = pick(c, 5, 10);
}

void run_dequantize(kernel_case *c, const sv_dsp *kernels)
{
    kernels->dequantize(output(c, 0), input(c, 0), c->width * c->height, c->parameters[0],
                        c->parameters[1]);
}

/* parameters: sides of the corner, whether it is transposed. */
static void prepare_secondary(kernel_case *c)
{
    int width = pick(c, 0, 1) ? 8 : 4, height = width == 8 || pick(c, 0, 1) ? 8 : 4;
    c->width = c->height = c->repeat == 0 ? 8 : 8 << pick(c, 0, 2);
    add_input(c, 1, 0, width * height, SV_SECONDARY_KEPT, width * height, -127, 127);
    c->parameters[0] = width;
    c->parameters[1] = height;
    c->parameters[2] = pick(c, 0, 1);
}

sv_secondary secondary_of_case(const kernel_case *c)
{
    return (sv_secondary){input(c, 0), c->parameters[0], c->parameters[1], c->parameters[2] != 0};
}

void prepare_inverse(kernel_case *c, size_t element, int limit)
{
    prepare_secondary(c);
    add_output(c, element, c->width, c->height, c->width, -limit - 1, limit);
}

void prepare_forward(kernel_case *c, size_t element, int limit)
{
    prepare_secondary(c);
    add_input(c, element, 0, c->width, c->height, c->width, -limit - 1, limit);
    add_output(c, element, SV_SECONDARY_KEPT, 1, SV_SECONDARY_KEPT, -limit - 1, limit);
}

/* parameter: factor. */
void prepare_values(kernel_case *c, size_t element, int limit)
{
    const int swing = c->repeat % 2 == 0 ? limit : 1000;
    add_input(c, element, 0, c->width, 4, c->width, -swing - 1, swing);
    add_output(c, sizeof(int32_t), SV_GROUP_AREA, 1, SV_GROUP_AREA, 0, INT_MAX);
    c->parameters[0] = 1 + (pick(c, 0, INT_MAX - 1) >> pick(c, 0, 30));
}

void prepare_group_values(kernel_case *c) { prepare_values(c, sizeof(int16_t), SHRT_MAX); }

void run_group_values(kernel_case *c, const sv_dsp *kernels)
{
    c->result = kernels->group_values(output(c, 0), input(c, 0), c->width, c->parameters[0]);
}

void prepare_secondary_inverse(kernel_case *c) { prepare_inverse(c, sizeof(int16_t), SHRT_MAX); }

void run_secondary_inverse(kernel_case *c, const sv_dsp *kernels)
{
    sv_secondary secondary = secondary_of_case(c);
    kernels->secondary_inverse(output(c, 0), c->width, &secondary);
}

void prepare_secondary_forward(kernel_case *c) { prepare_forward(c, sizeof(int16_t), SHRT_MAX); }

void run_secondary_forward(kernel_case *c, const sv_dsp *kernels)
{
    sv_secondary secondary = secondary_of_case(c);
    kernels->secondary_forward(output(c, 0), input(c, 1), c->width, &secondary);
}

/* parameters: base, slope. */
void prepare_squares_above(kernel_case *c)
{
    int swing = c->repeat % 2 == 0 ? SHRT_MAX : 1000;
    add_input(c, sizeof(int16_t), 0, c->width, c->height, c->width, -swing - 1, swing);
    c->parameters[0] = pick(c, 0, (1 << 30) - 1) >> pick(c, 0, 29);
    c->parameters[1] = pick(c, 0, SHRT_MAX) >> pick(c, 0, 15);
}

void run_squares_above(kernel_case *c, const sv_dsp *kernels)
{
    c->result = kernels->squares_above(input(c, 0), c->width * c->height, c->parameters[0],
                                       c->parameters[1]);
}

void prepare_predict_planar(kernel_case *c)
{
    add_input(c, SAMPLE, 0, c->width + 1, 1, c->width + 1, 0, c->format.max);
    add_input(c, SAMPLE, 0, c->height + 1, 1, c->height + 1, 0, c->format.max);
    add_sample_output(c);
}

void run_predict_planar(kernel_case *c, const sv_dsp *kernels)
{
    kernels->predict_planar(output(c, 0), output_stride(c, 0), input(c, 0), input(c, 1), c->width,
                            c->height);
}

static void add_weights(kernel_case *c, int count, int scale)
{
    kernel_operand *weights = add_input(c, SAMPLE, 0, count, 1, count, 0, 0);
    for (int i = 0; i < count; i++) {
        set_element(weights, i, 0, sv_side_weights[scale][i]);
    }
}

/* parameter: reach. */
void prepare_blend_sides(kernel_case *c)
{
    int scale = c->repeat % SV_BLEND_SCALES, longer = sv_max(c->width, c->height);
    add_input(c, SAMPLE, 0, c->width, 1, c->width, 0, c->format.max);
    add_input(c, SAMPLE, 0, c->height, 1, c->height, 0, c->format.max);
    add_weights(c, longer, scale);
    add_sample_output(c);
    c->parameters[0] = (sv_side_reach(scale) + 3) & ~3;
}

void run_blend_sides(kernel_case *c, const sv_dsp *kernels)
{
    kernels->blend_sides(output(c, 0), output_stride(c, 0), input(c, 0), input(c, 1), input(c, 2),
                         c->width, c->height, c->parameters[0]);
}

/* parameter: reach. */
void prepare_blend_gradient(kernel_case *c)
{
    int scale = c->repeat % SV_BLEND_SCALES;
    c->parameters[0] = sv_min(c->width, (sv_side_reach(scale) + 3) & ~3);
    add_input(c, SAMPLE, 0, c->height + 1, 1, c->height + 1, 0, c->format.max);
    add_weights(c, c->parameters[0], scale);
    add_sample_output(c);
}

void run_blend_gradient(kernel_case *c, const sv_dsp *kernels)
{
    kernels->blend_gradient(output(c, 0), output_stride(c, 0), input(c, 0), input(c, 1),
                            c->parameters[0], c->height, c->format.max);
}

/* parameters: reach, inverse. */
void prepare_blend_direction(kernel_case *c)
{
    int scale = c->repeat % SV_BLEND_SCALES;
    int reach = sv_min(c->width, sv_side_reach(scale)), inverse = pick(c, 512, 16384);
    int samples = 1 + c->height + ((reach * inverse + 256) >> 9);
    c->parameters[0] = reach;
    c->parameters[1] = inverse;
    add_input(c, SAMPLE, 0, samples, 1, samples, 0, c->format.max);
    add_weights(c, (reach + 3) & ~3, scale);
    add_sample_output(c);
}

void run_blend_direction(kernel_case *c, const sv_dsp *kernels)
{
    kernels->blend_direction(output(c, 0), output_stride(c, 0), input(c, 0), c->parameters[1],
                             input(c, 1), c->parameters[0], c->height);
}

/* parameter: angle. */
void prepare_predict_angular(kernel_case *c)
{
    int before = c->height + 4;
    int after = c->width + c->height + 7;
    add_input(c, SAMPLE, before, after, 1, after, 0, c->format.max);
    bool gentle = c->repeat % 2 == 0; /* else most sums are clipped */
    add_input(c, sizeof(int8_t), 0, 4, 32, 4, gentle ? -8 : SCHAR_MIN, gentle ? 40 : SCHAR_MAX);
    add_sample_output(c);
    c->parameters[0] = c->repeat == 0 ? 13 : pick(c, -34, 34);
    c->parameters[0] = c->parameters[0] > 32 ? 32 : c->parameters[0] < -32 ? -32 : c->parameters[0];
    c->parameters[1] = pick(c, 1, 4);
}

void run_predict_angular(kernel_case *c, const sv_dsp *kernels)
{
    kernels->predict_angular(output(c, 0), output_stride(c, 0), input(c, 0), c->parameters[0],
                             c->parameters[1], input(c, 1), c->width, c->height, c->format.max);
}

void prepare_transpose(kernel_case *c)
{
    add_input(c, SAMPLE, 0, c->width, c->height, pick_stride(c, c->width), 0, USHRT_MAX);
    add_output(c, SAMPLE, c->height, c->width, pick_stride(c, c->height), 0, USHRT_MAX);
}

void run_transpose(kernel_case *c, const sv_dsp *kernels)
{
    kernels->transpose(output(c, 0), output_stride(c, 0), input(c, 0), input_stride(c, 0), c->width,
                       c->height);
}

/* Blocks, and single rows of any width. */
void prepare_mean_2x2(kernel_case *c)
{
    const int width = c->repeat % 2 == 0 ? c->width : 4 * pick(c, 1, 32);
    const int height = c->repeat % 2 == 0 ? c->height : 1;
    c->width = width;
    c->height = height;
    add_input(c, SAMPLE, 0, 2 * width, 2 * height, pick_stride(c, 2 * width), 0, c->format.max);
    add_sample_output(c);
}

void run_mean_2x2(kernel_case *c, const sv_dsp *kernels)
{
    kernels->mean_2x2(output(c, 0), output_stride(c, 0), input(c, 0), input_stride(c, 0), c->width,
                      c->height);
}

void prepare_line_sums(kernel_case *c)
{
    c->width = c->repeat == 0 ? 2 * c->width : 4 * pick(c, 0, 32);
    c->height = 1;
    for (int i = 0; i < 2; i++) {
        add_input(c, SAMPLE, 0, c->width, 1, c->width, 0, c->format.max);
    }
    add_output(c, sizeof(int64_t), 4, 1, 4, 0, INT_MAX);
}

void run_line_sums(kernel_case *c, const sv_dsp *kernels)
{
    kernels->line_sums(output(c, 0), input(c, 0), input(c, 1), c->width);
}

/* parameters: weights, of which the sizes' sum is 2^16 at most, and both means. */
void prepare_predict_convolved(kernel_case *c)
{
    const int most = c->repeat % 3 == 0 ? 1 << 12 : 9000;
    add_input(c, SAMPLE, 0, c->width + 8, c->height + 2, c->width + 8, 0, c->format.max);
    add_sample_output(c);
    for (int i = 0; i < SV_CONVOLUTION_INPUTS; i++) {
        c->parameters[i] = pick(c, -most, most);
    }
    for (int i = 0; i < 2; i++) {
        c->parameters[SV_CONVOLUTION_INPUTS + i] = pick(c, 0, c->format.max);
    }
}

void run_predict_convolved(kernel_case *c, const sv_dsp *kernels)
{
    const ptrdiff_t stride = c->width + 8;
    const uint16_t *luma = input(c, 0);
    sv_convolution filter = {.mean = c->parameters[SV_CONVOLUTION_INPUTS],
                             .target_mean = c->parameters[SV_CONVOLUTION_INPUTS + 1],
                             .extra = sv_max(c->format.depth - SV_CONVOLUTION_DEPTH, 0)};
    for (int i = 0; i < SV_CONVOLUTION_INPUTS; i++) {
        filter.weights[i] = (int16_t)c->parameters[i];
    }
    kernels->predict_convolved(output(c, 0), output_stride(c, 0), luma + stride + 1, stride,
                               &filter, c->width, c->height, c->format.max);
}

/* parameters: slope, offset. */
void prepare_predict_linear(kernel_case *c)
{
    const int whole = 1 << SV_LINEAR_SLOPE_BITS;
    add_input(c, SAMPLE, 0, c->width, c->height, c->width, 0, c->format.max);
    add_sample_output(c);
    c->parameters[0] = c->repeat % 3 == 0 ? pick(c, -whole, whole)
                                          : pick(c, -SV_LINEAR_SLOPE_MAX, SV_LINEAR_SLOPE_MAX);
    c->parameters[1] = pick(c, -c->format.max * whole, c->format.max * whole);
}

void run_predict_linear(kernel_case *c, const sv_dsp *kernels)
{
    kernels->predict_linear(output(c, 0), output_stride(c, 0), input(c, 0), c->parameters[0],
                            c->parameters[1], c->width, c->height, c->format.max);
}
