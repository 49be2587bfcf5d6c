/* The adapting instance of the syntax: contexts move as they would when written. */
#include "entropy/syntax.h"

typedef struct adapter {
    sv_journal *journal;
    const sv_layout *layout;
} adapter;

static inline void adapt_bin(adapter *a, sv_bin_site site, int bin)
{
    sv_journal_note(a->journal, site.first);
    if (site.second != SV_CTX_NONE) {
        sv_journal_note(a->journal, site.second);
    }
    sv_adapt_bin(a->journal->contexts->contexts, site, bin);
}

#define CODER adapter
#define SX(name) adapt_##name
#define CODES 1
#define BIN(c, site, bin) adapt_bin((c), (site), (bin))
#define BYPASS(c, count, value) ((void)(c), (void)(count), (void)(value))
#define INVALID(c) ((void)(c))
#include "format/block_syntax.inc"

void sv_adapt_split(sv_journal *journal, const sv_layout *layout, int tree, const sv_node *node,
                    sv_split split)
{
    adapter a = {journal, layout};
    (void)adapt_split(&a, tree, node, (int)split);
}

void sv_adapt_block(sv_journal *journal, const sv_layout *layout, sv_cu *cu, int tree,
                    sv_level *levels)
{
    adapter a = {journal, layout};
    if (cu->cbf != 0) {
        sv_journal_renew(journal);
    }
    adapt_block(&a, cu, tree, levels, NULL);
}
