/* What is to be coded of the signs of a CTU that is decided. */
#ifndef SVAC2_ENC_SIGN_CLASSES_H
#define SVAC2_ENC_SIGN_CLASSES_H

#include "recon/frame.h"

/* Predicts and reconstructs the blocks once more, as a decoder does, and fills the trees' signs. */
void sv_classify_signs(sv_frame *frame, int ctu_x, int ctu_y,
                       sv_ctu_tree *trees[SV_COMPONENTS_MAX]);

#endif
