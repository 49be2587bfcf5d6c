/* The reading instance of the fast method's rows (recon/fast_rows.inc). */
#ifndef SVAC2_DEC_FAST_ROWS_H
#define SVAC2_DEC_FAST_ROWS_H

#include "entropy/rans.h"
#include "recon/fast.h"

typedef void sv_fast_reading(sv_rans_reader *reader, sv_fast *fast, uint16_t *const *rows);
sv_fast_reading sv_fast_read_row;

#endif
