/* What a kernel's exerciser is made of. The exercisers are in kernel_cases_*.c, the program that
 * runs them in kernel_check.c. */
#ifndef SVAC2_TESTS_KERNEL_CHECK_H
#define SVAC2_TESTS_KERNEL_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dsp/dsp.h"

enum { SAMPLE = sizeof(uint16_t) };
enum { MAX_INPUTS = 8, MAX_OUTPUTS = 3, MAX_PARAMETERS = 11 };

/* A rectangle of integers within an allocation. */
typedef struct kernel_operand {
    unsigned char *memory;
    size_t size;      /* of the allocation, in bytes */
    size_t origin;    /* byte offset of the first element */
    size_t element;   /* bytes: 1, 2, 4 or 8 */
    ptrdiff_t stride; /* in elements */
    int width, height;
} kernel_operand;

/* One call of a kernel: its size, its operands and what it gave. */
typedef struct kernel_case {
    sv_format format;  /* of samples */
    int width, height; /* wanted; a prepare function may change them where repeat > 0 */
    int repeat;        /* 0: a typical call, which is also the one that is timed */
    uint64_t random_state;
    kernel_operand inputs[MAX_INPUTS];
    kernel_operand outputs[MAX_OUTPUTS];
    int input_count, output_count;
    int parameters[MAX_PARAMETERS];
    uint64_t result; /* the kernel's return value, where it has one */
} kernel_case;

/* Uniform in low..high. */
int pick(kernel_case *c, int low, int high);

/* Adds an operand whose elements lie in low..high: spread over the range or at its ends. The
 * allocation of an input starts `before` elements ahead of the origin and ends with the rectangle,
 * so that a sanitizer sees any read outside; that of an output has guards all round. */
kernel_operand *add_input(kernel_case *c, size_t element, int before, int width, int height,
                          ptrdiff_t stride, int low, int high);
kernel_operand *add_output(kernel_case *c, size_t element, int width, int height, ptrdiff_t stride,
                           int low, int high);

/* The operand's first element. */
void *input(const kernel_case *c, int index);
void *output(const kernel_case *c, int index);
void set_element(kernel_operand *operand, int x, int y, int value);

/* Those that most kernels need: width x height samples. */
kernel_operand *add_samples(kernel_case *c);
kernel_operand *add_sample_output(kernel_case *c);

/* Those of secondary transforms: a kernel, and coefficients of -limit - 1..limit. */
void prepare_inverse(kernel_case *c, size_t element, int limit);
void prepare_forward(kernel_case *c, size_t element, int limit);
void prepare_values(kernel_case *c, size_t element, int limit);
sv_secondary secondary_of_case(const kernel_case *c);

/* An odd stride more often than not; a timed call has rows as a picture has. */
ptrdiff_t pick_stride(kernel_case *c, int width);
ptrdiff_t input_stride(const kernel_case *c, int index);
ptrdiff_t output_stride(const kernel_case *c, int index);

/* The exerciser of each kernel, which a kernel without one fails to link for: prepare adds operands
 * and draws parameters, run makes one call. */
#define KERNEL(type, name, arguments)    \
    void prepare_##name(kernel_case *c); \
    void run_##name(kernel_case *c, const sv_dsp *kernels);
#include "dsp/kernels.def"
#undef KERNEL

#endif
