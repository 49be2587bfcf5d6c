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

#include "common/env.h"
#include "recon/alf.h"
#include "recon/frame.h"

/* What both cost for a CTU (common/env.h). */
enum { SV_COST_DEBLOCK = 6, SV_COST_ALF = 8 };

/* Rows of CTUs that are not final when so many are reconstructed, at most. */
enum { SV_LOOP_FILTER_LAG = 2 };

typedef struct sv_loop_filter {
    sv_frame *frame;
    sv_alf alf;
    int deblocked, filtered; /* rows from the first one on */
} sv_loop_filter;

/* To be destroyed in any case. */
svac2_status sv_loop_filter_create(sv_loop_filter *filter, sv_frame *frame,
                                   const sv_alf_params *params, svac2_error *error);
/* Filters as far as it can where rows before `end` are reconstructed: to filter->filtered. */
svac2_status sv_loop_filter_run(sv_loop_filter *filter, int end, sv_env *env, svac2_error *error);
void sv_loop_filter_destroy(sv_loop_filter *filter);

/* ---- The whole picture, for the encoder ---- */

/* Deblocks all planes in place, and keeps luma as it was if the frame has a plane for it. */
svac2_status sv_deblock_picture(sv_frame *frame, sv_env *env, svac2_error *error);

/* Applies the adaptive loop filter in place, as the CTU flags of the layout say. */
svac2_status sv_alf_picture(sv_frame *frame, const sv_alf_params *params, sv_env *env,
                            svac2_error *error);

#endif
