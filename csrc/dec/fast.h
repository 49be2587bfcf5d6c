/* The fast method of the lossless coder. */
#ifndef SVAC2_DEC_FAST_H
#define SVAC2_DEC_FAST_H

#include "dec/lossless.h"

/* As sv_lossless_decode. */
svac2_status sv_fast_decode(const sv_lossless_source *source, sv_planes *planes,
                            svac2_error *error);

#endif
