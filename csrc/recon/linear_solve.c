/* Weights from sums of products: a Cholesky decomposition L D L^T without roots, in integers.
 *
 * Rows and columns are scaled by powers of two, so that the diagonal lies between 1/4 and 1;
 * products of two factors then stay below 1 as well (Cauchy and Schwarz). */
#include "common/intmath.h"
#include "recon/linear.h"

#include <string.h>

enum {
    MATRIX_BITS = 30, /* of one, in what is left of the matrix */
    FACTOR_BITS = 24, /* in L, and in weights */
    FACTOR_MAX = 1 << 30,
    WEIGHT_MAX = 1 << 27,
    PIVOT_MIN = 1 << 19,
    DAMPING = 11, /* 1 / 2^this is added to the diagonal */
    WEIGHT_SUM_MAX = 1 << 16
};

typedef struct system {
    int taps;
    int exponents[SV_LINEAR_TAPS_MAX + 1];
    int32_t rest[SV_LINEAR_TAPS_MAX + 1][SV_LINEAR_TAPS_MAX];    /* L D */
    int32_t factors[SV_LINEAR_TAPS_MAX + 1][SV_LINEAR_TAPS_MAX]; /* L */
} system;

static int64_t limit(int64_t value, int64_t most)
{
    return value > most ? most : value < -most ? -most : value;
}

/* Both modulo 2^64: nothing of a sound matrix comes near. */
static int64_t product(int64_t a, int64_t b) { return (int64_t)((uint64_t)a * (uint64_t)b); }
static int64_t dot(const int32_t *a, const int32_t *b, int count)
{
    uint64_t sum = 0;
    for (int i = 0; i < count; i++) {
        sum += (uint64_t)((int64_t)a[i] * b[i]);
    }
    return (int64_t)sum;
}

static int64_t shifted(int64_t value, int shift)
{
    return shift >= 0 ? value * ((int64_t)1 << shift) : value >> -shift;
}

/* Of a diagonal element: half as many bits as it has, rounded up. */
static int exponent_of(int32_t value) { return (sv_floor_log2((uint32_t)value) + 2) / 2; }

static int32_t damped(int32_t diagonal) { return diagonal + (diagonal >> DAMPING) + 1; }

/* Row j of L D and of L; *inverses: of D. */
static void decompose_row(system *s, int j, const int32_t *sums, int pitch, int64_t *inverses)
{
    for (int k = 0; k <= j && k < s->taps; k++) {
        const int32_t sum = k == j ? damped(sums[k * pitch + k]) : sums[k * pitch + j];
        const int64_t scaled = shifted(sum, MATRIX_BITS - s->exponents[j] - s->exponents[k]);
        const int64_t rest = scaled - (dot(s->rest[j], s->factors[k], k) >> FACTOR_BITS);
        if (k == j) {
            inverses[j] =
                ((int64_t)1 << (MATRIX_BITS + FACTOR_BITS)) / (rest < PIVOT_MIN ? PIVOT_MIN : rest);
        } else {
            s->rest[j][k] = (int32_t)limit(rest, FACTOR_MAX);
            s->factors[j][k] =
                (int32_t)limit(product(s->rest[j][k], inverses[k]) >> MATRIX_BITS, FACTOR_MAX);
        }
    }
}

/* The last row of L is what L^T w must be. */
static void substitute(const system *s, int32_t *solution)
{
    for (int i = s->taps - 1; i >= 0; i--) {
        int64_t sum = 0;
        for (int k = i + 1; k < s->taps; k++) {
            sum += (int64_t)s->factors[k][i] * solution[k];
        }
        solution[i] = (int32_t)limit(s->factors[s->taps][i] - (sum >> FACTOR_BITS), WEIGHT_MAX);
    }
}

void sv_linear_solve(const int32_t *sums, int taps, int pitch, int16_t *weights)
{
    system s = {.taps = taps};
    int64_t inverses[SV_LINEAR_TAPS_MAX];
    int32_t solution[SV_LINEAR_TAPS_MAX];
    int64_t total = 0;
    memset(weights, 0, (size_t)pitch * sizeof *weights);
    for (int j = 0; j <= taps; j++) {
        s.exponents[j] = exponent_of(damped(sums[j * pitch + j]));
        decompose_row(&s, j, sums, pitch, inverses);
    }
    substitute(&s, solution);
    for (int i = 0; i < taps; i++) {
        const int shift = SV_WEIGHT_BITS - FACTOR_BITS + s.exponents[taps] - s.exponents[i];
        const int64_t weight = limit(shifted(solution[i], shift), INT16_MAX);
        weights[i] = (int16_t)weight;
        total += weight < 0 ? -weight : weight;
    }
    if (total > WEIGHT_SUM_MAX) {
        memset(weights, 0, (size_t)pitch * sizeof *weights);
    }
}
