/* The fast method of the lossless coder. */
#ifndef SVAC2_ENC_FAST_H
#define SVAC2_ENC_FAST_H

#include "enc/lossless.h"
#include "format/fast.h"

/* As sv_lossless_encode. */
svac2_status sv_fast_encode(sv_planes *planes, const sv_lossless_task *task, sv_bytes *payload,
                            svac2_error *error);
/* How it is to be done, from a part of the rows. */
sv_fast_header sv_fast_choose(const sv_planes *planes, int max_error);

#endif
