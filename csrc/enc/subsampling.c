#include "enc/subsampling.h"

#include <stdbool.h>

#include "common/memory.h"
#include "common/status.h"
#include "enc/cost.h"
#include "format/limits.h"
#include "image/color.h"
#include "image/resample.h"

/* Tuned on training pictures: what 4:2:0 may lose per sample, in squared steps. */
static const double SUBSAMPLING_TOLERANCE = 0.001;

/* Squared error of one full-size chroma plane after it went through half size: summed over samples.
 */
static svac2_status subsampling_error(const sv_plane *full, const sv_plane *half, const sv_dsp *dsp,
                                      double *sum, svac2_error *error)
{
    int16_t *scratch = sv_alloc((size_t)half->width + 2 * SV_RESAMPLE_MARGIN, sizeof *scratch);
    uint16_t *row = sv_alloc((size_t)full->width + 2 * SV_RESAMPLE_MARGIN, sizeof *row);
    *sum = 0;
    if (scratch != NULL && row != NULL) {
        for (int y = 0; y < full->height; y++) {
            sv_upsample_row(half, 1, dsp, y, scratch, row);
            *sum += (double)dsp->sse(full->data + y * full->stride, full->stride, row, full->stride,
                                     full->width, 1);
        }
    }
    bool complete = scratch != NULL && row != NULL;
    sv_free(scratch);
    sv_free(row);
    return complete
               ? SVAC2_OK
               : sv_fail(error, SVAC2_ERR_MEMORY, "no memory for a row of %d samples", full->width);
}

svac2_status sv_choose_subsampling(sv_picture *picture, svac2_subsampling *chosen,
                                   const svac2_image *image, int qp, const sv_dsp *dsp,
                                   svac2_error *error)
{
    sv_picture full, half;
    int width = sv_aligned_size(image->width), height = sv_aligned_size(image->height);
    double step = sv_quantiser_step(dsp->format, qp), loss = 0;
    SV_TRY(sv_picture_create(&full, width, height, sv_components_of(SVAC2_SUBSAMPLING_444), error));
    svac2_status status =
        sv_picture_create(&half, width, height, sv_components_of(SVAC2_SUBSAMPLING_420), error);
    if (status == SVAC2_OK) {
        status = sv_picture_from_image(&full, image, dsp, error);
    }
    if (status == SVAC2_OK) {
        status = sv_picture_from_image(&half, image, dsp, error);
    }
    for (int p = 1; p < full.components.plane_count && status == SVAC2_OK; p++) {
        double sum;
        status = subsampling_error(&full.planes[p], &half.planes[p], dsp, &sum, error);
        loss += sv_chroma_weight[p - 1] * sum / ((double)width * height);
    }
    bool halved = loss < SUBSAMPLING_TOLERANCE * step * step;
    *chosen = halved ? SVAC2_SUBSAMPLING_420 : SVAC2_SUBSAMPLING_444;
    *picture = halved ? half : full;
    sv_picture_destroy(halved ? &full : &half);
    return status;
}
