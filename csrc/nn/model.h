/* A restoration network with integer weights: what a weight file holds, checked, and packed for the
 * kernels. docs/network.md describes the arithmetic.
 *
 * The layers compute for positions, each of which stands for a cell of luma: one sample, or a
 * square of 2x2 or 4x4. What they start from is that luma, alone or with further planes that the
 * decoder has: a cell of each. Activations are unsigned bytes. They lie in lines of groups: a
 * 32-bit word holds four channels of one position, low byte first. The last layer, the head, is
 * linear and has several outputs, the heads; what is added to luma is a mix of them.
 *
 * A network may see the planes in several views, mirrored and transposed, and give the mean of what
 * it makes of them: its layers then stand there once for each view, with their weights turned. */
#ifndef SVAC2_NN_MODEL_H
#define SVAC2_NN_MODEL_H

#include <stdbool.h>

#include "common/status.h"

enum {
    SV_NN_LAYERS_MAX = 24, /* the head among them */
    SV_NN_OUTPUTS_MAX = 96,
    SV_NN_GROUPS_MAX = 96, /* of four inputs of a layer */
    SV_NN_WORDS_MAX = 288, /* groups times taps: that an output is computed from */
    SV_NN_VIEWS_MAX = 8,
    SV_NN_HEAD_GROUPS_MAX = 256, /* of four inputs of the head, of all views */
    SV_NN_SETS_MAX = 16,
    SV_NN_HEADS_MAX = 8,
    SV_NN_RADIUS_MAX = 16,
    SV_NN_PLANES_MAX = 3,
    SV_NN_LEVELS = 3, /* sizes of cells: 1, 2, 4 */
    SV_NN_CELL_MAX = 1 << (SV_NN_LEVELS - 1),
    SV_NN_PHASES_MAX = SV_NN_CELL_MAX * SV_NN_CELL_MAX,
    SV_NN_RINGS_MAX = SV_NN_LEVELS + SV_NN_LAYERS_MAX,
    SV_NN_SAMPLE_MAX = 1023, /* of planes, once they are shifted to 10 bits */
    /* So that two products of a byte and a weight sum up within 16 bits. */
    SV_NN_WEIGHT_MAX = 64,
    SV_NN_PLANE_WEIGHT_MAX = 4096, /* of layers that read the planes */
    SV_NN_SHIFT_MAX = 24,
    SV_NN_CHUNK = 8,       /* outputs that a kernel computes at once, at most */
    SV_NN_RUN_MAX = 4,     /* words of which the products are summed within 16 bits, at most */
    SV_NN_HEAD_SHIFT = 14, /* units of head weights: 2^-14 luma levels per activation */
    SV_NN_MIX_SHIFT = 5    /* units of the factors that mix the heads' outputs */
};

/* What is kept, while a network runs, of the planes in cells of one size, or of a layer: the last
 * rows of positions, each of several lines of words. */
typedef struct sv_nn_ring {
    int cell;  /* its side, in samples */
    int lines; /* of a row */
    int reach; /* rows and columns needed around those of the result, in positions */
    int delay; /* rows by which it is behind the planes */
    int rows;  /* that must be kept; 0: nothing reads it */
} sv_nn_ring;

/* What all sets of weights share. */
typedef struct sv_nn_layer {
    int kernel; /* 1 or 3 */
    int outputs;
    uint32_t sources; /* bit 0: the planes; bit i: the outputs of layer i - 1; concatenated in this
                         order. Planes come without layers. */
    int groups;       /* lines of words of a row of inputs */
    int taps, step;   /* words of a line that an output needs, and from one of them to the next */
    int words;        /* that an output needs of all lines, of as many rows as the kernel has */
} sv_nn_layer;

/* The order of a chunk's words; how many runs there are of each length, the longest first. */
typedef struct sv_nn_chunk_order {
    uint16_t words[SV_NN_WORDS_MAX];
    uint16_t runs[SV_NN_RUN_MAX];
} sv_nn_chunk_order;

/* Weights of one layer for the kernels (nn/pack.h). */
typedef struct sv_nn_packed {
    const int32_t *weights;
    const int32_t *biases; /* half a unit of the shift is in it already */
    const int32_t *shifts;
    const sv_nn_chunk_order *orders;
    int words, outputs; /* in whole groups of four */
} sv_nn_packed;

/* The head of one sample of the cell: for each group of inputs, view by view, a word with the
 * weights of channels 0 and 2, then one with those of 1 and 3, 16 bits each. */
typedef struct sv_nn_head {
    int32_t bias;
    int32_t weights[2 * SV_NN_HEAD_GROUPS_MAX];
} sv_nn_head;

/* A mix of the heads, for each sample of the cell, row by row. */
typedef struct sv_nn_mix {
    sv_nn_head phases[SV_NN_PHASES_MAX];
} sv_nn_mix;

typedef struct sv_nn_set {
    int qp; /* that it was trained for, a whole one */
    sv_nn_packed layers[SV_NN_VIEWS_MAX][SV_NN_LAYERS_MAX];
    const int16_t *head_weights; /* [head][phase][input], of the first view */
    const int32_t *head_biases;  /* [head][phase] */
} sv_nn_set;

struct svac2_model {
    int planes; /* luma, its prediction, and luma before the loop filters: the first of these */
    int cell;   /* side of the head's cells, in samples; no other layer has smaller ones */
    int unit;   /* side of the largest cells */
    int views_log2;
    int layer_count; /* without the head */
    sv_nn_layer layers[SV_NN_LAYERS_MAX];
    sv_nn_ring rings[SV_NN_RINGS_MAX]; /* of the planes, by size of the cells; of the layers */
    int radius;                        /* of the receptive field, in the largest cells */
    int set_count;
    sv_nn_set sets[SV_NN_SETS_MAX];
    uint64_t hash;
    void *storage;
};

static inline int sv_nn_views(const svac2_model *model) { return 1 << model->views_log2; }

/* Where a view has in a square, row by row, what the first one has at `index`; bits of a view: 0
 * and 1: columns and rows are mirrored, 2: the square is transposed before. */
static inline int sv_nn_turned(int view, int side, int index)
{
    const int row = index / side, column = index % side;
    const int across = view & 4 ? row : column, down = view & 4 ? column : row;
    return (view & 2 ? side - 1 - down : down) * side + (view & 1 ? side - 1 - across : across);
}

/* Samples of a cell of the head. */
static inline int sv_nn_phases(const svac2_model *model) { return model->cell * model->cell; }

static inline const sv_nn_layer *sv_nn_head_of(const svac2_model *model)
{
    return &model->layers[model->layer_count];
}

/* Groups of four that channels take. */
static inline int sv_nn_groups(int channels) { return (channels + 3) / 4; }

/* The ring of a layer's source, by its bit in the mask. */
static inline int sv_nn_source(const svac2_model *model, int layer, int bit)
{
    int cell = model->rings[SV_NN_LEVELS + layer].cell;
    return bit == 0 ? cell / 2 : SV_NN_LEVELS + bit - 1;
}

static inline bool sv_nn_reads_planes(const sv_nn_layer *layer) { return layer->sources == 1; }

/* Inputs of a layer, before they are rounded up to groups. */
int sv_nn_input_count(const svac2_model *model, int layer);

/* Fills a model's layers and rings from a weight file's table. */
svac2_status sv_nn_read_layers(svac2_model *model, const svac2_model_arrays *arrays,
                               svac2_error *error);

/* The set of weights whose qp is nearest; a whole qp. */
int sv_nn_nearest_set(const svac2_model *model, int qp);

/* The sum of the heads, each times its factor in units of 2^-SV_NN_MIX_SHIFT; the mean of all
 * views. There is a factor, -128..127, for each output of the last layer. */
void sv_nn_mix_heads(const svac2_model *model, int set, const int8_t *factors, sv_nn_mix *mix);

#endif
