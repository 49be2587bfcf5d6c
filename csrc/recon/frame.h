/* A picture while it is coded or decoded: geometry, samples, quantisers, kernels.
 *
 * A frame has all rows of the picture, or a window of them: those that later rows still need. All
 * that is in it is addressed by where it lies in the picture. */
#ifndef SVAC2_RECON_FRAME_H
#define SVAC2_RECON_FRAME_H

#include "common/status.h"
#include "common/window.h"
#include "dsp/dsp.h"
#include "format/picture_header.h"
#include "format/tree.h"
#include "image/picture.h"

/* What is kept by rows of CTUs: planes, luma's two further ones, block maps. */
enum { SV_FRAME_WINDOWS = SV_PLANES_MAX + 2 + SV_COMPONENTS_MAX };

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
    int rows;        /* of CTUs that there is room for */
    uint8_t *memory; /* that the windows and the scratch are in */
    void *scratch;   /* what the caller works in */
    sv_window windows[SV_FRAME_WINDOWS];
} sv_frame;

/* What a frame is made for. */
typedef struct sv_frame_task {
    uint32_t width, height; /* of the image, before rounding up to coded sizes */
    sv_components components;
    const sv_picture *lower; /* must stay as long as blocks are predicted */
    const sv_dsp *dsp;
    bool keep_planes; /* the prediction of luma, and luma before the loop filters */
    int rows;         /* of CTUs in the window; 0: all */
    size_t scratch;   /* bytes that the caller works in */
} sv_frame_task;

/* The frame is to be destroyed in any case. */
svac2_status sv_frame_create(sv_frame *frame, const sv_frame_task *task, svac2_error *error);
void sv_frame_destroy(sv_frame *frame);
/* Lets go of the rows of CTUs before `first`. */
void sv_frame_slide(sv_frame *frame, int first);

/* Bytes that a row of CTUs takes in a frame. */
uint64_t sv_frame_row_size(uint32_t width, const sv_components *components, bool keep_planes);

/* Takes over what the picture header says. */
void sv_frame_configure(sv_frame *frame, int qp, const sv_picture_header *header);

#endif
