/* The pricing instance of the syntax: adds up bits, contexts stay as they are. */
#include "entropy/syntax.h"

#define CODER sv_pricer
#define SX(name) price_##name
#define CODES 1
#define BIN(c, site, bin) ((c)->bits += sv_price_bin((c)->contexts, (site), (bin)))
#define BYPASS(c, count, value) ((void)(value), (c)->bits += (uint64_t)(count) * SV_PRICE_ONE_BIT)
#define INVALID(c) ((void)(c))
#include "format/block_syntax.inc"
#include "format/picture_syntax.inc"

uint64_t sv_price_split(const sv_context_set *contexts, const sv_layout *layout, int tree,
                        const sv_node *node, sv_split split)
{
    sv_pricer pricer = {0, contexts, layout};
    (void)price_split(&pricer, tree, node, (int)split);
    return pricer.bits;
}

uint64_t sv_price_luma_mode(const sv_context_set *contexts, const sv_layout *layout,
                            const sv_cu *cu, int tree, const sv_mode_sites *sites)
{
    sv_pricer pricer = {0, contexts, layout};
    sv_cu copy = *cu;
    price_luma_mode(&pricer, &copy, tree, sites);
    return pricer.bits;
}

uint64_t sv_price_chroma_mode(const sv_context_set *contexts, const sv_layout *layout,
                              const sv_cu *cu, int tree)
{
    sv_pricer pricer = {0, contexts, layout};
    sv_cu copy = *cu;
    price_chroma_mode(&pricer, &copy, tree);
    return pricer.bits;
}

uint64_t sv_price_cbf(const sv_context_set *contexts, const sv_layout *layout, const sv_cu *cu,
                      int tree, int plane)
{
    sv_pricer pricer = {0, contexts, layout};
    (void)price_cbf(&pricer, cu, tree, plane);
    return pricer.bits;
}

uint64_t sv_price_tx_set(const sv_context_set *contexts, const sv_layout *layout, const sv_cu *cu,
                         int tree)
{
    sv_pricer pricer = {0, contexts, layout};
    sv_cu copy = *cu;
    price_tx_set(&pricer, &copy, tree);
    return pricer.bits;
}

uint64_t sv_price_cross(const sv_context_set *contexts, const sv_layout *layout, const sv_cu *cu)
{
    sv_pricer pricer = {0, contexts, layout};
    sv_cu copy = *cu;
    price_cross(&pricer, &copy);
    return pricer.bits;
}

uint64_t sv_price_levels(const sv_context_set *contexts, const sv_layout *layout, sv_cu *cu,
                         int tree, int plane, sv_level *levels, bool *beyond_first)
{
    sv_pricer pricer = {0, contexts, layout};
    *beyond_first = price_levels(&pricer, cu, tree, plane, levels);
    price_signs(&pricer, 0, cu->level_counts[plane], NULL);
    return pricer.bits;
}

uint32_t sv_price_magnitude(const sv_context_set *contexts, const sv_level_walk *walk,
                            const sv_level_place *at, int certain, int magnitude)
{
    sv_pricer pricer = {0, contexts, NULL};
    (void)price_magnitude(&pricer, walk, at, certain, magnitude);
    return (uint32_t)pricer.bits;
}

uint32_t sv_price_escape(int order, uint32_t value)
{
    sv_pricer pricer = {0, NULL, NULL};
    (void)price_exp_golomb(&pricer, order, value);
    return (uint32_t)pricer.bits;
}

/* As price_last adds it up, for all groups along an axis at once. */
static void price_groups(const sv_context_set *contexts, sv_bin_site first, int log2_size,
                         uint32_t prices[SV_LAST_GROUPS])
{
    const int last = sv_last_group((1 << log2_size) - 1);
    uint32_t further = 0; /* the bins that go on to the group */
    for (int group = 0; group < last; group++) {
        const uint32_t one = sv_predict_bin(contexts->contexts, sv_site_behind(first, group));
        const uint32_t bits = (uint32_t)sv_last_bits(group) * SV_PRICE_ONE_BIT;
        prices[group] = further + sv_price_at(one, 0) + bits;
        further += sv_price_at(one, 1);
    }
    prices[last] = further + (uint32_t)sv_last_bits(last) * SV_PRICE_ONE_BIT;
}

void sv_price_last_levels(const sv_context_set *contexts, const sv_last_sites *sites,
                          sv_last_prices *prices)
{
    prices->log2_w = sites->log2_w;
    price_groups(contexts, sites->x, sites->log2_w, prices->columns);
    for (int i = 0; i < SV_LAST_COLUMN_CLASSES; i++) {
        price_groups(contexts, sv_last_y_site(sites, i), sites->log2_h, prices->rows[i]);
    }
}

uint32_t sv_price_signed_golomb(int order, int value)
{
    sv_pricer pricer = {0, NULL, NULL};
    (void)price_signed_golomb(&pricer, order, value);
    return (uint32_t)pricer.bits;
}

uint64_t sv_price_restoration_params(const sv_restoration_params *params)
{
    sv_pricer pricer = {0, NULL, NULL};
    price_restoration_params(&pricer, params);
    return pricer.bits;
}
