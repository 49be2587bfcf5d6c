#include "recon/loop_filter.h"

#include <string.h>

#include "common/intmath.h"
#include "common/parallel.h"
#include "recon/deblock.h"

/* Both filters work on rows of CTUs that can be done in any order. */
typedef struct deblocking {
    sv_frame *frame;
    int begin; /* row that is the first one */
    bool horizontal;
} deblocking;

static void keep_unfiltered(const sv_frame *frame, int row)
{
    const sv_plane *luma = &frame->picture.planes[0];
    const int begin = row * SV_CTU_SIZE, end = sv_min(begin + SV_CTU_SIZE, luma->height);
    memcpy(frame->unfiltered.data + begin * luma->stride, luma->data + begin * luma->stride,
           (size_t)((end - begin) * luma->stride) * sizeof *luma->data);
}

static void deblock_row(void *shared, void *scratch, int index)
{
    const deblocking *d = shared;
    const sv_frame *frame = d->frame;
    const sv_layout *layout = &frame->layout;
    const int row = d->begin + index;
    (void)scratch;
    if (!d->horizontal && frame->unfiltered.data != NULL) {
        keep_unfiltered(frame, row);
    }
    for (int p = 0; p < frame->picture.components.plane_count; p++) {
        int tree = sv_component_of(&layout->components, p);
        int units = SV_CTU_UNITS >> layout->components.list[tree].shift_y;
        const sv_block_map *map = &layout->maps[tree];
        (d->horizontal ? sv_deblock_horizontal_edges : sv_deblock_vertical_edges)(
            &frame->picture.planes[p], map, frame->qp[p], &frame->dsp, row * units,
            sv_min((row + 1) * units, map->height));
    }
}

static svac2_status deblock_rows(sv_frame *frame, int begin, int end, sv_env *env,
                                 svac2_error *error)
{
    deblocking d = {frame, begin, false};
    sv_rows rows = {.count = end - begin,
                    .cost = SV_COST_DEBLOCK / 2 * (uint64_t)frame->layout.ctu_cols,
                    .shared = &d,
                    .run = deblock_row};
    SV_TRY(sv_parallel_rows(env, &rows, error));
    d.horizontal = true;
    return sv_parallel_rows(env, &rows, error);
}

typedef struct filtering {
    const sv_alf *alf;
    int begin;
} filtering;

static void filter_row(void *shared, void *scratch, int index)
{
    const filtering *f = shared;
    sv_alf_filter_row(f->alf, scratch, f->begin + index);
}

static svac2_status filter_rows(const sv_alf *alf, int begin, int end, sv_env *env,
                                svac2_error *error)
{
    filtering f = {alf, begin};
    sv_rows rows = {.count = end - begin,
                    .cost = SV_COST_ALF * (uint64_t)alf->ctu_cols,
                    .scratch = sizeof(sv_alf_tiles),
                    .shared = &f,
                    .run = filter_row};
    return sv_parallel_rows(env, &rows, error);
}

svac2_status sv_loop_filter_create(sv_loop_filter *filter, sv_frame *frame,
                                   const sv_alf_params *params, svac2_error *error)
{
    filter->frame = frame;
    filter->deblocked = filter->filtered = 0;
    return sv_alf_create(&filter->alf, &frame->picture, params, frame->layout.alf_flags,
                         frame->rows, &frame->dsp, error);
}

void sv_loop_filter_destroy(sv_loop_filter *filter) { sv_alf_destroy(&filter->alf); }

svac2_status sv_loop_filter_run(sv_loop_filter *filter, int end, sv_env *env, svac2_error *error)
{
    const sv_layout *layout = &filter->frame->layout;
    const int deblocked = end == layout->ctu_rows ? end : end - 1;
    const int filtered = end == layout->ctu_rows ? end : sv_max(end - SV_LOOP_FILTER_LAG, 0);
    if (deblocked > filter->deblocked) {
        SV_TRY(deblock_rows(filter->frame, filter->deblocked, deblocked, env, error));
        for (int row = sv_max(filter->deblocked, 1); row < deblocked; row++) {
            sv_alf_save_border(&filter->alf, row);
        }
        filter->deblocked = deblocked;
    }
    if (filtered > filter->filtered && layout->alf_planes != 0) {
        SV_TRY(filter_rows(&filter->alf, filter->filtered, filtered, env, error));
    }
    filter->filtered = filtered;
    return SVAC2_OK;
}

svac2_status sv_deblock_picture(sv_frame *frame, sv_env *env, svac2_error *error)
{
    return deblock_rows(frame, 0, frame->layout.ctu_rows, env, error);
}

svac2_status sv_alf_picture(sv_frame *frame, const sv_alf_params *params, sv_env *env,
                            svac2_error *error)
{
    sv_alf alf;
    svac2_status status = SVAC2_OK;
    if (frame->layout.alf_planes == 0) {
        return SVAC2_OK;
    }
    status = sv_alf_create(&alf, &frame->picture, params, frame->layout.alf_flags,
                           frame->layout.ctu_rows, &frame->dsp, error);
    for (int row = 1; row < frame->layout.ctu_rows && status == SVAC2_OK; row++) {
        sv_alf_save_border(&alf, row);
    }
    if (status == SVAC2_OK) {
        status = filter_rows(&alf, 0, frame->layout.ctu_rows, env, error);
    }
    sv_alf_destroy(&alf);
    return status;
}
