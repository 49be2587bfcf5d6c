/* Runs a network over luma, and what other planes it reads, depth first: tile by tile, in each row
 * after row, and in each step layer after layer, as far as the rows that have come allow. Only the
 * last few rows of each layer are kept, in a ring:
 *
 *            luma  c1  c2  c3 ...
 *     row y   *                      *  loaded or computed in this step
 *       y-1   o    *                 o  kept
 *       y-2   o    o   *             .  dropped
 *       y-3   .    o   o   *
 */
#ifndef SVAC2_NN_RUN_H
#define SVAC2_NN_RUN_H

#include "common/env.h"
#include "nn/kernels.h"

enum { SV_NN_BLOCK_LOG2 = 6, SV_NN_BLOCK_SIZE = 1 << SV_NN_BLOCK_LOG2 };

/* A row of the head's cells, as far as it lies in one block, with the inputs of the head for each.
 */
typedef struct sv_nn_row {
    int x, y, width, height;         /* in samples, without those outside the planes */
    const uint32_t *const *features; /* lines of words, by group */
    const svac2_model *model;
    const sv_nn_kernels *kernels;
} sv_nn_row;

/* What a mix makes of a row: residual[row][column], in units of 2^(shift - SV_NN_HEAD_SHIFT). */
void sv_nn_residual(const sv_nn_row *row, const sv_nn_mix *mix, int shift,
                    int16_t residual[SV_NN_CELL_MAX][SV_NN_BLOCK_SIZE]);

/* Samples, not changed while a network runs: 0..SV_NN_SAMPLE_MAX once shifted (sv_nn_job). */
typedef struct sv_nn_plane {
    const uint16_t *data;
    ptrdiff_t stride; /* in samples */
} sv_nn_plane;

typedef struct sv_nn_job {
    const svac2_model *model;
    int set;
    const sv_nn_plane *planes; /* as many as the model reads */
    int width, height;
    int shift; /* to the right, by which samples become those that a network reads */
    int tile_width,
        tile_height; /* in samples; 0: the usual size, the most; else rounded up to whole blocks */
    /* Blocks are SV_NN_BLOCK_SIZE squared, counted from the picture's corner; each lies in one
     * tile. Those that are wanted, row by row; what only others need is not computed. NULL: all. */
    const uint8_t *wanted;
    /* Called by all workers, rows of a tile from top to bottom, tiles in any order. */
    void (*take)(void *shared, const sv_nn_row *row);
    void *shared;
} sv_nn_job;

/* Samples outside the planes are those of their nearest edge. */
svac2_status sv_nn_run(const sv_nn_job *job, sv_env *env, svac2_error *error);

/* What that costs for a block (common/env.h). */
uint64_t sv_nn_cost(const svac2_model *model);

#endif
