/* Trained secondary transforms: a kernel for the lowest frequencies of DCT-2, which takes them
 * together, by the prediction mode (Koo et al. 2019, "Low frequency non-separable transform"). */
#ifndef SVAC2_FORMAT_SECONDARY_H
#define SVAC2_FORMAT_SECONDARY_H

#include <stdbool.h>
#include <stdint.h>

#include "format/tables.h"

/* Of a kernel: its coefficients, which are coded in the first group of levels, in the order of the
 * scan; the most frequencies that it takes; the unit of its entries is 1 / 2^bits. */
enum {
    SV_SECONDARY_KEPT = 16,
    SV_SECONDARY_SIDE = 8,
    SV_SECONDARY_MAX = SV_SECONDARY_SIDE * SV_SECONDARY_SIDE,
    SV_SECONDARY_BITS = 7
};

/* Kernels by the corner of frequencies that they take, [class of mode][index]: a row for each
 * coefficient, over the corner row by row. Made by training/train_secondary.py. */
enum { SV_SECONDARY_INDICES = 2, SV_SECONDARY_CLASSES = 13, SV_SECONDARY_TALL_CLASSES = 24 };
typedef int8_t sv_secondary_4x4_kernel[SV_SECONDARY_KEPT * 16];
typedef int8_t sv_secondary_4x8_kernel[SV_SECONDARY_KEPT * 32];
typedef int8_t sv_secondary_8x8_kernel[SV_SECONDARY_KEPT * 64];
extern const sv_secondary_4x4_kernel sv_secondary_4x4[SV_SECONDARY_CLASSES][SV_SECONDARY_INDICES];
extern const sv_secondary_4x8_kernel sv_secondary_4x8[SV_SECONDARY_TALL_CLASSES]
                                                     [SV_SECONDARY_INDICES];
extern const sv_secondary_8x8_kernel sv_secondary_8x8[SV_SECONDARY_CLASSES][SV_SECONDARY_INDICES];

/* Where the k-th of a kernel's coefficients lies, in rows of `stride`. */
static inline int sv_secondary_place(int k, int stride)
{
    const int place = sv_diagonal_scan[2][2][k];
    return (place >> 4) * stride + (place & 15);
}

/* What a block takes. */
typedef struct sv_secondary {
    const int8_t *kernel;
    int width, height; /* of the corner */
    bool transposed;   /* the corner is that of the transposed block */
} sv_secondary;

/* index: 0 or 1. */
sv_secondary sv_secondary_of(int mode, int log2_w, int log2_h, int index);

#endif
