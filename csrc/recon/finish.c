#include "recon/finish.h"

#include "image/color.h"
#include "recon/restore_chroma.h"

uint64_t sv_finish_cost(const sv_finish *finish)
{
    uint64_t chroma = finish->chroma != NULL ? SV_COST_CHROMA_LINES + SV_COST_CHROMA_STRIP : 0;
    uint64_t luma = finish->model != NULL ? sv_nn_cost(finish->model) : 0;
    return chroma + luma + SV_COST_OUTPUT;
}

static svac2_status restore_luma(sv_frame *frame, const sv_finish *finish, sv_env *env,
                                 svac2_error *error)
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
    sv_restoration_input from =
        sv_restoration_input_of(frame, (int)finish->width, (int)finish->height);
    return sv_restore_luma(&restoration, &from, &frame->picture, env, error);
}

svac2_status sv_finish_picture(sv_frame *frame, const sv_finish *finish, const sv_output *output,
                               sv_env *env, svac2_error *error)
{
    if (finish->chroma != NULL && finish->chroma->on) {
        SV_TRY(sv_restore_chroma(&frame->picture, (int)finish->width, (int)finish->height,
                                 finish->chroma, &frame->dsp, env, error));
    }
    if (finish->model != NULL) {
        SV_TRY(restore_luma(frame, finish, env, error));
    }
    return sv_picture_to_image(&frame->picture, &frame->dsp, output, finish->width, finish->height,
                               env, error);
}
