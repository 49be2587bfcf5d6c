/* The loop filters on reconstructed rows of CTUs: deblocking, then the adaptive loop filter. What
 * they leave of a row may hang on the next one, and later rows are predicted from what a row was
 * before; so each is some rows behind the one before it:
 *
 *     reconstructed   ------------------------> row r
 *     deblocked       ------------------> r - 1          the last row stays as it is for prediction
 *     filtered        ------------> r - 2                three rows of samples below a CTU are read
 */
#ifndef SVAC2_RECON_LOOP_FILTER_H
#define SVAC2_RECON_LOOP_FILTER_H

#include "common/parallel.h"
#include "recon/alf.h"
#include "recon/frame.h"

/* What both cost for a CTU (common/env.h). */
enum { SV_COST_DEBLOCK = 2, SV_COST_ALF = 1 };

/* Rows of CTUs that are not final when so many are reconstructed, at most; and rows before these
 * that are still read: chroma's filter looks at other planes, which may have no saved borders. */
enum { SV_LOOP_FILTER_LAG = 2, SV_LOOP_FILTER_ABOVE = 1 };

typedef struct sv_loop_filter {
    sv_frame *frame;
    sv_alf alf;
    sv_wavefront deblocked; /* rows, of a column each */
} sv_loop_filter;

/* To be destroyed in any case. */
svac2_status sv_loop_filter_create(sv_loop_filter *filter, sv_frame *frame,
                                   const sv_alf_params *params, svac2_error *error);
/* Deblocks a row, when that above has been deblocked and no row is to be predicted from it any
 * more, and filters the row above, by way of *tiles; the last row, too. Rows are begun from the
 * first one on, and several may be under way. */
void sv_loop_filter_row(sv_loop_filter *filter, sv_alf_tiles *tiles, int row);
/* Lets the rows below a row go on that will not be filtered. */
void sv_loop_filter_leave(sv_loop_filter *filter, int row);
void sv_loop_filter_destroy(sv_loop_filter *filter);

/* ---- The whole picture, for the encoder ---- */

/* Deblocks all planes in place, and keeps luma as it was if the frame has a plane for it. */
svac2_status sv_deblock_picture(sv_frame *frame, sv_env *env, svac2_error *error);

/* Applies the adaptive loop filter in place, as the CTU flags of the layout say. */
svac2_status sv_alf_picture(sv_frame *frame, const sv_alf_params *params, sv_env *env,
                            svac2_error *error);

#endif
