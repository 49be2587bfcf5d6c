/* The writing instance of the syntax. */
#include "entropy/syntax.h"

#include <assert.h>

/* A writer at work. */
typedef struct writing {
    sv_range_encoder range;
    sv_context *contexts;
    const sv_layout *layout;
} writing;

static inline void write_bin(writing *w, sv_bin_site site, int bin)
{
    sv_range_encode(&w->range, sv_predict_bin(w->contexts, site), bin);
    sv_adapt_bin(w->contexts, site, bin);
}

#define CODER writing
#define SX(name) write_##name
#define CODES 1
#define BIN(c, site, bin) write_bin((c), (site), (bin))
#define BYPASS(c, count, value) sv_range_encode_bypass(&(c)->range, (value), (count))
#define INVALID(c) ((void)(c))
#include "format/block_syntax.inc"
#include "format/picture_syntax.inc"

static writing begin(sv_writer *writer)
{
    return (writing){writer->range, writer->contexts.contexts, writer->layout};
}

void sv_write_picture_header(sv_writer *writer, const sv_picture_header *header)
{
    writing w = begin(writer);
    write_picture_header(&w, header);
    writer->range = w.range;
}

void sv_write_ctu(sv_writer *writer, int ctu_x, int ctu_y, sv_ctu_tree *trees[SV_COMPONENTS_MAX])
{
    for (int tree = 0; tree < writer->layout->components.count; tree++) {
        assert(trees[tree]->signs != NULL);
    }
    writing w = begin(writer);
    write_ctu(&w, ctu_x, ctu_y, trees);
    writer->range = w.range;
}
