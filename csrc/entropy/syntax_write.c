/* The writing instance of the syntax. */
#include "entropy/syntax.h"

static inline void write_bin(sv_writer *writer, int index, int bin)
{
    sv_context *context = &writer->contexts.contexts[index];
    sv_range_encode(&writer->range, sv_probability_of_one(context), bin);
    sv_adapt(context, bin);
}

#define CODER sv_writer
#define SX(name) write_##name
#define CODES 1
#define BIN(c, context, bin) write_bin((c), (context), (bin))
#define BYPASS(c, count, value) sv_range_encode_bypass(&(c)->range, (value), (count))
#define INVALID(c) ((void)(c))
#define ENTER_BLOCK(c, tree, cu) ((void)(cu)) /* the map was filled by the search */
#include "format/block_syntax.inc"
#include "format/picture_syntax.inc"

void sv_write_picture_header(sv_writer *writer, const sv_picture_header *header)
{
    write_picture_header(writer, header);
}

void sv_write_ctu(sv_writer *writer, int ctu_x, int ctu_y, sv_ctu_tree *trees[SV_COMPONENTS_MAX])
{
    write_ctu(writer, ctu_x, ctu_y, trees);
}
