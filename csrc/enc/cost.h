/* What bits and errors count. */
#ifndef SVAC2_ENC_COST_H
#define SVAC2_ENC_COST_H

#include <stdint.h>

#include "format/sample.h"

/* On the scale of internal samples: quantiser step, and squared error per bit. */
double sv_quantiser_step(sv_format format, int qp);
double sv_lambda(sv_format format, int qp);

/* How much a squared error of a chroma plane (Cb, Cr) adds to the mean squared error of R, G and B.
 */
extern const double sv_chroma_weight[2];

/* Logarithm to base 2, the same on every machine; value > 0. */
double sv_log2(uint64_t value);

/* Bits of a choice that `count` of `total` made before, one of `kinds` that are possible: by the
 * Krichevsky-Trofimov estimate, in whole numbers, since functions of the C library
 * differ in their last bits. total below 2^30. */
double sv_share_bits(int count, int total, int kinds);

#endif
