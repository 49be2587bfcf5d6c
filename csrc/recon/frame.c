#include "recon/frame.h"

#include <assert.h>
#include <string.h>

#include "common/intmath.h"
#include "common/memory.h"
#include "format/quantiser.h"

/* Where the windows are in sv_frame.windows. */
enum { PREDICTION = SV_PLANES_MAX, UNFILTERED, MAPS };

/* Bytes of a row of CTUs in one of the windows; 0 where the frame has no such. */
static size_t row_size(int window, int width, const sv_components *components, bool keep_planes)
{
    if (window >= MAPS) {
        const int tree = window - MAPS;
        if (tree >= components->count) {
            return 0;
        }
        const sv_component *c = &components->list[tree];
        return (size_t)(width >> c->shift_x >> SV_UNIT_LOG2) * (SV_CTU_UNITS >> c->shift_y) *
               sizeof(sv_unit);
    }
    const int plane = window >= PREDICTION ? 0 : window;
    if (plane >= components->plane_count || (window >= PREDICTION && !keep_planes)) {
        return 0;
    }
    const sv_component *c = sv_component_at(components, plane);
    return (size_t)sv_plane_stride(width >> c->shift_x) * (SV_CTU_SIZE >> c->shift_y) *
           sizeof(uint16_t);
}

uint64_t sv_frame_row_size(uint32_t width, const sv_components *components, bool keep_planes)
{
    uint64_t size = 0;
    for (int i = 0; i < SV_FRAME_WINDOWS; i++) {
        size += row_size(i, sv_aligned_size(width), components, keep_planes);
    }
    return size;
}

static sv_plane *plane_of(sv_frame *frame, int window)
{
    return window == PREDICTION   ? &frame->prediction
           : window == UNFILTERED ? &frame->unfiltered
                                  : &frame->picture.planes[window];
}

/* Points at what is in the windows. */
static void look(sv_frame *frame)
{
    for (int i = 0; i < SV_FRAME_WINDOWS; i++) {
        const sv_window *window = &frame->windows[i];
        if (window->memory == NULL) {
            continue;
        }
        if (i >= MAPS) {
            frame->layout.maps[i - MAPS].units = sv_window_origin(window);
        } else {
            plane_of(frame, i)->data = sv_window_origin(window);
        }
    }
}

/* In rows from `first` on nothing is coded. */
static void clear_maps(sv_frame *frame, int first)
{
    for (int i = MAPS; i < SV_FRAME_WINDOWS; i++) {
        const sv_window *window = &frame->windows[i];
        if (window->memory != NULL) {
            const size_t begin = (size_t)(first - window->first) * window->row_size;
            memset(window->memory + begin, 0, (size_t)window->count * window->row_size - begin);
        }
    }
}

static void set_sizes(sv_frame *frame)
{
    sv_layout *layout = &frame->layout;
    const sv_components *components = &layout->components;
    frame->picture.components = *components;
    for (int i = 0; i < MAPS; i++) {
        const int plane = i >= PREDICTION ? 0 : i;
        if (plane < components->plane_count) {
            const sv_component *c = sv_component_at(components, plane);
            *plane_of(frame, i) = (sv_plane){.stride = sv_plane_stride(layout->width >> c->shift_x),
                                             .width = layout->width >> c->shift_x,
                                             .height = layout->height >> c->shift_y};
        }
    }
    for (int tree = 0; tree < components->count; tree++) {
        const sv_component *c = &components->list[tree];
        sv_block_map *map = &layout->maps[tree];
        map->width = map->stride = layout->width >> c->shift_x >> SV_UNIT_LOG2;
        map->height = layout->height >> c->shift_y >> SV_UNIT_LOG2;
    }
}

/* All is one block of memory: an allocator that hands memory back to the system, once
 * there is much more of it than the largest block had, keeps that for the next picture. */
static bool allocate_windows(sv_frame *frame, bool keep_planes, size_t scratch)
{
    const sv_layout *layout = &frame->layout;
    uint64_t starts[SV_FRAME_WINDOWS], end = 0;
    for (int i = 0; i < SV_FRAME_WINDOWS; i++) {
        sv_window *window = &frame->windows[i];
        window->row_size = row_size(i, layout->width, &layout->components, keep_planes);
        window->count = frame->rows + (i >= MAPS); /* blocks look below, to find nothing there */
        starts[i] = end;
        end += (uint64_t)window->row_size * (uint64_t)window->count;
        assert(end % SV_ALIGNMENT == 0);
    }
    frame->memory = end + scratch > SIZE_MAX ? NULL : sv_alloc((size_t)end + scratch, 1);
    frame->scratch = frame->memory == NULL ? NULL : frame->memory + end;
    for (int i = 0; i < SV_FRAME_WINDOWS && frame->memory != NULL; i++) {
        sv_window *window = &frame->windows[i];
        window->memory = window->row_size > 0 ? frame->memory + starts[i] : NULL;
    }
    return frame->memory != NULL;
}

static bool allocate(sv_frame *frame, const sv_frame_task *task)
{
    sv_layout *layout = &frame->layout;
    size_t ctus = (size_t)layout->ctu_cols * (size_t)layout->ctu_rows;
    layout->alf_flags = sv_alloc_zeroed(ctus, 1);
    layout->restoration_blocks = sv_alloc_zeroed(ctus, 1);
    return layout->alf_flags != NULL && layout->restoration_blocks != NULL &&
           allocate_windows(frame, task->keep_planes, task->scratch);
}

svac2_status sv_frame_create(sv_frame *frame, const sv_frame_task *task, svac2_error *error)
{
    memset(frame, 0, sizeof *frame);
    frame->lower = task->lower;
    frame->layout.has_lower = task->lower != NULL;
    frame->dsp = *task->dsp;
    sv_layout *layout = &frame->layout;
    layout->width = sv_aligned_size(task->width);
    layout->height = sv_aligned_size(task->height);
    layout->components = task->components;
    layout->ctu_cols = sv_ctu_count(task->width);
    layout->ctu_rows = sv_ctu_count(task->height);
    frame->rows = task->rows == 0 ? layout->ctu_rows : sv_min(task->rows, layout->ctu_rows);
    if (!allocate(frame, task)) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for %dx%d samples", layout->width,
                       layout->height);
    }
    set_sizes(frame);
    look(frame);
    clear_maps(frame, 0);
    return SVAC2_OK;
}

void sv_frame_slide(sv_frame *frame, int first)
{
    const int end = frame->windows[0].first + frame->rows;
    for (int i = 0; i < SV_FRAME_WINDOWS; i++) {
        if (frame->windows[i].memory != NULL) {
            sv_window_slide(&frame->windows[i], first);
        }
    }
    look(frame);
    clear_maps(frame, sv_max(first, end));
}

void sv_frame_destroy(sv_frame *frame)
{
    sv_free(frame->memory);
    sv_free(frame->layout.alf_flags);
    sv_free(frame->layout.restoration_blocks);
    memset(frame, 0, sizeof *frame);
}

static int start_of(const sv_frame *frame, const sv_picture_header *header, int plane)
{
    const sv_format *format = &frame->dsp.format;
    return frame->lower != NULL ? frame->lower->planes[plane].data[0]
                                : sv_clip(format->zero + header->start[plane], 0, format->max);
}

void sv_frame_configure(sv_frame *frame, int qp, const sv_picture_header *header)
{
    frame->layout.quantisation = header->quantisation;
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
