/* Reconstruction of one block, for decoder and encoder alike. */
#ifndef SVAC2_RECON_BLOCK_H
#define SVAC2_RECON_BLOCK_H

#include "recon/frame.h"
#include "recon/residual.h"

/* Predicts a plane of the block from the layer below. */
void sv_predict_inter_layer(const sv_frame *frame, const sv_cu *cu, int plane_index, uint16_t *dst,
                            ptrdiff_t stride);

/* Predicts all planes of the block, in place. */
void sv_predict_block(sv_frame *frame, int tree, const sv_cu *cu);

/* The quantiser of a block in a plane of the picture. */
sv_quantiser sv_block_quantiser(const sv_frame *frame, int plane_index, const sv_cu *cu);

/* Adds the residual of a plane that has levels to its prediction; of Cb's to Cr's what it takes. */
void sv_finish_plane(sv_frame *frame, int tree, const sv_cu *cu, int plane, const sv_level *levels);
/* The same of all planes, whose levels follow each other. */
void sv_finish_block(sv_frame *frame, int tree, const sv_cu *cu, const sv_level *levels);

#endif
