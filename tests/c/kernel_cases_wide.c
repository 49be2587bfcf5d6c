/* Exercisers of the kernels of wide residuals and coefficients, and of the colours of deep images.
 */
#include <limits.h>

#include "dsp/wide.h"
#include "format/limits.h"
#include "kernel_check.h"

enum { WIDE = sizeof(int32_t) };

void prepare_subtract_wide(kernel_case *c)
{
    add_samples(c);
    add_samples(c);
    add_output(c, WIDE, c->width, c->height, c->width, INT_MIN, INT_MAX);
}

void run_subtract_wide(kernel_case *c, const sv_dsp *kernels)
{
    kernels->subtract_wide(output(c, 0), input(c, 0), input_stride(c, 0), input(c, 1),
                           input_stride(c, 1), c->width, c->height);
}

void prepare_add_clip_wide(kernel_case *c)
{
    int swing = c->repeat % 2 == 0 ? c->format.max : COEF_LIMIT;
    add_sample_output(c);
    add_input(c, WIDE, 0, c->width, c->height, c->width, -swing - 1, swing);
}

void run_add_clip_wide(kernel_case *c, const sv_dsp *kernels)
{
    kernels->add_clip_wide(output(c, 0), output_stride(c, 0), input(c, 0), c->width, c->height,
                           c->format.max);
}

/* parameters: factor. */
void prepare_scale_residual_wide(kernel_case *c)
{
    add_output(c, WIDE, c->width, c->height, c->width, -COEF_LIMIT - 1, COEF_LIMIT);
    c->parameters[0] = pick(c, -SV_CROSS_COUNT, SV_CROSS_COUNT);
}

void run_scale_residual_wide(kernel_case *c, const sv_dsp *kernels)
{
    kernels->scale_residual_wide(output(c, 0), c->width * c->height, c->parameters[0]);
}

/* parameters: taps, outputs, matrix stride, shift. */
void prepare_transform_pass_wide(kernel_case *c)
{
    int taps = c->height, outputs = c->height, shift = 7;
    if (c->repeat > 0) {
        c->width = 4 * pick(c, 1, 16);
        outputs = 4 * pick(c, 1, 16);
        taps = 4 * pick(c, 1, 16);
        shift = pick(c, 1, 20);
    }
    int matrix_stride = taps + pick(c, 0, 5);
    add_input(c, WIDE, 0, c->width, taps, pick_stride(c, c->width), -COEF_LIMIT - 1, COEF_LIMIT);
    add_input(c, sizeof(int16_t), 0, taps, outputs, matrix_stride, SHRT_MIN, SHRT_MAX);
    add_output(c, WIDE, outputs, c->width, outputs, INT_MIN, INT_MAX);
    c->parameters[0] = taps;
    c->parameters[1] = outputs;
    c->parameters[2] = matrix_stride;
    c->parameters[3] = shift;
}

void run_transform_pass_wide(kernel_case *c, const sv_dsp *kernels)
{
    const int *p = c->parameters;
    kernels->transform_pass_wide(output(c, 0), input(c, 0), input_stride(c, 0), input(c, 1), p[2],
                                 c->width, p[0], p[1], p[3]);
}

/* parameters: factor, offset, shift; levels fit 31 bits. */
void prepare_quantize_wide(kernel_case *c)
{
    int factor = 1 + (pick(c, 0, (1 << 30) - 2) >> pick(c, 0, 20));
    add_input(c, WIDE, 0, c->width, c->height, c->width, -COEF_LIMIT - 1, COEF_LIMIT);
    add_output(c, WIDE, c->width, c->height, c->width, INT_MIN, INT_MAX);
    c->parameters[0] = factor;
    c->parameters[1] = pick(c, 0, INT_MAX) >> pick(c, 0, 20);
    c->parameters[2] = 28;
}

void run_quantize_wide(kernel_case *c, const sv_dsp *kernels)
{
    const int *p = c->parameters;
    c->result = (uint64_t)kernels->quantize_wide(output(c, 0), input(c, 0), c->width * c->height,
                                                 p[0], p[1], p[2]);
}

/* parameters: factor, shift. */
void prepare_dequantize_wide(kernel_case *c)
{
    int swing = c->repeat % 2 == 0 ? 2 * SV_LEVEL_MAX : 100;
    add_input(c, WIDE, 0, c->width, c->height, c->width, -swing, swing);
    add_output(c, WIDE, c->width, c->height, c->width, INT_MIN, INT_MAX);
    c->parameters[0] = 1 + (pick(c, 0, INT_MAX - 1) >> pick(c, 0, 17));
    c->parameters[1] = pick(c, 1, 10);
}

void run_dequantize_wide(kernel_case *c, const sv_dsp *kernels)
{
    kernels->dequantize_wide(output(c, 0), input(c, 0), c->width * c->height, c->parameters[0],
                             c->parameters[1]);
}

void prepare_group_values_wide(kernel_case *c) { prepare_values(c, WIDE, COEF_LIMIT); }

void run_group_values_wide(kernel_case *c, const sv_dsp *kernels)
{
    c->result = kernels->group_values_wide(output(c, 0), input(c, 0), c->width, c->parameters[0]);
}

void prepare_secondary_inverse_wide(kernel_case *c) { prepare_inverse(c, WIDE, COEF_LIMIT); }

void run_secondary_inverse_wide(kernel_case *c, const sv_dsp *kernels)
{
    sv_secondary secondary = secondary_of_case(c);
    kernels->secondary_inverse_wide(output(c, 0), c->width, &secondary);
}

void prepare_secondary_forward_wide(kernel_case *c) { prepare_forward(c, WIDE, COEF_LIMIT); }

void run_secondary_forward_wide(kernel_case *c, const sv_dsp *kernels)
{
    sv_secondary secondary = secondary_of_case(c);
    kernels->secondary_forward_wide(output(c, 0), input(c, 1), c->width, &secondary);
}

/* parameters: base, slope. */
void prepare_squares_above_wide(kernel_case *c)
{
    add_input(c, WIDE, 0, c->width, c->height, c->width, -COEF_LIMIT - 1, COEF_LIMIT);
    c->parameters[0] = pick(c, 0, INT_MAX) >> pick(c, 0, 30);
    c->parameters[1] = pick(c, 0, (1 << 30) - 1) >> pick(c, 0, 29);
}

void run_squares_above_wide(kernel_case *c, const sv_dsp *kernels)
{
    c->result = kernels->squares_above_wide(input(c, 0), c->width * c->height, c->parameters[0],
                                            c->parameters[1]);
}

static void pick_width(kernel_case *c)
{
    c->width = c->repeat == 0 ? 8 * c->width : pick(c, 1, 150);
    c->height = 1;
}

void prepare_deep_rgb_to_ycc(kernel_case *c)
{
    pick_width(c);
    add_input(c, SAMPLE, 0, 3 * c->width, 1, 3 * c->width, 0, sv_image_max(c->format));
    for (int plane = 0; plane < 3; plane++) {
        add_output(c, SAMPLE, c->width, 1, c->width, 0, USHRT_MAX);
    }
}

void run_deep_rgb_to_ycc(kernel_case *c, const sv_dsp *kernels)
{
    kernels->deep_rgb_to_ycc(output(c, 0), output(c, 1), output(c, 2), input(c, 0), c->width,
                             c->format);
}

void prepare_deep_ycc_to_rgb(kernel_case *c)
{
    pick_width(c);
    for (int plane = 0; plane < 3; plane++) {
        add_input(c, SAMPLE, 0, c->width, 1, c->width, 0, c->format.max);
    }
    add_output(c, SAMPLE, 3 * c->width, 1, 3 * c->width, 0, USHRT_MAX);
}

void run_deep_ycc_to_rgb(kernel_case *c, const sv_dsp *kernels)
{
    kernels->deep_ycc_to_rgb(output(c, 0), input(c, 0), input(c, 1), input(c, 2), c->width,
                             c->format);
}
