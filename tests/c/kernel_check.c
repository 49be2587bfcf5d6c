/* Checks that every variant of every kernel equals the scalar reference, element for element, and
 * writes nothing outside its block; with --bench prints nanoseconds per call instead. */
#include "kernel_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "include/svac2.h"

enum { GUARD = 256, REPEATS = 24 };

typedef struct kernel_test {
    const char *name;
    void (*prepare)(kernel_case *c);
    void (*run)(kernel_case *c, const sv_dsp *kernels);
} kernel_test;

static const kernel_test tests[] = {
#define KERNEL(type, name, arguments) {#name, prepare_##name, run_##name},
#include "dsp/kernels.def"
#undef KERNEL
};
enum { TEST_COUNT = sizeof tests / sizeof tests[0] };

typedef struct kernel_variant {
    const char *name;
    uint32_t cpu;
} kernel_variant;

static const kernel_variant variants[] = {{"scalar", 0}, {"avx2", SVAC2_CPU_AVX2}};
enum { VARIANT_COUNT = sizeof variants / sizeof variants[0] };

static bool is_available(const kernel_variant *variant)
{
    return (variant->cpu & ~svac2_cpu_features()) == 0;
}

/* splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014. */
static uint64_t next_random(kernel_case *c)
{
    uint64_t z = c->random_state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

int pick(kernel_case *c, int low, int high)
{
    uint64_t span = (uint64_t)((int64_t)high - low + 1);
    return (int)(low + (int64_t)(next_random(c) % span));
}

static size_t element_offset(const kernel_operand *operand, int x, int y)
{
    return operand->origin + (size_t)(y * operand->stride + x) * operand->element;
}

void set_element(kernel_operand *operand, int x, int y, int value)
{
    unsigned char *to = operand->memory + element_offset(operand, x, y);
    if (operand->element == 1) {
        *to = (unsigned char)value;
    } else if (operand->element == sizeof(uint16_t)) {
        uint16_t bits = (uint16_t)value;
        memcpy(to, &bits, sizeof bits);
    } else if (operand->element == sizeof(int32_t)) {
        int32_t bits = value;
        memcpy(to, &bits, sizeof bits);
    } else {
        int64_t wide = value;
        memcpy(to, &wide, sizeof wide);
    }
}

/* Fills all of the allocation, what lies around the rectangle too. */
static void fill_operand(kernel_case *c, kernel_operand *operand, int low, int high)
{
    operand->memory = malloc(operand->size);
    if (operand->memory == NULL) {
        fputs("out of memory\n", stderr);
        exit(2);
    }
    int pattern = c->repeat == 0 ? 0 : pick(c, 0, 4);
    if (pattern == 2) {
        high = low;
    } else if (pattern == 3) {
        low = high;
    }
    size_t count = operand->size / operand->element;
    ptrdiff_t before = (ptrdiff_t)(operand->origin / operand->element);
    for (size_t i = 0; i < count; i++) {
        int value = pattern == 1 ? (pick(c, 0, 1) ? high : low) : pick(c, low, high);
        set_element(operand, (int)((ptrdiff_t)i - before), 0, value);
    }
}

kernel_operand *add_input(kernel_case *c, size_t element, int before, int width, int height,
                          ptrdiff_t stride, int low, int high)
{
    kernel_operand *operand = &c->inputs[c->input_count++];
    size_t count = (size_t)(before + (height - 1) * stride + width);
    operand->size = count * element;
    operand->origin = (size_t)before * element;
    operand->element = element;
    operand->stride = stride;
    operand->width = width;
    operand->height = height;
    fill_operand(c, operand, low, high);
    return operand;
}

kernel_operand *add_output(kernel_case *c, size_t element, int width, int height, ptrdiff_t stride,
                           int low, int high)
{
    kernel_operand *operand = &c->outputs[c->output_count++];
    operand->size = (size_t)(2 * GUARD + height * stride) * element;
    operand->origin = GUARD * element;
    operand->element = element;
    operand->stride = stride;
    operand->width = width;
    operand->height = height;
    fill_operand(c, operand, low, high);
    return operand;
}

void *input(const kernel_case *c, int index)
{
    return c->inputs[index].memory + c->inputs[index].origin;
}

void *output(const kernel_case *c, int index)
{
    return c->outputs[index].memory + c->outputs[index].origin;
}

ptrdiff_t pick_stride(kernel_case *c, int width)
{
    return c->repeat == 0 ? (width + 31) / 32 * 32 + 32 : width + pick(c, 0, 9);
}

ptrdiff_t input_stride(const kernel_case *c, int index) { return c->inputs[index].stride; }

ptrdiff_t output_stride(const kernel_case *c, int index) { return c->outputs[index].stride; }

kernel_operand *add_samples(kernel_case *c)
{
    return add_input(c, SAMPLE, 0, c->width, c->height, pick_stride(c, c->width), 0, c->format.max);
}

kernel_operand *add_sample_output(kernel_case *c)
{
    return add_output(c, SAMPLE, c->width, c->height, pick_stride(c, c->width), 0, c->format.max);
}

static void release_case(kernel_case *c)
{
    for (int i = 0; i < c->input_count; i++) {
        free(c->inputs[i].memory);
    }
    for (int i = 0; i < c->output_count; i++) {
        free(c->outputs[i].memory);
    }
}

static kernel_case create_case(const kernel_test *test, sv_format format, int width, int height,
                               int repeat)
{
    kernel_case c = {.format = format, .width = width, .height = height, .repeat = repeat};
    c.random_state = (uint64_t)((((test - tests) * 128 + width) * 128 + height) * 128 + repeat);
    test->prepare(&c);
    return c;
}

static void print_case(const kernel_case *c, const kernel_test *test, const kernel_variant *variant)
{
    printf("%s %s: %d bits, %dx%d, repeat %d, parameters", test->name, variant->name,
           c->format.depth, c->width, c->height, c->repeat);
    for (int i = 0; i < MAX_PARAMETERS; i++) {
        printf(" %d", c->parameters[i]);
    }
}

/* Whether a byte of the allocation belongs to the rectangle; its place. */
static bool locate(const kernel_operand *operand, size_t byte, int *x, int *y)
{
    ptrdiff_t index =
        (ptrdiff_t)(byte / operand->element) - (ptrdiff_t)(operand->origin / operand->element);
    ptrdiff_t row = index >= 0 ? index / operand->stride : -1;
    *x = (int)(index - row * operand->stride);
    *y = (int)row;
    return row >= 0 && row < operand->height && *x < operand->width;
}

/* Compares an output with what it should hold. The scalar function has only its surroundings
 * checked: these must hold what was there before. */
static bool compare_output(const kernel_case *c, const kernel_test *test,
                           const kernel_variant *variant, int index, const unsigned char *expected,
                           bool surroundings_only)
{
    const kernel_operand *operand = &c->outputs[index];
    for (size_t i = 0; i < operand->size; i++) {
        int x, y;
        bool inside = locate(operand, i, &x, &y);
        if (operand->memory[i] != expected[i] && !(inside && surroundings_only)) {
            print_case(c, test, variant);
            printf(": output %d %s at x %d, y %d\n", index,
                   inside ? "differs" : "is written outside the block", x, y);
            return false;
        }
    }
    return true;
}

static bool check_case(kernel_case *c, const kernel_test *test)
{
    unsigned char *before[MAX_OUTPUTS];
    unsigned char *expected[MAX_OUTPUTS];
    for (int i = 0; i < c->output_count; i++) {
        size_t size = c->outputs[i].size;
        before[i] = malloc(size);
        expected[i] = malloc(size);
        if (before[i] == NULL || expected[i] == NULL) {
            fputs("out of memory\n", stderr);
            exit(2);
        }
        memcpy(before[i], c->outputs[i].memory, size);
    }
    bool good = true;
    uint64_t expected_result = 0;
    for (int v = 0; v < VARIANT_COUNT && good; v++) {
        if (!is_available(&variants[v])) {
            continue;
        }
        sv_dsp kernels;
        sv_dsp_init(&kernels, c->format, variants[v].cpu);
        for (int i = 0; i < c->output_count; i++) {
            memcpy(c->outputs[i].memory, before[i], c->outputs[i].size);
        }
        test->run(c, &kernels);
        for (int i = 0; i < c->output_count && good; i++) {
            good =
                compare_output(c, test, &variants[v], i, v == 0 ? before[i] : expected[i], v == 0);
            if (v == 0) {
                memcpy(expected[i], c->outputs[i].memory, c->outputs[i].size);
            }
        }
        if (v == 0) {
            expected_result = c->result;
        } else if (good && c->result != expected_result) {
            print_case(c, test, &variants[v]);
            printf(": returns %llu, not %llu\n", (unsigned long long)c->result,
                   (unsigned long long)expected_result);
            good = false;
        }
    }
    for (int i = 0; i < c->output_count; i++) {
        free(before[i]);
        free(expected[i]);
    }
    return good;
}

/* Calls of all sizes with samples of one format; returns how many, or -1 where one differs. */
static int check_format(const kernel_test *test, sv_format format)
{
    int cases = 0;
    for (int width = 4; width <= 64; width *= 2) {
        for (int height = 4; height <= 64; height *= 2) {
            for (int repeat = 0; repeat < REPEATS; repeat++) {
                kernel_case c = create_case(test, format, width, height, repeat);
                bool good = check_case(&c, test);
                release_case(&c);
                if (!good) {
                    return -1;
                }
                cases++;
            }
        }
    }
    return cases;
}

static bool check_kernel(const kernel_test *test)
{
    static const int depths[] = {8, 10, 12, 16}; /* of images */
    int cases = 0;
    for (size_t i = 0; i < sizeof depths / sizeof depths[0]; i++) {
        int checked = check_format(test, sv_format_of(depths[i]));
        if (checked < 0) {
            return false;
        }
        cases += checked;
    }
    printf("%s: %d cases,", test->name, cases);
    for (int v = 0; v < VARIANT_COUNT; v++) {
        if (is_available(&variants[v])) {
            printf(" %s", variants[v].name);
        }
    }
    puts(" agree");
    return true;
}

static double now(void)
{
    struct timespec time;
    timespec_get(&time, TIME_UTC);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Nanoseconds per call, the best of several runs. */
static double time_case(kernel_case *c, const kernel_test *test, const sv_dsp *kernels)
{
    enum { RUNS = 7 };
    const double shortest = 1e6;
    double best = 0;
    for (int run = 0, calls = 1; run < RUNS;) {
        double start = now();
        for (int i = 0; i < calls; i++) {
            test->run(c, kernels);
        }
        double elapsed = now() - start;
        if (elapsed < shortest) {
            calls *= 2;
            continue;
        }
        if (run == 0 || elapsed / calls < best) {
            best = elapsed / calls;
        }
        run++;
    }
    return best;
}

static void bench_kernel(const kernel_test *test)
{
    static const int sizes[][2] = {{4, 4}, {4, 8}, {8, 4}, {8, 8}, {16, 16}, {32, 32}, {64, 64}};
    int width = 0, height = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        kernel_case c = create_case(test, sv_format_of(8), sizes[i][0], sizes[i][1], 0);
        bool is_new = c.width != width || c.height != height; /* some kernels have one size */
        width = c.width;
        height = c.height;
        if (is_new) {
            printf("%-18s %3dx%-2d", test->name, width, height);
            for (int v = 0; v < VARIANT_COUNT; v++) {
                if (is_available(&variants[v])) {
                    sv_dsp kernels;
                    sv_dsp_init(&kernels, c.format, variants[v].cpu);
                    printf("  %s %9.1f ns", variants[v].name, time_case(&c, test, &kernels));
                }
            }
            putchar('\n');
        }
        release_case(&c);
    }
}

int main(int argument_count, char **arguments)
{
    bool bench = argument_count == 2 && strcmp(arguments[1], "--bench") == 0;
    if (argument_count > 1 && !bench) {
        fprintf(stderr, "usage: %s [--bench]\n", arguments[0]);
        return 2;
    }
    for (int i = 0; i < TEST_COUNT; i++) {
        if (bench) {
            bench_kernel(&tests[i]);
        } else if (!check_kernel(&tests[i])) {
            return 1;
        }
    }
    return 0;
}
