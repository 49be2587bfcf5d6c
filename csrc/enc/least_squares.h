/* Coefficients of least squares, rounded to whole numbers at the least rate-distortion cost. */
#ifndef SVAC2_ENC_LEAST_SQUARES_H
#define SVAC2_ENC_LEAST_SQUARES_H

#include <stdint.h>

enum { SV_QUADRATIC_MAX = 23, SV_COEFFICIENT_MAX = 127 };

/* Squared error of coefficients x (in units of one): energy - 2 b.x + x.A x. */
typedef struct sv_quadratic {
    int count;
    double a[SV_QUADRATIC_MAX][SV_QUADRATIC_MAX], b[SV_QUADRATIC_MAX], energy;
} sv_quadratic;

/* How far the minimum lies below the energy. */
double sv_quadratic_gain(const sv_quadratic *q);

/* What is minimised: weight * squared error + lambda * bits. */
typedef struct sv_fit_cost {
    double weight, lambda;
} sv_fit_cost;

/* How coefficients are coded: whole numbers of 2^-shift, -SV_COEFFICIENT_MAX..SV_COEFFICIENT_MAX,
 * in signed Exp-Golomb codes of these orders. */
typedef struct sv_coefficient_code {
    int shift;
    const uint8_t *orders;
} sv_coefficient_code;

/* Rounds the minimum by coordinate descent on the cost, which is returned. */
double sv_fit_coefficients(int8_t *coefficients, const sv_quadratic *q, sv_coefficient_code code,
                           sv_fit_cost cost);

/* The squared error of coefficients in units of 2^-shift. */
double sv_quadratic_error(const sv_quadratic *q, const int8_t *coefficients, int shift);

/* Bits of such coefficients. */
double sv_coefficient_bits(const int8_t *coefficients, int count, const uint8_t *orders);

#endif
