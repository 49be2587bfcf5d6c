/* The writing instance of the syntax of lossless payloads. */
#include "entropy/lossless_syntax.h"

static inline void write_site(sv_range_encoder *range, const sv_logistic *logistic, sv_site *site,
                              int bin)
{
    sv_range_encode(range, sv_predict(logistic, site), bin);
    sv_learn(logistic, site, bin);
}

static inline void write_node_of(sv_range_encoder *range, const sv_residual_site *residual,
                                 int node, bool all, int bin)
{
    sv_site site;
    sv_site_at(residual, node, all, &site);
    write_site(range, residual->logistic, &site, bin);
}

static inline void write_node(sv_range_encoder *range, const sv_residual_site *residual, int node,
                              int bin)
{
    if (residual->models->all) {
        write_node_of(range, residual, node, true, bin);
    } else {
        write_node_of(range, residual, node, false, bin);
    }
}

#define CODER sv_range_encoder
#define LX(name) write_##name
#define CODES 1
#define NODE(c, site, node, bin) write_node((c), (site), (node), (bin))
#define SITE(c, logistic, site, bin) write_site((c), (logistic), (site), (bin))
#define BYPASS(c, count, value) sv_range_encode_bypass((c), (value), (count))
#define INVALID(c) ((void)(c))
#include "format/lossless_syntax.inc"

void sv_write_lossless_header(sv_range_encoder *range, const sv_lossless_header *header)
{
    sv_lossless_header copy = *header;
    write_lossless_header(range, &copy);
}

void sv_write_values(sv_range_encoder *range, sv_value_table *table, int max)
{
    write_values(range, table, max);
}

void sv_write_residual(sv_range_encoder *range, const sv_residual_site *site,
                       sv_sample_residual residual)
{
    write_residual(range, site, &residual);
}

bool sv_write_repeat(sv_range_encoder *range, sv_repeats *repeats, int x, uint32_t *pixel)
{
    return write_repeat(range, repeats, x, pixel);
}

bool sv_write_partner(sv_range_encoder *range, const sv_repeats *repeats, int first,
                      uint32_t *pixel)
{
    return write_partner(range, repeats, first, pixel);
}
