/* Fuzz target (LLVM's libFuzzer, "Fuzz Target"): any bytes are the arrays of a weight file.
 *
 * Whatever they hold, there is either a network or one status with a sentence that explains it. A
 * network that is accepted restores any picture within its range, and the processor's features
 * change nothing. The bytes, 0 where they end early:
 *
 *     planes, layers, sets, wrong count, width, height, strength, qp in quarters, flags
 *     6 of each layer:  side, outputs, 3 of sources, side of a cell
 *     1 of each set:    qp
 *     then the content of all other arrays and of the picture, again and again
 *
 * Flag 1 brings planes, cells and content into the ranges that are allowed; most mutations of it
 * would otherwise end at the first weight. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/svac2.h"

enum { COUNT_MAX = 31, SIDE_MAX = 70, WEIGHTS_MAX = 1 << 14, MANY_WEIGHTS = 1 << 11 };
enum { ARRAYS = 5, COLUMNS = 4, QUARTER = SVAC2_QP_ONE / 4 };
enum { FLAG_IN_RANGE = 1, FLAG_THREADS = 2, FLAG_RGB = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "model_fuzzer: %s\n", what);
        abort();
    }
}

/* Memory of exact size, so that a sanitizer sees any access outside. */
static void *allocate(size_t count, size_t size)
{
    void *memory = malloc(count * size + (count * size == 0));
    require(memory != NULL, "out of memory");
    return memory;
}

typedef struct reader {
    const uint8_t *data;
    size_t size, position, content;
} reader;

static uint8_t next_byte(reader *r)
{
    uint8_t byte = r->position < r->size ? r->data[r->position] : 0;
    r->position++;
    return byte;
}

/* Little-endian, from the content, which starts anew where it ends. */
static uint32_t next_content(reader *r, int bytes)
{
    uint32_t value = 0;
    for (int i = 0; i < bytes; i++) {
        if (r->position >= r->size) {
            r->position = r->content;
        }
        value |= (uint32_t)next_byte(r) << (8 * i);
    }
    return value;
}

typedef struct input {
    svac2_model_arrays arrays;
    int32_t layers[COLUMNS * COUNT_MAX], qps[COUNT_MAX];
    int16_t *weights;
    int32_t *biases, *head_biases;
    uint8_t *shifts;
    int16_t *head_weights;
    uint32_t width, height;
    int strength, qp, flags;
} input;

static size_t outputs_of(const input *in, size_t layer)
{
    int32_t outputs = in->layers[COLUMNS * layer + 1];
    return outputs > 0 ? (size_t)outputs : 0;
}

/* Samples of a layer's cell; of one that is refused, any small number. */
static size_t phases_of(const input *in, size_t layer)
{
    int32_t cell = in->layers[COLUMNS * layer + 3];
    return cell >= 1 && cell <= 4 ? (size_t)(cell * cell) : 1;
}

static size_t inputs_of(const input *in, size_t layer)
{
    size_t planes = in->arrays.planes > 0 ? (size_t)in->arrays.planes : 0;
    size_t inputs = in->layers[COLUMNS * layer + 2] & 1 ? planes * phases_of(in, layer) : 0;
    for (size_t i = 0; i < layer && i < 23; i++) {
        inputs += in->layers[COLUMNS * layer + 2] >> (i + 1) & 1 ? outputs_of(in, i) : 0;
    }
    return inputs;
}

/* As many as the layers need, except for one array where the input says so; few enough. */
static void set_counts(input *in, int wrong)
{
    svac2_model_arrays *a = &in->arrays;
    size_t weights = 0, outputs = 0, head = a->layer_count - (a->layer_count > 0);
    for (size_t i = 0; i < head; i++) {
        size_t side = (size_t)abs(in->layers[COLUMNS * i]);
        weights += outputs_of(in, i) * inputs_of(in, i) * side * side;
        outputs += outputs_of(in, i);
    }
    size_t heads = outputs_of(in, head) * phases_of(in, head);
    size_t *counts[ARRAYS] = {&a->weight_count, &a->bias_count, &a->shift_count,
                              &a->head_weight_count, &a->head_bias_count};
    size_t needed[ARRAYS] = {weights, outputs, outputs, heads * inputs_of(in, head), heads};
    for (int i = 0; i < ARRAYS; i++) {
        size_t count = a->set_count * needed[i];
        if (wrong == 1 + i) {
            count++;
        } else if (wrong == 1 + ARRAYS + i && count > 0) {
            count--;
        }
        *counts[i] = count < WEIGHTS_MAX ? count : WEIGHTS_MAX;
    }
}

static void read_content(input *in, reader *r)
{
    svac2_model_arrays *a = &in->arrays;
    bool in_range = in->flags & FLAG_IN_RANGE;
    a->weights = in->weights = allocate(a->weight_count, sizeof *in->weights);
    a->biases = in->biases = allocate(a->bias_count, sizeof *in->biases);
    a->shifts = in->shifts = allocate(a->shift_count, 1);
    a->head_weights = in->head_weights = allocate(a->head_weight_count, sizeof *in->head_weights);
    a->head_biases = in->head_biases = allocate(a->head_bias_count, sizeof *in->head_biases);
    for (size_t i = 0; i < a->weight_count; i++) {
        in->weights[i] = in_range ? (int8_t)next_content(r, 1) / 2 : (int16_t)next_content(r, 2);
    }
    for (size_t i = 0; i < a->bias_count; i++) {
        in->biases[i] = (int32_t)next_content(r, 4) / (in_range ? 2 : 1);
    }
    for (size_t i = 0; i < a->shift_count; i++) {
        in->shifts[i] = (uint8_t)(next_content(r, 1) % (in_range ? 25 : 256));
    }
    for (size_t i = 0; i < a->head_weight_count; i++) {
        in->head_weights[i] = (int16_t)next_content(r, 2);
    }
    for (size_t i = 0; i < a->head_bias_count; i++) {
        in->head_biases[i] = (int32_t)next_content(r, 4) / (in_range ? 128 : 1);
    }
}

static void read_input(input *in, reader *r)
{
    svac2_model_arrays *a = &in->arrays;
    memset(in, 0, sizeof *in);
    a->planes = (int8_t)next_byte(r);
    a->views = (int8_t)next_byte(r);
    a->layer_count = next_byte(r) % (COUNT_MAX + 1);
    a->set_count = next_byte(r) % (COUNT_MAX + 1);
    int wrong = next_byte(r);
    in->width = next_byte(r);
    in->height = next_byte(r);
    in->strength = next_byte(r) % (SVAC2_STRENGTH_MAX + 1);
    in->qp = QUARTER * (next_byte(r) % (SVAC2_MAX_QP / QUARTER + 1));
    in->flags = next_byte(r);
    if (in->flags & FLAG_IN_RANGE) {
        a->planes = 1 + (a->planes & 0x7f) % 3;
        a->views = 1 << (a->views & 3);
    }
    for (size_t i = 0; i < a->layer_count; i++) {
        in->layers[COLUMNS * i] = (int8_t)next_byte(r);
        in->layers[COLUMNS * i + 1] = (int8_t)next_byte(r);
        for (int byte = 0; byte < 3; byte++) {
            in->layers[COLUMNS * i + 2] |= next_byte(r) << (8 * byte);
        }
        int cell = next_byte(r);
        in->layers[COLUMNS * i + 3] = in->flags & FLAG_IN_RANGE ? 1 << cell % 3 : (int8_t)cell;
    }
    for (size_t i = 0; i < a->set_count; i++) {
        in->qps[i] = (int8_t)next_byte(r);
    }
    a->layers = in->layers;
    a->qps = in->qps;
    r->content = r->position < r->size ? r->position : r->size;
    set_counts(in, wrong);
    read_content(in, r);
    /* Of a large network, few pixels. */
    uint32_t side_max = a->weight_count > MANY_WEIGHTS ? SIDE_MAX / 8 : SIDE_MAX;
    in->width = 1 + in->width % side_max;
    in->height = 1 + in->height % side_max;
}

static void free_input(input *in)
{
    free(in->weights);
    free(in->biases);
    free(in->shifts);
    free(in->head_weights);
    free(in->head_biases);
}

static svac2_enhance_options options_for(const input *in, const svac2_model *model, bool scalar)
{
    return (svac2_enhance_options){.model = model,
                                   .qp = in->qp,
                                   .strength = in->strength,
                                   .threads = in->flags & FLAG_THREADS && !scalar ? 2 : 1,
                                   .cpu_mask = scalar ? 0 : SVAC2_CPU_ALL};
}

static void restore_luma(const input *in, const svac2_model *model, reader *r)
{
    size_t count = (size_t)in->width * in->height, samples = count * (size_t)in->arrays.planes;
    uint16_t *planes = allocate(samples, sizeof *planes);
    uint16_t *restored[2];
    svac2_error error;
    for (size_t i = 0; i < samples; i++) {
        planes[i] = (uint16_t)(next_content(r, 2) & 1023);
    }
    for (int i = 0; i < 2; i++) {
        svac2_enhance_options options = options_for(in, model, i == 1);
        restored[i] = allocate(count, sizeof **restored);
        require(svac2_restore_luma(planes, in->width, in->height, &options, restored[i], &error) ==
                    SVAC2_OK,
                error.message);
    }
    size_t bytes = count * sizeof *planes;
    require(memcmp(restored[0], restored[1], bytes) == 0, "luma depends on the processor");
    require(in->strength > 0 || memcmp(planes, restored[0], bytes) == 0, "strength 0 restores");
    for (size_t i = 0; i < count; i++) {
        require(restored[0][i] <= 1023, "a sample out of range");
    }
    free(planes);
    free(restored[0]);
    free(restored[1]);
}

static void enhance_image(const input *in, const svac2_model *model, reader *r)
{
    uint32_t channels = in->flags & FLAG_RGB ? 3 : 1;
    size_t row = (size_t)in->width * channels, count = row * in->height;
    uint8_t *pixels = allocate(count, 1);
    uint8_t *enhanced[2];
    svac2_image image = {pixels, (ptrdiff_t)row, in->width, in->height, channels, 8};
    svac2_error error;
    for (size_t i = 0; i < count; i++) {
        pixels[i] = (uint8_t)next_content(r, 1);
    }
    for (int i = 0; i < 2; i++) {
        svac2_enhance_options options = options_for(in, model, i == 1);
        enhanced[i] = allocate(count, 1);
        svac2_status status = svac2_enhance(&image, &options, enhanced[i], (ptrdiff_t)row, &error);
        require(status == (in->arrays.planes > 1 ? SVAC2_ERR_ARGUMENT : SVAC2_OK), error.message);
    }
    require(in->arrays.planes > 1 || memcmp(enhanced[0], enhanced[1], count) == 0,
            "pixels depend on the processor");
    free(pixels);
    free(enhanced[0]);
    free(enhanced[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    reader r = {.data = data, .size = size};
    input in;
    svac2_model *model = NULL;
    svac2_error error = {.status = SVAC2_OK};
    read_input(&in, &r);
    svac2_status status = svac2_model_create(&in.arrays, &model, &error);
    if (status == SVAC2_OK) {
        restore_luma(&in, model, &r);
        enhance_image(&in, model, &r);
        svac2_model_destroy(model);
    } else {
        require(status == SVAC2_ERR_MODEL && error.status == status, "not the model's status");
        require(model == NULL, "a model in spite of an error");
        require(error.message[0] != '\0', "an error without a sentence");
        require(memchr(error.message, '\0', sizeof error.message) != NULL,
                "a sentence without an end");
    }
    free_input(&in);
    return 0;
}
