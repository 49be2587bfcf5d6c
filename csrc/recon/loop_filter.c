#include "recon/loop_filter.h"

#include <string.h>

#include "common/intmath.h"
#include "common/parallel.h"
#include "recon/alf.h"
#include "recon/deblock.h"

/* Both filters work on bands of rows that can be done in any order. */
typedef struct deblock_job {
    sv_frame *frame;
    int workers;
    bool horizontal;
} deblock_job;

static void deblock_band(void *shared, int index)
{
    const deblock_job *job = shared;
    for (int p = 0; p < job->frame->picture.plane_count; p++) {
        const sv_block_map *map = &job->frame->layout.maps[p == 0 ? SV_TREE_LUMA : SV_TREE_CHROMA];
        int first = map->height * index / job->workers,
            end = map->height * (index + 1) / job->workers;
        (job->horizontal ? sv_deblock_horizontal_edges : sv_deblock_vertical_edges)(
            &job->frame->picture.planes[p], map, job->frame->qp[p], &job->frame->dsp, first, end);
    }
}

void sv_deblock_picture(sv_frame *frame, int threads)
{
    if (frame->unfiltered.data != NULL) {
        const sv_plane *luma = &frame->picture.planes[0];
        memcpy(frame->unfiltered.data, luma->data,
               (size_t)luma->stride * (size_t)luma->height * sizeof *luma->data);
    }
    deblock_job job = {frame, threads, false};
    sv_run_workers(threads, deblock_band, &job);
    job.horizontal = true;
    sv_run_workers(threads, deblock_band, &job);
}

typedef struct alf_job {
    sv_alf alf;
    int workers;
} alf_job;

static void alf_rows(void *shared, int index)
{
    const alf_job *job = shared;
    for (int row = index; row < job->alf.ctu_rows; row += job->workers) {
        sv_alf_filter_row(&job->alf, row);
    }
}

svac2_status sv_alf_picture(sv_frame *frame, const sv_alf_params *params, int threads,
                            svac2_error *error)
{
    if (frame->layout.alf_planes == 0) {
        return SVAC2_OK;
    }
    alf_job job = {.workers = threads};
    SV_TRY(sv_alf_prepare(&job.alf, &frame->picture, params, frame->layout.alf_flags, &frame->dsp,
                          error));
    sv_run_workers(threads, alf_rows, &job);
    sv_alf_destroy(&job.alf);
    return SVAC2_OK;
}
