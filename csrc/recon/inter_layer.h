/* Prediction from the lower layer, whose picture has been up-scaled to the size of this one. */
#ifndef SVAC2_RECON_INTER_LAYER_H
#define SVAC2_RECON_INTER_LAYER_H

#include "recon/intra.h"

/* Collects the error of the lower layer around a block at (x, y): reconstruction less lower layer,
 * around the middle of the sample range. Both planes have the same size. */
void sv_inter_layer_gather(sv_intra_refs *error, const sv_plane *plane, const sv_plane *lower,
                           const sv_block_map *map, int x, int y, int log2_w, int log2_h);

/* Predicts with a mode from SV_MODE_INTER_LAYER on; lower points to the block in the lower layer,
 * rows lower_stride apart. */
void sv_inter_layer_predict(const sv_dsp *dsp, sv_intra_refs *error, int mode,
                            const uint16_t *lower, ptrdiff_t lower_stride, uint16_t *dst,
                            ptrdiff_t stride);

#endif
