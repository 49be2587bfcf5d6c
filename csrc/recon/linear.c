#include "recon/linear.h"

#include <assert.h>
#include <string.h>

#include "common/memory.h"

static size_t matrix_size(const sv_linear *l) { return (size_t)(l->taps + 1) * (size_t)l->pitch; }

static int class_count(const sv_linear *l) { return l->window.by_parity ? 4 : 1; }

svac2_status sv_linear_create(sv_linear *linear, sv_linear_window window, int taps, int width,
                              svac2_error *error)
{
    assert(taps <= SV_LINEAR_TAPS_MAX);
    memset(linear, 0, sizeof *linear);
    linear->window = window;
    linear->taps = taps;
    linear->pitch = sv_linear_pitch(taps);
    linear->blocks = (width + SV_SEGMENT - 1) / SV_SEGMENT;
    size_t matrices = (size_t)class_count(linear) * (size_t)(linear->blocks + 2);
    linear->above = sv_alloc_zeroed(matrices * matrix_size(linear), sizeof *linear->above);
    if (linear->above == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for sums of %d columns", width);
    }
    return SVAC2_OK;
}

void sv_linear_destroy(sv_linear *linear)
{
    sv_free(linear->above);
    linear->above = NULL;
}

/* Sums of what lies above a block, for columns of a parity. */
static int32_t *above_of(const sv_linear *l, int block, int row, int parity)
{
    int class = l->window.by_parity ? 2 * (row & 1) + parity : 0;
    return l->above +
           ((size_t)class * (size_t)(l->blocks + 2) + (size_t)(block + 1)) * matrix_size(l);
}

static void fit(sv_linear *l, int block, int row, int parity, const sv_dsp *dsp)
{
    int32_t sums[(SV_LINEAR_TAPS_MAX + 1) * SV_LINEAR_PITCH_MAX];
    const int size = (int)matrix_size(l);
    const int32_t *above = above_of(l, block, row, parity), *left = l->left[parity];
    for (int i = 0; i < size; i++) {
        sums[i] = left[i] + above[i - size] + above[i] + above[i + size];
    }
    sv_linear_solve(sums, l->taps, l->pitch, l->weights[parity], dsp);
}

void sv_linear_start_row(sv_linear *linear) { memset(linear->left, 0, sizeof linear->left); }

void sv_linear_fit(sv_linear *linear, int block, int row, const sv_dsp *dsp)
{
    fit(linear, block, row, 0, dsp);
    if (linear->window.by_parity) {
        fit(linear, block, row, 1, dsp);
    } else {
        memcpy(linear->weights[1], linear->weights[0], sizeof linear->weights[0]);
    }
}

/* sums: NULL, or those of the other parity. */
static void add(int32_t *total, int shift, const int32_t *sums, const int32_t *others, int size)
{
    for (int i = 0; i < size; i++) {
        total[i] += sums[i] - (total[i] >> shift);
    }
    for (int i = 0; others != NULL && i < size; i++) {
        total[i] += others[i];
    }
}

void sv_linear_add(sv_linear *linear, const sv_linear_segment *segment, int block, int row)
{
    const int size = (int)matrix_size(linear);
    const sv_linear_window *window = &linear->window;
    for (int parity = 0; parity <= (int)window->by_parity; parity++) {
        const bool joined = segment->by_parity && !window->by_parity;
        const int32_t *others = joined ? segment->sums[1] : NULL;
        add(above_of(linear, block, row, parity), window->above, segment->sums[parity], others,
            size);
        add(linear->left[parity], window->left, segment->sums[parity], others, size);
    }
}

void sv_linear_sum(sv_linear_segment *segment, int taps, const sv_dsp *dsp)
{
    const int groups = segment->by_parity ? 2 : 1;
    for (int x = 0; x < SV_SEGMENT; x++) {
        if ((segment->used >> x & 1) == 0) {
            memset(sv_linear_inputs(segment, x), 0, sizeof segment->inputs[0][0]);
        }
    }
    for (int i = 0; i < groups; i++) {
        dsp->gram(segment->sums[i], segment->inputs[i][0], SV_LINEAR_PITCH_MAX, SV_SEGMENT / groups,
                  taps + 1, sv_linear_pitch(taps));
    }
    segment->used = 0;
}
