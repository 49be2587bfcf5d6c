/* Packs the weights of a layer for the kernels: for each chunk of outputs, for each word that an
 * output needs, the words of weights of the chunk's outputs. Outputs are whole groups of four: what
 * is added to them is zeros, and so are its weights.
 *
 * Kernels may sum products of bytes within 16 bits as far as the weights allow: run by run of
 * words. Each chunk has an order of its own, the longest runs first. Before, words are numbered row
 * of the kernel by row, group by group, tap by tap. */
#ifndef SVAC2_NN_PACK_H
#define SVAC2_NN_PACK_H

#include "nn/model.h"

/* Outputs of the chunk that starts at output `first`: a chunk, or half of one. */
static inline int sv_nn_chunk(int outputs, int first)
{
    return outputs - first < SV_NN_CHUNK ? outputs - first : SV_NN_CHUNK;
}

static inline int sv_nn_chunks(int outputs) { return (outputs + SV_NN_CHUNK - 1) / SV_NN_CHUNK; }

/* Outputs of a layer, in whole groups. */
static inline int sv_nn_padded(int outputs) { return 4 * sv_nn_groups(outputs); }

/* Packs weights[output][input][row][column] in the order of the words' numbers, into zeros; those
 * of a layer that reads planes turned for a view. */
void sv_nn_pack_weights(const svac2_model *model, int layer, int view, const int16_t *weights,
                        int32_t *words);

/* Puts the words of a chunk in order: by runs, or where `bytes` is false as they are. */
void sv_nn_order_words(sv_nn_chunk_order *order, int32_t *weights, int words, int outputs,
                       bool bytes);

/* Lines of words in the order of a chunk. */
static inline void sv_nn_in_order(const uint32_t *const *in, const sv_nn_packed *layer, int first,
                                  const uint32_t *ordered[SV_NN_WORDS_MAX])
{
    const uint16_t *words = layer->orders[first / SV_NN_CHUNK].words;
    for (int w = 0; w < layer->words; w++) {
        ordered[w] = in[words[w]];
    }
}

#endif
