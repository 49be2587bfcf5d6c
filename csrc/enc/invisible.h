/* Colour that nobody sees: the encoder's to choose. */
#ifndef SVAC2_ENC_INVISIBLE_H
#define SVAC2_ENC_INVISIBLE_H

#include "enc/parts.h"

/* Replaces the colour of pixels whose alpha is 0 by one that goes on smoothly from visible pixels
 * nearby, so that it costs little and no edge is there that could bleed into these. */
svac2_status sv_fill_invisible(sv_parts *parts, svac2_error *error);

/* Replaces it by that of the pixel before, or by black: what costs least without loss, where
 * nothing can bleed. */
void sv_repeat_visible(sv_parts *parts);
void sv_blacken_invisible(sv_parts *parts);

#endif
