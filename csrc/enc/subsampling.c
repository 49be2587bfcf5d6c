#include "enc/subsampling.h"

#include <stdbool.h>

#include "common/memory.h"
#include "common/status.h"
#include "image/resample.h"

svac2_status sv_subsampling_error(const sv_plane *full, const sv_plane *half, const sv_dsp *dsp,
                                  double *sum, svac2_error *error)
{
    int16_t *scratch = sv_alloc((size_t)half->width + 2 * SV_RESAMPLE_MARGIN, sizeof *scratch);
    uint16_t *row = sv_alloc((size_t)full->width + 2 * SV_RESAMPLE_MARGIN, sizeof *row);
    *sum = 0;
    if (scratch != NULL && row != NULL) {
        for (int y = 0; y < full->height; y++) {
            sv_upsample_row(half, dsp, y, scratch, row);
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
