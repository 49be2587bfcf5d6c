/* The last steps of a whole picture, for decoder and encoder alike: restoration and output. */
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

/* What of this costs for a CTU, at most (common/env.h). */
uint64_t sv_finish_cost(const sv_finish *finish);

/* Puts out the frame's picture, restored. Chroma is restored from luma as it is before. */
svac2_status sv_finish_picture(const sv_frame *frame, const sv_finish *finish,
                               const sv_output *output, sv_env *env, svac2_error *error);

#endif
