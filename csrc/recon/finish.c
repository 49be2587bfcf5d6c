#include "recon/finish.h"

#include "common/memory.h"
#include "recon/restore_chroma.h"

uint64_t sv_finish_cost(const sv_finish *finish)
{
    uint64_t chroma = finish->chroma != NULL ? SV_COST_CHROMA_CELLS + SV_COST_CHROMA_STRIP : 0;
    uint64_t luma = finish->model != NULL ? sv_nn_cost(finish->model) : 0;
    return chroma + luma + SV_COST_OUTPUT;
}

/* Into a plane that is to be freed. */
static svac2_status restore_luma(const sv_frame *frame, const sv_finish *finish, sv_plane *luma,
                                 sv_env *env, svac2_error *error)
{
    sv_restoration restoration;
    if (finish->luma == NULL) {
        sv_restoration_init_plain(&restoration, finish->model, finish->qp, finish->strength);
    } else if (finish->luma->head_count != sv_nn_head_of(finish->model)->outputs) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "the file mixes %d heads, its model has %d",
                       finish->luma->head_count, sv_nn_head_of(finish->model)->outputs);
    } else {
        sv_restoration_init(&restoration, finish->model, finish->qp, finish->luma,
                            frame->layout.restoration_blocks);
    }
    const int width = (int)finish->width, height = (int)finish->height;
    sv_restoration_input from = sv_restoration_input_of(frame, width, height);
    SV_TRY(sv_plane_create(luma, width, height, error));
    return sv_restore_plane(&restoration, &from, luma, env, error);
}

/* Where chroma goes that is restored. */
typedef struct chroma_output {
    const sv_output *output;
    const sv_dsp *dsp;
    const sv_plane *luma; /* as it is put out */
} chroma_output;

static void put_chroma(void *user, const sv_piece *piece)
{
    const chroma_output *o = user;
    sv_piece whole = *piece;
    whole.rows[0] = o->luma->data + piece->y * o->luma->stride + piece->left;
    sv_put_piece(o->output, o->dsp, &whole);
}

static svac2_status put_out(const sv_frame *frame, const sv_finish *finish, const sv_plane *luma,
                            const sv_output *output, sv_env *env, svac2_error *error)
{
    if (finish->chroma == NULL || !finish->chroma->on) {
        sv_picture picture = frame->picture;
        picture.planes[0] = *luma;
        return sv_picture_to_image(&picture, &frame->dsp, output, finish->width, finish->height,
                                   env, error);
    }
    chroma_output to = {output, &frame->dsp, luma};
    sv_chroma_restoration restoration = {.picture = &frame->picture,
                                         .dsp = &frame->dsp,
                                         .width = (int)finish->width,
                                         .height = (int)finish->height,
                                         .params = finish->chroma,
                                         .put = put_chroma,
                                         .user = &to};
    return sv_restore_chroma(&restoration, env, error);
}

svac2_status sv_finish_picture(const sv_frame *frame, const sv_finish *finish,
                               const sv_output *output, sv_env *env, svac2_error *error)
{
    if (finish->model == NULL) {
        return put_out(frame, finish, &frame->picture.planes[0], output, env, error);
    }
    sv_plane luma = {.data = NULL};
    svac2_status status = restore_luma(frame, finish, &luma, env, error);
    if (status == SVAC2_OK) {
        status = put_out(frame, finish, &luma, output, env, error);
    }
    sv_free(luma.data);
    return status;
}
