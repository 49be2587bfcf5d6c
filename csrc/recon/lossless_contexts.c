/* Contexts of a sample's residual: by what neighbours would predict, by what was missed around. */
#include <stdlib.h>

#include "common/intmath.h"
#include "recon/lossless.h"

static int neighbour(const sv_sample_rows *rows, int x, int left, int up)
{
    return rows->rows[up][x + left];
}

/* 0..12: a difference by its size and sign. */
static int signed_class(int value, int shift)
{
    const int size = abs(value) >> shift;
    const int class = size == 0 ? 0 : sv_min(sv_floor_log2((uint32_t)size) + 1, 6);
    return value < 0 ? class + 6 * (class > 0) : class;
}

enum { ACTIVITY_CLASSES = 40 };

/* What was missed around, in the planes before as well; eighths of 1/16 samples. */
static int activity_of(const sv_lossless *l, int plane, int x)
{
    const sv_sample_rows *errors = &l->planes[plane].errors;
    const int32_t *here = errors->rows[0] + x, *above = errors->rows[1] + x;
    int sum =
        2 * abs(here[-1]) + 3 * abs(above[0]) + abs(above[-1]) + abs(above[1]) + abs(here[-2]);
    if (plane > 0) {
        const int32_t *other = l->planes[plane - 1].errors.rows[0] + x;
        const int right = l->header.by_pixel ? other[-1] : other[1];
        sum = (3 * sum + 4 * abs(other[0]) + 2 * abs(other[-1]) + 2 * abs(right)) >> 2;
    }
    return sum;
}

/* 0..ACTIVITY_CLASSES - 1: four to an octave. */
static int activity_class(int activity)
{
    const uint32_t size = (uint32_t)activity + 8;
    const int log2 = sv_floor_log2(size);
    return sv_min(4 * log2 + (int)(size >> (log2 - 2) & 3) - 12, ACTIVITY_CLASSES - 1);
}

/* A neighbour, moved by how the plane before changes from there to here. */
static int moved(const sv_lossless *l, int plane, int x, int left, int up)
{
    const int value = neighbour(&l->planes[plane].samples, x, left, up);
    if (plane == 0) {
        return value;
    }
    const sv_sample_rows *other = &l->planes[plane - 1].samples;
    return value + neighbour(other, x, 0, 0) - neighbour(other, x, left, up);
}

/* Median of three predictions (Martucci 1990). */
static int median(int a, int b, int corner)
{
    const int low = sv_min(a, b), high = sv_max(a, b);
    return corner >= high ? low : corner <= low ? high : a + b - corner;
}

/* So many that the quotients are about 1 in the mean. */
static int low_bits_of(int activity)
{
    const int mean = activity * 11 >> 11;
    return mean == 0 ? 0 : sv_floor_log2((uint32_t)mean) + 1;
}

void sv_lossless_find_contexts(sv_lossless *l, int plane, int x)
{
    sv_residual_site *site = &l->planes[plane].site;
    const int32_t *errors = l->planes[plane].errors.rows[0] + x;
    const int activity = activity_of(l, plane, x) >> l->header.noise_shift;
    const int q = activity_class(activity), shift = 4 + (int)l->header.noise_shift;
    const int mean = site->mean;
    const int w = moved(l, plane, x, -1, 0), n = moved(l, plane, x, 0, 1);
    const int nw = moved(l, plane, x, -1, 1), ne = moved(l, plane, x, 1, 1);
    const int cross = plane > 0 ? l->planes[plane - 1].errors.rows[0][x] : 0;
    site->contexts[0] =
        13 * signed_class(64 * w - mean, shift) + signed_class(64 * n - mean, shift);
    site->contexts[1] = 20 * signed_class(64 * median(w, n, nw) - mean, shift) + q / 2;
    site->contexts[2] = 4 * q + 2 * (l->row & 1) + (x & 1);
    site->contexts[3] = 20 * signed_class(64 * ne - mean, shift) + q / 2;
    site->contexts[4] = 10 * (mean >> (l->depth + 1)) + q / 4;
    site->corrections[0] = q / 2;
    site->corrections[1] =
        signed_class(plane > 0 ? cross : errors[-1], 2 + (int)l->header.noise_shift);
    site->low_bits = low_bits_of(activity >> site->step_log2) + (int)l->header.noise_shift;
}
