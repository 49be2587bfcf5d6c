/* The reading instance of the syntax of lossless payloads. */
#include "entropy/lossless_syntax.h"

static inline int read_node(sv_lossless_reader *reader, const sv_residual_site *residual, int node)
{
    sv_site site;
    sv_site_at(residual, node, &site);
    int bin = sv_range_decode(&reader->range, sv_predict(residual->logistic, &site));
    sv_learn(residual->logistic, &site, bin);
    return bin;
}

#define CODER sv_lossless_reader
#define LX(name) read_##name
#define CODES 0
#define NODE(c, site, node, bin) ((bin) = read_node((c), (site), (node)))
#define BYPASS(c, count, value) ((value) = sv_range_decode_bypass(&(c)->range, (count)))
#define INVALID(c) ((void)((c)->invalid = true))
#include "format/lossless_syntax.inc"

bool sv_read_lossless_header(sv_lossless_reader *reader, sv_lossless_header *header)
{
    read_lossless_header(reader, header);
    return !reader->invalid;
}

sv_sample_residual sv_read_residual(sv_lossless_reader *reader, const sv_residual_site *site)
{
    sv_sample_residual residual = {0, 0};
    read_residual(reader, site, &residual);
    return residual;
}
