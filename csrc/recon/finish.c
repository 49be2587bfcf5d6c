#include "recon/finish.h"

#include <assert.h>
#include <string.h>

#include "common/intmath.h"
#include "common/memory.h"
#include "image/color.h"
#include "recon/restore_chroma.h"

static_assert((int)SV_NN_RADIUS_MAX * (int)SV_NN_CELL_MAX <= (int)SV_CTU_SIZE &&
                  2 << (SV_CHROMA_CELL_LOG2 + 2 * SV_CHROMA_LEVEL_LOG2) <= SV_CTU_SIZE,
              "no step reads further than sv_finish_reach says");

/* Rows of CTUs that are finished together, in a part of the picture that has all that is read of
 * the rows around them. */
typedef struct pass {
    const sv_finisher *f;
    sv_picture decoded;   /* the part */
    sv_picture_rows rows; /* of it, as it was decoded */
    sv_plane luma;        /* of the part, restored */
} pass;

uint64_t sv_finish_cost(const sv_finish *finish)
{
    uint64_t chroma = finish->chroma != NULL ? SV_COST_CHROMA_CELLS + SV_COST_CHROMA_STRIP : 0;
    uint64_t luma = finish->model != NULL ? sv_nn_cost(finish->model) : 0;
    return chroma + luma + SV_COST_OUTPUT;
}

/* ---- Luma ---- */

/* Which mix restores the CTUs of the part: those of rows that are to be finished. */
static const uint8_t *wanted_blocks(const pass *p)
{
    const sv_finisher *f = p->f;
    const size_t columns = (size_t)f->frame->layout.ctu_cols;
    const uint8_t *blocks = f->frame->layout.restoration_blocks;
    const sv_picture_rows *rows = &p->rows;
    memset(f->wanted, 0, (size_t)sv_ctu_count((uint32_t)rows->height) * columns);
    uint8_t *to = f->wanted + (size_t)rows->begin * columns;
    const size_t count = (size_t)(rows->end - rows->begin) * columns;
    if (f->finish->luma == NULL) {
        memset(to, 1, count);
    } else {
        memcpy(to, blocks + (size_t)(rows->top / SV_CTU_SIZE + rows->begin) * columns, count);
    }
    return f->wanted;
}

static svac2_status restore_luma(pass *p, sv_env *env, svac2_error *error)
{
    const sv_finisher *f = p->f;
    sv_restoration_input from = sv_restoration_input_of(f->frame, p->rows.width, p->rows.height);
    for (int i = 0; i < SV_NN_PLANES_MAX; i++) {
        if (from.planes[i].data != NULL) {
            from.planes[i].data += p->rows.top * from.planes[i].stride;
        }
    }
    from.blocks = wanted_blocks(p);
    p->luma = f->restored;
    return sv_restore_plane(f->restoration, &from, &p->luma, env, error);
}

/* ---- Chroma and output ---- */

static void put_chroma(void *user, const sv_piece *piece)
{
    const pass *p = user;
    sv_piece whole = *piece;
    whole.rows[0] = p->luma.data + (piece->y - p->rows.top) * p->luma.stride + piece->left;
    sv_put_piece(p->f->output, p->rows.dsp, &whole);
}

static svac2_status put_out(pass *p, sv_env *env, svac2_error *error)
{
    const sv_finish *finish = p->f->finish;
    if (finish->chroma == NULL || !finish->chroma->on) {
        sv_picture restored = p->decoded;
        restored.planes[0] = p->luma;
        sv_picture_rows rows = p->rows;
        rows.picture = &restored;
        return sv_put_rows(&rows, p->f->output, env, error);
    }
    const sv_chroma_restoration restoration = {
        .rows = p->rows, .params = finish->chroma, .put = put_chroma, .user = p};
    return sv_restore_chroma(&restoration, env, error);
}

/* ---- Rows ---- */

static svac2_status run_pass(const sv_finisher *f, int begin, int end, sv_env *env,
                             svac2_error *error)
{
    const int reach = f->reach;
    const int first = sv_max(begin - reach, 0), top = first * SV_CTU_SIZE;
    const int bottom = sv_min((end + reach) * SV_CTU_SIZE, (int)f->finish->height);
    pass p = {.f = f};
    p.decoded = sv_picture_part(&f->frame->picture, 0, top, f->frame->layout.width,
                                sv_aligned_size((uint32_t)(bottom - top)));
    p.luma = p.decoded.planes[0];
    p.rows = (sv_picture_rows){.picture = &p.decoded,
                               .dsp = &f->frame->dsp,
                               .width = (int)f->finish->width,
                               .height = bottom - top,
                               .begin = begin - first,
                               .end = end - first,
                               .top = top};
    if (f->finish->model != NULL) {
        SV_TRY(restore_luma(&p, env, error));
    }
    return put_out(&p, env, error);
}

static svac2_status prepare_luma(sv_finisher *f, svac2_error *error)
{
    const sv_finish *finish = f->finish;
    const sv_layout *layout = &f->frame->layout;
    if (finish->luma == NULL) {
        SV_TRY(sv_restoration_create_plain(&f->restoration, finish->model, finish->qp,
                                           finish->strength, error));
    } else if (finish->luma->head_count != sv_nn_head_of(finish->model)->outputs) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "the file mixes %d heads, its model has %d",
                       finish->luma->head_count, sv_nn_head_of(finish->model)->outputs);
    } else {
        SV_TRY(
            sv_restoration_create(&f->restoration, finish->model, finish->qp, finish->luma, error));
    }
    f->wanted = sv_alloc((size_t)f->frame->rows, (size_t)layout->ctu_cols);
    if (f->wanted == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for %d rows of CTUs", f->frame->rows);
    }
    return sv_plane_create(&f->restored, layout->width, f->frame->rows * SV_CTU_SIZE, error);
}

svac2_status sv_finisher_create(sv_finisher *finisher, const sv_frame *frame,
                                const sv_finish *finish, const sv_output *output,
                                svac2_error *error)
{
    finisher->frame = frame;
    finisher->finish = finish;
    finisher->output = output;
    finisher->reach = sv_finish_reach(&frame->layout.components, sv_finish_restores(finish));
    return finish->model != NULL ? prepare_luma(finisher, error) : SVAC2_OK;
}

svac2_status sv_finisher_run(sv_finisher *finisher, int final, sv_env *env, svac2_error *error)
{
    const sv_layout *layout = &finisher->frame->layout;
    const int end = final == layout->ctu_rows ? final : final - finisher->reach;
    if (end > finisher->finished) {
        SV_TRY(run_pass(finisher, finisher->finished, end, env, error));
        finisher->finished = end;
    }
    return SVAC2_OK;
}

void sv_finisher_destroy(sv_finisher *finisher)
{
    sv_free(finisher->restored.data);
    sv_free(finisher->wanted);
    sv_free(finisher->restoration);
    finisher->restored.data = NULL;
    finisher->wanted = NULL;
    finisher->restoration = NULL;
}

svac2_status sv_finish_picture(const sv_frame *frame, const sv_finish *finish,
                               const sv_output *output, sv_env *env, svac2_error *error)
{
    sv_finisher finisher = {.finished = 0};
    svac2_status status = sv_finisher_create(&finisher, frame, finish, output, error);
    if (status == SVAC2_OK) {
        status = sv_finisher_run(&finisher, frame->layout.ctu_rows, env, error);
    }
    sv_finisher_destroy(&finisher);
    return status;
}
