/* Restoration of chroma: each plane corrected by what the other two say of it, the last step before
 * output beside the restoration of luma.
 *
 * A guided filter (He, Sun, Tang, "Guided Image Filtering", ECCV 2010) with two guides, luma and
 * the other chroma plane, at three sizes of windows, whose parts a coded picture mixes by factors
 * (format/restoration_params.h). As in its fast form (He, Sun, 2015) there is one line for each
 * cell of 2^k x 2^k samples:
 *
 *     cells --> sums of samples and products --> at each corner of cells a line, fitted to the four
 *     cells around --> line of a cell: mean of those at its corners --> interpolated to samples
 *
 * chroma_cells.c sums up the samples of the whole picture for the coarser levels, chroma_mix.c
 * mixes their lines; here are strips, in which the finest level is made row by row, and the
 * picture. */
#ifndef SVAC2_RECON_RESTORE_CHROMA_H
#define SVAC2_RECON_RESTORE_CHROMA_H

#include "image/color.h"
#include "recon/chroma_mix.h"

enum { SV_COST_CHROMA_STRIP = 4 }; /* for a CTU (common/env.h) */

typedef struct sv_chroma_restoration {
    sv_picture_rows rows; /* to restore */
    const sv_chroma_restoration_params *params;
    /* Takes samples, luma as it was and chroma restored; any thread may call it. */
    void (*put)(void *user, const sv_piece *piece);
    void *user;
} sv_chroma_restoration;

/* Restores the chroma of rows, in full size, from luma as it is. */
svac2_status sv_restore_chroma(const sv_chroma_restoration *restoration, sv_env *env,
                               svac2_error *error);

/* ---- The parts, for the search of factors ---- */

/* A part of a picture as high as a CTU, corrected from its top to its bottom by one mix or several.
 * Of rows of cells there are the last ones only: what a correction needs. */
typedef struct sv_chroma_strip {
    const sv_chroma_cells *cells;
    const sv_chroma_mix *mixes; /* mix_count of them */
    int mix_count;
    int left, top, columns, rows; /* in samples, of the picture */
    sv_cell_samples samples[4];   /* of row r of cells at r % 4 */
    int32_t sums[2][SV_CELL_SUMS][SV_STRIP_ROW];
    int32_t corners[2][2 * SV_LINE_COEFFICIENTS][SV_STRIP_ROW];
    int32_t mixed[SV_CHROMA_FACTORS][2][SV_MIX_NUMBERS][SV_STRIP_ROW];
} sv_chroma_strip;

/* How many strips there are from left to right. */
static inline int sv_chroma_strips(int width) { return (width + SV_STRIP - 1) / SV_STRIP; }

/* Goes through strip x in row y of CTUs, of these cells and for the mixes, and has
 * `take` called for each row of its samples, y from its top on. */
typedef void sv_chroma_take(void *user, const sv_chroma_strip *strip, int y);
void sv_chroma_strip_run(sv_chroma_strip *strip, int x, int y, sv_chroma_take *take, void *user);

/* For the row that is taken: its samples of a plane, and what one of the mixes says is to be added
 * to those of chroma plane p (0 or 1). Both may hold some samples more than strip->columns. */
const uint16_t *sv_chroma_strip_row(const sv_chroma_strip *strip, int plane, int y);
void sv_chroma_strip_corrections(const sv_chroma_strip *strip, int mix, int p, int y,
                                 int16_t corrections[SV_STRIP]);

#endif
