#include "recon/restore.h"

#include <assert.h>
#include <string.h>

#include "common/intmath.h"
#include "common/memory.h"
#include "format/limits.h"

static_assert((int)SV_RESTORATION_HEADS_MAX == (int)SV_NN_HEADS_MAX &&
                  (int)SV_CTU_LOG2 == (int)SV_NN_BLOCK_LOG2 &&
                  (int)SV_SAMPLE_MAX == (int)SV_NN_SAMPLE_MAX &&
                  (int)SVAC2_STRENGTH_ONE == 1 << SV_NN_MIX_SHIFT,
              "the format and the network engine agree");

void sv_restoration_init(sv_restoration *restoration, const svac2_model *model, int qp,
                         const sv_restoration_params *params, const uint8_t *blocks)
{
    restoration->model = model;
    restoration->set = sv_nn_nearest_set(model, qp);
    restoration->blocks = blocks;
    for (int m = 0; m < params->mix_count; m++) {
        sv_nn_mix_heads(model, restoration->set, params->factors[m], &restoration->heads[m]);
    }
}

void sv_restoration_init_plain(sv_restoration *restoration, const svac2_model *model, int qp,
                               int strength)
{
    sv_restoration_params params = {.strength = (uint8_t)strength, .mix_count = 1};
    params.factors[0][0] = (int8_t)strength;
    sv_restoration_init(restoration, model, qp, &params, NULL);
}

typedef struct restoring {
    const sv_restoration *restoration;
    const sv_plane *from;
    sv_plane *to;
} restoring;

static void add_residual(uint16_t *to, const uint16_t *from, const int16_t *residual, int count)
{
    for (int x = 0; x < count; x++) {
        to[x] = (uint16_t)sv_clip(from[x] + residual[x], 0, SV_SAMPLE_MAX);
    }
}

/* The engine's blocks are the CTUs. */
static void restore_row(void *shared, const sv_nn_row *row)
{
    const restoring *r = shared;
    const sv_restoration *restoration = r->restoration;
    const uint16_t *from = r->from->data + row->y * r->from->stride + row->x;
    uint16_t *to = r->to->data + row->y * r->to->stride + row->x;
    int columns = (r->from->width + SV_CTU_SIZE - 1) >> SV_CTU_LOG2, mix = 1;
    if (restoration->blocks != NULL) {
        mix = restoration->blocks[(row->y >> SV_CTU_LOG2) * columns + (row->x >> SV_CTU_LOG2)];
    }
    if (mix == 0) {
        memcpy(to, from, (size_t)row->width * sizeof *to);
        return;
    }
    int16_t residual[SV_CTU_SIZE];
    row->kernels->head(residual, row->features, restoration->model->head.groups,
                       &restoration->heads[mix - 1], SV_NN_HEAD_SHIFT, row->width);
    add_residual(to, from, residual, row->width);
}

svac2_status sv_restore_plane(const sv_restoration *restoration, const sv_plane *from, sv_plane *to,
                              svac2_error *error)
{
    restoring r = {restoration, from, to};
    return sv_nn_run(&(sv_nn_job){.model = restoration->model,
                                  .set = restoration->set,
                                  .luma = from->data,
                                  .stride = from->stride,
                                  .width = from->width,
                                  .height = from->height,
                                  .threads = restoration->threads,
                                  .cpu = restoration->cpu,
                                  .take = restore_row,
                                  .shared = &r},
                     error);
}

svac2_status sv_restore_picture(const sv_restoration *restoration, sv_picture *picture, int width,
                                int height, svac2_error *error)
{
    sv_plane *luma = &picture->planes[0];
    sv_plane from = *luma, to = *luma;
    from.width = width;
    from.height = height;
    to.data = sv_alloc((size_t)luma->stride * (size_t)luma->height, sizeof *to.data);
    if (to.data == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for a plane of %dx%d samples",
                       luma->width, luma->height);
    }
    svac2_status status = sv_restore_plane(restoration, &from, &to, error);
    if (status != SVAC2_OK) {
        sv_free(to.data);
        return status;
    }
    sv_free(luma->data);
    *luma = to;
    return SVAC2_OK;
}
