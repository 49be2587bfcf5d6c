/* Restoration of decoded luma by a network (nn/run.h), the last step before output. */
#ifndef SVAC2_RECON_RESTORE_H
#define SVAC2_RECON_RESTORE_H

#include "format/restoration_params.h"
#include "image/picture.h"
#include "nn/run.h"

typedef struct sv_restoration {
    const svac2_model *model;
    int set; /* of the model's weights */
    sv_nn_head heads[SV_RESTORATION_MIXES_MAX];
    /* For each CTU 0 or 1 + its mix; NULL: the first mix everywhere. */
    const uint8_t *blocks;
    int threads;
    uint32_t cpu; /* SVAC2_CPU_* bits, already masked */
} sv_restoration;

/* Sets all but threads and cpu. */
void sv_restoration_init(sv_restoration *restoration, const svac2_model *model, int qp,
                         const sv_restoration_params *params, const uint8_t *blocks);
/* The same for a whole picture at one strength, whatever a file says. */
void sv_restoration_init_plain(sv_restoration *restoration, const svac2_model *model, int qp,
                               int strength);

/* `from` is the luma of a picture without its padding, `to` another plane of that size. */
svac2_status sv_restore_plane(const sv_restoration *restoration, const sv_plane *from, sv_plane *to,
                              svac2_error *error);

/* Restores the luma of a picture; what lies outside width x height is lost. */
svac2_status sv_restore_picture(const sv_restoration *restoration, sv_picture *picture, int width,
                                int height, svac2_error *error);

#endif
