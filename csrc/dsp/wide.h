/* What the kernels of wide residuals are compiled with (dsp/residual_kernels.inc). */
#ifndef SVAC2_DSP_WIDE_H
#define SVAC2_DSP_WIDE_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/intmath.h"
#include "dsp/dsp.h"
#include "format/cross.h"
#include "format/tables.h"

#define COEF int32_t
#define SUM int64_t
/* Residuals of 17 bits, 64-fold in a transform of 64x64, and SV_WIDE_SCALE more bits, rounded up.
 */
#define COEF_LIMIT ((1 << 28) - 1)
#define FACTOR_BITS 30

#endif
