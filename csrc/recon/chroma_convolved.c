#include "recon/chroma_convolved.h"

#include <assert.h>
#include <string.h>

#include "common/intmath.h"
#include "recon/chroma_linear.h"
#include "recon/intra.h"
#include "recon/linear.h"

/* The inputs of the filters (dsp/linear.h), and the targets: both planes less their means. */
enum {
    INPUTS = SV_CONVOLUTION_INPUTS,
    ROWS = INPUTS + SV_COMPONENT_PLANES_MAX,
    PITCH = SV_CONVOLUTION_ENTRIES,
    SAMPLES_MAX = 2 * SV_CONVOLVED_DEPTH * SV_CTU_SIZE, /* every second row of all areas */
    LANES = 8,                                          /* of a vector */
    DOT_STEP = 16 /* of samples, zeros among them, that are summed */
};

/* ---- Luma ---- */

static inline uint16_t *luma_at(sv_convolved *c, int x, int y)
{
    return &c->samples[SV_CONVOLVED_FIRST + y * SV_CONVOLVED_STRIDE + x];
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
    int planes;
    area areas[AREAS];
    int count; /* of samples so far */
    int16_t rows[ROWS][SAMPLES_MAX + DOT_STEP];
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

/* The samples of a plane that touch the block: in a row above, and `step` apart on the left. */
typedef struct edge {
    const uint16_t *above, *beside;
    ptrdiff_t step;
} edge;

/* none: the mean where nothing lies there. */
static int mean_of(const fit *f, edge e, int none)
{
    const int above = f->convolved->top_depth > 0 ? 1 << f->cu->log2_w : 0;
    const int beside = f->convolved->left_depth > 0 ? 1 << f->cu->log2_h : 0;
    int sum = 0;
    for (int i = 0; i < above; i++) {
        sum += e.above[i];
    }
    for (int i = 0; i < beside; i++) {
        sum += e.beside[i * e.step];
    }
    return above + beside > 0 ? sum / (above + beside) : none;
}

static void find_means(fit *f, const int *start)
{
    sv_convolved *c = f->convolved;
    const bool above = c->top_depth > 0, beside = c->left_depth > 0;
    const edge luma = {luma_at(c, 0, -1), luma_at(c, -1, 0), SV_CONVOLVED_STRIDE};
    const int mean = mean_of(f, luma, 0);
    for (int p = 0; p < f->planes; p++) {
        const edge chroma = {above ? target_row(f, p, 0, -1) : NULL,
                             beside ? target_row(f, p, -1, 0) : NULL, f->chroma[p].stride};
        c->filters[p].mean = mean;
        c->filters[p].target_mean = mean_of(f, chroma, start[p]);
    }
}

static void load(int16_t *to, const uint16_t *from, int count, int mean, int extra)
{
    for (int i = 0; i < count; i++) {
        to[i] = (int16_t)((from[i] - mean) >> extra);
    }
}

static void add_row(fit *f, int x, int y, int width)
{
    static const int beside[SV_CONVOLUTION_CROSS] = {0, -SV_CONVOLVED_STRIDE, SV_CONVOLVED_STRIDE,
                                                     -1, 1};
    const sv_convolution *filters = f->convolved->filters;
    const int extra = filters[0].extra;
    const uint16_t *luma = luma_at(f->convolved, x, y);
    const int at = f->count;
    for (int k = 0; k < SV_CONVOLUTION_CROSS; k++) {
        for (int i = 0; i < width; i += LANES) { /* those too many are overwritten */
            load(f->rows[k] + at + i, luma + beside[k] + i, LANES, filters[0].mean, extra);
        }
    }
    for (int p = 0; p < f->planes; p++) {
        load(f->rows[INPUTS + p] + at, target_row(f, p, x, y), width, filters[p].target_mean,
             extra);
    }
    f->count += width;
}

/* Sums of products: the upper triangle. */
static void sum_products(fit *f, int32_t *sums, const sv_dsp *dsp)
{
    const int whole = (f->count + DOT_STEP - 1) & -DOT_STEP;
    static_assert(SAMPLES_MAX % DOT_STEP == 0 && SAMPLES_MAX <= INT32_MAX >> 20,
                  "sums of products of 10 bits fit");
    for (int i = 0; i < f->count; i++) {
        f->rows[SV_CONVOLUTION_SQUARE][i] = (int16_t)sv_convolution_square(f->rows[0][i]);
        f->rows[SV_CONVOLUTION_ONE][i] = SV_CONVOLUTION_VALUE;
    }
    for (int i = 0; i < ROWS; i++) {
        memset(f->rows[i] + f->count, 0, (size_t)(whole - f->count) * sizeof f->rows[0][0]);
    }
    dsp->products(sums, f->rows[0], SAMPLES_MAX + DOT_STEP, ROWS, whole);
}

/* The filter of a plane, whose target stands behind the inputs. */
static void solve(const fit *f, int32_t sums[ROWS][ROWS], int plane, const sv_dsp *dsp)
{
    int32_t matrix[(INPUTS + 1) * PITCH] = {0};
    const int target = INPUTS + plane;
    for (int i = 0; i < INPUTS; i++) {
        for (int j = i; j < INPUTS; j++) {
            matrix[i * PITCH + j] = sums[i][j];
        }
        matrix[i * PITCH + INPUTS] = sums[i][target];
    }
    matrix[INPUTS * PITCH + INPUTS] = sums[target][target];
    static_assert((int)SV_CONVOLUTION_BITS == (int)SV_WEIGHT_BITS, "weights as they are found");
    sv_linear_solve(matrix, INPUTS, PITCH, f->convolved->filters[plane].weights, dsp);
}

void sv_convolved_fit(sv_convolved *convolved, const sv_frame *frame, const sv_cu *cu)
{
    const sv_dsp *dsp = &frame->dsp;
    const sv_component *component = &frame->layout.components.list[SV_COMPONENT_CHROMA];
    int32_t sums[ROWS][ROWS];
    fit f; /* not cleared: its rows are long */
    f.convolved = convolved;
    f.chroma = &frame->picture.planes[component->first_plane];
    f.cu = cu;
    f.planes = component->plane_count;
    f.count = 0;
    for (int p = 0; p < f.planes; p++) {
        convolved->filters[p].extra = sv_max(dsp->format.depth - SV_CONVOLUTION_DEPTH, 0);
    }
    gather(convolved, frame, cu);
    find_areas(&f);
    find_means(&f, &frame->start[component->first_plane]);
    for (int i = 0; i < AREAS; i++) {
        const area *a = &f.areas[i];
        for (int y = a->height - 1; y >= 0; y -= 2) {
            add_row(&f, a->x, a->y + y, a->width);
        }
    }
    sum_products(&f, sums[0], dsp);
    for (int p = 0; p < f.planes; p++) {
        solve(&f, sums, p, dsp);
    }
}

void sv_convolved_predict(const sv_convolved *convolved, const sv_frame *frame, const sv_cu *cu,
                          int plane, uint16_t *dst, ptrdiff_t stride)
{
    const sv_dsp *dsp = &frame->dsp;
    const uint16_t *luma = &convolved->samples[SV_CONVOLVED_FIRST];
    dsp->predict_convolved(dst, stride, luma, SV_CONVOLVED_STRIDE, &convolved->filters[plane],
                           1 << cu->log2_w, 1 << cu->log2_h, dsp->format.max);
}
