#include "recon/signs.h"

#include "format/block_contexts.h"
#include "format/quantiser.h"
#include "format/sign_variances.h"
#include "recon/residual.h"

#include <stdlib.h>

/* Residuals along a side, in 1/32 step, and the most that is taken of them. */
enum { EDGE_BITS = 5, EDGE_MAX = (1 << 14) - 1 };

static int least_octave(sv_coding coding)
{
    return coding == SV_CODING_LUMA ? SV_SIGN_LEAST_LUMA : SV_SIGN_LEAST_CHROMA;
}

/* The level at a place, once what it puts along both sides is in their variances. */
static sv_sign_level share_level(sv_sign_walk *walk, int place, int least)
{
    const int y = place >> walk->log2_w, x = place - (y << walk->log2_w);
    const int magnitude = abs(walk->levels[place]);
    const int16_t top = sv_sign_share(&walk->top, y, magnitude);
    const int16_t left = sv_sign_share(&walk->left, x, magnitude);
    walk->top.variance[x] += (uint32_t)(top * top);
    walk->left.variance[y] += (uint32_t)(left * left);
    return (sv_sign_level){(uint16_t)place, top, left, (uint16_t)sv_sign_rank(top, left, least)};
}

/* Those that say most come first, of the same rank in the order of their places. Returns how many
 * are of the lowest one. */
static int order_levels(sv_sign_walk *walk, const uint16_t *places, int least)
{
    sv_sign_level list[SV_TX_MAX_COEFS * SV_TX_MAX_COEFS];
    int starts[SV_SIGN_RANKS] = {0};
    for (int i = 0; i < walk->count; i++) {
        list[i] = share_level(walk, places[i], least);
        starts[list[i].rank]++;
    }
    const int lowest = starts[0];
    for (int i = SV_SIGN_RANKS - 1, start = 0; i >= 0; i--) {
        const int number = starts[i];
        starts[i] = start;
        start += number;
    }
    for (int i = 0; i < walk->count; i++) {
        walk->order[starts[list[i].rank]++] = list[i];
    }
    return lowest;
}

/* The same where no sign is foreseen. */
static void list_levels(sv_sign_walk *walk, const uint16_t *places)
{
    for (int i = 0; i < walk->count; i++) {
        walk->order[i].place = places[i];
    }
}

/* A side of a plane of a block. */
typedef struct side_task {
    const uint16_t *samples; /* the block's first one */
    ptrdiff_t along, across; /* steps between samples, across away from what is beside the block */
    int size, extent, shift;
    const int16_t *basis;      /* forward, along the side */
    const int16_t *first;      /* of the basis across it (sv_sign_side) */
    int64_t per_step;          /* 2^(EDGE_BITS + 23) / step in samples */
    const uint16_t *variances; /* by class of frequency */
} side_task;

static bool is_halved(const sv_frame *frame)
{
    return frame->layout.quantisation == SV_QUANTISATION_DEPENDENT;
}

static int64_t per_step_of(const sv_frame *frame, int plane)
{
    const sv_format format = frame->dsp.format;
    const int finest = sv_qp_min(format.image_depth) - (is_halved(frame) ? SV_DEPENDENT_QP : 0);
    const int step = sv_step_at(frame->qp[plane] - finest) << sv_lift(format);
    return ((int64_t)1 << (EDGE_BITS + 23 + SV_STEP_BITS)) / step;
}

/* False where nothing lies beside it, and where a kernel takes all frequencies together. */
static bool find_side(side_task *task, const sv_frame *frame, int tree, const sv_cu *cu, int plane,
                      bool left)
{
    const sv_component *component = &frame->layout.components.list[tree];
    const int index = component->first_plane + plane;
    const sv_plane *p = &frame->picture.planes[index];
    const int node = sv_clip((sv_whole_qp(frame->qp[index]) - 24) >> 3, 0, 3);
    const int bases[2] = {sv_horizontal_basis(cu->tx), sv_vertical_basis(cu->tx)};
    const int log2_sizes[2] = {cu->log2_w, cu->log2_h};
    if (cu->tx >= SV_TX_SECONDARY ||
        sv_unit_at(&frame->layout.maps[tree], cu->x - left, cu->y - !left) == NULL) {
        return false;
    }
    task->samples = p->data + cu->y * p->stride + cu->x;
    task->along = left ? p->stride : 1;
    task->across = left ? 1 : p->stride;
    task->size = 1 << log2_sizes[left];
    task->extent = left ? cu->extent_h[plane] : cu->extent_w[plane];
    task->basis = sv_tx_forward[bases[left]][log2_sizes[left] - 2];
    task->first = sv_tx_inverse[bases[!left]][log2_sizes[!left] - 2];
    task->shift = 12 - SV_SIGN_MISMATCH_BITS + is_halved(frame);
    task->per_step = per_step_of(frame, index);
    task->variances = sv_sign_variances[component->coding][left][sv_mode_class(cu->mode)][node]
                                       [log2_sizes[left] - 2];
    return true;
}

/* Half way from the nearest sample to the line through it and the next, less the prediction. */
static void measure_edge(int16_t *edge, const side_task *t)
{
    const uint16_t *at = t->samples;
    for (int i = 0; i < t->size; i++, at += t->along) {
        int missing = 3 * at[-t->across] - at[-2 * t->across] - 2 * at[0];
        int64_t steps = missing * t->per_step >> 24;
        edge[i] = (int16_t)(steps < -EDGE_MAX ? -EDGE_MAX : steps > EDGE_MAX ? EDGE_MAX : steps);
    }
}

static void measure(const sv_dsp *dsp, int32_t *mismatch, const side_task *t)
{
    int16_t edge[SV_CTU_SIZE];
    measure_edge(edge, t);
    dsp->border_frequencies(mismatch, edge, t->basis, t->size, t->extent,
                            12 + EDGE_BITS - SV_SIGN_MISMATCH_BITS);
}

static const uint8_t frequency_class[SV_TX_MAX_COEFS] = {
    0, 1, 2, 3, 4, 4, 5, 5, 5, 6, 6, 6, 6, 6, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7};

static void start_side(const sv_dsp *dsp, sv_sign_side *side, const side_task *task)
{
    measure(dsp, side->mismatch, task);
    for (int k = 0; k < task->extent; k++) {
        side->variance[k] = (uint32_t)task->variances[frequency_class[k]] << 8;
    }
    side->first = task->first;
    side->shift = task->shift;
}

static void start_nowhere(sv_sign_side *side, int extent)
{
    static const int16_t none[SV_TX_MAX_COEFS] = {0};
    side->first = none;
    side->shift = 0;
    for (int k = 0; k < extent; k++) {
        side->mismatch[k] = 0;
        side->variance[k] = 1 << 8;
    }
}

/* False where nothing lies beside the block that tells of it. */
static bool start_sides(sv_sign_walk *walk, const sv_frame *frame, int tree, const sv_cu *cu,
                        int plane)
{
    sv_sign_side *sides[2] = {&walk->top, &walk->left};
    bool any = false;
    for (int i = 0; i < 2; i++) {
        side_task task;
        if (find_side(&task, frame, tree, cu, plane, i > 0)) {
            start_side(&frame->dsp, sides[i], &task);
            any = true;
        } else {
            start_nowhere(sides[i], i > 0 ? cu->extent_h[plane] : cu->extent_w[plane]);
        }
    }
    return any;
}

void sv_signs_start(sv_sign_walk *walk, const sv_frame *frame, int tree, const sv_cu *cu, int plane,
                    sv_level *levels)
{
    uint16_t places[SV_TX_MAX_COEFS * SV_TX_MAX_COEFS];
    const sv_coding coding = frame->layout.components.list[tree].coding;
    walk->levels = levels;
    walk->log2_w = sv_kept_log2(cu->log2_w);
    walk->count = frame->dsp.find_levels(places, levels, cu->extent_h[plane] << walk->log2_w);
    /* What Cr takes of Cb's residual is in its prediction: the rest does not go by Cb's signs. */
    const bool by_cb = plane > 0 && cu->cbf & 1 && cu->cross == 0;
    walk->earlier = by_cb ? levels - sv_level_area(cu->log2_w, cu->log2_h) : NULL;
    const bool by_sides = start_sides(walk, frame, tree, cu, plane);
    if (by_sides || by_cb) {
        const int lowest = order_levels(walk, places, least_octave(coding));
        walk->foreseen = by_cb ? walk->count : walk->count - lowest;
    } else {
        list_levels(walk, places);
        walk->foreseen = 0;
    }
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
            measure(&frame->dsp, mismatch, &task);
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
