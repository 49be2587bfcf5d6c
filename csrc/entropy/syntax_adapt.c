/* The adapting instance of the syntax: contexts move as they would when written. */
#include "entropy/syntax.h"

typedef struct adapter {
    sv_context_set *contexts;
    const sv_layout *layout;
} adapter;

#define CODER adapter
#define SX(name) adapt_##name
#define CODES 1
#define BIN(c, context, bin) sv_adapt(&(c)->contexts->contexts[context], (bin))
#define BYPASS(c, count, value) ((void)(c), (void)(count), (void)(value))
#define INVALID(c) ((void)(c))
#include "format/block_syntax.inc"

void sv_adapt_split(sv_context_set *contexts, const sv_layout *layout, int tree,
                    const sv_node *node, sv_split split)
{
    adapter a = {contexts, layout};
    (void)adapt_split(&a, tree, node, (int)split);
}

void sv_adapt_block(sv_context_set *contexts, const sv_layout *layout, sv_cu *cu, int tree,
                    sv_level *levels)
{
    adapter a = {contexts, layout};
    adapt_block(&a, cu, tree, levels);
}
