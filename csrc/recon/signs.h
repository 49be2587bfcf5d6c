/* What the borders of a block tell of its levels' signs (format/sign_walk.h). */
#ifndef SVAC2_RECON_SIGNS_H
#define SVAC2_RECON_SIGNS_H

#include "format/sign_walk.h"
#include "recon/frame.h"

/* Begins the signs of a plane, 0 or 1, of a block whose prediction stands in the picture, and whose
 * levels' magnitudes are known, as are the signs of the planes before it. */
void sv_signs_start(sv_sign_walk *walk, const sv_frame *frame, int tree, const sv_cu *cu, int plane,
                    sv_level *levels);

#if defined(SVAC2_TRACE)
void sv_signs_trace(const sv_frame *frame, int tree, const sv_cu *cu, int plane);
#endif

#endif
