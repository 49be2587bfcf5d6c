/* Cost of coding recorded bins from given initial states; built by train_contexts.py. */
#include <stddef.h>

#include "format/contexts.h"
#include "format/tables.h"

const int context_count = SV_CONTEXT_COUNT;

/* bins: 0 or 1, picture after picture; ends: where each picture's bins end. Bits in 1/4096. */
double context_cost(const uint8_t *bins, const uint32_t *ends, const uint16_t *probabilities,
                    size_t pictures, int seen, int speed)
{
    double total = 0;
    uint32_t at = 0;
    for (size_t p = 0; p < pictures; p++) {
        sv_context context = {probabilities[p], probabilities[p], (uint8_t)seen, (uint8_t)speed};
        uint64_t bits = 0;
        for (; at < ends[p]; at++) {
            uint32_t one = sv_probability_of_one(&context) >> (SV_PROBABILITY_BITS - 8);
            bits += sv_bin_price[bins[at] ? one : 255 - one];
            sv_adapt(&context, bins[at]);
        }
        total += (double)bits;
    }
    return total;
}
