#include "format/secondary.h"

#include "format/modes.h"

/* Squares serve a direction and its mirror image about the diagonal, tall corners wide ones, too;
 * neighbouring directions share a class, and what has no direction of its own counts as planar. */
sv_secondary sv_secondary_of(int mode, int log2_w, int log2_h, int index)
{
    sv_secondary s = {.width = log2_w == 2 || log2_h == 2 ? 4 : 8,
                      .height = log2_w == 2 && log2_h == 2 ? 4 : 8};
    int class = mode < SV_MODE_INTRA_COUNT ? mode : SV_MODE_PLANAR;
    s.transposed = s.width == s.height ? class > SV_MODE_DIAGONAL : log2_h == 2;
    if (class >= SV_MODE_FIRST_ANGULAR) {
        int direction = s.transposed ? SV_MODE_LAST_ANGULAR - class : class - SV_MODE_FIRST_ANGULAR;
        class = SV_MODE_FIRST_ANGULAR + direction / 3;
    }
    s.kernel = s.height == 4  ? sv_secondary_4x4[class][index]
               : s.width == 4 ? sv_secondary_4x8[class][index]
                              : sv_secondary_8x8[class][index];
    return s;
}
