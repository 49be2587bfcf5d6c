#include "recon/block.h"

#include <string.h>

#include "format/cross.h"
#include "recon/chroma_convolved.h"
#include "recon/chroma_linear.h"
#include "recon/intra.h"

#if defined(SVAC2_TRACE_BLOCKS)
/* Training builds only (training/residual_blocks.c): gets every block once it is predicted. */
void sv_trace_block(const sv_frame *frame, int tree, const sv_cu *cu);
#endif

static void predict_intra(sv_frame *frame, const sv_cu *cu, int plane_index)
{
    sv_plane *plane = &frame->picture.planes[plane_index];
    sv_intra_refs refs;
    sv_intra_gather(&refs, frame, cu, plane_index, sv_line_offset(cu->line));
    sv_intra_predict(&frame->dsp, &refs, cu->mode, plane->data + cu->y * plane->stride + cu->x,
                     plane->stride);
}

static void predict_linear(sv_frame *frame, const sv_component *component, const sv_cu *cu)
{
    sv_linear_luma luma;
    sv_linear_gather(&luma, frame, cu);
    for (int p = component->first_plane; p < sv_component_end(component); p++) {
        sv_plane *plane = &frame->picture.planes[p];
        sv_linear_predict(&luma, frame, cu, p, plane->data + cu->y * plane->stride + cu->x,
                          plane->stride);
    }
}

static void predict_convolved(sv_frame *frame, const sv_component *component, const sv_cu *cu)
{
    sv_convolved convolved;
    sv_convolved_fit(&convolved, frame, cu);
    for (int p = component->first_plane; p < sv_component_end(component); p++) {
        sv_plane *plane = &frame->picture.planes[p];
        sv_convolved_predict(&convolved, frame, cu, p - component->first_plane,
                             plane->data + cu->y * plane->stride + cu->x, plane->stride);
    }
}

void sv_predict_inter_layer(const sv_frame *frame, const sv_cu *cu, int plane_index, uint16_t *dst,
                            ptrdiff_t stride)
{
    const sv_plane *lower = &frame->lower->planes[plane_index];
    const uint16_t *from = lower->data + cu->y * lower->stride + cu->x;
    for (int y = 0; y < 1 << cu->log2_h; y++, dst += stride, from += lower->stride) {
        memcpy(dst, from, sizeof *dst << cu->log2_w);
    }
}

static void predict(sv_frame *frame, int tree, const sv_cu *cu)
{
    const sv_component *component = &frame->layout.components.list[tree];
    if (cu->mode == SV_MODE_CONVOLVED) {
        predict_convolved(frame, component, cu);
        return;
    }
    if (cu->mode >= SV_MODE_LINEAR) {
        predict_linear(frame, component, cu);
        return;
    }
    for (int p = component->first_plane; p < sv_component_end(component); p++) {
        if (cu->mode == SV_MODE_INTER_LAYER) {
            sv_plane *plane = &frame->picture.planes[p];
            sv_predict_inter_layer(frame, cu, p, plane->data + cu->y * plane->stride + cu->x,
                                   plane->stride);
        } else {
            predict_intra(frame, cu, p);
        }
    }
}

/* The prediction of luma stands in the picture still. */
static void keep_prediction(const sv_frame *frame, const sv_cu *cu)
{
    const sv_plane *plane = &frame->picture.planes[0];
    ptrdiff_t start = cu->y * plane->stride + cu->x;
    for (int y = 0; y < 1 << cu->log2_h; y++, start += plane->stride) {
        memcpy(frame->prediction.data + start, plane->data + start,
               sizeof *plane->data << cu->log2_w);
    }
}

void sv_predict_block(sv_frame *frame, int tree, const sv_cu *cu)
{
    predict(frame, tree, cu);
    if (tree == SV_COMPONENT_LUMA && frame->prediction.data != NULL) {
        keep_prediction(frame, cu);
    }
#if defined(SVAC2_TRACE_BLOCKS)
    sv_trace_block(frame, tree, cu);
#endif
}

sv_quantiser sv_block_quantiser(const sv_frame *frame, int plane_index, const sv_cu *cu)
{
    return sv_quantiser_of(frame->dsp.format, frame->layout.quantisation, frame->qp[plane_index],
                           cu->log2_w, cu->log2_h);
}

/* A part of Cb's residual is left to Cr's prediction. */
static void add_cross(sv_frame *frame, const sv_component *component, const sv_cu *cu,
                      sv_block_residual *residual)
{
    sv_plane *plane = &frame->picture.planes[component->first_plane + 1];
    sv_residual_scale(&frame->dsp, residual, sv_cross_factor(cu->cross), cu);
    sv_residual_add(&frame->dsp, residual, cu, plane->data + cu->y * plane->stride + cu->x,
                    plane->stride);
}

void sv_finish_plane(sv_frame *frame, int tree, const sv_cu *cu, int plane, const sv_level *levels)
{
    const sv_component *component = &frame->layout.components.list[tree];
    const int index = component->first_plane + plane;
    sv_plane *p = &frame->picture.planes[index];
    sv_block_residual residual;
    sv_residual_of_levels(&frame->dsp, &residual, levels, cu, plane,
                          sv_block_quantiser(frame, index, cu));
    sv_residual_add(&frame->dsp, &residual, cu, p->data + cu->y * p->stride + cu->x, p->stride);
    if (cu->cross != 0 && plane == 0) {
        add_cross(frame, component, cu, &residual);
    }
}

void sv_finish_block(sv_frame *frame, int tree, const sv_cu *cu, const sv_level *levels)
{
    for (int i = 0; i < frame->layout.components.list[tree].plane_count; i++) {
        if (cu->cbf >> i & 1) {
            sv_finish_plane(frame, tree, cu, i, levels);
            levels += sv_level_area(cu->log2_w, cu->log2_h);
        }
    }
}
