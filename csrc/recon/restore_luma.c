#include "recon/restore_luma.h"

#include <assert.h>

#include "common/intmath.h"
#include "common/memory.h"
#include "format/limits.h"
#include "format/quantiser.h"

static_assert((int)SV_RESTORATION_HEADS_MAX == (int)SV_NN_HEADS_MAX &&
                  (int)SVAC2_RESTORATION_PLANES == (int)SV_NN_PLANES_MAX &&
                  (int)SV_CTU_LOG2 == (int)SV_NN_BLOCK_LOG2 &&
                  (int)SV_RESTORATION_SAMPLE_MAX == (int)SV_NN_SAMPLE_MAX &&
                  (int)SVAC2_STRENGTH_ONE == 1 << SV_NN_MIX_SHIFT,
              "the format and the network engine agree");

int sv_restoration_set(const svac2_model *model, int qp)
{
    return sv_nn_nearest_set(model, sv_whole_qp(qp));
}

svac2_status sv_restoration_create(sv_restoration **out, const svac2_model *model, int qp,
                                   const sv_restoration_params *params, svac2_error *error)
{
    const size_t mixes = params->mix_count * sizeof(sv_nn_mix);
    sv_restoration *restoration = sv_alloc(1, sizeof *restoration + mixes);
    *out = restoration;
    if (restoration == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for the mixes of a network");
    }
    restoration->model = model;
    restoration->set = sv_restoration_set(model, qp);
    for (int m = 0; m < params->mix_count; m++) {
        sv_nn_mix_heads(model, restoration->set, params->factors[m], &restoration->mixes[m]);
    }
    return SVAC2_OK;
}

svac2_status sv_restoration_create_plain(sv_restoration **restoration, const svac2_model *model,
                                         int qp, int strength, svac2_error *error)
{
    sv_restoration_params params = {.strength = (uint8_t)strength, .mix_count = 1};
    params.factors[0][0] = (int8_t)strength;
    return sv_restoration_create(restoration, model, qp, &params, error);
}

typedef struct restoring {
    const sv_restoration *restoration;
    const sv_restoration_input *from;
    sv_plane *to;
} restoring;

static void add_residual(uint16_t *to, const uint16_t *from, const int16_t *residual, int count,
                         int max)
{
    for (int x = 0; x < count; x++) {
        to[x] = (uint16_t)sv_clip(from[x] + residual[x], 0, max);
    }
}

/* The engine's blocks are the CTUs. */
static void restore_row(void *shared, const sv_nn_row *row)
{
    const restoring *r = shared;
    const sv_restoration *restoration = r->restoration;
    const sv_format format = r->from->format;
    const sv_nn_plane *luma = &r->from->planes[0];
    int16_t residual[SV_NN_CELL_MAX][SV_CTU_SIZE];
    int columns = sv_ctu_count((uint32_t)r->from->width), mix = 0;
    if (r->from->blocks != NULL) {
        int ctu = (row->y >> SV_CTU_LOG2) * columns + (row->x >> SV_CTU_LOG2);
        mix = r->from->blocks[ctu] - 1;
    }
    sv_nn_residual(row, &restoration->mixes[mix], SV_NN_HEAD_SHIFT - sv_restoration_shift(format),
                   residual);
    for (int y = row->y; y < row->y + row->height; y++) {
        add_residual(r->to->data + y * r->to->stride + row->x,
                     luma->data + y * luma->stride + row->x, residual[y - row->y], row->width,
                     format.max);
    }
}

/* `to` is other memory, and holds the input's luma where CTUs are not restored. */
static svac2_status restore_ctus(const sv_restoration *restoration,
                                 const sv_restoration_input *from, sv_plane *to, sv_env *env,
                                 svac2_error *error)
{
    restoring r = {restoration, from, to};
    sv_nn_job job = {.model = restoration->model,
                     .set = restoration->set,
                     .planes = from->planes,
                     .width = from->width,
                     .height = from->height,
                     .shift = sv_restoration_shift(from->format),
                     .wanted = from->blocks,
                     .take = restore_row,
                     .shared = &r};
    return sv_nn_run(&job, env, error);
}

bool sv_restoration_needs_planes(const svac2_model *model)
{
    return model != NULL && model->planes > 1;
}

sv_restoration_input sv_restoration_input_of(const sv_frame *frame, int width, int height)
{
    const sv_plane *luma = &frame->picture.planes[0];
    return (sv_restoration_input){.planes = {{luma->data, luma->stride},
                                             {frame->prediction.data, frame->prediction.stride},
                                             {frame->unfiltered.data, frame->unfiltered.stride}},
                                  .format = frame->dsp.format,
                                  .width = width,
                                  .height = height};
}

static void copy_unrestored(const sv_restoration_input *from, sv_plane *to)
{
    const sv_nn_plane *luma = &from->planes[0];
    const int columns = sv_ctu_count((uint32_t)from->width);
    const int rows = sv_ctu_count((uint32_t)from->height);
    for (int ctu = 0; from->blocks != NULL && ctu < columns * rows; ctu++) {
        const int x = ctu % columns * SV_CTU_SIZE, y = ctu / columns * SV_CTU_SIZE;
        if (from->blocks[ctu] == 0) {
            sv_copy_rows(to->data + y * to->stride + x, to->stride,
                         luma->data + y * luma->stride + x, luma->stride,
                         sv_min(SV_CTU_SIZE, from->width - x),
                         sv_min(SV_CTU_SIZE, from->height - y));
        }
    }
}

svac2_status sv_restore_plane(const sv_restoration *restoration, const sv_restoration_input *from,
                              sv_plane *to, sv_env *env, svac2_error *error)
{
    copy_unrestored(from, to);
    return restore_ctus(restoration, from, to, env, error);
}

svac2_status sv_restore_luma(const sv_restoration *restoration, const sv_restoration_input *from,
                             sv_picture *picture, sv_env *env, svac2_error *error)
{
    sv_plane copy;
    SV_TRY(sv_plane_create(&copy, from->width, from->height, error));
    sv_copy_rows(copy.data, copy.stride, from->planes[0].data, from->planes[0].stride, from->width,
                 from->height);
    sv_restoration_input input = *from;
    input.planes[0] = (sv_nn_plane){copy.data, copy.stride};
    svac2_status status = restore_ctus(restoration, &input, &picture->planes[0], env, error);
    sv_free(copy.data);
    return status;
}
