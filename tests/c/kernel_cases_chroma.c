/* Exercisers of the kernels of chroma's restoration. All work along rows of cells. */
#include "dsp/chroma.h"

#include "format/chroma_restoration.h"
#include "format/restoration_params.h"
#include "kernel_check.h"

enum {
    SAMPLES = 4,          /* of a cell, or kinds of them where it is larger */
    NUMBER_MAX = 1 << 22, /* of a corner's coefficients */
    MIX_MAX = 1 << 27,
    FACTOR_MAX = INT8_MAX
};

/* A row of `cells`, and some more at its end. */
static void pick_cells(kernel_case *c, int most, int more)
{
    c->width = c->repeat == 0 ? most : pick(c, 1, most);
    c->height = 1;
    c->width += more;
}

static void add_numbers(kernel_case *c, int width, int count, int most)
{
    add_input(c, sizeof(int32_t), 0, width, count, pick_stride(c, width), -most, most);
}

static void add_numbers_output(kernel_case *c, int width, int count, int most)
{
    add_output(c, sizeof(int32_t), width, count, pick_stride(c, width), -most, most);
}

void prepare_cell_sums(kernel_case *c)
{
    pick_cells(c, SV_STRIP_ROW, 0);
    for (int row = 0; row < 2 * SV_CELL_PLANES; row++) {
        add_input(c, SAMPLE, 0, 2 * c->width, 1, 2 * c->width, 0, c->format.max);
    }
    add_numbers_output(c, c->width, SV_CELL_SUMS, INT32_MAX);
}

void run_cell_sums(kernel_case *c, const sv_dsp *kernels)
{
    const uint16_t *rows[2 * SV_CELL_PLANES];
    for (int row = 0; row < 2 * SV_CELL_PLANES; row++) {
        rows[row] = input(c, row);
    }
    kernels->cell_sums(output(c, 0), output_stride(c, 0), rows, c->width,
                       sv_restoration_shift(c->format));
}

/* Sums of a cell whose samples come in four kinds, `times` of each. */
static void set_sums(kernel_case *c, kernel_operand *sums, int cell, int row, int times)
{
    const int extreme = pick(c, 0, 1), base = pick(c, -SV_CHROMA_ZERO, SV_CHROMA_ZERO - 1);
    int samples[SAMPLES][SV_CELL_PLANES];
    for (int i = 0; i < SAMPLES; i++) {
        for (int p = 0; p < SV_CELL_PLANES; p++) {
            int noise = pick(c, -40, 40);
            samples[i][p] = extreme ? (noise < 0 ? -SV_CHROMA_ZERO : SV_CHROMA_ZERO - 1)
                                    : (base * (p + 1) + noise) / SV_CELL_PLANES;
        }
    }
    for (int i = 0; i < SV_CELL_SUMS; i++) {
        int sum = 0;
        for (int k = 0; k < SAMPLES; k++) {
            const uint8_t *planes = sv_product_planes[i < SV_CELL_PLANES ? 0 : i - SV_CELL_PLANES];
            sum +=
                i < SV_CELL_PLANES ? samples[k][i] : samples[k][planes[0]] * samples[k][planes[1]];
        }
        set_element(sums, cell, row * SV_CELL_SUMS + i, times * sum);
    }
}

/* parameters: log2 of a window's samples. width: corners. */
void prepare_corner_lines(kernel_case *c)
{
    const int level = c->repeat == 0 ? 0 : pick(c, 0, SV_CHROMA_LEVELS - 1);
    pick_cells(c, SV_STRIP_CELLS, 3);
    c->parameters[0] = 2 * sv_cell_log2(level) + 2;
    const int cells = c->width + 1;
    kernel_operand *sums =
        add_input(c, sizeof(int32_t), 0, cells, 2 * SV_CELL_SUMS, pick_stride(c, cells), 0, 0);
    for (int i = 0; i < 2 * cells; i++) {
        set_sums(c, sums, i / 2, i % 2, 1 << 2 * (sv_cell_log2(level) - 1));
    }
    add_numbers_output(c, c->width, 2 * SV_LINE_COEFFICIENTS, INT32_MAX);
}

void run_corner_lines(kernel_case *c, const sv_dsp *kernels)
{
    const int32_t *above = input(c, 0);
    kernels->corner_lines(output(c, 0), output_stride(c, 0), above,
                          above + SV_CELL_SUMS * input_stride(c, 0), input_stride(c, 0),
                          c->parameters[0], c->width);
}

/* parameters: factors. width: cells. */
void prepare_add_lines(kernel_case *c)
{
    pick_cells(c, SV_STRIP_CELLS, 2);
    for (int i = 0; i < 2; i++) {
        c->parameters[i] = pick(c, -FACTOR_MAX - 1, FACTOR_MAX);
    }
    add_numbers(c, c->width + 1, 2 * SV_LINE_COEFFICIENTS, NUMBER_MAX / 4);
    add_numbers_output(c, c->width, SV_LINE_MIXED, MIX_MAX);
}

void run_add_lines(kernel_case *c, const sv_dsp *kernels)
{
    const int32_t *above = input(c, 0);
    kernels->add_lines(output(c, 0), output_stride(c, 0), above,
                       above + SV_LINE_COEFFICIENTS * input_stride(c, 0), input_stride(c, 0),
                       c->parameters[0], c->parameters[1], c->width);
}

/* parameters: weight. width: cells that are made. */
void prepare_refine_cells(kernel_case *c)
{
    pick_cells(c, SV_STRIP_ROW / 4, 0);
    c->parameters[0] = 2 * pick(c, 0, 3) + 1;
    for (int row = 0; row < 2; row++) {
        add_numbers(c, c->width + 1, 1, MIX_MAX);
    }
    c->width *= 4;
    add_numbers_output(c, c->width, 1, INT32_MAX);
}

void run_refine_cells(kernel_case *c, const sv_dsp *kernels)
{
    kernels->refine_cells(output(c, 0), input(c, 0), input(c, 1), c->parameters[0], c->width);
}

void prepare_line_corrections(kernel_case *c)
{
    pick_cells(c, SV_STRIP_CELLS, 0);
    add_numbers(c, c->width + 2, 2 * SV_LINE_MIXED, 1 << 18);
    for (int row = 0; row < SV_CELL_PLANES; row++) {
        add_input(c, SAMPLE, 0, 2 * c->width, 1, 2 * c->width, 0, c->format.max);
    }
    add_output(c, sizeof(int16_t), 2 * c->width, 1, 2 * c->width, 0, 0);
}

void run_line_corrections(kernel_case *c, const sv_dsp *kernels)
{
    const int32_t *nearer = input(c, 0);
    const uint16_t *samples[SV_CELL_PLANES] = {input(c, 1), input(c, 2), input(c, 3)};
    kernels->line_corrections(output(c, 0), nearer, nearer + SV_LINE_MIXED * input_stride(c, 0),
                              input_stride(c, 0), samples, c->width,
                              sv_restoration_shift(c->format));
}

void prepare_add_corrections(kernel_case *c)
{
    c->width = c->repeat == 0 ? SV_STRIP : pick(c, 1, SV_STRIP);
    c->height = 1;
    add_input(c, SAMPLE, 0, c->width, 1, c->width, 0, c->format.max);
    add_input(c, sizeof(int16_t), 0, c->width, 1, c->width, INT16_MIN, INT16_MAX);
    add_output(c, SAMPLE, c->width, 1, c->width, 0, c->format.max);
}

void run_add_corrections(kernel_case *c, const sv_dsp *kernels)
{
    kernels->add_corrections(output(c, 0), input(c, 0), input(c, 1), c->width, c->format.max);
}
