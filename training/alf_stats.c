/* What train_alf.py calls: codes a picture, taking down what its filters are fitted to. */
#include <string.h>

#include "enc/alf_fit.h"
#include "include/svac2.h"

/* Sums of products over the picture: of luma by class, of chroma by plane; and what a squared error
 * costs, in bits, of each plane. */
typedef struct alf_record {
    int64_t luma[SV_ALF_CLASSES][SV_ALF_LUMA_SUMS];
    int64_t chroma[SV_ALF_CHROMA_SUMS];
    double bits_per_error[SV_PLANES_MAX];
    uint64_t size; /* of the file, in bytes */
} alf_record;

static alf_record *record; /* the first statistics of each plane are those with all CTUs on */

void sv_trace_alf_luma(const sv_alf_luma_stats stats[SV_ALF_CLASSES], sv_fit_cost cost)
{
    if (record->bits_per_error[0] == 0) {
        memcpy(record->luma, stats, sizeof record->luma);
        record->bits_per_error[0] = cost.weight / cost.lambda;
    }
}

void sv_trace_alf_chroma(const sv_alf_chroma_stats *stats, int chroma, sv_fit_cost cost)
{
    if (record->bits_per_error[1 + chroma] == 0) {
        memcpy(record->chroma, stats, sizeof record->chroma);
        record->bits_per_error[1 + chroma] = cost.weight / cost.lambda;
    }
}

const size_t alf_record_size = sizeof(alf_record);

/* pixels: RGB of 8 bits. */
int trace_encode(uint8_t *pixels, uint32_t width, uint32_t height, int qp, int effort,
                 int subsampling, alf_record *to)
{
    const svac2_image image = {pixels, (ptrdiff_t)width * 3, width, height, 3, 8};
    const svac2_encode_options options = {.qp = qp * SVAC2_QP_ONE,
                                          .alpha_qp = SVAC2_ALPHA_LOSSLESS,
                                          .base_log2_scale = 1,
                                          .base_qp = SVAC2_BASE_QP_CHOSEN,
                                          .effort = effort,
                                          .subsampling = subsampling,
                                          .threads = 1,
                                          .cpu_mask = UINT32_MAX};
    uint8_t *data = NULL;
    size_t size = 0;
    memset(to, 0, sizeof *to);
    record = to;
    const svac2_status status = svac2_encode(&image, &options, &data, &size, NULL);
    to->size = size;
    svac2_free(data);
    return (int)status;
}
