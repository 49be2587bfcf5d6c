/* Restoration of chroma: the scalar references.
 *
 * All numbers are whole ones that every machine finds alike. Where doubles are used, they hold
 * whole numbers, or such divided by powers of two, of at most 53 bits, exactly. A quotient of two,
 * cut to a whole number, is that of integer division if dividend + divisor < 2^53: if it lies below
 * a whole number k, then by 1 / divisor at least, more than the rounding of a double next to k, k *
 * 2^-53, since k * divisor < dividend + divisor. */
#include "dsp/chroma.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "common/intmath.h"
#include "dsp/dsp.h"
#include "format/chroma_restoration.h"

enum {
    COVARIANCE_BITS = SV_CHROMA_COVARIANCE_BITS,
    SLOPE_BITS = SV_CHROMA_SLOPE_BITS,
    SLOPE_MAX = SV_CHROMA_SLOPE_MAX,
    EPSILON = SV_CHROMA_EPSILON,
    NOISE = SV_CHROMA_NOISE,
    PLANES = SV_CELL_PLANES,
    PRODUCTS = SV_CELL_PRODUCTS,
    SUMS = SV_CELL_SUMS,
    COEFFICIENTS = SV_LINE_COEFFICIENTS,
    CHUNK = 64,              /* corners that are computed together */
    ROW = SV_STRIP_CELLS + 2 /* of cells, one more at each end */
};

/* Of pairs. */
static void add_pairs(int32_t *to, const int32_t *from, int count)
{
    for (int x = 0; x < count; x++) {
        to[x] = from[2 * x] + from[2 * x + 1];
    }
}

void REFERENCE(cell_sums)(int32_t *sums, ptrdiff_t stride, const uint16_t *const *rows, int cells,
                          int shift)
{
    int16_t samples[2 * PLANES][2 * SV_STRIP_ROW];
    int32_t columns[2 * SV_STRIP_ROW];
    assert(cells <= SV_STRIP_ROW);
    for (int row = 0; row < 2 * PLANES; row++) {
        for (int x = 0; x < 2 * cells; x++) {
            samples[row][x] = (int16_t)((rows[row][x] >> shift) - SV_CHROMA_ZERO);
        }
    }
    for (int p = 0; p < PLANES; p++) {
        const int16_t *s = samples[2 * p], *t = samples[2 * p + 1];
        for (int x = 0; x < 2 * cells; x++) {
            columns[x] = s[x] + t[x];
        }
        add_pairs(sums + p * stride, columns, cells);
    }
    for (int i = 0; i < PRODUCTS; i++) {
        int p = sv_product_planes[i][0], q = sv_product_planes[i][1];
        const int16_t *s = samples[2 * p], *t = samples[2 * p + 1];
        const int16_t *u = samples[2 * q], *v = samples[2 * q + 1];
        for (int x = 0; x < 2 * cells; x++) {
            columns[x] = s[x] * u[x] + t[x] * v[x];
        }
        add_pairs(sums + (PLANES + i) * stride, columns, cells);
    }
}

/* ---- Lines ---- */

/* Of the samples around some corners in a row. */
typedef struct statistics {
    int32_t means[PLANES][CHUNK], covariances[PRODUCTS][CHUNK]; /* with COVARIANCE_BITS */
} statistics;

/* A window has 2^log2 samples, at most 2^12: totals are at most 2^30 in magnitude, and what
 * covariances are cut from has 42 bits. */
static void gather(statistics *s, const int32_t *above, const int32_t *below, ptrdiff_t stride,
                   int log2, int count)
{
    int32_t totals[SUMS][CHUNK];
    double scale = 1.0 / (1 << (log2 - COVARIANCE_BITS)), square_scale = scale / (1 << log2);
    for (int i = 0; i < SUMS; i++, above += stride, below += stride) {
        for (int x = 0; x < count; x++) {
            totals[i][x] = above[x] + above[x + 1] + below[x] + below[x + 1];
        }
    }
    for (int i = 0; i < PRODUCTS; i++) {
        const int32_t *p = totals[sv_product_planes[i][0]], *q = totals[sv_product_planes[i][1]];
        for (int x = 0; x < count; x++) {
            s->covariances[i][x] = (int32_t)(totals[PLANES + i][x] * scale -
                                             (double)p[x] * (double)q[x] * square_scale);
        }
    }
    for (int p = 0; p < PLANES; p++) {
        for (int x = 0; x < count; x++) {
            s->means[p][x] = totals[p][x] >> (log2 - COVARIANCE_BITS);
        }
    }
}

/* Cut to a whole number, which must fit. */
static inline int32_t quotient(double dividend, double divisor)
{
    return (int32_t)(dividend / divisor);
}

/* The regression of chroma plane p on luma and the other chroma plane, and how much of what lies
 * off it is to be taken away: as in Wiener's filter, the share that NOISE has of its variance. The
 * same for what lies off the mean.
 *
 * Variances are at most 16 * 511.5^2 < 2^22, and are cut by less than 1, so that
 * gh^2 <= (luma + 1) * (other + 1): the determinant is at least 511 * (gg + hh), thus the slopes,
 * before they are clipped, fit 32 bits; dividends and the determinant together are below 2^53. */
static void fit_slopes(int32_t line[][CHUNK], const statistics *s, int p, int count)
{
    const int32_t *luma = s->covariances[0], *own = s->covariances[1 + p];
    const int32_t *other = s->covariances[2 - p], *luma_other = s->covariances[4 - p];
    const int32_t *own_luma = s->covariances[3 + p], *own_other = s->covariances[5];
    for (int x = 0; x < count; x++) {
        double gg = luma[x] + EPSILON, hh = other[x] + EPSILON, gh = luma_other[x];
        double cg = own_luma[x], ch = own_other[x], determinant = gg * hh - gh * gh;
        int32_t a = quotient((cg * hh - ch * gh) * (1 << SLOPE_BITS), determinant);
        int32_t b = quotient((ch * gg - cg * gh) * (1 << SLOPE_BITS), determinant);
        a = sv_clip(a, -SLOPE_MAX, SLOPE_MAX);
        b = sv_clip(b, -SLOPE_MAX, SLOPE_MAX);
        double rest = (double)own[x] * (1 << SLOPE_BITS) - a * cg - b * ch;
        double variance = (rest + fabs(rest)) / 2; /* at least 0; vectors have no branches */
        int32_t weight = quotient((double)NOISE * (1 << 2 * SLOPE_BITS),
                                  variance + (double)NOISE * (1 << SLOPE_BITS));
        line[SV_LINE_LUMA][x] = (a * weight + (1 << (SLOPE_BITS - 1))) >> SLOPE_BITS;
        line[SV_LINE_OTHER][x] = (b * weight + (1 << (SLOPE_BITS - 1))) >> SLOPE_BITS;
        line[SV_LINE_OWN][x] = weight;
        line[SV_MEAN_OWN][x] = quotient((double)NOISE * (1 << SLOPE_BITS), own[x] + NOISE);
    }
}

/* Constants such that nothing is added to a sample where all planes are at their means, which have
 * COVARIANCE_BITS. */
static void fit_constants(int32_t line[][CHUNK], const statistics *s, int p, int count)
{
    for (int x = 0; x < count; x++) {
        int32_t mean = s->means[1 + p][x];
        line[SV_LINE_CONSTANT][x] = line[SV_LINE_OWN][x] * mean -
                                    line[SV_LINE_LUMA][x] * s->means[0][x] -
                                    line[SV_LINE_OTHER][x] * s->means[2 - p][x];
        line[SV_MEAN_CONSTANT][x] = line[SV_MEAN_OWN][x] * mean;
    }
}

void REFERENCE(corner_lines)(int32_t *lines, ptrdiff_t stride, const int32_t *above,
                             const int32_t *below, ptrdiff_t sums_stride, int log2, int corners)
{
    assert(log2 >= COVARIANCE_BITS && log2 <= 12);
    for (int first = 0; first < corners; first += CHUNK) {
        int count = sv_min(CHUNK, corners - first);
        statistics s;
        gather(&s, above + first, below + first, sums_stride, log2, count);
        for (int p = 0; p < 2; p++) {
            int32_t line[COEFFICIENTS][CHUNK];
            fit_slopes(line, &s, p, count);
            fit_constants(line, &s, p, count);
            for (int i = 0; i < COEFFICIENTS; i++) {
                memcpy(lines + (p * COEFFICIENTS + i) * stride + first, line[i],
                       (size_t)count * sizeof *lines);
            }
        }
    }
}

/* ---- Mixes ---- */

/* The line of a cell is the sum of those at its corners. */
static inline int32_t corner_sum(const int32_t *above, const int32_t *below)
{
    return above[0] + above[1] + below[0] + below[1];
}

static inline int32_t weighed(int32_t sum)
{
    return (sum + (1 << (SV_CHROMA_FACTOR_SHIFT - 1))) >> SV_CHROMA_FACTOR_SHIFT;
}

/* The same of a constant, which has COVARIANCE_BITS more. */
static inline int32_t corner_constant(const int32_t *above, const int32_t *below)
{
    return (corner_sum(above, below) + (1 << (COVARIANCE_BITS - 1))) >> COVARIANCE_BITS;
}

void REFERENCE(add_lines)(int32_t *mix, ptrdiff_t mix_stride, const int32_t *above,
                          const int32_t *below, ptrdiff_t stride, int by_line, int to_mean,
                          int cells)
{
    const ptrdiff_t own = SV_LINE_OWN * stride, mean = SV_MEAN_OWN * stride;
    const ptrdiff_t constant = SV_LINE_CONSTANT * stride, mean_constant = SV_MEAN_CONSTANT * stride;
    for (int i = SV_LINE_LUMA; i <= SV_LINE_OTHER; i++) {
        for (int x = 0; x < cells; x++) {
            ptrdiff_t at = i * stride + x;
            mix[i * mix_stride + x] += weighed(by_line * corner_sum(above + at, below + at));
        }
    }
    for (int x = 0; x < cells; x++) {
        int32_t line = corner_constant(above + constant + x, below + constant + x);
        int32_t to = corner_constant(above + mean_constant + x, below + mean_constant + x);
        mix[SV_LINE_CONSTANT * mix_stride + x] += weighed(by_line * line + to_mean * to);
    }
    for (int x = 0; x < cells; x++) {
        int32_t line = corner_sum(above + own + x, below + own + x);
        int32_t to = corner_sum(above + mean + x, below + mean + x);
        mix[SV_LINE_OWN * mix_stride + x] += weighed(by_line * line + to_mean * to);
    }
}

/* Cells lie between the centres of two larger ones. */
void REFERENCE(refine_cells)(int32_t *to, const int32_t *above, const int32_t *below, int weight,
                             int cells)
{
    assert(cells % 4 == 0);
    int32_t left, right = sv_between_cells(above[0], below[0], weight);
    for (int x = 0; x < cells; x += 4) {
        left = right;
        right = sv_between_cells(*++above, *++below, weight);
        for (int phase = 0; phase < 4; phase++) {
            to[x + phase] = sv_between_cells(left, right, 2 * phase + 1);
        }
    }
}

/* A sample lies between the centres of two cells, a quarter away from the nearer one. */
static inline int32_t between(int32_t nearer, int32_t farther)
{
    return (3 * nearer + farther + 2) >> 2;
}

/* Of the row x (even or odd) from numbers of the nearer and the farther column of cells. The sum is
 * at most MIX_MAX + 4 * SV_CHROMA_LEVELS * 2^9 * (2 * SV_CHROMA_SLOPE_MAX + 2 * WEIGHT_MAX) *
 * FACTOR_MAX / 8 < 2^29 (recon/chroma_mix.c). */
static inline int16_t correction(const int32_t *nearer, const int32_t *farther,
                                 const uint16_t *const *samples, int x, int shift)
{
    const int bits = SV_CHROMA_LINE_BITS - shift;
    int32_t sum = between(nearer[SV_LINE_CONSTANT * ROW], farther[SV_LINE_CONSTANT * ROW]);
    sum += between(nearer[SV_LINE_LUMA * ROW], farther[SV_LINE_LUMA * ROW]) *
           ((samples[0][x] >> shift) - SV_CHROMA_ZERO);
    sum += between(nearer[SV_LINE_OTHER * ROW], farther[SV_LINE_OTHER * ROW]) *
           ((samples[1][x] >> shift) - SV_CHROMA_ZERO);
    sum -= between(nearer[SV_LINE_OWN * ROW], farther[SV_LINE_OWN * ROW]) *
           ((samples[2][x] >> shift) - SV_CHROMA_ZERO);
    return sv_saturate16((sum + (1 << (bits - 1))) >> bits);
}

void REFERENCE(line_corrections)(int16_t *to, const int32_t *nearer, const int32_t *farther,
                                 ptrdiff_t stride, const uint16_t *const *samples, int cells,
                                 int shift)
{
    int32_t numbers[SV_LINE_MIXED * ROW];
    assert(cells <= SV_STRIP_CELLS);
    for (int i = 0; i < SV_LINE_MIXED; i++, nearer += stride, farther += stride) {
        for (int x = 0; x < cells + 2; x++) {
            numbers[i * ROW + x] = between(nearer[x], farther[x]);
        }
    }
    for (int x = 0; x < cells; x++) {
        const int32_t *cell = &numbers[x + 1];
        to[2 * x] = correction(cell, cell - 1, samples, 2 * x, shift);
        to[2 * x + 1] = correction(cell, cell + 1, samples, 2 * x + 1, shift);
    }
}

void REFERENCE(add_corrections)(uint16_t *to, const uint16_t *from, const int16_t *corrections,
                                int width, int max_value)
{
    for (int x = 0; x < width; x++) {
        to[x] = (uint16_t)sv_clip(from[x] + corrections[x], 0, max_value);
    }
}
