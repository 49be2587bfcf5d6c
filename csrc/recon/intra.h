/* Intra prediction: planar, DC and 65 directions (H.266 8.4.5.2 in the main). */
#ifndef SVAC2_RECON_INTRA_H
#define SVAC2_RECON_INTRA_H

#include <stdbool.h>

#include "format/modes.h"
#include "recon/frame.h"

enum {
    SV_REF_MAX = 2 * SV_CTU_SIZE, /* samples along one side: width + height */
    SV_REF_BEFORE = SV_CTU_SIZE + 8,
    SV_REF_SIZE = SV_REF_BEFORE + 1 + SV_REF_MAX + 23
};

/* One line of reference samples; index 0 is the corner, 1 the first sample along the side. */
typedef struct sv_ref_line {
    uint16_t samples[SV_REF_SIZE];
} sv_ref_line;

static inline uint16_t *sv_ref(sv_ref_line *line) { return line->samples + SV_REF_BEFORE; }

typedef struct sv_intra_refs {
    sv_ref_line top, left;               /* as reconstructed */
    sv_ref_line smooth_top, smooth_left; /* through [1 2 1] / 4; made when first needed */
    bool smoothed;
    bool may_smooth; /* luma and full-size chroma */
    uint8_t offset;  /* of the reference line from the one that touches the block */
    uint8_t log2_w, log2_h;
} sv_intra_refs;

/* Collects the references of a block in a plane, `offset` samples further out than the line that
 * touches it; samples that are not coded yet are replaced by their nearest neighbours along the
 * border. */
void sv_intra_gather(sv_intra_refs *refs, const sv_frame *frame, const sv_cu *cu, int plane_index,
                     int offset);

/* Predicts with a mode below SV_MODE_INTRA_COUNT. */
void sv_intra_predict(const sv_dsp *dsp, sv_intra_refs *refs, int mode, uint16_t *dst,
                      ptrdiff_t stride);

/* How many coded samples follow the block above right, and below left, from (x, y) on: at most
 * `wanted`, and to the right none beyond the next CTU, for which a row of CTUs need not wait. */
int sv_coded_to_right(const sv_layout *layout, int tree, int x, int y, int wanted);
int sv_coded_below(const sv_layout *layout, int tree, int x, int y, int wanted);

#endif
