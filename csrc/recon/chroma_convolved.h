/* Chroma predicted from reconstructed luma by a small filter that is fitted, by least squares, to
 * what lies around the block (Astola, Lainema et al. 2021, JVET-X0103, "Convolutional
 * cross-component model"). */
#ifndef SVAC2_RECON_CHROMA_CONVOLVED_H
#define SVAC2_RECON_CHROMA_CONVOLVED_H

#include "format/modes.h"
#include "recon/frame.h"

enum {
    SV_CONVOLVED_DEPTH = 6,  /* rows and columns around the block that the filter is fitted to */
    SV_CONVOLVED_BEFORE = 8, /* that luma is there of */
    SV_CONVOLVED_STRIDE = SV_CONVOLVED_BEFORE + 2 * SV_CTU_SIZE + 2 + 8,
    SV_CONVOLVED_FIRST = (SV_CONVOLVED_BEFORE * (SV_CONVOLVED_STRIDE + 1)) + 1
};

/* Luma of a chroma block and of what is around it, on the chroma grid, and the filters, which are
 * fitted to every second row of these areas:
 *
 *           left_depth    <------- top_count ------->
 *          <---------->   +-------------------------+  ^
 *                         |            +------------+  | top_depth
 *          +--------------+------------+               v
 *       ^  |              |            |                   The last row and column of what reaches
 *  left |  |              |   block    |                   further than the block is left out: luma
 * count |  |        +-----+------------+                   beside it may not be there.
 *       v  +--------+
 */
typedef struct sv_convolved {
    int top_depth, left_depth, top_count, left_count;
    sv_convolution filters[SV_COMPONENT_PLANES_MAX];
    uint16_t samples[SV_CONVOLVED_STRIDE * SV_CONVOLVED_STRIDE];
} sv_convolved;

/* Finds the filters of both planes for a block. */
void sv_convolved_fit(sv_convolved *convolved, const sv_frame *frame, const sv_cu *cu);

/* Predicts plane 0 or 1 of the block. */
void sv_convolved_predict(const sv_convolved *convolved, const sv_frame *frame, const sv_cu *cu,
                          int plane, uint16_t *dst, ptrdiff_t stride);

#endif
