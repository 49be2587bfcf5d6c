/* The writing instance of the fast method's rows (recon/fast_rows.inc). */
#ifndef SVAC2_ENC_FAST_ROWS_H
#define SVAC2_ENC_FAST_ROWS_H

#include "entropy/rans.h"
#include "recon/fast.h"

typedef void sv_fast_writing(sv_rans_writer *writer, sv_fast *fast, uint16_t *const *rows);
sv_fast_writing sv_fast_write_row;

#endif
