/* Exercisers of the kernels of linear prediction. */
#include "kernel_check.h"

enum { PITCH_MAX = 40, COUNT_MAX = 8, INPUT_MAX = 1023, SUM_MAX = 1 << 28 };

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
