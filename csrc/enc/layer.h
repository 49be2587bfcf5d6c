/* Coding of one layer: search of all CTUs (a wavefront of rows), loop filters, restoration. */
#ifndef SVAC2_ENC_LAYER_H
#define SVAC2_ENC_LAYER_H

#include "common/env.h"
#include "enc/search.h"

typedef struct sv_layer_task {
    const sv_dsp *dsp;
    const sv_picture *source;
    const sv_picture *lower; /* the layer below, up-scaled; NULL for the base */
    uint32_t width, height;  /* of the image, before rounding up */
    int qp, effort;
    bool whole;       /* the last layer, the only one that is restored */
    bool keep_planes; /* that restoration will read (sv_frame_task) */
    sv_env *env;
} sv_layer_task;

/* A coded layer; not to be moved. */
typedef struct sv_layer {
    const sv_layer_task *task;
    sv_frame frame; /* reconstruction */
    sv_picture_header header;
    sv_search_job job;
    sv_ctu_tree **trees; /* [ctu][tree] */
    int ctu_count;
    int wave; /* as it was written (format/wave.h) */
} sv_layer;

/* Bytes to be released with sv_free. */
typedef struct sv_bytes {
    uint8_t *data;
    size_t size;
} sv_bytes;

/* Decides everything but the restoration. The layer is to be destroyed in any case; the task must
 * stay until then. */
svac2_status sv_layer_code(sv_layer *layer, const sv_layer_task *task, svac2_error *error);
/* Decides how the model restores the layer's luma, if at all. */
svac2_status sv_layer_search_luma_restoration(sv_layer *layer, const svac2_model *model,
                                              svac2_error *error);
/* Takes that back; and all restoration. */
void sv_layer_leave_luma(sv_layer *layer);
void sv_layer_leave_restoration(sv_layer *layer);
/* Decides how the layer's chroma is restored, if at all; the source is in 4:4:4 here. */
svac2_status sv_layer_search_chroma_restoration(sv_layer *layer, const svac2_image *image,
                                                const sv_picture *source, svac2_error *error);
/* Log2 of how many rows at once are worth it in a picture of that size; 0: all in one stream. */
int sv_layer_wave(const sv_layout *layout);
/* Writes the coded picture, in one stream or in a stream for each row of CTUs (layer_write.c). */
svac2_status sv_layer_write(sv_layer *layer, sv_bytes *payload, svac2_error *error);
void sv_layer_destroy(sv_layer *layer);

/* There is time to be spent on a small picture. */
int sv_layer_effort(int effort, int scale);
/* What coding the layer at a scale costs, for a picture of that size (common/env.h). */
uint64_t sv_layer_work(uint32_t width, uint32_t height, int scale, int effort);

/* Weighted squared error of the reconstruction, as the search counts it. */
double sv_layer_error(const sv_layer *layer);

#endif
