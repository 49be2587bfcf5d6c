/* The reading instance of the syntax. */
#include "entropy/syntax.h"

#if defined(SVAC2_TRACE)
/* Training builds only (training/train_contexts.py): every bin as its value, its first context * 2,
 * and its second one, if there is, plus one * 2^16. */
__attribute__((visibility("default"))) uint32_t sv_trace[1 << 25];
__attribute__((visibility("default"))) uint32_t sv_trace_size;
#endif

/* A reader at work. */
typedef struct reading {
    sv_range_decoder range;
    sv_context *contexts;
    const sv_layout *layout;
    const sv_follower *follower;
    bool invalid;
} reading;

static inline int read_bin(reading *r, sv_bin_site site,
                           int (*decode)(sv_range_decoder *decoder, uint32_t probability_of_one))
{
    int bin = decode(&r->range, sv_predict_bin(r->contexts, site));
    sv_adapt_bin(r->contexts, site, bin);
#if defined(SVAC2_TRACE)
    sv_trace[sv_trace_size++ & ((1 << 25) - 1)] =
        (uint32_t)(bin | site.first << 1 | (site.second - SV_CTX_NONE) << 16);
#endif
    return bin;
}

#define CODER reading
#define SX(name) read_##name
#define CODES 0
#define BIN(c, site, bin) ((bin) = read_bin((c), (site), sv_range_decode))
#define OPEN_BIN(c, site, bin) ((bin) = read_bin((c), (site), sv_range_decode_open))
#define BYPASS(c, count, value) ((value) = sv_range_decode_bypass(&(c)->range, (count)))
#define INVALID(c) ((void)((c)->invalid = true))
#include "format/block_syntax.inc"
#include "format/picture_syntax.inc"

static reading begin(sv_reader *reader)
{
    return (reading){reader->range, reader->contexts.contexts, reader->layout, &reader->follower,
                     reader->invalid};
}

static bool end(sv_reader *reader, const reading *r)
{
    reader->range = r->range;
    reader->invalid = r->invalid;
    return !r->invalid;
}

bool sv_read_picture_header(sv_reader *reader, bool whole, uint32_t strength,
                            sv_picture_header *header)
{
    *header = (sv_picture_header){.whole = whole};
    header->restoration.strength = (uint8_t)(whole ? strength : 0);
    reading r = begin(reader);
    read_picture_header(&r, header);
    return end(reader, &r);
}

bool sv_read_ctu(sv_reader *reader, int ctu_x, int ctu_y, sv_ctu_tree *trees[SV_COMPONENTS_MAX])
{
    reading r = begin(reader);
    read_ctu(&r, ctu_x, ctu_y, trees);
    return end(reader, &r) && r.range.overrun <= SV_TRIM_MAX;
}
