/* The reading instance of the syntax of lossless payloads. */
#include "entropy/lossless_syntax.h"

static inline int read_site(sv_lossless_reader *reader, const sv_logistic *logistic, sv_site *site)
{
    int bin = sv_range_decode(&reader->range, sv_predict(logistic, site));
    sv_learn(logistic, site, bin);
    return bin;
}

static inline int read_node_of(sv_lossless_reader *reader, const sv_residual_site *residual,
                               int node, bool all)
{
    sv_site site;
    sv_site_at(residual, node, all, &site);
    return read_site(reader, residual->logistic, &site);
}

static inline int read_node(sv_lossless_reader *reader, const sv_residual_site *residual, int node)
{
    return residual->models->all ? read_node_of(reader, residual, node, true)
                                 : read_node_of(reader, residual, node, false);
}

#define CODER sv_lossless_reader
#define LX(name) read_##name
#define CODES 0
#define NODE(c, site, node, bin) ((bin) = read_node((c), (site), (node)))
#define SITE(c, logistic, site, bin) ((bin) = read_site((c), (logistic), (site)))
#define BYPASS(c, count, value) ((value) = sv_range_decode_bypass(&(c)->range, (count)))
#define INVALID(c) ((void)((c)->invalid = true))
#include "format/lossless_syntax.inc"

bool sv_read_lossless_header(sv_lossless_reader *reader, sv_lossless_header *header)
{
    read_lossless_header(reader, header);
    return !reader->invalid;
}

bool sv_read_values(sv_lossless_reader *reader, sv_value_table *table, int max)
{
    read_values(reader, table, max);
    return !reader->invalid;
}

sv_sample_residual sv_read_residual(sv_lossless_reader *reader, const sv_residual_site *site)
{
    sv_sample_residual residual = {0, 0};
    read_residual(reader, site, &residual);
    return residual;
}

bool sv_read_repeat(sv_lossless_reader *reader, sv_repeats *repeats, int x, uint32_t *pixel)
{
    return read_repeat(reader, repeats, x, pixel);
}

bool sv_read_partner(sv_lossless_reader *reader, const sv_repeats *repeats, int first,
                     uint32_t *pixel)
{
    return read_partner(reader, repeats, first, pixel);
}
