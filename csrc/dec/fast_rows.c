#include "dec/fast_rows.h"

#define CODES 0
#define ROW sv_fast_read_row
#include "recon/fast_rows.inc"
