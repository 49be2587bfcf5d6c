/* The encoder's search: which tree, modes, transforms and levels code a CTU at the least cost
 * D + lambda R, where D is the squared error weighted per plane and R comes from the pricing
 * instance of the syntax. */
#ifndef SVAC2_ENC_SEARCH_H
#define SVAC2_ENC_SEARCH_H

#include "enc/effort.h"
#include "entropy/syntax.h"
#include "recon/frame.h"

enum { SV_SEARCH_DEPTH = SV_CTU_LOG2 - SV_UNIT_LOG2 + SV_MTT_MAX_DEPTH + 1 };

/* What the search of all CTUs shares. */
typedef struct sv_search_job {
    const sv_frame *frame;    /* reconstruction */
    const sv_picture *source; /* same layout */
    const sv_effort *effort;
    double lambda;    /* squared error (10 bit) per bit */
    double weight[3]; /* of each plane's squared error */
} sv_search_job;

/* All that describes a coded node, to bring it back after other ways were tried. */
typedef struct sv_snapshot {
    sv_context_set contexts;
    int split_count, cu_count;
    uint32_t level_count;
    uint8_t splits[SV_CTU_MAX_NODES];
    sv_cu cus[SV_CTU_MAX_CUS];
    int16_t levels[SV_CTU_MAX_LEVELS];
    uint16_t samples[2][SV_CTU_SIZE * SV_CTU_SIZE];
    uint16_t prediction[SV_CTU_SIZE * SV_CTU_SIZE]; /* of luma, where the frame keeps it */
    sv_unit units[SV_CTU_MAX_CUS];
} sv_snapshot;

/* What a block chose when it was searched before: other splits above it lead to the same block
 * again, with nearly the same neighbours. */
typedef struct sv_known_block {
    uint32_t ctu; /* the search's CTU counter then, so that a new CTU forgets all */
    uint8_t mode, line, tx;
} sv_known_block;

enum { SV_BLOCK_SIZES = SV_TX_LOG2_MAX - SV_TX_LOG2_MIN + 1 };

typedef struct sv_search {
    const sv_search_job *job;
    sv_frame frame;          /* the job's; its samples and maps are shared */
    sv_context_set contexts; /* after all that has been decided */
    sv_ctu_tree *tree;       /* of the CTU under way */
    int tree_index;
    sv_snapshot snapshots[SV_SEARCH_DEPTH];
    sv_context_set entry[SV_SEARCH_DEPTH]; /* contexts on entering a node */
    uint32_t ctu;                          /* counts CTU trees, from 1 */
    sv_known_block known[SV_CTU_UNITS][SV_CTU_UNITS][SV_BLOCK_SIZES][SV_BLOCK_SIZES];
    uint16_t prediction[2][SV_CTU_SIZE * SV_CTU_SIZE];
    int16_t residual[SV_CTU_SIZE * SV_CTU_SIZE];
    int16_t coefs[SV_TX_MAX_COEFS * SV_TX_MAX_COEFS];
    int16_t trial_levels[2 * SV_TX_MAX_COEFS * SV_TX_MAX_COEFS];
    int16_t best_levels[2 * SV_TX_MAX_COEFS * SV_TX_MAX_COEFS];
} sv_search;

/* Readies a search for CTUs of the job. */
void sv_search_start(sv_search *search, const sv_search_job *job);

/* Decides both trees of a CTU: fills *trees, the reconstruction and the block maps, and moves
 * search->contexts on. */
void sv_search_ctu(sv_search *search, int ctu_x, int ctu_y, sv_ctu_tree *trees[SV_TREE_COUNT]);

/* Decides a block: fills *cu but its place in the tree's arrays, and search->best_levels. Returns
 * the cost without the split. */
double sv_search_luma_block(sv_search *search, sv_cu *cu);
double sv_search_chroma_block(sv_search *search, sv_cu *cu);

static inline double sv_rate_cost(const sv_search *search, uint64_t bits)
{
    return search->job->lambda * (double)bits / SV_PRICE_ONE_BIT;
}

/* The memory of a block's place and size in the tree under way. */
sv_known_block *sv_search_known(sv_search *search, const sv_cu *cu);

/* Transforms and quantises one plane of a block against a prediction; returns weighted error plus
 * lambda times the price of its levels, coded-block flag and transform set, and sets the flag in
 * *cu. A set that the syntax could not express for these levels costs INFINITY. */
double sv_search_residual(sv_search *search, sv_cu *cu, int plane, const uint16_t *prediction,
                          int16_t *levels);

#endif
