/* Restoration of decoded luma by a network (nn/run.h), the last step before output. */
#ifndef SVAC2_RECON_RESTORE_LUMA_H
#define SVAC2_RECON_RESTORE_LUMA_H

#include "format/restoration_params.h"
#include "nn/run.h"
#include "recon/frame.h"

typedef struct sv_restoration {
    const svac2_model *model;
    int set;           /* of the model's weights */
    sv_nn_mix mixes[]; /* the picture's */
} sv_restoration;

/* The model's set of weights for pictures of a quantiser. */
int sv_restoration_set(const svac2_model *model, int qp);

/* To be released with sv_free: mixes are too large for a stack. */
svac2_status sv_restoration_create(sv_restoration **restoration, const svac2_model *model, int qp,
                                   const sv_restoration_params *params, svac2_error *error);
/* The same for a whole picture at one strength, whatever a file says. */
svac2_status sv_restoration_create_plain(sv_restoration **restoration, const svac2_model *model,
                                         int qp, int strength, svac2_error *error);

/* What a model reads: luma, its prediction, luma before the loop filters; as many as it wants. All
 * are of the size that is to be restored. And where it restores. */
typedef struct sv_restoration_input {
    sv_nn_plane planes[SV_NN_PLANES_MAX];
    sv_format format;
    int width, height;
    const uint8_t *blocks; /* for each CTU 0 or 1 + its mix; NULL: the first mix everywhere */
} sv_restoration_input;

/* Whether a model reads planes that a frame must be told to keep (sv_frame_task). */
bool sv_restoration_needs_planes(const svac2_model *model);

/* That of a frame that keeps what the model wants, without its padding. */
sv_restoration_input sv_restoration_input_of(const sv_frame *frame, int width, int height);

/* Restores luma into another plane. */
svac2_status sv_restore_plane(const sv_restoration *restoration, const sv_restoration_input *from,
                              sv_plane *to, sv_env *env, svac2_error *error);

/* Restores the luma of a picture, the input's first plane, in place. */
svac2_status sv_restore_luma(const sv_restoration *restoration, const sv_restoration_input *from,
                             sv_picture *picture, sv_env *env, svac2_error *error);

#endif
