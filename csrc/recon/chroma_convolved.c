#include "recon/chroma_convolved.h"

#include <string.h>

#include "common/intmath.h"
#include "recon/chroma_linear.h"
#include "recon/intra.h"
#include "recon/linear.h"

/* Inputs of a sample: luma there and on four sides, each less the mean, the square of the first,
 * and one. The targets, both planes less their means, follow. */
enum {
    SQUARE = 5,
    ONE = 6,
    INPUTS = 7,
    ROWS = INPUTS + SV_COMPONENT_PLANES_MAX,
    PITCH = 16,
    BATCH = 16,
    FIT_BITS = 10, /* of samples that filters are fitted to */
    ONE_VALUE = 256
};

/* ---- Luma ---- */

static inline uint16_t *luma_at(sv_convolved *c, int x, int y)
{
    return &c->samples[(y + SV_CONVOLVED_BEFORE) * SV_CONVOLVED_STRIDE + x + 1 +
                       SV_CONVOLVED_BEFORE];
}

/* A row of luma up to column `end`, and one more on both sides that repeats the nearest. */
static void gather_row(sv_convolved *c, const sv_frame *frame, const sv_cu *cu, int y, int end)
{
    const int from = -sv_min(SV_CONVOLVED_BEFORE, cu->x);
    const int row = sv_clip(cu->y + y, 0, cu->y + c->left_count - 1);
    uint16_t *to = luma_at(c, 0, y);
    sv_luma_rows(to + from, frame, cu->x + from, row, end - from, 1);
    to[from - 1] = to[from];
    to[end] = to[end - 1];
}

static void gather(sv_convolved *c, const sv_frame *frame, const sv_cu *cu)
{
    const sv_layout *layout = &frame->layout;
    const int tree = SV_COMPONENT_CHROMA, x = cu->x, y = cu->y;
    const int width = 1 << cu->log2_w, height = 1 << cu->log2_h;
    c->top_depth = sv_min(SV_CONVOLVED_DEPTH, y);
    c->left_depth = sv_min(SV_CONVOLVED_DEPTH, x);
    c->top_count = width;
    c->left_count = height;
    if (y > 0) {
        c->top_count += sv_coded_to_right(layout, tree, x + width, y - 1, height);
    }
    if (x > 0) {
        c->left_count += sv_coded_below(layout, tree, x - 1, y + height, width);
    }
    for (int row = -c->top_depth - 1; row < 0; row++) {
        gather_row(c, frame, cu, row, c->top_count);
    }
    for (int row = 0; row < height; row++) {
        gather_row(c, frame, cu, row, width);
    }
    for (int row = height; x > 0 && row < sv_max(c->left_count, height + 1); row++) {
        gather_row(c, frame, cu, row, 0);
    }
    memcpy(luma_at(c, 0, height), luma_at(c, 0, height - 1), (size_t)width * sizeof(uint16_t));
}

/* ---- Fit ---- */

/* A rectangle of samples that the filters are fitted to. */
typedef struct area {
    int x, y, width, height;
} area;

enum { AREAS = 4 };

typedef struct fit {
    sv_convolved *convolved;
    const sv_plane *chroma; /* the first plane */
    const sv_cu *cu;
    int planes, extra; /* extra: bits of samples beyond FIT_BITS */
    area areas[AREAS];
    int count; /* in the batch */
    int16_t batch[BATCH][PITCH];
    int32_t sums[ROWS * PITCH];
} fit;

static void find_areas(fit *f)
{
    const sv_convolved *c = f->convolved;
    const int width = 1 << f->cu->log2_w, height = 1 << f->cu->log2_h;
    const int top = c->top_depth, left = c->left_depth;
    f->areas[0] = (area){0, -top, width, top};
    f->areas[1] = (area){width, -top, c->top_count - width, top - 1};
    f->areas[2] = (area){-left, 0, left, height};
    f->areas[3] = (area){-left, height, left - 1, c->left_count - height - 1};
}

static const uint16_t *target_row(const fit *f, int plane, int x, int y)
{
    const sv_plane *p = &f->chroma[plane];
    return &p->data[(f->cu->y + y) * p->stride + f->cu->x + x];
}

static int64_t sum_row(const uint16_t *row, int width)
{
    int64_t sum = 0;
    for (int x = 0; x < width; x++) {
        sum += row[x];
    }
    return sum;
}

/* start: the means where there is no sample. */
static void find_means(fit *f, const int *start)
{
    int64_t luma = 0, sums[SV_COMPONENT_PLANES_MAX] = {0, 0}, count = 0;
    for (int i = 0; i < AREAS; i++) {
        const area *a = &f->areas[i];
        for (int y = a->y; y < a->y + a->height; y++) {
            luma += sum_row(luma_at(f->convolved, a->x, y), a->width);
            for (int p = 0; p < f->planes; p++) {
                sums[p] += sum_row(target_row(f, p, a->x, y), a->width);
            }
            count += a->width;
        }
    }
    f->convolved->luma_mean = count > 0 ? (int)(luma / count) : 0;
    for (int p = 0; p < f->planes; p++) {
        f->convolved->means[p] = count > 0 ? (int)(sums[p] / count) : start[p];
    }
}

/* at: of luma. */
static inline void find_inputs(int32_t inputs[INPUTS], const uint16_t *at, int mean, int extra)
{
    inputs[0] = at[0] - mean;
    inputs[1] = at[-SV_CONVOLVED_STRIDE] - mean;
    inputs[2] = at[SV_CONVOLVED_STRIDE] - mean;
    inputs[3] = at[-1] - mean;
    inputs[4] = at[1] - mean;
    const int32_t coarse = inputs[0] >> extra;
    inputs[SQUARE] = coarse * coarse >> FIT_BITS << extra;
    inputs[ONE] = ONE_VALUE << extra;
}

static void flush(fit *f, const sv_dsp *dsp)
{
    int32_t sums[ROWS * PITCH];
    memset(f->batch[f->count], 0, (size_t)(BATCH - f->count) * sizeof f->batch[0]);
    dsp->gram(sums, f->batch[0], PITCH, BATCH, ROWS, PITCH);
    for (int i = 0; i < ROWS * PITCH; i++) {
        f->sums[i] += sums[i];
    }
    f->count = 0;
}

static void add_row(fit *f, int x, int y, int width, const sv_dsp *dsp)
{
    const sv_convolved *c = f->convolved;
    const uint16_t *luma = luma_at(f->convolved, x, y);
    for (int i = 0; i < width; i++) {
        int32_t inputs[INPUTS];
        int16_t *to = f->batch[f->count++];
        find_inputs(inputs, luma + i, c->luma_mean, f->extra);
        for (int k = 0; k < INPUTS; k++) {
            to[k] = (int16_t)(inputs[k] >> f->extra);
        }
        for (int p = 0; p < f->planes; p++) {
            to[INPUTS + p] = (int16_t)((target_row(f, p, x, y)[i] - c->means[p]) >> f->extra);
        }
        if (f->count == BATCH) {
            flush(f, dsp);
        }
    }
}

/* The filter of a plane: the solver wants its target behind the inputs. */
static void solve(fit *f, int plane, const sv_dsp *dsp)
{
    int16_t weights[PITCH];
    for (int i = 0; i < INPUTS; i++) {
        f->sums[i * PITCH + INPUTS] = f->sums[i * PITCH + INPUTS + plane];
    }
    f->sums[INPUTS * PITCH + INPUTS] = f->sums[(INPUTS + plane) * PITCH + INPUTS + plane];
    sv_linear_solve(f->sums, INPUTS, PITCH, weights, dsp);
    memcpy(f->convolved->weights[plane], weights, INPUTS * sizeof *weights);
}

static int extra_bits(const sv_dsp *dsp)
{
    return sv_max(sv_floor_log2((uint32_t)dsp->format.max) + 1 - FIT_BITS, 0);
}

void sv_convolved_fit(sv_convolved *convolved, const sv_frame *frame, const sv_cu *cu)
{
    const sv_dsp *dsp = &frame->dsp;
    const sv_component *component = &frame->layout.components.list[SV_COMPONENT_CHROMA];
    fit f = {.convolved = convolved,
             .chroma = &frame->picture.planes[component->first_plane],
             .cu = cu,
             .planes = component->plane_count,
             .extra = extra_bits(dsp)};
    gather(convolved, frame, cu);
    find_areas(&f);
    find_means(&f, &frame->start[component->first_plane]);
    for (int i = 0; i < AREAS; i++) {
        const area *a = &f.areas[i];
        for (int y = a->y; y < a->y + a->height; y++) {
            add_row(&f, a->x, y, a->width, dsp);
        }
    }
    flush(&f, dsp);
    for (int p = 0; p < f.planes; p++) {
        solve(&f, p, dsp);
    }
}

/* ---- Prediction ---- */

void sv_convolved_predict(const sv_convolved *convolved, const sv_frame *frame, const sv_cu *cu,
                          int plane, uint16_t *dst, ptrdiff_t stride)
{
    const sv_dsp *dsp = &frame->dsp;
    const int width = 1 << cu->log2_w, height = 1 << cu->log2_h, extra = extra_bits(dsp);
    const int16_t *weights = convolved->weights[plane];
    for (int y = 0; y < height; y++, dst += stride) {
        const uint16_t *at = luma_at((sv_convolved *)convolved, 0, y);
        for (int x = 0; x < width; x++) {
            int32_t inputs[INPUTS];
            int64_t sum = 1 << (SV_WEIGHT_BITS - 1);
            find_inputs(inputs, at + x, convolved->luma_mean, extra);
            for (int i = 0; i < INPUTS; i++) {
                sum += (int64_t)inputs[i] * weights[i];
            }
            dst[x] = (uint16_t)sv_clip(convolved->means[plane] + (int)(sum >> SV_WEIGHT_BITS), 0,
                                       dsp->format.max);
        }
    }
}
