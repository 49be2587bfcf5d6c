/* Exercisers of the kernels of linear prediction, and of sums of products. */
#include <limits.h>
#include <string.h>

#include "kernel_check.h"

enum { PITCH_MAX = 40, COUNT_MAX = 16, INPUT_MAX = 1023, SUM_MAX = 1 << 28 };

/* parameters: rows, count */
void prepare_gram(kernel_case *c)
{
    const bool timed = c->repeat == 0;
    c->parameters[0] = timed ? 30 : pick(c, 1, PITCH_MAX);
    c->parameters[1] = timed ? COUNT_MAX : 2 * pick(c, 1, COUNT_MAX / 2);
    c->width = (c->parameters[0] + 7) & ~7;
    c->height = c->parameters[1];
    add_input(c, sizeof(int16_t), 0, c->width, c->height, pick_stride(c, c->width), -INPUT_MAX,
              INPUT_MAX);
    add_output(c, sizeof(int32_t), c->width, c->parameters[0], c->width, -SUM_MAX, SUM_MAX);
}

void run_gram(kernel_case *c, const sv_dsp *kernels)
{
    kernels->gram(output(c, 0), input(c, 0), input_stride(c, 0), c->parameters[1], c->parameters[0],
                  c->width);
}

/* parameters: rows. */
void prepare_products(kernel_case *c)
{
    c->parameters[0] = c->repeat == 0 ? 9 : 3 * pick(c, 1, 4);
    c->width = 16 * (c->repeat == 0 ? 12 : pick(c, 1, 96));
    add_input(c, sizeof(int16_t), 0, c->width, c->parameters[0], pick_stride(c, c->width),
              -INPUT_MAX - 1, INPUT_MAX);
    add_output(c, sizeof(int32_t), c->parameters[0], c->parameters[0], c->parameters[0], INT_MIN,
               INT_MAX);
}

/* What is below the diagonal may be anything. */
void run_products(kernel_case *c, const sv_dsp *kernels)
{
    const int count = c->parameters[0];
    int32_t *sums = output(c, 0);
    kernels->products(sums, input(c, 0), input_stride(c, 0), count, c->width);
    for (int i = 0; i < count; i++) {
        memset(&sums[i * count], 0, (size_t)i * sizeof *sums);
    }
}

/* parameters: size, pivot, inverse in units of 2^20. The last column of the pivot's row is large.
 */
void prepare_eliminate(kernel_case *c)
{
    const bool timed = c->repeat == 0;
    const int size = timed ? 30 : pick(c, 2, PITCH_MAX);
    c->parameters[0] = size;
    c->parameters[1] = timed ? 0 : pick(c, 0, size - 1);
    c->parameters[2] = pick(c, 1, 1 << 15);
    c->width = (size + 7) & ~7;
    c->height = size;
    add_output(c, sizeof(int32_t), c->width, size, c->width, INT_MIN, INT_MAX);
    add_output(c, sizeof(int32_t), c->width, size, c->width, 0, 0);
}

void run_eliminate(kernel_case *c, const sv_dsp *kernels)
{
    kernels->eliminate(output(c, 0), output(c, 1), c->width, c->parameters[0], c->parameters[1],
                       (int64_t)c->parameters[2] << 20);
}

void prepare_dot(kernel_case *c)
{
    c->width = c->repeat == 0 ? 4 * c->width : pick(c, 1, 300);
    c->height = 1;
    for (int i = 0; i < 2; i++) {
        add_input(c, sizeof(int16_t), 0, c->width, 1, c->width, INT16_MIN, INT16_MAX);
    }
}

void run_dot(kernel_case *c, const sv_dsp *kernels)
{
    c->result = (uint64_t)kernels->dot(input(c, 0), input(c, 1), c->width);
}

/* parameters: shift. The width is the border's. */
void prepare_border_frequencies(kernel_case *c)
{
    const int count = c->repeat == 0 ? 8 : 4 * pick(c, 1, (c->width < 32 ? c->width : 32) / 4);
    const int basis_max = (1 << 16) / (c->width < 16 ? 16 : c->width) - 1;
    add_input(c, sizeof(int16_t), 0, c->width, 1, c->width, 1 - (1 << 14), (1 << 14) - 1);
    add_input(c, sizeof(int16_t), 0, c->width, count, c->width, -basis_max, basis_max);
    add_output(c, sizeof(int32_t), count, 1, count, INT_MIN, INT_MAX);
    c->height = count;
    c->parameters[0] = c->repeat == 0 ? 9 : pick(c, 1, 16);
}

void run_border_frequencies(kernel_case *c, const sv_dsp *kernels)
{
    kernels->border_frequencies(output(c, 0), input(c, 0), input(c, 1), c->width, c->height,
                                c->parameters[0]);
}

/* Few levels that are not 0, or many. */
void prepare_find_levels(kernel_case *c)
{
    const int most = c->repeat % 3 == 1 ? 2 * SV_LEVEL_MAX : 0;
    c->width = c->width < 32 ? c->width : 32;
    c->height = c->height < 32 ? c->height : 32;
    const int count = c->width * c->height;
    kernel_operand *levels = add_input(c, sizeof(int32_t), 0, count, 1, count, -most, most);
    for (int i = pick(c, 1, 8); most == 0 && i > 0; i--) {
        set_element(levels, pick(c, 0, count - 1), 0, i % 2 == 0 ? i : -i);
    }
    add_output(c, sizeof(uint16_t), count, 1, count, 0, 0);
}

void run_find_levels(kernel_case *c, const sv_dsp *kernels)
{
    c->result = (uint64_t)kernels->find_levels(output(c, 0), input(c, 0), c->width * c->height);
}
