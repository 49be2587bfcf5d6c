/* Choices of the lossless coder. */
#ifndef SVAC2_ENC_LOSSLESS_SEARCH_H
#define SVAC2_ENC_LOSSLESS_SEARCH_H

#include <stdbool.h>

#include "image/planes.h"

/* Whether colours repeat so much that planes are coded by pixel. */
bool sv_colours_repeat(const sv_planes *planes, int depth);

#endif
