/* A picture while it is coded or decoded: geometry, samples, quantisers, kernels. */
#ifndef SVAC2_RECON_FRAME_H
#define SVAC2_RECON_FRAME_H

#include "common/status.h"
#include "dsp/dsp.h"
#include "format/picture_header.h"
#include "format/tree.h"
#include "image/picture.h"

typedef struct sv_frame {
    sv_layout layout;
    sv_picture picture;      /* reconstructed samples */
    const sv_picture *lower; /* NULL, or the layer below, up-scaled to this size: the caller's */
    sv_plane prediction;     /* of luma; data is NULL unless they are kept */
    sv_plane unfiltered;     /* luma before the loop filters; likewise */
    int qp[SV_PLANES_MAX];   /* of each plane */
    /* Of each plane: what is predicted from where no sample is there. */
    int start[SV_PLANES_MAX];
    sv_dsp dsp;
} sv_frame;

/* width x height are those of the image, before rounding up to coded sizes. lower: NULL, or the
 * layer below, up-scaled to the coded size; it must stay as long as blocks are predicted. */
svac2_status sv_frame_create(sv_frame *frame, uint32_t width, uint32_t height,
                             sv_components components, const sv_picture *lower, const sv_dsp *dsp,
                             svac2_error *error);
/* Keeps the prediction of luma, and luma before the loop filters, from now on. */
svac2_status sv_frame_keep_planes(sv_frame *frame, svac2_error *error);
void sv_frame_destroy(sv_frame *frame);

/* Takes over what the picture header says. */
void sv_frame_configure(sv_frame *frame, int qp, const sv_picture_header *header);

#endif
