#include "recon/loop_filter.h"

#include <assert.h>
#include <string.h>

#include "common/intmath.h"
#include "recon/deblock.h"

static void keep_unfiltered(const sv_frame *frame, int row)
{
    const sv_plane *luma = &frame->picture.planes[0];
    const int begin = row * SV_CTU_SIZE, end = sv_min(begin + SV_CTU_SIZE, luma->height);
    memcpy(frame->unfiltered.data + begin * luma->stride, luma->data + begin * luma->stride,
           (size_t)((end - begin) * luma->stride) * sizeof *luma->data);
}

/* The vertical or the horizontal edges of a row of CTUs, which comes after those of all rows that
 * it touches: its own and the one above. */
static void deblock_edges(const sv_frame *frame, int row, bool horizontal)
{
    const sv_layout *layout = &frame->layout;
    for (int p = 0; p < frame->picture.components.plane_count; p++) {
        int tree = sv_component_of(&layout->components, p);
        int units = SV_CTU_UNITS >> layout->components.list[tree].shift_y;
        const sv_block_map *map = &layout->maps[tree];
        (horizontal ? sv_deblock_horizontal_edges : sv_deblock_vertical_edges)(
            &frame->picture.planes[p], map, frame->qp[p], &frame->dsp, row * units,
            sv_min((row + 1) * units, map->height));
    }
}

static void start_deblocking(const sv_frame *frame, int row)
{
    if (frame->unfiltered.data != NULL) {
        keep_unfiltered(frame, row);
    }
    deblock_edges(frame, row, false);
}

/* ---- Row by row ---- */

svac2_status sv_loop_filter_create(sv_loop_filter *filter, sv_frame *frame,
                                   const sv_alf_params *params, svac2_error *error)
{
    filter->frame = frame;
    if (!sv_wavefront_create(&filter->deblocked, frame->layout.ctu_rows, 1)) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for the loop filters");
    }
    return sv_alf_create(&filter->alf, &frame->picture, params, frame->layout.alf_flags,
                         frame->rows, &frame->dsp, error);
}

void sv_loop_filter_destroy(sv_loop_filter *filter)
{
    sv_wavefront_destroy(&filter->deblocked);
    sv_alf_destroy(&filter->alf);
}

void sv_loop_filter_row(sv_loop_filter *filter, sv_alf_tiles *tiles, int row)
{
    const bool waited = sv_wavefront_wait(&filter->deblocked, row, 0, 1);
    assert(waited); /* nobody stops this wavefront */
    (void)waited;
    start_deblocking(filter->frame, row);
    deblock_edges(filter->frame, row, true);
    if (row > 0) {
        sv_alf_save_border(&filter->alf, row);
    }
    sv_wavefront_advance(&filter->deblocked, row);
    if (row > 0) {
        sv_alf_filter_row(&filter->alf, tiles, row - 1);
    }
    if (row + 1 == filter->frame->layout.ctu_rows) {
        sv_alf_filter_row(&filter->alf, tiles, row);
    }
}

void sv_loop_filter_leave(sv_loop_filter *filter, int row)
{
    sv_wavefront_leave(&filter->deblocked, row);
}

/* ---- The whole picture ---- */

static void deblock_vertical(void *shared, void *scratch, int row)
{
    (void)scratch;
    start_deblocking(shared, row);
}

static void deblock_horizontal(void *shared, void *scratch, int row)
{
    (void)scratch;
    deblock_edges(shared, row, true);
}

svac2_status sv_deblock_picture(sv_frame *frame, sv_env *env, svac2_error *error)
{
    sv_rows rows = {.count = frame->layout.ctu_rows,
                    .cost = SV_COST_DEBLOCK / 2 * (uint64_t)frame->layout.ctu_cols,
                    .shared = frame,
                    .run = deblock_vertical};
    SV_TRY(sv_parallel_rows(env, &rows, error));
    rows.run = deblock_horizontal;
    return sv_parallel_rows(env, &rows, error);
}

static void filter_row(void *shared, void *scratch, int row)
{
    sv_alf_filter_row(shared, scratch, row);
}

static svac2_status filter_rows(sv_alf *alf, sv_env *env, svac2_error *error)
{
    for (int row = 1; row < alf->ctu_rows; row++) {
        sv_alf_save_border(alf, row);
    }
    const sv_rows rows = {.count = alf->ctu_rows,
                          .cost = SV_COST_ALF * (uint64_t)alf->ctu_cols,
                          .scratch = sizeof(sv_alf_tiles),
                          .shared = alf,
                          .run = filter_row};
    return sv_parallel_rows(env, &rows, error);
}

svac2_status sv_alf_picture(sv_frame *frame, const sv_alf_params *params, sv_env *env,
                            svac2_error *error)
{
    sv_alf alf;
    if (frame->layout.alf_planes == 0) {
        return SVAC2_OK;
    }
    svac2_status status = sv_alf_create(&alf, &frame->picture, params, frame->layout.alf_flags,
                                        frame->layout.ctu_rows, &frame->dsp, error);
    if (status == SVAC2_OK) {
        status = filter_rows(&alf, env, error);
    }
    sv_alf_destroy(&alf);
    return status;
}
