/* Instances of the syntax of lossless payloads (format/lossless_syntax.inc). */
#ifndef SVAC2_ENTROPY_LOSSLESS_SYNTAX_H
#define SVAC2_ENTROPY_LOSSLESS_SYNTAX_H

#include "entropy/range_coder.h"
#include "entropy/repeats.h"
#include "entropy/residual_site.h"
#include "format/value_table.h"

typedef struct sv_lossless_reader {
    sv_range_decoder range;
    bool invalid;
} sv_lossless_reader;

/* false where the data are damaged. */
bool sv_read_lossless_header(sv_lossless_reader *reader, sv_lossless_header *header);
/* The table has room for max + 1 values. */
bool sv_read_values(sv_lossless_reader *reader, sv_value_table *table, int max);
sv_sample_residual sv_read_residual(sv_lossless_reader *reader, const sv_residual_site *site);
/* Whether the pixel at x is found, by its surroundings; by its first sample. */
bool sv_read_repeat(sv_lossless_reader *reader, sv_repeats *repeats, int x, uint32_t *pixel);
bool sv_read_partner(sv_lossless_reader *reader, const sv_repeats *repeats, int first,
                     uint32_t *pixel);

void sv_write_lossless_header(sv_range_encoder *range, const sv_lossless_header *header);
void sv_write_values(sv_range_encoder *range, sv_value_table *table, int max);
void sv_write_residual(sv_range_encoder *range, const sv_residual_site *site,
                       sv_sample_residual residual);
bool sv_write_repeat(sv_range_encoder *range, sv_repeats *repeats, int x, uint32_t *pixel);
bool sv_write_partner(sv_range_encoder *range, const sv_repeats *repeats, int first,
                      uint32_t *pixel);

#endif
