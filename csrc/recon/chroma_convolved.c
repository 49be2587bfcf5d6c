#include "recon/chroma_convolved.h"

#include <string.h>

#include "common/intmath.h"
#include "recon/chroma_linear.h"
#include "recon/intra.h"
#include "recon/linear.h"

/* Inputs of a sample: luma there and on four sides, each less the mean, the square of the first,
 * and one. The target follows. */
enum { CROSS = 5, SQUARE = 5, ONE = 6, INPUTS = 7, PITCH = 8, FIT_BITS = 10, ONE_VALUE = 256 };
enum { SUMS = (INPUTS + 1) * PITCH, BATCH = 16 };

static const uint16_t *sample_at(const sv_convolved_luma *luma, int x, int y)
{
    return &luma->samples[(y + SV_CONVOLVED_BEFORE) * SV_CONVOLVED_STRIDE + x + 1 +
                          SV_CONVOLVED_BEFORE];
}

/* A row of luma up to column `end`, and one more on both sides that repeats the nearest. */
static void gather_row(sv_convolved_luma *luma, const sv_frame *frame, const sv_cu *cu, int y,
                       int end)
{
    const int from = -sv_min(SV_CONVOLVED_BEFORE, cu->x);
    const int row = sv_clip(cu->y + y, 0, cu->y + luma->left_count - 1);
    uint16_t *to = (uint16_t *)sample_at(luma, 0, y);
    sv_luma_rows(to + from, frame, cu->x + from, row, end - from, 1);
    to[from - 1] = to[from];
    to[end] = to[end - 1];
}

void sv_convolved_gather(sv_convolved_luma *luma, const sv_frame *frame, const sv_cu *cu)
{
    const sv_layout *layout = &frame->layout;
    const int tree = SV_COMPONENT_CHROMA;
    const int x = cu->x, y = cu->y, width = 1 << cu->log2_w, height = 1 << cu->log2_h;
    luma->top_depth = sv_min(SV_CONVOLVED_DEPTH, y);
    luma->left_depth = sv_min(SV_CONVOLVED_DEPTH, x);
    luma->top_count =
        y > 0 ? width + sv_coded_to_right(layout, tree, x + width, y - 1, height) : width;
    luma->left_count =
        x > 0 ? height + sv_coded_below(layout, tree, x - 1, y + height, width) : height;
    for (int row = -luma->top_depth - 1; row < 0; row++) {
        gather_row(luma, frame, cu, row, luma->top_count);
    }
    for (int row = 0; row < height; row++) {
        gather_row(luma, frame, cu, row, width);
    }
    for (int row = height; x > 0 && row < sv_max(luma->left_count, height + 1); row++) {
        gather_row(luma, frame, cu, row, 0);
    }
    memcpy((uint16_t *)sample_at(luma, 0, height), sample_at(luma, 0, height - 1),
           (size_t)width * sizeof(uint16_t));
}

/* A rectangle of samples that the filter is fitted to. */
typedef struct area {
    int x, y, width, height;
} area;

enum { AREAS = 4 };
static void find_areas(area areas[AREAS], const sv_convolved_luma *luma, const sv_cu *cu)
{
    const int width = 1 << cu->log2_w, height = 1 << cu->log2_h;
    const int top = luma->top_depth, left = luma->left_depth;
    areas[0] = (area){0, -top, width, top};
    areas[1] = (area){width, -top, luma->top_count - width, top - 1};
    areas[2] = (area){-left, 0, left, height};
    areas[3] = (area){-left, height, left - 1, luma->left_count - height - 1};
}

/* What is fitted. */
typedef struct fit {
    const sv_convolved_luma *luma;
    const sv_plane *chroma;
    const sv_cu *cu;
    int luma_mean, chroma_mean, extra; /* extra: bits of samples beyond FIT_BITS */
    int count;                         /* in the batch */
    int16_t batch[BATCH][PITCH];
    int32_t sums[SUMS];
} fit;

static const uint16_t *target_at(const fit *f, int x, int y)
{
    return &f->chroma->data[(f->cu->y + y) * f->chroma->stride + f->cu->x + x];
}

/* Returns how many samples there are. */
static int find_means(fit *f, const area areas[AREAS], int start)
{
    int64_t luma = 0, chroma = 0, count = 0;
    for (int i = 0; i < AREAS; i++) {
        const area *a = &areas[i];
        for (int y = a->y; y < a->y + a->height; y++) {
            for (int x = a->x; x < a->x + a->width; x++) {
                luma += *sample_at(f->luma, x, y);
                chroma += *target_at(f, x, y);
                count++;
            }
        }
    }
    f->luma_mean = count > 0 ? (int)(luma / count) : start;
    f->chroma_mean = count > 0 ? (int)(chroma / count) : start;
    return (int)count;
}

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
    int32_t sums[SUMS];
    memset(f->batch[f->count], 0, (size_t)(BATCH - f->count) * sizeof f->batch[0]);
    dsp->gram(sums, f->batch[0], PITCH, BATCH, INPUTS + 1, PITCH);
    for (int i = 0; i < SUMS; i++) {
        f->sums[i] += sums[i];
    }
    f->count = 0;
}

static void add_area(fit *f, const area *a, const sv_dsp *dsp)
{
    for (int y = a->y; y < a->y + a->height; y++) {
        for (int x = a->x; x < a->x + a->width; x++) {
            int32_t inputs[INPUTS];
            int16_t *to = f->batch[f->count++];
            find_inputs(inputs, sample_at(f->luma, x, y), f->luma_mean, f->extra);
            for (int i = 0; i < INPUTS; i++) {
                to[i] = (int16_t)(inputs[i] >> f->extra);
            }
            to[INPUTS] = (int16_t)((*target_at(f, x, y) - f->chroma_mean) >> f->extra);
            if (f->count == BATCH) {
                flush(f, dsp);
            }
        }
    }
}

void sv_convolved_predict(const sv_convolved_luma *luma, const sv_frame *frame, const sv_cu *cu,
                          int plane_index, uint16_t *dst, ptrdiff_t stride)
{
    const sv_dsp *dsp = &frame->dsp;
    const int width = 1 << cu->log2_w, height = 1 << cu->log2_h;
    fit f = {.luma = luma, .chroma = &frame->picture.planes[plane_index], .cu = cu};
    area areas[AREAS];
    int16_t weights[PITCH];
    f.extra = sv_max(sv_floor_log2((uint32_t)dsp->format.max) + 1 - FIT_BITS, 0);
    find_areas(areas, luma, cu);
    find_means(&f, areas, frame->start[plane_index]);
    for (int i = 0; i < AREAS; i++) {
        add_area(&f, &areas[i], dsp);
    }
    flush(&f, dsp);
    sv_linear_solve(f.sums, INPUTS, PITCH, weights, dsp);
    for (int y = 0; y < height; y++, dst += stride) {
        const uint16_t *at = sample_at(luma, 0, y);
        for (int x = 0; x < width; x++) {
            int32_t inputs[INPUTS];
            int64_t sum = 1 << (SV_WEIGHT_BITS - 1);
            find_inputs(inputs, at + x, f.luma_mean, f.extra);
            for (int i = 0; i < INPUTS; i++) {
                sum += (int64_t)inputs[i] * weights[i];
            }
            dst[x] = (uint16_t)sv_clip(f.chroma_mean + (int)(sum >> SV_WEIGHT_BITS), 0,
                                       dsp->format.max);
        }
    }
}
