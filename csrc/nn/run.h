/* Runs a network over a plane of luma, depth first: tile by tile, in each row after row, and in
 * each step layer after layer, as far as the rows that have come allow. Only the last few rows of
 * each layer are kept, in a ring:
 *
 *            luma  c1  c2  c3 ...
 *     row y   *                      *  loaded or computed in this step
 *       y-1   o    *                 o  kept
 *       y-2   o    o   *             .  dropped
 *       y-3   .    o   o   *
 */
#ifndef SVAC2_NN_RUN_H
#define SVAC2_NN_RUN_H

#include "nn/kernels.h"

enum { SV_NN_BLOCK_LOG2 = 6, SV_NN_BLOCK_SIZE = 1 << SV_NN_BLOCK_LOG2 };

/* The samples of a row that lie in one block, with the inputs of the head for each. */
typedef struct sv_nn_row {
    int worker;                      /* 0..threads - 1 */
    int x, y, width;                 /* up to SV_NN_BLOCK_SIZE */
    const uint32_t *const *features; /* lines of words, by group */
    const sv_nn_kernels *kernels;
} sv_nn_row;

typedef struct sv_nn_job {
    const svac2_model *model;
    int set;
    const uint16_t *luma; /* samples 0..SV_NN_SAMPLE_MAX, not changed while this runs */
    ptrdiff_t stride;     /* in samples */
    int width, height;
    int threads;
    uint32_t cpu;                /* SVAC2_CPU_* bits, already masked */
    int tile_width, tile_height; /* 0: the usual size; else rounded up to whole blocks */
    /* Called by all workers, rows of a tile from top to bottom, tiles in any order. Blocks are
     * SV_NN_BLOCK_SIZE squared, counted from the picture's corner; each lies in one tile. */
    void (*take)(void *shared, const sv_nn_row *row);
    void *shared;
} sv_nn_job;

/* Samples outside the plane are those of their nearest edge. */
svac2_status sv_nn_run(const sv_nn_job *job, svac2_error *error);

#endif
