/* The loop filters on a reconstructed picture: deblocking, then the adaptive loop filter. */
#ifndef SVAC2_RECON_LOOP_FILTER_H
#define SVAC2_RECON_LOOP_FILTER_H

#include "recon/frame.h"

/* Deblocks all planes in place, and keeps luma as it was if the frame has a plane for it. */
void sv_deblock_picture(sv_frame *frame, int threads);

/* Applies the adaptive loop filter in place, as the CTU flags of the layout say. */
svac2_status sv_alf_picture(sv_frame *frame, const sv_alf_params *params, int threads,
                            svac2_error *error);

#endif
