/* What train_contexts.py calls: the tracing decoder, and the cost of coding recorded bins from
 * given initial states. */
#include <stddef.h>

#include "entropy/syntax.h"
#include "include/svac2.h"

const int context_rows = SV_CONTEXT_ROWS;
int context_count(void) { return SV_CONTEXT_COUNT; }
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

static sv_context context_of(uint16_t probability, int seen, int speed)
{
    return (sv_context){probability, probability, (uint32_t)(speed * (SV_SEEN_MAX + 1) + seen)};
}

/* What a context's bins cost, in 1/4096 bit. bins: 0 or 1, picture after picture; others: what the
 * bin's other context estimates (sv_estimates_of), 0 where it has none; ends: where each picture's
 * bins end. */
double context_cost(const uint8_t *bins, const uint32_t *others, const uint32_t *ends,
                    const uint16_t *probabilities, size_t pictures, int seen, int speed)
{
    double total = 0;
    uint32_t at = 0;
    for (size_t p = 0; p < pictures; p++) {
        sv_context context = context_of(probabilities[p], seen, speed);
        uint64_t bits = 0;
        for (; at < ends[p]; at++) {
            const uint32_t own = sv_estimates_of(&context);
            const uint32_t one = own + (others[at] == 0 ? own : others[at]);
            bits += sv_price_at(one >> (18 - SV_PROBABILITY_BITS), bins[at]);
            sv_adapt(&context, bins[at]);
        }
        total += (double)bits;
    }
    return total;
}

/* What both contexts of each bin of a picture estimate, one after the other, 0 for none; returns
 * what the bins cost, and adds it to that of the first context. */
double context_replay(const uint32_t *trace, size_t count, const uint16_t *probabilities,
                      const uint8_t *seen, const uint8_t *speeds, uint32_t *estimates,
                      double *of_contexts)
{
    static sv_context contexts[SV_CONTEXT_COUNT];
    double total = 0;
    for (int i = 0; i < SV_CONTEXT_COUNT; i++) {
        contexts[i] = context_of(probabilities[i], seen[i], speeds[i]);
    }
    for (size_t i = 0; i < count; i++, estimates += 2) {
        const int bin = (int)(trace[i] & 1);
        const sv_bin_site site = {(int)(trace[i] >> 1 & 0x7fff),
                                  (int)(trace[i] >> 16) + SV_CTX_NONE};
        estimates[0] = sv_estimates_of(&contexts[site.first]);
        estimates[1] = site.second == SV_CTX_NONE ? 0 : sv_estimates_of(&contexts[site.second]);
        const double cost = sv_price_at(sv_predict_bin(contexts, site), bin);
        of_contexts[site.first] += cost;
        total += cost;
        sv_adapt_bin(contexts, site, bin);
    }
    return total;
}
