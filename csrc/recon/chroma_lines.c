/* All numbers are whole ones that every machine finds alike. Where doubles are used, they hold
 * whole numbers, or such divided by powers of two, of at most 53 bits, exactly. A quotient of two,
 * cut to a whole number, is that of integer division if dividend + divisor < 2^53: if it lies below
 * a whole number k, then by 1 / divisor at least, more than the rounding of a double next to k, k *
 * 2^-53, since k * divisor < dividend + divisor. */
#include "recon/chroma_lines.h"

#include <assert.h>
#include <string.h>

#include "common/intmath.h"
#include "common/memory.h"
#include "common/parallel.h"

enum {
    LEVELS = SV_CHROMA_LEVELS,
    COVARIANCE_BITS = SV_CHROMA_COVARIANCE_BITS,
    SLOPE_BITS = SV_CHROMA_SLOPE_BITS,
    SLOPE_MAX = SV_CHROMA_SLOPE_MAX,
    EPSILON = SV_CHROMA_EPSILON,
    NOISE = SV_CHROMA_NOISE,
    PLANES = SV_LINE_PLANES,
    PRODUCTS = SV_LINE_PRODUCTS,
    SUMS = SV_LINE_SUMS,
    COEFFICIENTS = SV_LINE_COEFFICIENTS,
    CHUNK = 64 /* corners that are computed together */
};

const uint8_t sv_product_planes[PRODUCTS][2] = {{0, 0}, {1, 1}, {2, 2}, {0, 1}, {0, 2}, {1, 2}};

bool sv_cell_map_create(sv_cell_map *map, int columns, int rows, int numbers)
{
    map->columns = columns;
    map->rows = rows;
    map->data =
        sv_alloc((size_t)(columns + 2) * (size_t)(rows + 2), (size_t)numbers * sizeof *map->data);
    return map->data != NULL;
}

/* ---- Lines ---- */

/* Of both chroma planes, for some corners in a row: plane by plane. */
typedef struct corner_lines {
    int32_t coefficients[2 * COEFFICIENTS][CHUNK];
} corner_lines;

/* Of the samples around these corners. */
typedef struct statistics {
    int32_t means[PLANES][CHUNK], covariances[PRODUCTS][CHUNK]; /* with COVARIANCE_BITS */
} statistics;

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
static void fit_slopes(const statistics *s, int p, int count, int32_t line[][CHUNK])
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
        int32_t weight = quotient((double)NOISE * (1 << 2 * SLOPE_BITS),
                                  (rest > 0 ? rest : 0) + (double)NOISE * (1 << SLOPE_BITS));
        line[SV_LINE_LUMA][x] = (a * weight + (1 << (SLOPE_BITS - 1))) >> SLOPE_BITS;
        line[SV_LINE_OTHER][x] = (b * weight + (1 << (SLOPE_BITS - 1))) >> SLOPE_BITS;
        line[SV_LINE_OWN][x] = weight;
        line[SV_MEAN_OWN][x] = quotient((double)NOISE * (1 << SLOPE_BITS), own[x] + NOISE);
    }
}

/* Constants such that nothing is added to a sample where all planes are at their means, which have
 * COVARIANCE_BITS. */
static void fit_constants(const statistics *s, int p, int count, int32_t line[][CHUNK])
{
    for (int x = 0; x < count; x++) {
        int32_t mean = s->means[1 + p][x];
        line[SV_LINE_CONSTANT][x] = line[SV_LINE_OWN][x] * mean -
                                    line[SV_LINE_LUMA][x] * s->means[0][x] -
                                    line[SV_LINE_OTHER][x] * s->means[2 - p][x];
        line[SV_MEAN_CONSTANT][x] = line[SV_MEAN_OWN][x] * mean;
    }
}

/* Statistics of the windows around the corners first .. first + count - 1 of a row, from the rows
 * of cells above and below; corner 0 lies between cells -2 and -1. A window has 2^log2 samples, at
 * most 2^12: totals are at most 2^30 in magnitude, and what covariances are cut from has 42 bits.
 */
static void gather(const sv_cell_sums *sums, int row, int first, int count, int log2, statistics *s)
{
    int32_t totals[SUMS][CHUNK];
    double scale = 1.0 / (1 << (log2 - COVARIANCE_BITS)), square_scale = scale / (1 << log2);
    for (int i = 0; i < SUMS; i++) {
        const int32_t *above = sv_cell_sums_row(sums, i, row - 1) + first;
        const int32_t *below = sv_cell_sums_row(sums, i, row) + first;
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

static void fit_corners(const sv_cell_sums *sums, int row, int first, int count, int log2,
                        corner_lines *lines)
{
    statistics s;
    gather(sums, row, first, count, log2, &s);
    for (int p = 0; p < 2; p++) {
        fit_slopes(&s, p, count, &lines->coefficients[p * COEFFICIENTS]);
        fit_constants(&s, p, count, &lines->coefficients[p * COEFFICIENTS]);
    }
}

/* The line of each cell: the sum of those at its corners. */
static void fit_cells(const corner_lines *above, const corner_lines *below, int count,
                      const sv_cell_map *map, int row, int first)
{
    for (int i = 0; i < 2 * COEFFICIENTS; i++) {
        int kind = i % COEFFICIENTS;
        int shift = kind == SV_LINE_CONSTANT || kind == SV_MEAN_CONSTANT ? COVARIANCE_BITS : 0;
        const int32_t *top = above->coefficients[i], *bottom = below->coefficients[i];
        int32_t *to = sv_cell_map_row(map, i, row) + first;
        for (int x = 0; x < count; x++) {
            int32_t sum = top[x] + top[x + 1] + bottom[x] + bottom[x + 1];
            to[x] = (sum + (1 << shift >> 1)) >> shift;
        }
    }
}

void sv_fit_lines(const sv_cell_sums *sums, int level, const sv_cell_map *map)
{
    int window_log2 = 2 * sv_cell_log2(level) + 2, columns = map->columns + 2;
    corner_lines corners[2];
    for (int first = 0; first < columns; first += CHUNK - 1) {
        int count = sv_min(CHUNK - 1, columns - first);
        fit_corners(sums, -1, first, count + 1, window_log2, &corners[1]);
        for (int row = -1; row <= map->rows; row++) {
            fit_corners(sums, row + 1, first, count + 1, window_log2, &corners[(row + 1) & 1]);
            fit_cells(&corners[row & 1], &corners[(row + 1) & 1], count, map, row, first);
        }
    }
}

/* ---- Sums ---- */

/* Of a row of a cell: 32 bits suffice, and let compilers use vectors. */
static int32_t dot(const int16_t *p, const int16_t *q, int count)
{
    int32_t sum = 0;
    for (int x = 0; x < count; x++) {
        sum += p[x] * q[x];
    }
    return sum;
}

static int32_t total(const int16_t *p, int count)
{
    int32_t sum = 0;
    for (int x = 0; x < count; x++) {
        sum += p[x];
    }
    return sum;
}

static bool create_sums(sv_cell_sums *sums, const sv_cell_map *map)
{
    sums->columns = map->columns;
    sums->rows = map->rows;
    sums->data = sv_alloc_zeroed((size_t)(sums->columns + 4) * (size_t)(sums->rows + 4),
                                 SUMS * sizeof *sums->data);
    return sums->data != NULL;
}

/* Cells outside are like the nearest one inside. */
static void extend_sums(const sv_cell_sums *sums)
{
    int columns = sums->columns, rows = sums->rows;
    size_t row_size = (size_t)(columns + 4) * sizeof *sums->data;
    for (int i = 0; i < SUMS; i++) {
        for (int y = 0; y < rows; y++) {
            int32_t *row = sv_cell_sums_row(sums, i, y);
            row[0] = row[1] = row[2];
            row[columns + 2] = row[columns + 3] = row[columns + 1];
        }
        for (int y = 1; y <= 2; y++) {
            memcpy(sv_cell_sums_row(sums, i, -y), sv_cell_sums_row(sums, i, 0), row_size);
            memcpy(sv_cell_sums_row(sums, i, rows - 1 + y), sv_cell_sums_row(sums, i, rows - 1),
                   row_size);
        }
    }
}

/* What workers do to the finer of the coarse levels: each sums up some rows of cells. */
typedef struct summing {
    const sv_chroma_lines *lines;
    const sv_cell_sums *sums;
} summing;

static void add_row(const summing *s, int y, int16_t *samples)
{
    enum {
        SIDE_LOG2 = SV_CHROMA_CELL_LOG2 + SV_CHROMA_LEVEL_LOG2,
        SIDE = 1 << SIDE_LOG2
    }; /* constants: vectors */
    int width = s->lines->width, padded = s->sums->columns * SIDE;
    const int shift = sv_restoration_shift(s->lines->format);
    for (int p = 0; p < PLANES; p++) {
        const sv_plane *plane = &s->lines->picture->planes[p];
        const uint16_t *from = plane->data + sv_min(y, s->lines->height - 1) * plane->stride;
        for (int x = 0; x < padded; x++) {
            samples[p * padded + x] =
                (int16_t)((from[sv_min(x, width - 1)] >> shift) - SV_CHROMA_ZERO);
        }
        int32_t *sums = sv_cell_sums_row(s->sums, p, y >> SIDE_LOG2) + 2;
        for (int cell = 0; cell < s->sums->columns; cell++) {
            sums[cell] += total(samples + p * padded + cell * SIDE, SIDE);
        }
    }
    for (int i = 0; i < PRODUCTS; i++) {
        const int16_t *p = samples + sv_product_planes[i][0] * padded;
        const int16_t *q = samples + sv_product_planes[i][1] * padded;
        int32_t *sums = sv_cell_sums_row(s->sums, PLANES + i, y >> SIDE_LOG2) + 2;
        for (int cell = 0; cell < s->sums->columns; cell++) {
            sums[cell] += dot(p + cell * SIDE, q + cell * SIDE, SIDE);
        }
    }
}

static void add_cells(void *shared, void *samples, int row)
{
    for (int y = row << sv_cell_log2(1); y < (row + 1) << sv_cell_log2(1); y++) {
        add_row(shared, y, samples);
    }
}

/* The sums of the finer of the coarse levels. */
static svac2_status sum_samples(const sv_chroma_lines *lines, const sv_cell_sums *sums, sv_env *env,
                                svac2_error *error)
{
    summing s = {lines, sums};
    size_t samples = ((size_t)sums->columns << sv_cell_log2(1)) * PLANES;
    uint64_t cost = SV_COST_CHROMA_LINES * (uint64_t)sv_ctu_count((uint32_t)lines->width);
    sv_rows rows = {.count = sums->rows,
                    .cost = cost / (SV_CTU_SIZE >> sv_cell_log2(1)),
                    .scratch = samples * sizeof(int16_t),
                    .shared = &s,
                    .run = add_cells};
    SV_TRY(sv_parallel_rows(env, &rows, error));
    extend_sums(sums);
    return SVAC2_OK;
}

/* Those of the level above. */
static void sum_cells(const sv_cell_sums *fine, const sv_cell_sums *coarse)
{
    for (int i = 0; i < SUMS; i++) {
        for (int y = 0; y < fine->rows; y++) {
            const int32_t *from = sv_cell_sums_row(fine, i, y) + 2;
            int32_t *to = sv_cell_sums_row(coarse, i, y >> SV_CHROMA_LEVEL_LOG2) + 2;
            for (int x = 0; x < fine->columns; x++) {
                to[x >> SV_CHROMA_LEVEL_LOG2] += from[x];
            }
        }
    }
    extend_sums(coarse);
}

/* ---- The coarser levels of a whole picture: on one thread, a sixteenth of the finest ---- */

svac2_status sv_chroma_lines_create(sv_chroma_lines *lines, const sv_picture *picture,
                                    sv_format format, int width, int height, sv_env *env,
                                    svac2_error *error)
{
    *lines =
        (sv_chroma_lines){.picture = picture, .format = format, .width = width, .height = height};
    sv_cell_sums sums[LEVELS - 1] = {{0, 0, NULL}};
    bool complete = true;
    for (int i = 0; i < LEVELS - 1; i++) {
        sv_cell_map *map = &lines->coarse[i];
        complete = sv_cell_map_create(map, sv_cells_along(width, i + 1),
                                      sv_cells_along(height, i + 1), 2 * COEFFICIENTS) &&
                   create_sums(&sums[i], map) && complete;
    }
    svac2_status status =
        complete ? sum_samples(lines, &sums[0], env, error)
                 : sv_fail(error, SVAC2_ERR_MEMORY, "no memory to restore chroma of %dx%d samples",
                           width, height);
    for (int i = 0; i < LEVELS - 1 && status == SVAC2_OK; i++) {
        if (i > 0) {
            sum_cells(&sums[i - 1], &sums[i]);
        }
        sv_fit_lines(&sums[i], i + 1, &lines->coarse[i]);
    }
    for (int i = 0; i < LEVELS - 1; i++) {
        sv_free(sums[i].data);
    }
    if (status != SVAC2_OK) {
        sv_chroma_lines_destroy(lines);
    }
    return status;
}

void sv_chroma_lines_destroy(sv_chroma_lines *lines)
{
    for (int i = 0; i < LEVELS - 1; i++) {
        sv_free(lines->coarse[i].data);
        lines->coarse[i].data = NULL;
    }
}
