#include "image/scale.h"

#include <string.h>

#include "common/intmath.h"
#include "common/memory.h"
#include "common/parallel.h"
#include "common/status.h"
#include "format/limits.h"
#include "image/resample.h"

static svac2_status create_like(sv_picture *to, const sv_picture *from, uint32_t width,
                                uint32_t height, int scale, svac2_error *error)
{
    return sv_picture_create(to, sv_aligned_size(sv_scaled_size(width, scale)),
                             sv_aligned_size(sv_scaled_size(height, scale)), from->subsampling,
                             error);
}

/* Means of two by two samples; what the source lacks is its last column or row repeated. */
static void downscale_plane(const sv_plane *to, const sv_plane *from)
{
    for (int y = 0; y < to->height; y++) {
        const uint16_t *top = from->data + sv_min(2 * y, from->height - 1) * from->stride;
        const uint16_t *bottom = from->data + sv_min(2 * y + 1, from->height - 1) * from->stride;
        uint16_t *row = to->data + y * to->stride;
        for (int x = 0; x < to->width; x++) {
            int left = sv_min(2 * x, from->width - 1), right = sv_min(2 * x + 1, from->width - 1);
            row[x] = (uint16_t)((top[left] + top[right] + bottom[left] + bottom[right] + 2) >> 2);
        }
    }
}

svac2_status sv_picture_downscale(sv_picture *to, const sv_picture *from, uint32_t width,
                                  uint32_t height, int scale, svac2_error *error)
{
    SV_TRY(create_like(to, from, width, height, scale, error));
    for (int p = 0; p < to->plane_count; p++) {
        downscale_plane(&to->planes[p], &from->planes[p]);
    }
    return SVAC2_OK;
}

typedef struct upscale_job {
    const sv_picture *to;
    int first_plane; /* that is scaled */
    const sv_picture *from;
    const sv_dsp *dsp;
    int workers;
    bool no_memory[SVAC2_MAX_THREADS];
} upscale_job;

static void upscale_band(void *shared, int index)
{
    upscale_job *job = shared;
    size_t width = (size_t)job->from->planes[job->first_plane].width;
    int16_t *scratch = sv_alloc(width + 2 * SV_RESAMPLE_MARGIN, sizeof *scratch);
    uint16_t *row = sv_alloc(2 * width, sizeof *row);
    job->no_memory[index] = scratch == NULL || row == NULL;
    for (int p = job->first_plane; p < job->to->plane_count && !job->no_memory[index]; p++) {
        const sv_plane *to = &job->to->planes[p];
        int end = (int)((int64_t)to->height * (index + 1) / job->workers);
        for (int y = (int)((int64_t)to->height * index / job->workers); y < end; y++) {
            sv_upsample_row(&job->from->planes[p], job->dsp, y, scratch, row);
            memcpy(to->data + y * to->stride, row, (size_t)to->width * sizeof *row);
        }
    }
    sv_free(scratch);
    sv_free(row);
}

/* Scales the planes of a picture, from the first that is wanted on, into those of another. */
static svac2_status upscale_planes(const sv_picture *to, const sv_picture *from, int first_plane,
                                   const sv_dsp *dsp, int threads, svac2_error *error)
{
    upscale_job job = {
        .to = to, .first_plane = first_plane, .from = from, .dsp = dsp, .workers = threads};
    sv_run_workers(threads, upscale_band, &job);
    for (int i = 0; i < threads; i++) {
        if (job.no_memory[i]) {
            return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for rows of %d samples",
                           to->planes[first_plane].width);
        }
    }
    return SVAC2_OK;
}

svac2_status sv_picture_upscale(sv_picture *to, const sv_picture *from, uint32_t width,
                                uint32_t height, int scale, const sv_dsp *dsp, int threads,
                                svac2_error *error)
{
    sv_picture last = *from;
    svac2_status status = SVAC2_OK;
    for (int step = scale - 1; step >= 0 && status == SVAC2_OK; step--) {
        status = create_like(to, &last, width, height, step, error);
        if (status == SVAC2_OK) {
            status = upscale_planes(to, &last, 0, dsp, threads, error);
            if (status != SVAC2_OK) {
                sv_picture_destroy(to);
            }
        }
        if (step + 1 < scale) {
            sv_picture_destroy(&last);
        }
        last = *to;
    }
    return status;
}

svac2_status sv_picture_upscale_chroma(sv_picture *picture, const sv_dsp *dsp, int threads,
                                       svac2_error *error)
{
    if (picture->chroma_shift == 0) {
        return SVAC2_OK;
    }
    sv_picture full = *picture;
    full.subsampling = SVAC2_SUBSAMPLING_444;
    full.chroma_shift = 0;
    full.planes[2].data = NULL;
    svac2_status status = SVAC2_OK;
    for (int p = 1; p < 3 && status == SVAC2_OK; p++) {
        status =
            sv_plane_create(&full.planes[p], full.planes[0].width, full.planes[0].height, error);
    }
    if (status == SVAC2_OK) {
        status = upscale_planes(&full, picture, 1, dsp, threads, error);
    }
    sv_picture *rest = status == SVAC2_OK ? picture : &full;
    sv_free(rest->planes[1].data);
    sv_free(rest->planes[2].data);
    if (status == SVAC2_OK) {
        *picture = full;
    }
    return status;
}
