/* Chroma predicted from reconstructed luma by a small filter that is fitted, by least squares, to
 * what lies around the block (Astola, Lainema et al. 2021, "Convolutional cross-component model"). */
#ifndef SVAC2_RECON_CHROMA_CONVOLVED_H
#define SVAC2_RECON_CHROMA_CONVOLVED_H

#include "format/modes.h"
#include "recon/frame.h"

enum {
    SV_CONVOLVED_DEPTH = 6,  /* rows and columns around the block */
    SV_CONVOLVED_BEFORE = 8, /* that luma is there of */
    SV_CONVOLVED_STRIDE = SV_CONVOLVED_BEFORE + 2 * SV_CTU_SIZE + 2
};

/* Luma of a chroma block and of what is around it, on the chroma grid:
 *
 *          <-left_depth->  <------- top_count ------->
 *    ^                    +---------------------------+
 * top_depth               |                           |
 *    v                    |              +------------+    the last row and column of what lies
 *          +--------------+--------------+                 beyond the block are left out: luma
 *          |              |              |                 beside them may not be there
 *          |              |    block     |
 *          |        +-----+--------------+
 *          +--------+   left_count rows
 */
typedef struct sv_convolved_luma {
    int top_depth, left_depth, top_count, left_count;
    uint16_t samples[SV_CONVOLVED_STRIDE * SV_CONVOLVED_STRIDE];
} sv_convolved_luma;

void sv_convolved_gather(sv_convolved_luma *luma, const sv_frame *frame, const sv_cu *cu);

/* Predicts one chroma plane of the block. */
void sv_convolved_predict(const sv_convolved_luma *luma, const sv_frame *frame, const sv_cu *cu,
                          int plane_index, uint16_t *dst, ptrdiff_t stride);

#endif
