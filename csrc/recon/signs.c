#include "recon/signs.h"

#include "format/block_contexts.h"
#include "format/quantiser.h"
#include "format/sign_variances.h"
#include "recon/residual.h"

#include <stdlib.h>
#include <string.h>

/* Residuals along a side, in 1/32 step, and the most that is taken of them. */
enum { EDGE_BITS = 5, EDGE_MAX = (1 << 14) - 1 };

/* How much a level says of the borders, and they of it: an octave each. */
enum { SWAYS = 15 };
static int sway_of(int32_t top, int32_t left) { return sv_floor_log2((uint32_t)(top + left) | 1); }

/* Whether four levels are all 0. */
static bool is_empty(const sv_level *levels)
{
    uint64_t halves[2];
    memcpy(halves, levels, sizeof halves);
    return (halves[0] | halves[1]) == 0;
}

/* Levels that are not 0, as a scan by rows finds them. */
typedef struct found_levels {
    uint16_t places[SV_TX_MAX_COEFS * SV_TX_MAX_COEFS];
    uint8_t sways[SV_TX_MAX_COEFS * SV_TX_MAX_COEFS];
    int numbers[SWAYS]; /* of levels of each sway */
} found_levels;

/* Adds a level, and what it adds to the variances. */
static void find_level(sv_sign_walk *walk, found_levels *found, int x, int y)
{
    const int place = (y << walk->log2_w) + x, magnitude = abs(walk->levels[place]);
    const int32_t top = sv_sign_share(&walk->top, y, magnitude);
    const int32_t left = sv_sign_share(&walk->left, x, magnitude);
    const int sway = sway_of(top, left), i = walk->count++;
    walk->top.variance[x] += (uint32_t)(top * top);
    walk->left.variance[y] += (uint32_t)(left * left);
    found->numbers[sway]++;
    found->sways[i] = (uint8_t)sway;
    found->places[i] = (uint16_t)place;
}

static void find_levels(sv_sign_walk *walk, found_levels *found, int extent_w, int extent_h)
{
    for (int y = 0; y < extent_h; y++) {
        const sv_level *row = walk->levels + (y << walk->log2_w);
        for (int start = 0; start < extent_w; start += 4) {
            for (int x = is_empty(row + start) ? start + 4 : start; x < start + 4; x++) {
                if (row[x] != 0) {
                    find_level(walk, found, x, y);
                }
            }
        }
    }
}

/* Those that say most come first. */
static void order_levels(sv_sign_walk *walk, int extent_w, int extent_h)
{
    found_levels found;
    int starts[SWAYS];
    memset(found.numbers, 0, sizeof found.numbers);
    walk->count = 0;
    find_levels(walk, &found, extent_w, extent_h);
    for (int i = SWAYS - 1, start = 0; i >= 0; i--) {
        starts[i] = start;
        start += found.numbers[i];
    }
    for (int i = 0; i < walk->count; i++) {
        walk->places[starts[found.sways[i]]++] = found.places[i];
    }
}

/* A side of a plane of a block. */
typedef struct side_task {
    const uint16_t *samples; /* the block's first one */
    ptrdiff_t along, across; /* steps between samples, across away from what is beside the block */
    int log2_size, extent, shift;
    const int16_t *basis;      /* forward, along the side */
    const int16_t *first;      /* of the basis across it (sv_sign_side) */
    int64_t per_step;          /* 2^(EDGE_BITS + 23) / step in samples */
    const uint16_t *variances; /* by class of frequency */
} side_task;

/* False where nothing lies beside it, and where a kernel takes all frequencies together. */
static bool find_side(side_task *task, const sv_frame *frame, int tree, const sv_cu *cu, int plane,
                      bool left)
{
    const sv_component *component = &frame->layout.components.list[tree];
    const sv_format format = frame->dsp.format;
    const int index = component->first_plane + plane, qp = frame->qp[index];
    const sv_plane *p = &frame->picture.planes[index];
    const int node = sv_clip((sv_whole_qp(qp) - 24) >> 3, 0, 3);
    const bool halved = frame->layout.quantisation == SV_QUANTISATION_DEPENDENT;
    const int finest = sv_qp_min(format.image_depth) - (halved ? SV_DEPENDENT_QP : 0);
    const int step = sv_step_at(qp - finest) << sv_lift(format);
    const int bases[2] = {sv_horizontal_basis(cu->tx), sv_vertical_basis(cu->tx)};
    const int log2_sizes[2] = {cu->log2_w, cu->log2_h};
    task->samples = p->data + cu->y * p->stride + cu->x;
    task->along = left ? p->stride : 1;
    task->across = left ? 1 : p->stride;
    task->log2_size = log2_sizes[left];
    task->extent = left ? cu->extent_h[plane] : cu->extent_w[plane];
    task->basis = sv_tx_forward[bases[left]][log2_sizes[left] - 2];
    task->first = sv_tx_inverse[bases[!left]][log2_sizes[!left] - 2];
    task->shift = 12 - SV_SIGN_MISMATCH_BITS + halved;
    task->per_step = ((int64_t)1 << (EDGE_BITS + 23 + SV_STEP_BITS)) / step;
    task->variances = sv_sign_variances[component->coding][left][sv_mode_class(cu->mode)][node]
                                       [task->log2_size - 2];
    return cu->tx < SV_TX_SECONDARY &&
           sv_unit_at(&frame->layout.maps[tree], cu->x - left, cu->y - !left) != NULL;
}

/* Half way from the nearest sample to the line through it and the next, less the prediction. */
static void measure_edge(int16_t *edge, const side_task *t)
{
    const uint16_t *at = t->samples;
    for (int i = 0; i < 1 << t->log2_size; i++, at += t->along) {
        int missing = 3 * at[-t->across] - at[-2 * t->across] - 2 * at[0];
        int64_t steps = missing * t->per_step >> 24;
        edge[i] = (int16_t)(steps < -EDGE_MAX ? -EDGE_MAX : steps > EDGE_MAX ? EDGE_MAX : steps);
    }
}

static void measure(int32_t *mismatch, const side_task *t)
{
    enum { SHIFT = 12 + EDGE_BITS - SV_SIGN_MISMATCH_BITS, MAX = SV_SIGN_MISMATCH_MAX };
    int16_t edge[SV_CTU_SIZE];
    const int16_t *row = t->basis;
    const int size = 1 << t->log2_size;
    measure_edge(edge, t);
    for (int k = 0; k < t->extent; k++, row += size) {
        int32_t sum = 1 << (SHIFT - 1);
        for (int i = 0; i < size; i++) {
            sum += edge[i] * row[i];
        }
        mismatch[k] = sv_clip(sum >> SHIFT, -MAX, MAX);
    }
}

static const uint8_t frequency_class[SV_TX_MAX_COEFS] = {
    0, 1, 2, 3, 4, 4, 5, 5, 5, 6, 6, 6, 6, 6, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7};

static void start_side(sv_sign_side *side, const side_task *task)
{
    measure(side->mismatch, task);
    for (int k = 0; k < task->extent; k++) {
        side->variance[k] = (uint32_t)task->variances[frequency_class[k]] << 8;
    }
    side->first = task->first;
    side->shift = task->shift;
}

static void start_nowhere(sv_sign_side *side)
{
    static const int16_t none[SV_TX_MAX_COEFS] = {0};
    side->first = none;
    side->shift = 0;
    for (int k = 0; k < SV_TX_MAX_COEFS; k++) {
        side->mismatch[k] = 0;
        side->variance[k] = 1 << 8;
    }
}

void sv_signs_start(sv_sign_walk *walk, const sv_frame *frame, int tree, const sv_cu *cu, int plane,
                    sv_level *levels)
{
    sv_sign_side *sides[2] = {&walk->top, &walk->left};
    for (int i = 0; i < 2; i++) {
        side_task task;
        if (find_side(&task, frame, tree, cu, plane, i > 0)) {
            start_side(sides[i], &task);
        } else {
            start_nowhere(sides[i]);
        }
    }
    walk->levels = levels;
    walk->log2_w = sv_kept_log2(cu->log2_w);
    walk->earlier =
        plane > 0 && cu->cbf & 1 ? levels - sv_level_area(cu->log2_w, cu->log2_h) : NULL;
    order_levels(walk, cu->extent_w[plane], cu->extent_h[plane]);
}

#if defined(SVAC2_TRACE)
/* Training builds only (training/train_signs.py): sum of squares and number of what is left of the
 * mismatches of blocks that are coded, for each entry of the table of variances. */
__attribute__((visibility("default"))) double sv_sign_sums[sizeof sv_sign_variances / 2][2];

void sv_signs_trace(const sv_frame *frame, int tree, const sv_cu *cu, int plane)
{
    for (int i = 0; i < 2; i++) {
        side_task task;
        if (find_side(&task, frame, tree, cu, plane, i > 0)) {
            int32_t mismatch[SV_TX_MAX_COEFS];
            measure(mismatch, &task);
            for (int k = 0; k < task.extent; k++) {
                double steps = mismatch[k] / 256.0, square = steps * steps;
                double *sum = sv_sign_sums[task.variances - &sv_sign_variances[0][0][0][0][0][0] +
                                           frequency_class[k]];
                sum[0] += square < 100 ? square : 100;
                sum[1]++;
            }
        }
    }
}
#endif
