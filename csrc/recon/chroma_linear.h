/* Chroma predicted from reconstructed luma by a linear model (Zhang et al. 2018, "Enhanced
 * cross-component linear model"); here least squares over the whole border. */
#ifndef SVAC2_RECON_CHROMA_LINEAR_H
#define SVAC2_RECON_CHROMA_LINEAR_H

#include "format/modes.h"
#include "recon/frame.h"

/* Luma of a chroma block and its border, on the chroma grid. */
typedef struct sv_linear_luma {
    uint16_t block[SV_CTU_SIZE * SV_CTU_SIZE]; /* packed */
    uint16_t top[2 * SV_CTU_SIZE], left[2 * SV_CTU_SIZE];
    int top_count, left_count; /* border samples there, 0 at the picture's edge */
} sv_linear_luma;

/* Rows of luma on the chroma grid. */
void sv_luma_rows(uint16_t *dst, const sv_frame *frame, int x, int y, int width, int height);

void sv_linear_gather(sv_linear_luma *luma, const sv_frame *frame, const sv_cu *cu);

/* Predicts one chroma plane of the block by its mode: SV_MODE_LINEAR, _LEFT or _TOP. */
void sv_linear_predict(const sv_linear_luma *luma, const sv_frame *frame, const sv_cu *cu,
                       int plane_index, uint16_t *dst, ptrdiff_t stride);

#endif
