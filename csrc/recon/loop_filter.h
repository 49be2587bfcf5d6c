/* The loop filters on a reconstructed picture: deblocking, then the adaptive loop filter. */
#ifndef SVAC2_RECON_LOOP_FILTER_H
#define SVAC2_RECON_LOOP_FILTER_H

#include "common/env.h"
#include "recon/frame.h"

/* What both cost for a CTU (common/env.h). */
enum { SV_COST_DEBLOCK = 6, SV_COST_ALF = 8 };

/* Deblocks all planes in place, and keeps luma as it was if the frame has a plane for it. */
svac2_status sv_deblock_picture(sv_frame *frame, sv_env *env, svac2_error *error);

/* Applies the adaptive loop filter in place, as the CTU flags of the layout say. */
svac2_status sv_alf_picture(sv_frame *frame, const sv_alf_params *params, sv_env *env,
                            svac2_error *error);

#endif
