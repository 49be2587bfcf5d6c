/* What the search of a CTU works on: which tree, modes, transforms and levels code it at the least
 * cost D + lambda R, where D is the squared error weighted per plane and R comes from the pricing
 * instance of the syntax.
 *
 * tree_search.c walks the splits; luma_search.c and chroma_search.c decide a block, trial.c what
 * its residual costs, chroma_joint.c one for both planes of chroma, snapshot.c keeps what was
 * coded. */
#ifndef SVAC2_ENC_SEARCH_H
#define SVAC2_ENC_SEARCH_H

#include "enc/effort.h"
#include "enc/trellis.h"
#include "entropy/syntax.h"
#include "recon/frame.h"
#include "recon/intra.h"
#include "recon/residual.h"

/* What the search of all CTUs shares. */
typedef struct sv_search_job {
    sv_frame *frame;          /* reconstruction */
    const sv_picture *source; /* same layout */
    const sv_effort *effort;
    double lambda;                                  /* squared error of internal samples per bit */
    double weight[SV_PLANES_MAX];                   /* of each plane's squared error */
    double lambda_root, weight_root[SV_PLANES_MAX]; /* theirs, beside SATD */
} sv_search_job;

enum { SV_REMEMBERED_MAX = 3 };

/* What a block chose when it was searched before: other splits above it lead to the same block
 * again, with nearly the same neighbours. */
typedef struct sv_known_block {
    uint32_t ctu;          /* the search's CTU counter then, so that a new CTU forgets all */
    uint32_t surroundings; /* a hash of them */
    uint8_t count;         /* of modes that are remembered, best first */
    uint8_t mode[SV_REMEMBERED_MAX], line[SV_REMEMBERED_MAX];
    uint8_t tx;  /* of the best */
    bool joint;  /* that of chroma has one residual for both planes */
    double cost; /* of the best of luma */
} sv_known_block;

enum { SV_BLOCK_SIZES = SV_TX_LOG2_MAX - SV_TX_LOG2_MIN + 1 };

/* Room for the decision of a block; nothing in it outlives one. */
typedef struct sv_block_scratch {
    uint16_t prediction[SV_COMPONENT_PLANES_MAX][SV_CTU_SIZE * SV_CTU_SIZE];
    sv_block_residual residual;
    sv_coefs coefs;
    sv_trellis trellis;
    sv_level levels[SV_COMPONENT_PLANES_MAX * SV_TX_MAX_COEFS * SV_TX_MAX_COEFS];
    uint16_t joint[SV_COMPONENT_PLANES_MAX][SV_CTU_SIZE * SV_CTU_SIZE]; /* enc/chroma_joint.c */
} sv_block_scratch;

/* Where the search of one thread stands. */
typedef struct sv_search {
    const sv_search_job *job;
    sv_frame *frame;         /* the job's: all threads share its samples and maps */
    sv_context_set contexts; /* after all that has been decided */
    sv_journal journal;      /* of them */
    sv_ctu_tree *tree;       /* of the CTU under way */
    int tree_index;
    uint32_t ctu; /* counts CTU trees, from 1 */
    sv_known_block known[SV_CTU_UNITS][SV_CTU_UNITS][SV_BLOCK_SIZES][SV_BLOCK_SIZES];
    sv_block_scratch scratch;
} sv_search;

static inline double sv_rate_cost(const sv_search *search, uint64_t bits)
{
    return search->job->lambda * (double)bits / SV_PRICE_ONE_BIT;
}

/* The memory of a block's place and size in the tree under way. */
static inline sv_known_block *sv_search_known(sv_search *search, const sv_cu *cu)
{
    int mask = SV_CTU_UNITS - 1; /* chroma CTUs are smaller, but never larger */
    return &search->known[cu->y >> SV_UNIT_LOG2 & mask][cu->x >> SV_UNIT_LOG2 & mask]
                         [cu->log2_h - SV_TX_LOG2_MIN][cu->log2_w - SV_TX_LOG2_MIN];
}

/* Adds the samples that a block is predicted from to a hash of its surroundings. */
static inline uint32_t sv_hash_refs(uint32_t hash, const sv_intra_refs *refs)
{
    const uint16_t *top = refs->top.samples + SV_REF_BEFORE;
    const uint16_t *left = refs->left.samples + SV_REF_BEFORE;
    for (int i = 0; i <= (1 << refs->log2_w) + (1 << refs->log2_h); i++) {
        hash = (hash ^ (top[i] | (uint32_t)left[i] << 16)) * 0x9e3779b1u;
        hash ^= hash >> 15;
    }
    return hash;
}

#endif
