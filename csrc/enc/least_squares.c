#include "enc/least_squares.h"

#include <math.h>
#include <stdbool.h>

#include "common/intmath.h"
#include "entropy/syntax.h"

enum { MAX_COEFS = SV_QUADRATIC_MAX };

/* Cholesky decomposition of A, a trace of its diagonal added so that it is positive definite: the
 * lower triangle with the inverses of its diagonal. Forward substitution of b gives y, whose square
 * is how much the minimum lies below the energy. */
static double decompose(double l[MAX_COEFS][MAX_COEFS], double y[MAX_COEFS], const sv_quadratic *q)
{
    double gain = 0;
    for (int i = 0; i < q->count; i++) {
        for (int j = 0; j < i; j++) {
            double sum = q->a[i][j];
            for (int k = 0; k < j; k++) {
                sum -= l[i][k] * l[j][k];
            }
            l[i][j] = sum * l[j][j];
        }
        double diagonal = q->a[i][i];
        y[i] = q->b[i];
        for (int k = 0; k < i; k++) {
            diagonal -= l[i][k] * l[i][k];
            y[i] -= l[i][k] * y[k];
        }
        l[i][i] = 1 / sqrt(fmax(diagonal, 0) + q->a[i][i] * 1e-6 + 1);
        y[i] *= l[i][i];
        gain += y[i] * y[i];
    }
    return gain;
}

double sv_quadratic_gain(const sv_quadratic *q)
{
    double l[MAX_COEFS][MAX_COEFS], y[MAX_COEFS];
    return decompose(l, y, q);
}

static void solve(double x[MAX_COEFS], const sv_quadratic *q)
{
    double l[MAX_COEFS][MAX_COEFS], y[MAX_COEFS];
    decompose(l, y, q);
    for (int i = q->count - 1; i >= 0; i--) {
        x[i] = y[i];
        for (int k = i + 1; k < q->count; k++) {
            x[i] -= l[k][i] * x[k];
        }
        x[i] *= l[i][i];
    }
}

static double bits_of(int value, int order)
{
    return (double)sv_price_signed_golomb(order, value) / SV_PRICE_ONE_BIT;
}

double sv_quadratic_error(const sv_quadratic *q, const int8_t *coefficients, int shift)
{
    const double unit = ldexp(1, -shift);
    double error = q->energy;
    for (int i = 0; i < q->count; i++) {
        double slope = -2 * q->b[i];
        for (int j = 0; j < q->count; j++) {
            slope += q->a[i][j] * coefficients[j] * unit;
        }
        error += slope * coefficients[i] * unit;
    }
    return error;
}

double sv_coefficient_bits(const int8_t *coefficients, int count, const uint8_t *orders)
{
    double bits = 0;
    for (int i = 0; i < count; i++) {
        bits += bits_of(coefficients[i], orders[i]);
    }
    return bits;
}

/* Coefficients while they are rounded, half the gradient of the squared error. */
typedef struct rounding {
    const sv_quadratic *q;
    const uint8_t *orders;
    double unit;
    sv_fit_cost cost;
    int value[MAX_COEFS];
    double slope[MAX_COEFS];
} rounding;

/* How the squared error changes with coefficient i. */
static double error_change(const rounding *r, int i, int step)
{
    double move = step * r->unit;
    return move * (2 * r->slope[i] + move * r->q->a[i][i]);
}

/* Tries the neighbours of coefficient i, and zero; true where one is better. */
static bool improve(rounding *r, int i)
{
    const int steps[] = {-1, 1, -2, 2, -r->value[i]};
    const double bits = bits_of(r->value[i], r->orders[i]);
    double best = -1e-9;
    int best_step = 0;
    for (int s = 0; s < 5; s++) {
        int target = r->value[i] + steps[s];
        double change = r->cost.weight * error_change(r, i, steps[s]) +
                        r->cost.lambda * (bits_of(target, r->orders[i]) - bits);
        if (change < best && target >= -SV_COEFFICIENT_MAX && target <= SV_COEFFICIENT_MAX) {
            best = change;
            best_step = steps[s];
        }
    }
    r->value[i] += best_step;
    for (int j = 0; best_step != 0 && j < r->q->count; j++) {
        r->slope[j] += r->q->a[i][j] * best_step * r->unit;
    }
    return best_step != 0;
}

double sv_fit_coefficients(int8_t *coefficients, const sv_quadratic *q, sv_coefficient_code code,
                           sv_fit_cost cost)
{
    double x[MAX_COEFS], error = q->energy;
    rounding r = {.q = q, .orders = code.orders, .unit = ldexp(1, -code.shift), .cost = cost};
    solve(x, q);
    for (int i = 0; i < q->count; i++) {
        double value = fmax(-SV_COEFFICIENT_MAX, fmin(SV_COEFFICIENT_MAX, x[i] / r.unit));
        r.value[i] = (int)lrint(value);
    }
    for (int i = 0; i < q->count; i++) {
        r.slope[i] = -q->b[i];
        for (int j = 0; j < q->count; j++) {
            r.slope[i] += q->a[i][j] * r.value[j] * r.unit;
        }
    }
    bool changed = true;
    for (int sweep = 0; changed && sweep < 16; sweep++) {
        changed = false;
        for (int i = 0; i < q->count; i++) {
            changed |= improve(&r, i);
        }
    }
    for (int i = 0; i < q->count; i++) {
        coefficients[i] = (int8_t)r.value[i];
        error += (r.slope[i] - q->b[i]) * r.value[i] * r.unit;
    }
    return cost.weight * error +
           cost.lambda * sv_coefficient_bits(coefficients, q->count, code.orders);
}
