/* The four instances of the one syntax (format/block_syntax.inc). */
#ifndef SVAC2_ENTROPY_SYNTAX_H
#define SVAC2_ENTROPY_SYNTAX_H

#include "entropy/journal.h"
#include "entropy/range_coder.h"
#include "format/block_contexts.h"
#include "format/level_walk.h"
#include "format/modes.h"
#include "format/picture_header.h"
#include "format/sign_walk.h"
#include "format/tree.h"

/* Who reconstructs the blocks that are read: signs are coded by what lies beside the prediction. */
typedef struct sv_follower {
    void *shared;
    void (*predict)(void *shared, int tree, const sv_cu *cu);
    void (*start_signs)(void *shared, sv_sign_walk *walk, int tree, const sv_cu *cu, int plane,
                        sv_level *levels);
    void (*finish)(void *shared, int tree, const sv_cu *cu, int plane, const sv_level *levels);
} sv_follower;

typedef struct sv_reader {
    sv_follower follower;
    sv_range_decoder range;
    sv_context_set contexts;
    const sv_layout *layout;
    bool invalid; /* a value outside its range was read */
} sv_reader;

/* whole, strength: what the file header says of the layer. False when a value is outside its range.
 */
bool sv_read_picture_header(sv_reader *reader, bool whole, uint32_t strength,
                            sv_picture_header *header);
/* One CTU's trees, entered in the block maps. False when the stream is damaged. */
bool sv_read_ctu(sv_reader *reader, int ctu_x, int ctu_y, sv_ctu_tree *trees[SV_COMPONENTS_MAX]);

typedef struct sv_writer {
    sv_range_encoder range;
    sv_context_set contexts;
    const sv_layout *layout;
} sv_writer;

void sv_write_picture_header(sv_writer *writer, const sv_picture_header *header);
void sv_write_ctu(sv_writer *writer, int ctu_x, int ctu_y, sv_ctu_tree *trees[SV_COMPONENTS_MAX]);

/* Bits in 1/4096 at the contexts' present state, which a price does not change. */
typedef struct sv_pricer {
    uint64_t bits;
    const sv_context_set *contexts;
    const sv_layout *layout;
} sv_pricer;

enum { SV_PRICE_ONE_BIT = 4096 };

uint64_t sv_price_split(const sv_context_set *contexts, const sv_layout *layout, int tree,
                        const sv_node *node, sv_split split);
uint64_t sv_price_luma_mode(const sv_context_set *contexts, const sv_layout *layout,
                            const sv_cu *cu, int tree, const sv_mode_sites *sites);
uint64_t sv_price_chroma_mode(const sv_context_set *contexts, const sv_layout *layout,
                              const sv_cu *cu, int tree);
uint64_t sv_price_cbf(const sv_context_set *contexts, const sv_layout *layout, const sv_cu *cu,
                      int tree, int plane);
uint64_t sv_price_tx_set(const sv_context_set *contexts, const sv_layout *layout, const sv_cu *cu,
                         int tree);
uint64_t sv_price_cross(const sv_context_set *contexts, const sv_layout *layout, const sv_cu *cu);
/* Levels of one plane, without its coded-block flag. Sets the plane's extents in *cu, and
 * *beyond_first to whether a transform set is coded after them. */
uint64_t sv_price_levels(const sv_context_set *contexts, const sv_layout *layout, sv_cu *cu,
                         int tree, int plane, sv_level *levels, bool *beyond_first);

/* Where a bin's price stands: `one` is its probability of being 1, in 1/2^SV_PROBABILITY_BITS. */
static inline uint32_t sv_price_index(uint32_t one, int bin)
{
    uint32_t index = one >> (SV_PROBABILITY_BITS - SV_BIN_PRICE_BITS);
    return bin ? index : SV_BIN_PRICES - 1 - index;
}

static inline uint32_t sv_price_at(uint32_t one, int bin)
{
    return sv_bin_price[sv_price_index(one, bin)];
}

static inline uint32_t sv_price_bin(const sv_context_set *set, sv_bin_site site, int bin)
{
    return sv_price_at(sv_predict_bin(set->contexts, site), bin);
}

/* Prices for a search among levels: of a magnitude; */
uint32_t sv_price_magnitude(const sv_context_set *contexts, const sv_level_walk *walk,
                            const sv_level_place *at, int certain, int magnitude);
/* of an escape, in an Exp-Golomb code of that order; */
uint32_t sv_price_escape(int order, uint32_t value);
/* and of the last level's position: its column's group, and its row's by the column's class. */
typedef struct sv_last_prices {
    int log2_w;
    uint32_t columns[SV_LAST_GROUPS];
    uint32_t rows[SV_LAST_COLUMN_CLASSES][SV_LAST_GROUPS];
} sv_last_prices;

void sv_price_last_levels(const sv_context_set *contexts, const sv_last_sites *sites,
                          sv_last_prices *prices);

static inline uint32_t sv_price_last(const sv_last_prices *prices, int x, int y)
{
    const uint32_t *rows = prices->rows[sv_last_column_class(x, prices->log2_w)];
    return prices->columns[sv_last_group(x)] + rows[sv_last_group(y)];
}

/* Prices of what a picture header says; contexts have no part in them. */
uint32_t sv_price_signed_golomb(int order, int value);
uint64_t sv_price_restoration_params(const sv_restoration_params *params);

/* Let contexts adapt to what has been decided. */
void sv_adapt_split(sv_journal *journal, const sv_layout *layout, int tree, const sv_node *node,
                    sv_split split);
void sv_adapt_block(sv_journal *journal, const sv_layout *layout, sv_cu *cu, int tree,
                    sv_level *levels);

#endif
