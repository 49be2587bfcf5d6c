#include "recon/frame.h"

#include "common/intmath.h"
#include "common/memory.h"
#include "format/quantiser.h"

#include <string.h>

svac2_status sv_frame_create(sv_frame *frame, uint32_t width, uint32_t height,
                             sv_components components, const sv_picture *lower, const sv_dsp *dsp,
                             svac2_error *error)
{
    memset(frame, 0, sizeof *frame);
    frame->lower = lower;
    frame->layout.has_lower = lower != NULL;
    frame->dsp = *dsp;
    sv_layout *layout = &frame->layout;
    layout->width = sv_aligned_size(width);
    layout->height = sv_aligned_size(height);
    layout->components = components;
    layout->ctu_cols = sv_ctu_count(width);
    layout->ctu_rows = sv_ctu_count(height);
    size_t ctus = (size_t)layout->ctu_cols * (size_t)layout->ctu_rows;
    layout->alf_flags = sv_alloc_zeroed(ctus, 1);
    layout->restoration_blocks = sv_alloc_zeroed(ctus, 1);
    if (layout->alf_flags == NULL || layout->restoration_blocks == NULL) {
        sv_frame_destroy(frame);
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for %dx%d CTUs", layout->ctu_cols,
                       layout->ctu_rows);
    }
    for (int tree = 0; tree < components.count; tree++) {
        sv_block_map *map = &layout->maps[tree];
        const sv_component *component = &components.list[tree];
        map->width = map->stride = layout->width >> component->shift_x >> SV_UNIT_LOG2;
        map->height = layout->height >> component->shift_y >> SV_UNIT_LOG2;
        map->units = sv_alloc_zeroed((size_t)map->stride * (size_t)map->height, sizeof(sv_unit));
        if (map->units == NULL) {
            sv_frame_destroy(frame);
            return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for a block map of %dx%d units",
                           map->width, map->height);
        }
    }
    svac2_status status =
        sv_picture_create(&frame->picture, layout->width, layout->height, components, error);
    if (status != SVAC2_OK) {
        sv_frame_destroy(frame);
    }
    return status;
}

svac2_status sv_frame_keep_planes(sv_frame *frame, svac2_error *error)
{
    sv_plane *kept[] = {&frame->prediction, &frame->unfiltered};
    for (int i = 0; i < 2; i++) {
        SV_TRY(sv_plane_create(kept[i], frame->layout.width, frame->layout.height, error));
    }
    return SVAC2_OK;
}

void sv_frame_destroy(sv_frame *frame)
{
    sv_free(frame->prediction.data);
    sv_free(frame->unfiltered.data);
    frame->prediction.data = frame->unfiltered.data = NULL;
    sv_picture_destroy(&frame->picture);
    sv_free(frame->layout.alf_flags);
    sv_free(frame->layout.restoration_blocks);
    frame->layout.alf_flags = frame->layout.restoration_blocks = NULL;
    for (int tree = 0; tree < SV_COMPONENTS_MAX; tree++) {
        sv_free(frame->layout.maps[tree].units);
        frame->layout.maps[tree].units = NULL;
    }
}

static int start_of(const sv_frame *frame, const sv_picture_header *header, int plane)
{
    const sv_format *format = &frame->dsp.format;
    return frame->lower != NULL ? frame->lower->planes[plane].data[0]
                                : sv_clip(format->zero + header->start[plane], 0, format->max);
}

void sv_frame_configure(sv_frame *frame, int qp, const sv_picture_header *header)
{
    frame->layout.alf_planes = sv_alf_planes(&header->alf);
    frame->qp[0] = qp;
    frame->layout.restoration_mixes = header->restoration.mix_count;
    for (int p = 0; p < frame->layout.components.plane_count; p++) {
        frame->start[p] = start_of(frame, header, p);
    }
    for (int i = 0; i < 2; i++) {
        frame->qp[1 + i] = sv_clip(qp + SVAC2_QP_ONE * header->chroma_qp_offset[i],
                                   sv_qp_min(frame->dsp.format.image_depth), SVAC2_MAX_QP);
    }
}
