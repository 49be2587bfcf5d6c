/* Packs the weights of a layer for the kernels: for each chunk of outputs, for each word that an
 * output needs (row of the kernel by row, group by group, tap by tap), the words of weights of the
 * chunk's outputs.
 *
 * Kernels may sum products of bytes within 16 bits as far as the weights allow, run of words by
 * run: for each part of outputs, how long they are, one after the other; all words in all. */
#ifndef SVAC2_NN_PACK_H
#define SVAC2_NN_PACK_H

#include "nn/model.h"

enum {
    SV_NN_CHUNK = 16, /* outputs that a kernel computes at once, at most */
    SV_NN_PART = 8,   /* outputs that share their runs; a chunk has whole parts, but the last one */
    SV_NN_RUN_MAX = 4 /* words of a run */
};

/* Outputs of the chunk that starts at output `first`. */
static inline int sv_nn_chunk(int outputs, int first)
{
    return outputs - first < SV_NN_CHUNK ? outputs - first : SV_NN_CHUNK;
}

static inline int sv_nn_parts(int outputs) { return (outputs + SV_NN_PART - 1) / SV_NN_PART; }

/* Packs weights[output][input][row][column] into words; these are zeros before. */
void sv_nn_pack_weights(const svac2_model *model, int layer, const int16_t *weights,
                        int32_t *words);

/* The runs of each part of packed weights: runs[part][.], in rows of as many as there are words. */
void sv_nn_find_runs(const int32_t *weights, int words, int outputs, uint8_t *runs);

#endif
