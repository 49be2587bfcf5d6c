#include "dsp/dsp.h"
#include "dsp/linear.h"

#include <assert.h>

void REFERENCE(gram)(int32_t *sums, const int16_t *inputs, ptrdiff_t stride, int count, int rows,
                     int pitch)
{
    assert(pitch % 8 == 0 && rows <= pitch && pitch <= 40 && count % 2 == 0 && count <= 16);
    for (int i = 0; i < rows; i++) {
        for (int j = i & ~7; j < pitch; j++) {
            int32_t sum = 0;
            for (int r = 0; r < count; r++) {
                sum += inputs[r * stride + i] * inputs[r * stride + j];
            }
            sums[i * pitch + j] = sum;
        }
    }
}

void REFERENCE(products)(int32_t *sums, const int16_t *rows, ptrdiff_t stride, int count,
                         int samples)
{
    assert(count % 3 == 0 && samples % 16 == 0);
    for (int i = 0; i < count; i++) {
        for (int j = i; j < count; j++) {
            int32_t sum = 0;
            for (int x = 0; x < samples; x++) {
                sum += rows[i * stride + x] * rows[j * stride + x];
            }
            sums[i * count + j] = sum;
        }
    }
}

void REFERENCE(eliminate)(int32_t *matrix, int32_t *factors, int pitch, int size, int pivot,
                          int64_t inverse)
{
    assert(pitch % 8 == 0 && size <= pitch && inverse < (int64_t)1 << 36);
    const int32_t *from = matrix + pivot * pitch;
    for (int j = pivot + 1; j < size; j++) {
        const int32_t factor = sv_elimination_factor(from[j], inverse);
        int32_t *row = matrix + j * pitch;
        factors[j * pitch + pivot] = factor;
        for (int m = j & ~7; m < pitch; m++) {
            row[m] = (int32_t)((uint32_t)row[m] - (uint32_t)((int64_t)factor * from[m] >> 24));
        }
    }
}

int64_t REFERENCE(dot)(const int16_t *a, const int16_t *b, int count)
{
    int64_t sum = 0;
    for (int x = 0; x < count; x++) {
        sum += a[x] * b[x];
    }
    return sum;
}
