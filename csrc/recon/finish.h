/* The last steps, for decoder and encoder alike: restoration and output of rows of CTUs, some
 * rows behind those that are final. Luma is restored by a network, chroma from luma as it is
 * before, and the pixels made of both go straight to the output. */
#ifndef SVAC2_RECON_FINISH_H
#define SVAC2_RECON_FINISH_H

#include "image/output.h"
#include "recon/restore_luma.h"

typedef struct sv_finish {
    uint32_t width, height;                     /* of the output */
    const sv_chroma_restoration_params *chroma; /* NULL: not to be restored */
    const svac2_model *model;                   /* that restores luma, or NULL */
    const sv_restoration_params *luma;          /* how it does: NULL: everywhere with */
    int strength;
    int qp; /* that the picture was coded with */
} sv_finish;

static inline bool sv_finish_restores(const sv_finish *finish)
{
    return finish->chroma != NULL || finish->model != NULL;
}

/* What of this costs for a CTU, at most (common/env.h). */
uint64_t sv_finish_cost(const sv_finish *finish);

/* Rows of CTUs that are read above and below one that is finished: restoration looks 64 samples
 * far, and smaller chroma is up-sampled from a few more. */
static inline int sv_finish_reach(const sv_components *components, bool restores)
{
    return (sv_chroma_of(components)->shift_y > 0) + restores;
}
/* Rows before the last that is final, that a frame must still have. */
static inline int sv_finish_lag(const sv_components *components, bool restores)
{
    return 2 * sv_finish_reach(components, restores);
}

typedef struct sv_finisher {
    const sv_frame *frame;
    const sv_finish *finish;
    const sv_output *output;
    sv_restoration *restoration; /* of luma */
    sv_plane restored;           /* luma of the rows under way, and of those around them */
    uint8_t *wanted;             /* for each CTU of them, which mix restores it */
    int reach;                   /* rows of CTUs around one that is finished */
    int finished;                /* rows of CTUs, from the first on */
} sv_finisher;

/* What it is given must stay. The finisher, all zeros before, is to be destroyed in any case. */
svac2_status sv_finisher_create(sv_finisher *finisher, const sv_frame *frame,
                                const sv_finish *finish, const sv_output *output,
                                svac2_error *error);
/* Finishes what it can of the rows before `final`. */
svac2_status sv_finisher_run(sv_finisher *finisher, int final, sv_env *env, svac2_error *error);
void sv_finisher_destroy(sv_finisher *finisher);

/* A frame that has all rows. */
svac2_status sv_finish_picture(const sv_frame *frame, const sv_finish *finish,
                               const sv_output *output, sv_env *env, svac2_error *error);

#endif
