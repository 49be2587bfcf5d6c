/* Weights from sums of products: a Cholesky decomposition L D L^T without roots, in integers.
 *
 * Rows and columns are scaled by powers of two, so that the diagonal lies between 1/4 and 1;
 * elements of sums of products then stay below 1 as well (Cauchy and Schwarz). What decay has
 * rounded may exceed that, but not 2, which 32 bits have room for. */
#include "common/intmath.h"
#include "recon/linear.h"

#include <string.h>

enum {
    MATRIX_BITS = 30, /* of one, in what is left of the matrix */
    FACTOR_BITS = 24, /* in L, and in weights */
    WEIGHT_MAX = 1 << 27,
    PIVOT_MIN = 1 << 19,
    DAMPING = 11, /* 1 / 2^this is added to the diagonal */
    WEIGHT_SUM_MAX = 1 << 16,
    ELEMENTS_MAX = (SV_LINEAR_TAPS_MAX + 1) * SV_LINEAR_PITCH_MAX
};

static int64_t limit(int64_t value, int64_t most)
{
    return value > most ? most : value < -most ? -most : value;
}

static int64_t shifted(int64_t value, int shift)
{
    return shift >= 0 ? value * ((int64_t)1 << shift) : value >> -shift;
}

/* Of a diagonal element: half as many bits as it has, rounded up. */
static int exponent_of(int32_t value) { return (sv_floor_log2((uint32_t)value) + 2) / 2; }

static int32_t damped(int32_t diagonal) { return diagonal + (diagonal >> DAMPING) + 1; }

/* The matrix of inputs and, in the last row and column, target. */
static void scale(int32_t *matrix, const int32_t *sums, int size, int pitch, int *exponents)
{
    for (int j = 0; j < size; j++) {
        exponents[j] = exponent_of(damped(sums[j * pitch + j]));
    }
    for (int i = 0; i < size; i++) {
        for (int j = i; j < size; j++) {
            const int64_t sum = i == j ? damped(sums[i * pitch + j]) : sums[i * pitch + j];
            const int bits = exponents[i] + exponents[j];
            matrix[i * pitch + j] = (int32_t)(sum * (1 << MATRIX_BITS) >> bits);
        }
    }
}

/* Finds L. */
static void decompose(int32_t *matrix, int32_t *factors, int taps, int pitch, const sv_dsp *dsp)
{
    for (int k = 0; k < taps; k++) {
        const int32_t pivot = sv_max(matrix[k * pitch + k], PIVOT_MIN);
        const int64_t inverse = ((int64_t)1 << (MATRIX_BITS + FACTOR_BITS)) / pivot;
        dsp->eliminate(matrix, factors, pitch, taps + 1, k, inverse);
    }
}

/* The last row of L is what L^T w must be. */
static void substitute(const int32_t *factors, int taps, int pitch, int32_t *solution)
{
    int64_t rest[SV_LINEAR_TAPS_MAX];
    for (int i = 0; i < taps; i++) {
        rest[i] = factors[taps * pitch + i];
    }
    for (int k = taps - 1; k >= 0; k--) {
        solution[k] = (int32_t)limit(rest[k], WEIGHT_MAX);
        for (int i = 0; i < k; i++) {
            rest[i] -= (int64_t)factors[k * pitch + i] * solution[k] >> FACTOR_BITS;
        }
    }
}

void sv_linear_solve(const int32_t *sums, int taps, int pitch, int16_t *weights, const sv_dsp *dsp)
{
    int32_t matrix[ELEMENTS_MAX], factors[ELEMENTS_MAX], solution[SV_LINEAR_TAPS_MAX];
    int exponents[SV_LINEAR_TAPS_MAX + 1];
    int64_t total = 0;
    scale(matrix, sums, taps + 1, pitch, exponents);
    decompose(matrix, factors, taps, pitch, dsp);
    substitute(factors, taps, pitch, solution);
    memset(weights, 0, (size_t)pitch * sizeof *weights);
    for (int i = 0; i < taps; i++) {
        const int shift = SV_WEIGHT_BITS - FACTOR_BITS + exponents[taps] - exponents[i];
        const int64_t weight = limit(shifted(solution[i], shift), INT16_MAX);
        weights[i] = (int16_t)weight;
        total += weight < 0 ? -weight : weight;
    }
    if (total > WEIGHT_SUM_MAX) {
        memset(weights, 0, (size_t)pitch * sizeof *weights);
    }
}
