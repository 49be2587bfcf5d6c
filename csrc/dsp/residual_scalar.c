/* Scalar references: residuals and coefficients of 16 bits. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/intmath.h"
#include "dsp/dsp.h"
#include "format/cross.h"
#include "format/tables.h"

#define NAME(kernel) REFERENCE(kernel)
#define COEF int16_t
#define SUM int32_t
#define COEF_LIMIT INT16_MAX
#define FACTOR_BITS 15
#include "dsp/residual_kernels.inc"
