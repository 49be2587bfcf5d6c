#include "recon/loop_filter.h"

#include <string.h>

#include "common/intmath.h"
#include "common/parallel.h"
#include "recon/alf.h"
#include "recon/deblock.h"

/* Both filters work on rows of CTUs that can be done in any order. */
typedef struct deblocking {
    sv_frame *frame;
    bool horizontal;
} deblocking;

static void deblock_row(void *shared, void *scratch, int row)
{
    const deblocking *d = shared;
    const sv_layout *layout = &d->frame->layout;
    (void)scratch;
    for (int p = 0; p < d->frame->picture.components.plane_count; p++) {
        int tree = sv_component_of(&layout->components, p);
        int units = SV_CTU_UNITS >> layout->components.list[tree].shift_y;
        const sv_block_map *map = &layout->maps[tree];
        (d->horizontal ? sv_deblock_horizontal_edges : sv_deblock_vertical_edges)(
            &d->frame->picture.planes[p], map, d->frame->qp[p], &d->frame->dsp, row * units,
            sv_min((row + 1) * units, map->height));
    }
}

svac2_status sv_deblock_picture(sv_frame *frame, sv_env *env, svac2_error *error)
{
    if (frame->unfiltered.data != NULL) {
        const sv_plane *luma = &frame->picture.planes[0];
        memcpy(frame->unfiltered.data, luma->data,
               (size_t)luma->stride * (size_t)luma->height * sizeof *luma->data);
    }
    deblocking d = {frame, false};
    sv_rows rows = {.count = frame->layout.ctu_rows,
                    .cost = SV_COST_DEBLOCK / 2 * (uint64_t)frame->layout.ctu_cols,
                    .shared = &d,
                    .run = deblock_row};
    SV_TRY(sv_parallel_rows(env, &rows, error));
    d.horizontal = true;
    return sv_parallel_rows(env, &rows, error);
}

static void filter_row(void *shared, void *scratch, int row)
{
    sv_alf_filter_row(shared, scratch, row);
}

svac2_status sv_alf_picture(sv_frame *frame, const sv_alf_params *params, sv_env *env,
                            svac2_error *error)
{
    if (frame->layout.alf_planes == 0) {
        return SVAC2_OK;
    }
    sv_alf alf;
    SV_TRY(
        sv_alf_prepare(&alf, &frame->picture, params, frame->layout.alf_flags, &frame->dsp, error));
    sv_rows rows = {.count = frame->layout.ctu_rows,
                    .cost = SV_COST_ALF * (uint64_t)frame->layout.ctu_cols,
                    .scratch = sizeof(sv_alf_tiles),
                    .shared = &alf,
                    .run = filter_row};
    svac2_status status = sv_parallel_rows(env, &rows, error);
    sv_alf_destroy(&alf);
    return status;
}
