/* Prediction of Cr's residual from that of Cb: what luma does not tell of chroma is mostly along
 * one colour, in opposite directions (as H.265 7.3.8.12 predicts chroma from luma's residual). */
#ifndef SVAC2_FORMAT_CROSS_H
#define SVAC2_FORMAT_CROSS_H

#include <stdbool.h>

#include "format/components.h"

/* Factors are minus (index + 1) / 4, from -1/2 on, and none for index 0. */
enum { SV_CROSS_LOG2 = 3, SV_CROSS_COUNT = 1 << SV_CROSS_LOG2, SV_CROSS_UNIT_LOG2 = 2 };
static inline int sv_cross_factor(int index) { return index == 0 ? 0 : -(index + 1); }

/* Whether the residual of a component's plane, if there is one, is predicted from: that of Cb. */
static inline bool sv_cross_choice(const sv_component *component, int plane)
{
    return plane + 1 < component->plane_count;
}

#endif
