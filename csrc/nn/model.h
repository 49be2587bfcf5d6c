/* A restoration network with integer weights: what a weight file holds, checked, and packed for the
 * kernels. docs/network.md describes the arithmetic.
 *
 * The layers compute for positions, each of which stands for a cell of luma: one sample, or two by
 * two. What they start from is that luma, alone or with further planes that the decoder has: a cell
 * of each. Activations are unsigned bytes. They lie in lines of groups: a 32-bit word holds four
 * channels of one position, low byte first. The last layer, the head, is linear and has several
 * outputs, the heads; what is added to luma is a mix of them. */
#ifndef SVAC2_NN_MODEL_H
#define SVAC2_NN_MODEL_H

#include "common/status.h"

enum {
    SV_NN_LAYERS_MAX = 24, /* the head among them */
    SV_NN_OUTPUTS_MAX = 96,
    SV_NN_GROUPS_MAX = 96, /* of four inputs of a layer */
    SV_NN_SETS_MAX = 16,
    SV_NN_HEADS_MAX = 8,
    SV_NN_RADIUS_MAX = 16,
    SV_NN_PLANES_MAX = 3,
    SV_NN_CELL_MAX = 2,
    SV_NN_PHASES_MAX = SV_NN_CELL_MAX * SV_NN_CELL_MAX,
    SV_NN_SAMPLE_MAX = 1023, /* of planes, once they are shifted to 10 bits */
    /* So that two products of a byte and a weight sum up within 16 bits. */
    SV_NN_WEIGHT_MAX = 64,
    SV_NN_PLANE_WEIGHT_MAX = 4096, /* of layers that read the planes */
    SV_NN_SHIFT_MAX = 24,
    SV_NN_CHUNK = 16,      /* outputs that a kernel computes at once, at most */
    SV_NN_HEAD_SHIFT = 14, /* units of head weights: 2^-14 luma levels per activation */
    SV_NN_MIX_SHIFT = 5    /* units of the factors that mix the heads' outputs */
};

/* What all sets of weights share. */
typedef struct sv_nn_layer {
    int kernel; /* 1 or 3 */
    int outputs;
    uint32_t sources; /* bit 0: the planes; bit i: the outputs of layer i - 1; concatenated in this
                         order. Planes come without layers. */
    int groups;       /* lines of words of a row of inputs; of planes, one for each row of a cell */
    int taps, step;   /* words of a line that an output needs, and from one of them to the next */
    int reach;        /* rows and columns needed around the rows and columns of the result */
    int delay; /* how many rows of the planes must have come after a row before it can be computed
                */
    int ring_rows; /* rows that must be kept for later layers */
} sv_nn_layer;

/* Weights of one layer for the kernels: for each chunk of outputs, for each row of the kernel and
 * group of inputs, for each tap, a word for each output of the chunk. */
typedef struct sv_nn_packed {
    const int32_t *weights;
    const int32_t *biases; /* half a unit of the shift is in it already */
    const int32_t *shifts;
} sv_nn_packed;

/* The head of one sample of the cell: for each group of inputs a word with the weights of channels
 * 0 and 2, then one with those of 1 and 3, 16 bits each. */
typedef struct sv_nn_head {
    int32_t bias;
    int32_t weights[2 * SV_NN_GROUPS_MAX];
} sv_nn_head;

/* A mix of the heads, for each sample of the cell, row by row. */
typedef struct sv_nn_mix {
    sv_nn_head phases[SV_NN_PHASES_MAX];
} sv_nn_mix;

typedef struct sv_nn_set {
    int qp; /* that it was trained for, a whole one */
    sv_nn_packed layers[SV_NN_LAYERS_MAX];
    const int16_t *head_weights; /* [head][phase][input] */
    const int32_t *head_biases;  /* [head][phase] */
} sv_nn_set;

struct svac2_model {
    int planes; /* luma, its prediction, and luma before the loop filters: the first of these */
    int cell;   /* its side, in samples */
    int layer_count; /* without the head */
    sv_nn_layer layers[SV_NN_LAYERS_MAX];
    sv_nn_layer head;
    int radius; /* of the receptive field, in positions */
    int plane_ring_rows;
    int set_count;
    sv_nn_set sets[SV_NN_SETS_MAX];
    uint64_t hash;
    void *storage;
};

/* Samples of a cell. */
static inline int sv_nn_phases(const svac2_model *model) { return model->cell * model->cell; }

/* Groups of four that channels take. */
static inline int sv_nn_groups(int channels) { return (channels + 3) / 4; }

/* The set of weights whose qp is nearest; a whole qp. */
int sv_nn_nearest_set(const svac2_model *model, int qp);

/* The sum of the heads, each times its factor in units of 2^-SV_NN_MIX_SHIFT.
 * There is a factor, -128..127, for each output of the last layer. */
void sv_nn_mix_heads(const svac2_model *model, int set, const int8_t *factors, sv_nn_mix *mix);

#endif
