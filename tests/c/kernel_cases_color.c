/* Exercisers of the colour and chroma resampling kernels. All work along rows of any width. */
#include "dsp/source_constants.h"
#include "format/resampling.h"
#include "kernel_check.h"

enum { BYTE_MAX = 255, COLOR_MAX = 1023, DOWN_ROWS = 8, UP_ROWS = 4 };

static void pick_width(kernel_case *c)
{
    c->width = c->repeat == 0 ? 8 * c->width : pick(c, 1, 150);
    c->height = 1;
}

static void add_row(kernel_case *c, size_t element, int before, int width, int low, int high)
{
    add_input(c, element, before, width, 1, width, low, high);
}

static void add_row_output(kernel_case *c, size_t element, int width)
{
    add_output(c, element, width, 1, width, 0, BYTE_MAX);
}

void prepare_rgb_to_ycc(kernel_case *c)
{
    pick_width(c);
    add_row(c, 1, 0, 3 * c->width, 0, BYTE_MAX);
    for (int plane = 0; plane < 3; plane++) {
        add_row_output(c, SAMPLE, c->width);
    }
}

void run_rgb_to_ycc(kernel_case *c, const sv_dsp *kernels)
{
    kernels->rgb_to_ycc(output(c, 0), output(c, 1), output(c, 2), input(c, 0), c->width);
}

void prepare_ycc_to_rgb(kernel_case *c)
{
    pick_width(c);
    for (int plane = 0; plane < 3; plane++) {
        add_row(c, SAMPLE, 0, c->width, 0, COLOR_MAX);
    }
    add_row_output(c, 1, 3 * c->width);
}

void run_ycc_to_rgb(kernel_case *c, const sv_dsp *kernels)
{
    kernels->ycc_to_rgb(output(c, 0), input(c, 0), input(c, 1), input(c, 2), c->width);
}

void prepare_downsample_h(kernel_case *c)
{
    pick_width(c);
    add_row(c, SAMPLE, 3, 2 * c->width + 3, 0, c->format.max);
    add_row_output(c, sizeof(int16_t), c->width);
}

void run_downsample_h(kernel_case *c, const sv_dsp *kernels)
{
    kernels->downsample_h(output(c, 0), input(c, 0), c->width,
                          SV_DOWN_TAP_BITS - sv_fraction_bits(c->format));
}

/* Of what an intermediate row holds the filters' overshoot is a part: a quarter more each way. */
static void add_intermediate_row(kernel_case *c, int before, int width)
{
    const int whole = (1 << 14) - 1; /* of all formats */
    add_row(c, sizeof(int16_t), before, width, -whole / 4, whole / 4 * 5);
}

void prepare_downsample_v(kernel_case *c)
{
    pick_width(c);
    for (int row = 0; row < DOWN_ROWS; row++) {
        add_intermediate_row(c, 0, c->width);
    }
    add_row_output(c, SAMPLE, c->width);
}

void run_downsample_v(kernel_case *c, const sv_dsp *kernels)
{
    const int16_t *rows[DOWN_ROWS];
    for (int row = 0; row < DOWN_ROWS; row++) {
        rows[row] = input(c, row);
    }
    kernels->downsample_v(output(c, 0), rows, c->width,
                          SV_DOWN_TAP_BITS + sv_fraction_bits(c->format), c->format.max);
}

void prepare_upsample_v(kernel_case *c)
{
    pick_width(c);
    for (int row = 0; row < UP_ROWS; row++) {
        add_row(c, SAMPLE, 0, c->width, 0, c->format.max);
    }
    add_row_output(c, sizeof(int16_t), c->width);
}

void run_upsample_v(kernel_case *c, const sv_dsp *kernels)
{
    const uint16_t *rows[UP_ROWS];
    for (int row = 0; row < UP_ROWS; row++) {
        rows[row] = input(c, row);
    }
    kernels->upsample_v(output(c, 0), rows, c->width, SV_UP_TAP_BITS - sv_fraction_bits(c->format));
}

void prepare_upsample_h(kernel_case *c)
{
    pick_width(c);
    add_intermediate_row(c, 2, c->width + 2);
    add_row_output(c, SAMPLE, 2 * c->width);
}

void run_upsample_h(kernel_case *c, const sv_dsp *kernels)
{
    kernels->upsample_h(output(c, 0), input(c, 0), c->width,
                        SV_UP_TAP_BITS + sv_fraction_bits(c->format), c->format.max);
}
