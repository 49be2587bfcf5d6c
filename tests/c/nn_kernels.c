/* Every variant of every kernel of the network engine equals the scalar reference and writes
 * nothing outside its lines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/intmath.h"
#include "drawing.h"
#include "nn/kernels.h"
#include "nn_check.h"

enum { CASES = 640, COLUMNS_MAX = 80, GUARD = 64, ROWS_MAX = SV_NN_WORDS_MAX };
/* What stands where nothing may be written. */
enum { GUARD_BYTE = 0x5a, GUARD_HALF = 0x5a5a, GUARD_WORD = 0x5a5a5a5a };

/* Numbers for one operand: all over the range, at its ends, or all at one of them. */
typedef struct numbers {
    int low, high, pattern;
    uint64_t *state;
} numbers;

static numbers choose_numbers(int low, int high, uint64_t *state)
{
    return (numbers){low, high, random_int(state, 0, 4), state};
}

static int next_number(const numbers *n)
{
    bool is_end = random_int(n->state, 0, 1) == 0;
    switch (n->pattern) {
    case 0:
        return n->low;
    case 1:
        return n->high;
    case 2:
        return is_end ? n->low : n->high;
    default:
        return random_int(n->state, n->low, n->high);
    }
}

/* A word of `count` numbers of as many bits as fit, the first one lowest. */
static uint32_t next_word(const numbers *n, int count)
{
    int bits = 32 / count;
    uint32_t mask = UINT32_MAX >> (32 - bits), word = 0;
    for (int i = 0; i < count; i++) {
        word |= ((uint32_t)next_number(n) & mask) << (i * bits);
    }
    return word;
}

static int whole_columns(int columns)
{
    return (columns + SV_NN_COLUMNS - 1) / SV_NN_COLUMNS * SV_NN_COLUMNS;
}

/* Lines of inputs, each in an allocation that ends where a kernel may no longer read. */
typedef struct input_lines {
    uint32_t *memory[ROWS_MAX];
    const uint32_t *at[ROWS_MAX]; /* column 0 */
    int count;
} input_lines;

static input_lines make_inputs(int count, int columns, const numbers *n, int per_word)
{
    input_lines lines = {.count = count};
    int words = whole_columns(columns);
    for (int i = 0; i < count; i++) {
        lines.memory[i] = allocate((size_t)words, sizeof(uint32_t));
        lines.at[i] = lines.memory[i];
        for (int x = 0; x < words; x++) {
            lines.memory[i][x] = next_word(n, per_word);
        }
    }
    return lines;
}

static void free_inputs(const input_lines *lines)
{
    for (int i = 0; i < lines->count; i++) {
        free(lines->memory[i]);
    }
}

/* A bias within +-limit, often at its ends. */
static int32_t random_bias(int64_t limit, uint64_t *state)
{
    int64_t ends[4] = {0, limit, -limit, 0};
    int64_t small = limit < 1 << 20 ? limit : 1 << 20;
    ends[3] = random_int(state, (int)-small, (int)small);
    return (int32_t)ends[random_int(state, 0, 3)];
}

/* --- convolutions --------------------------------------------------------------------------- */

typedef struct conv_case {
    sv_nn_packed layer;
    int32_t *weights, *biases, *shifts;
    sv_nn_chunk_order *orders;
    input_lines in;
    int columns;
} conv_case;

static conv_case make_conv(int index, bool planes, uint64_t *state)
{
    bool many = random_int(state, 0, 31) == 0;
    conv_case c = {.columns = 1 + index % COLUMNS_MAX};
    int per_word = planes ? 2 : 4, input_max = planes ? SV_NN_SAMPLE_MAX : 255;
    /* Three planes in cells of 4x4 have most words of planes. */
    int count = random_int(state, 1, !many ? 30 : planes ? 216 : SV_NN_WORDS_MAX);
    size_t outputs = (size_t)(4 + 4 * (index % (SV_NN_OUTPUTS_MAX / 4))),
           words = outputs * (size_t)count;
    numbers inputs = choose_numbers(0, input_max, state);
    int weight_max = planes ? SV_NN_PLANE_WEIGHT_MAX : SV_NN_WEIGHT_MAX;
    /* Small ones make long runs. */
    int magnitude = random_int(state, 0, 1) ? weight_max : random_int(state, 1, weight_max);
    numbers weights = choose_numbers(-magnitude, magnitude, state);
    c.in = make_inputs(count, c.columns, &inputs, per_word);
    c.weights = allocate(words, sizeof *c.weights);
    c.biases = allocate(outputs, sizeof *c.biases);
    c.shifts = allocate(outputs, sizeof *c.shifts);
    c.orders = allocate((size_t)sv_nn_chunks((int)outputs), sizeof *c.orders);
    for (size_t i = 0; i < words; i++) {
        c.weights[i] = (int32_t)next_word(&weights, per_word);
    }
    int64_t limit = INT32_MAX - (int64_t)count * per_word * magnitude * input_max;
    for (size_t i = 0; i < outputs; i++) {
        c.biases[i] = random_bias(limit, state);
        c.shifts[i] = random_int(state, 0, SV_NN_SHIFT_MAX);
    }
    for (int first = 0; first < (int)outputs; first += SV_NN_CHUNK) {
        sv_nn_order_words(&c.orders[first / SV_NN_CHUNK], c.weights + first * count, count,
                          sv_nn_chunk((int)outputs, first), !planes);
    }
    c.layer = (sv_nn_packed){c.weights, c.biases, c.shifts, c.orders, count, (int)outputs};
    return c;
}

static void free_conv(conv_case *c)
{
    free_inputs(&c->in);
    free(c->weights);
    free(c->biases);
    free(c->shifts);
    free(c->orders);
}

typedef void conv_function(uint32_t *const *out, const uint32_t *const *in,
                           const sv_nn_packed *layer, int columns);

/* Runs it into lines with guards on both sides; returns them all, one after the other. */
static uint32_t *run_conv(conv_function *conv, const conv_case *c, int line)
{
    int groups = (c->layer.outputs + 3) / 4;
    size_t words = (size_t)(groups * line);
    uint32_t *memory = allocate(words, sizeof *memory);
    uint32_t *out[SV_NN_OUTPUTS_MAX / 4];
    memset(memory, GUARD_BYTE, words * sizeof *memory);
    for (int g = 0; g < groups; g++) {
        out[g] = memory + g * line + GUARD;
    }
    conv(out, c->in.at, &c->layer, c->columns);
    return memory;
}

static void check_conv(const char *name, const engine_variant *variant, conv_function *conv,
                       conv_function *reference, bool planes, uint64_t *state)
{
    for (int i = 0; i < CASES; i++) {
        conv_case c = make_conv(i, planes, state);
        int whole = whole_columns(c.columns), line = whole + 2 * GUARD;
        uint32_t *found = run_conv(conv, &c, line), *expected = run_conv(reference, &c, line);
        for (int j = 0; j < (c.layer.outputs + 3) / 4 * line; j++) {
            int x = j % line - GUARD;
            uint32_t right = x < 0 || x >= whole ? GUARD_WORD : expected[j];
            if (found[j] != right && (x < c.columns || x >= whole)) {
                fail("%s %s: %d outputs, %d words, %d columns: group %d, column %d: %x "
                     "instead of %x",
                     name, variant->name, c.layer.outputs, c.layer.words, c.columns, j / line, x,
                     (unsigned)found[j], (unsigned)right);
            }
        }
        free(found);
        free(expected);
        free_conv(&c);
    }
}

static void check_conv_bytes(const engine_variant *variant, const sv_nn_kernels *kernels,
                             const sv_nn_kernels *reference, uint64_t *state)
{
    check_conv("conv_bytes", variant, kernels->conv_bytes, reference->conv_bytes, false, state);
}

static void check_conv_planes(const engine_variant *variant, const sv_nn_kernels *kernels,
                              const sv_nn_kernels *reference, uint64_t *state)
{
    check_conv("conv_planes", variant, kernels->conv_planes, reference->conv_planes, true, state);
}

/* --- head ----------------------------------------------------------------------------------- */

static void check_head(const engine_variant *variant, const sv_nn_kernels *kernels,
                       const sv_nn_kernels *reference, uint64_t *state)
{
    for (int i = 0; i < CASES; i++) {
        int groups = 1 + i % SV_NN_GROUPS_MAX, columns = 1 + i % COLUMNS_MAX;
        int shift = random_int(state, 0, SV_NN_HEAD_SHIFT), whole = whole_columns(columns);
        numbers inputs = choose_numbers(0, 255, state);
        /* As large as the sums allow. */
        int most_sum = INT32_MAX - (1 << SV_NN_HEAD_SHIFT);
        int limit = sv_min(INT16_MAX, most_sum / (groups * 4 * 255) - 1);
        numbers weights = choose_numbers(-limit - 1, limit, state);
        input_lines in = make_inputs(groups, columns, &inputs, 4);
        sv_nn_head *head = allocate(1, sizeof *head);
        for (int w = 0; w < 2 * groups; w++) {
            head->weights[w] = (int32_t)next_word(&weights, 2);
        }
        int64_t most = (int64_t)groups * 4 * 255 * (limit + 1) + (1 << shift >> 1);
        head->bias = random_bias(INT32_MAX - most, state);
        int16_t found[2 * GUARD + COLUMNS_MAX], expected[2 * GUARD + COLUMNS_MAX];
        memset(found, GUARD_BYTE, sizeof found);
        memset(expected, GUARD_BYTE, sizeof expected);
        kernels->head(found + GUARD, in.at, groups, head, shift, columns);
        reference->head(expected + GUARD, in.at, groups, head, shift, columns);
        for (int x = -GUARD; x < COLUMNS_MAX + GUARD; x++) {
            int16_t right = x < 0 || x >= whole ? GUARD_HALF : expected[x + GUARD];
            if (found[x + GUARD] != right && (x < columns || x >= whole)) {
                fail("head %s: %d groups, shift %d, %d columns: column %d: %d instead of %d",
                     variant->name, groups, shift, columns, x, found[x + GUARD], right);
            }
        }
        free(head);
        free_inputs(&in);
    }
}

void check_kernels(uint64_t *state)
{
    sv_nn_kernels kernels, reference;
    sv_nn_kernels_init(&reference, 0);
    for (int v = 0; v < VARIANT_COUNT; v++) {
        if (is_available(&variants[v])) {
            sv_nn_kernels_init(&kernels, variants[v].cpu);
#define KERNEL(type, name, arguments) check_##name(&variants[v], &kernels, &reference, state);
#include "nn/kernels.def"
#undef KERNEL
        }
    }
    printf("kernels:");
    for (int v = 0; v < VARIANT_COUNT; v++) {
        if (is_available(&variants[v])) {
            printf(" %s", variants[v].name);
        }
    }
    puts(" agree");
}
