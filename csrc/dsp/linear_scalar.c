#include "dsp/dsp.h"

#include <assert.h>

void REFERENCE(gram)(int32_t *sums, const int16_t *inputs, ptrdiff_t stride, int count, int rows,
                     int pitch)
{
    assert(pitch % 8 == 0 && rows <= pitch && pitch <= 40 && count % 2 == 0 && count <= 8);
    for (int r = 0; r < count; r++, inputs += stride) {
        for (int i = 0; i < rows; i++) {
            for (int j = i & ~7; j < pitch; j++) {
                sums[i * pitch + j] += inputs[i] * inputs[j];
            }
        }
    }
}
