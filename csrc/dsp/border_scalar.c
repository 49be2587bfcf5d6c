/* Scalar reference: what signs are foreseen by. */
#include <assert.h>

#include "common/intmath.h"
#include "dsp/dsp.h"
#include "format/sign_walk.h"

void sv_border_frequencies_scalar(int32_t *to, const int16_t *border, const int16_t *basis,
                                  int size, int count, int shift)
{
    assert(count % 4 == 0 && count <= SV_TX_MAX_COEFS && shift > 0);
    for (int k = 0; k < count; k++, basis += size) {
        int32_t sum = 1 << (shift - 1);
        for (int i = 0; i < size; i++) {
            sum += border[i] * basis[i];
        }
        to[k] = sv_clip(sum >> shift, -SV_SIGN_MISMATCH_MAX, SV_SIGN_MISMATCH_MAX);
    }
}

int sv_find_levels_scalar(uint16_t *places, const int32_t *levels, int count)
{
    int found = 0;
    assert(count % 16 == 0 && count <= SV_TX_MAX_COEFS * SV_TX_MAX_COEFS);
    for (int i = 0; i < count; i++) {
        if (levels[i] != 0) {
            places[found++] = (uint16_t)i;
        }
    }
    return found;
}
