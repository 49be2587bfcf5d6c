#include "enc/fast_rows.h"

#define CODES 1
#define ROW sv_fast_write_row
#include "recon/fast_rows.inc"
