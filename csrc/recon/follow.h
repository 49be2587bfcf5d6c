/* Blocks are reconstructed while they are read. */
#ifndef SVAC2_RECON_FOLLOW_H
#define SVAC2_RECON_FOLLOW_H

#include "entropy/syntax.h"
#include "recon/frame.h"

sv_follower sv_follower_of(sv_frame *frame);

#endif
