/* What train_contexts.py calls: the tracing decoder, and the cost of coding recorded bins from
 * given initial states. */
#include <stddef.h>

#include "entropy/syntax.h"
#include "include/svac2.h"

const int context_rows = SV_CONTEXT_ROWS;
const char *context_row_name(int row) { return sv_context_rows[row].name; }
int context_row_count(int row) { return sv_context_rows[row].count; }

/* Decodes the last layer of a file to 8-bit pixels, so that its bins are recorded. */
int trace_decode(const uint8_t *data, size_t size, uint8_t *pixels, ptrdiff_t stride)
{
    svac2_info info;
    svac2_status status = svac2_read_info(data, size, &info, NULL);
    if (status == SVAC2_OK) {
        svac2_decode_options options = {.threads = 1, .verify = 1, .layer = info.layer_count - 1};
        status = svac2_decode(data, size, &info, &options, pixels, stride, NULL);
    }
    return (int)status;
}

/* bins: 0 or 1, picture after picture; ends: where each picture's bins end. Bits in 1/4096. */
double context_cost(const uint8_t *bins, const uint32_t *ends, const uint16_t *probabilities,
                    size_t pictures, int seen, int speed)
{
    double total = 0;
    uint32_t at = 0;
    for (size_t p = 0; p < pictures; p++) {
        sv_context context = {probabilities[p], probabilities[p],
                              (uint32_t)(speed * (SV_SEEN_MAX + 1) + seen)};
        uint64_t bits = 0;
        for (; at < ends[p]; at++) {
            bits += sv_price_at(sv_predict_bin(&context, sv_one(0)), bins[at]);
            sv_adapt(&context, bins[at]);
        }
        total += (double)bits;
    }
    return total;
}
