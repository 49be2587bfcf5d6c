/* All numbers are whole ones that every machine finds alike. Where doubles are used, they hold
 * whole numbers, or such divided by powers of two, of at most 53 bits, exactly. A quotient of two,
 * cut to a whole number, is that of integer division if dividend + divisor < 2^53: if it lies below
 * a whole number k, then by 1 / divisor at least, more than the rounding of a double next to k, k *
 * 2^-53, since k * divisor < dividend + divisor. */
#include "recon/restore_chroma.h"

#include <assert.h>
#include <string.h>

#include "common/intmath.h"
#include "common/memory.h"
#include "common/parallel.h"
#include "image/scale.h"

enum {
    LEVELS = SV_CHROMA_LEVELS,
    FINEST_LOG2 = 1, /* of a cell's side; four times as large at each further level */
    LEVEL_LOG2 = 2,
    ZERO = 1 << (SV_BIT_DEPTH - 1), /* what is taken off samples, so that sums stay small */

    PLANES = 3,
    PRODUCTS = 6,
    SUMS = PLANES + PRODUCTS,

    COVARIANCE_BITS = 4,
    SLOPE_BITS = 8,
    SLOPE_MAX = 1023,
    FRACTION_BITS = SLOPE_BITS + 2,  /* of lines: the sum of those at four corners */
    EPSILON = 32 << COVARIANCE_BITS, /* what is added to the variances of the other planes */
    NOISE = 64 << COVARIANCE_BITS,   /* variance of chroma that is taken for error */

    CHUNK = 64 /* corners that are computed together */
};

/* Coefficients of a chroma plane: its correction by a line is slopes times luma and the other
 * chroma plane, plus a constant, less so much of the sample itself; that to the mean has the last
 * two only. A mix of both has the first four. */
enum { LUMA, OTHER, CONSTANT, OWN, MEAN_CONSTANT, MEAN_OWN, COEFFICIENTS, MIXED = MEAN_CONSTANT };

/* Bounds of means, weights and factors; of the constants of a cell's line and mean together; of a
 * mix of all levels. */
enum {
    MEAN_MAX = ZERO << COVARIANCE_BITS,
    WEIGHT_MAX = 1 << SLOPE_BITS,
    FACTOR_MAX = -INT8_MIN,
    CONSTANTS_MAX = (2 * WEIGHT_MAX + 2 * SLOPE_MAX) * MEAN_MAX >> (COVARIANCE_BITS - 2),
    MIX_MAX = LEVELS * ((CONSTANTS_MAX >> SV_CHROMA_FACTOR_SHIFT) * FACTOR_MAX + 1)
};

static_assert((int)SV_CHROMA_FACTORS == (int)SVAC2_CHROMA_FACTORS,
              "the format and the interface agree");
static_assert(CONSTANTS_MAX <= (INT32_MAX - FACTOR_MAX) / FACTOR_MAX &&
                  MIX_MAX <= (INT32_MAX - 4) / 8,
              "weigh_lines and between stay within 32 bits");
static_assert(FINEST_LOG2 == 1 && LEVEL_LOG2 == 2, "as sum_tile, widen and add_coarse take them");

/* Which planes' products the sums are. */
static const uint8_t planes_of[PRODUCTS][2] = {{0, 0}, {1, 1}, {2, 2}, {0, 1}, {0, 2}, {1, 2}};

/* Side of a cell at a level. */
static int cell_log2(int level) { return FINEST_LOG2 + level * LEVEL_LOG2; }

/* Cells along a side at a level: the picture is extended to whole cells of the coarsest one. */
static int cells_along(int size, int level)
{
    int coarsest = cell_log2(LEVELS - 1), count = (size + (1 << coarsest) - 1) >> coarsest;
    return count << (coarsest - cell_log2(level));
}

/* ---- Cell maps ---- */

static bool create_map(sv_cell_map *map, int columns, int rows, int numbers)
{
    map->columns = columns;
    map->rows = rows;
    map->data =
        sv_alloc((size_t)(columns + 2) * (size_t)(rows + 2), (size_t)numbers * sizeof *map->data);
    return map->data != NULL;
}

static ptrdiff_t map_stride(const sv_cell_map *map) { return map->columns + 2; }

/* Row `row`, -1..rows, of one of the numbers, from column -1 on. */
static int32_t *map_row(const sv_cell_map *map, int number, int row)
{
    return map->data + ((ptrdiff_t)number * (map->rows + 2) + row + 1) * map_stride(map);
}

/* ---- Lines ---- */

/* Sums over cells -2..columns + 1, -2..rows + 1: at most 2^28 in magnitude, since samples less ZERO
 * are at most 2^9 and cells have at most 2^10 of them. */
typedef struct cell_sums {
    int columns, rows;
    int32_t *data;
} cell_sums;

static int32_t *sums_row(const cell_sums *sums, int number, int row)
{
    return sums->data + ((ptrdiff_t)number * (sums->rows + 4) + row + 2) * (sums->columns + 4);
}

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
        line[LUMA][x] = (a * weight + (1 << (SLOPE_BITS - 1))) >> SLOPE_BITS;
        line[OTHER][x] = (b * weight + (1 << (SLOPE_BITS - 1))) >> SLOPE_BITS;
        line[OWN][x] = weight;
        line[MEAN_OWN][x] = quotient((double)NOISE * (1 << SLOPE_BITS), own[x] + NOISE);
    }
}

/* Constants such that nothing is added to a sample where all planes are at their means, which have
 * COVARIANCE_BITS. */
static void fit_constants(const statistics *s, int p, int count, int32_t line[][CHUNK])
{
    for (int x = 0; x < count; x++) {
        int32_t mean = s->means[1 + p][x];
        line[CONSTANT][x] = line[OWN][x] * mean - line[LUMA][x] * s->means[0][x] -
                            line[OTHER][x] * s->means[2 - p][x];
        line[MEAN_CONSTANT][x] = line[MEAN_OWN][x] * mean;
    }
}

/* Statistics of the windows around the corners first .. first + count - 1 of a row, from the rows
 * of cells above and below; corner 0 lies between cells -2 and -1. A window has 2^log2 samples, at
 * most 2^12: totals are at most 2^30 in magnitude, and what covariances are cut from has 42 bits.
 */
static void gather(const cell_sums *sums, int row, int first, int count, int log2, statistics *s)
{
    int32_t totals[SUMS][CHUNK];
    double scale = 1.0 / (1 << (log2 - COVARIANCE_BITS)), square_scale = scale / (1 << log2);
    for (int i = 0; i < SUMS; i++) {
        const int32_t *above = sums_row(sums, i, row - 1) + first;
        const int32_t *below = sums_row(sums, i, row) + first;
        for (int x = 0; x < count; x++) {
            totals[i][x] = above[x] + above[x + 1] + below[x] + below[x + 1];
        }
    }
    for (int i = 0; i < PRODUCTS; i++) {
        const int32_t *p = totals[planes_of[i][0]], *q = totals[planes_of[i][1]];
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

static void fit_corners(const cell_sums *sums, int row, int first, int count, int log2,
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
        int shift = kind == CONSTANT || kind == MEAN_CONSTANT ? COVARIANCE_BITS : 0;
        const int32_t *top = above->coefficients[i], *bottom = below->coefficients[i];
        int32_t *to = map_row(map, i, row) + first;
        for (int x = 0; x < count; x++) {
            int32_t sum = top[x] + top[x + 1] + bottom[x] + bottom[x + 1];
            to[x] = (sum + (1 << shift >> 1)) >> shift;
        }
    }
}

/* The lines of a level from its sums. */
static void fit_lines(const cell_sums *sums, int level, const sv_cell_map *map)
{
    int window_log2 = 2 * cell_log2(level) + 2, columns = map->columns + 2;
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

static bool create_sums(cell_sums *sums, const sv_cell_map *map)
{
    sums->columns = map->columns;
    sums->rows = map->rows;
    sums->data = sv_alloc_zeroed((size_t)(sums->columns + 4) * (size_t)(sums->rows + 4),
                                 SUMS * sizeof *sums->data);
    return sums->data != NULL;
}

/* Cells outside are like the nearest one inside. */
static void extend_sums(const cell_sums *sums)
{
    int columns = sums->columns, rows = sums->rows;
    size_t row_size = (size_t)(columns + 4) * sizeof *sums->data;
    for (int i = 0; i < SUMS; i++) {
        for (int y = 0; y < rows; y++) {
            int32_t *row = sums_row(sums, i, y);
            row[0] = row[1] = row[2];
            row[columns + 2] = row[columns + 3] = row[columns + 1];
        }
        for (int y = 1; y <= 2; y++) {
            memcpy(sums_row(sums, i, -y), sums_row(sums, i, 0), row_size);
            memcpy(sums_row(sums, i, rows - 1 + y), sums_row(sums, i, rows - 1), row_size);
        }
    }
}

/* What workers do to the finer of the coarse levels: each sums up some rows of cells. */
typedef struct summing {
    const sv_chroma_lines *lines;
    const cell_sums *sums;
} summing;

static void add_row(const summing *s, int y, int16_t *samples)
{
    enum { SIDE_LOG2 = FINEST_LOG2 + LEVEL_LOG2, SIDE = 1 << SIDE_LOG2 }; /* constants: vectors */
    int width = s->lines->width, padded = s->sums->columns * SIDE;
    for (int p = 0; p < PLANES; p++) {
        const sv_plane *plane = &s->lines->picture->planes[p];
        const uint16_t *from = plane->data + sv_min(y, s->lines->height - 1) * plane->stride;
        for (int x = 0; x < padded; x++) {
            samples[p * padded + x] = (int16_t)(from[sv_min(x, width - 1)] - ZERO);
        }
        int32_t *sums = sums_row(s->sums, p, y >> SIDE_LOG2) + 2;
        for (int cell = 0; cell < s->sums->columns; cell++) {
            sums[cell] += total(samples + p * padded + cell * SIDE, SIDE);
        }
    }
    for (int i = 0; i < PRODUCTS; i++) {
        const int16_t *p = samples + planes_of[i][0] * padded;
        const int16_t *q = samples + planes_of[i][1] * padded;
        int32_t *sums = sums_row(s->sums, PLANES + i, y >> SIDE_LOG2) + 2;
        for (int cell = 0; cell < s->sums->columns; cell++) {
            sums[cell] += dot(p + cell * SIDE, q + cell * SIDE, SIDE);
        }
    }
}

static void add_cells(void *shared, void *samples, int row)
{
    for (int y = row << cell_log2(1); y < (row + 1) << cell_log2(1); y++) {
        add_row(shared, y, samples);
    }
}

/* The sums of the finer of the coarse levels. */
static svac2_status sum_samples(const sv_chroma_lines *lines, const cell_sums *sums, sv_env *env,
                                svac2_error *error)
{
    summing s = {lines, sums};
    size_t samples = ((size_t)sums->columns << cell_log2(1)) * PLANES;
    uint64_t cost = SV_COST_CHROMA_LINES * (uint64_t)sv_chroma_tiles(lines->width);
    sv_rows rows = {.count = sums->rows,
                    .cost = cost / (SV_CHROMA_TILE >> cell_log2(1)),
                    .scratch = samples * sizeof(int16_t),
                    .shared = &s,
                    .run = add_cells};
    SV_TRY(sv_parallel_rows(env, &rows, error));
    extend_sums(sums);
    return SVAC2_OK;
}

/* Those of the level above. */
static void sum_cells(const cell_sums *fine, const cell_sums *coarse)
{
    for (int i = 0; i < SUMS; i++) {
        for (int y = 0; y < fine->rows; y++) {
            const int32_t *from = sums_row(fine, i, y) + 2;
            int32_t *to = sums_row(coarse, i, y >> LEVEL_LOG2) + 2;
            for (int x = 0; x < fine->columns; x++) {
                to[x >> LEVEL_LOG2] += from[x];
            }
        }
    }
    extend_sums(coarse);
}

/* ---- The coarser levels of a whole picture: on one thread, a sixteenth of the finest ---- */

svac2_status sv_chroma_lines_create(sv_chroma_lines *lines, const sv_picture *picture, int width,
                                    int height, sv_env *env, svac2_error *error)
{
    *lines = (sv_chroma_lines){.picture = picture, .width = width, .height = height};
    cell_sums sums[LEVELS - 1] = {{0, 0, NULL}};
    bool complete = true;
    for (int i = 0; i < LEVELS - 1; i++) {
        sv_cell_map *map = &lines->coarse[i];
        complete = create_map(map, cells_along(width, i + 1), cells_along(height, i + 1),
                              2 * COEFFICIENTS) &&
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
        fit_lines(&sums[i], i + 1, &lines->coarse[i]);
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

/* ---- Mixing ---- */

/* A number between the centres of two cells, the second of which counts `weight` of 8. */
static int32_t between(int32_t first, int32_t second, int weight)
{
    return ((8 - weight) * first + weight * second + 4) >> 3;
}

/* Adds numbers interpolated from a map of the level above, on whose grid, four times as fine, the
 * map begins at column x and row y, multiples of four. Columns 4 i - 2 to 4 i + 1 lie between the
 * centres of the cells i - 1 and i:
 *
 *      .   .   o   o   o   o   .   .      o: weights 1, 3, 5, 7 of cell i
 *        i - 1     |     i
 */
static void add_coarse(const sv_cell_map *map, const sv_cell_map *coarse, int x, int y)
{
    for (int number = 0; number < 2 * MIXED; number++) {
        for (int row = -1; row <= map->rows; row++) {
            int lower = (y + row + 2) >> LEVEL_LOG2, weight = 2 * ((row + 2) & 3) + 1;
            const int32_t *first = map_row(coarse, number, lower - 1) + (x >> LEVEL_LOG2);
            const int32_t *second = map_row(coarse, number, lower) + (x >> LEVEL_LOG2);
            int32_t *to = map_row(map, number, row) + 1;
            int32_t left, right = between(first[0], second[0], weight);
            for (int i = 0; 4 * i <= map->columns; i++) {
                left = right;
                right = between(first[i + 1], second[i + 1], weight);
                int start = sv_max(4 * i - 2, -1), end = sv_min(4 * i + 1, map->columns);
                for (int column = start; column <= end; column++) {
                    to[column] += between(left, right, 2 * (column - 4 * i + 2) + 1);
                }
            }
        }
    }
}

/* The corrections of a level times the factors of each plane. */
static void weigh_lines(const sv_cell_map *lines, const sv_chroma_restoration_params *params,
                        int level, const sv_cell_map *mix)
{
    ptrdiff_t count = map_stride(lines) * (lines->rows + 2);
    for (int i = 0; i < 2 * MIXED; i++) {
        int p = i / MIXED, kind = i % MIXED, first = p * COEFFICIENTS;
        int by_line = params->factors[p][2 * level], to_mean = params->factors[p][2 * level + 1];
        const int32_t *line = map_row(lines, first + kind, -1);
        const int32_t *mean = map_row(lines, first + MEAN_CONSTANT + (kind == OWN), -1);
        int32_t *to = map_row(mix, i, -1);
        to_mean = kind == CONSTANT || kind == OWN ? to_mean : 0; /* a mean has no slopes */
        for (ptrdiff_t cell = 0; cell < count; cell++) {
            to[cell] = (by_line * line[cell] + to_mean * mean[cell] +
                        (1 << (SV_CHROMA_FACTOR_SHIFT - 1))) >>
                       SV_CHROMA_FACTOR_SHIFT;
        }
    }
}

svac2_status sv_chroma_mix_create(sv_chroma_mix *mix, const sv_chroma_lines *lines,
                                  const sv_chroma_restoration_params *params, svac2_error *error)
{
    sv_cell_map coarsest;
    const sv_cell_map *maps = lines->coarse;
    mix->params = params;
    bool complete = create_map(&mix->coarse, maps[0].columns, maps[0].rows, 2 * MIXED);
    complete = create_map(&coarsest, maps[1].columns, maps[1].rows, 2 * MIXED) && complete;
    svac2_status status =
        complete ? SVAC2_OK
                 : sv_fail(error, SVAC2_ERR_MEMORY, "no memory to restore chroma of %dx%d samples",
                           lines->width, lines->height);
    if (status == SVAC2_OK) {
        weigh_lines(&maps[1], params, 2, &coarsest);
        weigh_lines(&maps[0], params, 1, &mix->coarse);
        add_coarse(&mix->coarse, &coarsest, 0, 0);
    } else {
        sv_chroma_mix_destroy(mix);
    }
    sv_free(coarsest.data);
    return status;
}

void sv_chroma_mix_destroy(sv_chroma_mix *mix)
{
    sv_free(mix->coarse.data);
    mix->coarse.data = NULL;
}

/* ---- Tiles ---- */

enum {
    TILE = SV_CHROMA_TILE,
    TILE_CELLS = SV_CHROMA_TILE_CELLS,
    MARGIN = SV_CHROMA_TILE_MARGIN,
    SAMPLES = SV_CHROMA_TILE_SAMPLES
};

static_assert(TILE_CELLS == TILE >> FINEST_LOG2 && MARGIN == 2 << FINEST_LOG2,
              "tiles consist of cells");

/* Where a sample is taken from: outside the grid of cells from the nearest cell; in it, but outside
 * the picture, the nearest sample. */
static int source_of(int position, int size)
{
    int cell = sv_clip(position >> FINEST_LOG2, 0, cells_along(size, 0) - 1);
    return sv_min((cell << FINEST_LOG2) + (position & ((1 << FINEST_LOG2) - 1)), size - 1);
}

static void load_samples(sv_chroma_tile *tile, const sv_chroma_lines *lines)
{
    int sources[SAMPLES], left = (tile->column << FINEST_LOG2) - MARGIN;
    int top = (tile->row << FINEST_LOG2) - MARGIN;
    for (int x = 0; x < SAMPLES; x++) {
        sources[x] = source_of(left + x, lines->width);
    }
    bool inside = left >= 0 && left + SAMPLES <= lines->width;
    for (int p = 0; p < PLANES; p++) {
        const sv_plane *plane = &lines->picture->planes[p];
        for (int y = 0; y < SAMPLES; y++) {
            const uint16_t *from = plane->data + source_of(top + y, lines->height) * plane->stride;
            int16_t *to = tile->samples[p][y];
            if (inside) {
                for (int x = 0; x < SAMPLES; x++) {
                    to[x] = (int16_t)(from[left + x] - ZERO);
                }
            } else {
                for (int x = 0; x < SAMPLES; x++) {
                    to[x] = (int16_t)(from[sources[x]] - ZERO);
                }
            }
        }
    }
}

static void sum_tile(const sv_chroma_tile *tile, const cell_sums *sums)
{
    for (int cell_row = 0; cell_row < sums->rows + 4; cell_row++) {
        int y = cell_row << FINEST_LOG2;
        for (int p = 0; p < PLANES; p++) {
            const int16_t *s = tile->samples[p][y], *t = tile->samples[p][y + 1];
            int32_t *to = sums_row(sums, p, cell_row - 2);
            for (int x = 0; x < sums->columns + 4; x++) {
                to[x] = s[2 * x] + s[2 * x + 1] + t[2 * x] + t[2 * x + 1];
            }
        }
        for (int i = 0; i < PRODUCTS; i++) {
            int p = planes_of[i][0], q = planes_of[i][1];
            const int16_t *s = tile->samples[p][y], *t = tile->samples[p][y + 1];
            const int16_t *u = tile->samples[q][y], *v = tile->samples[q][y + 1];
            int32_t *to = sums_row(sums, PLANES + i, cell_row - 2);
            for (int x = 0; x < sums->columns + 4; x++) {
                to[x] = s[2 * x] * u[2 * x] + s[2 * x + 1] * u[2 * x + 1] + t[2 * x] * v[2 * x] +
                        t[2 * x + 1] * v[2 * x + 1];
            }
        }
    }
}

void sv_chroma_tile_load(sv_chroma_tile *tile, const sv_chroma_lines *lines, int x, int y)
{
    tile->column = x * TILE_CELLS;
    tile->row = y * TILE_CELLS;
    int columns = sv_min(TILE_CELLS, cells_along(lines->width, 0) - tile->column);
    int rows = sv_min(TILE_CELLS, cells_along(lines->height, 0) - tile->row);
    tile->lines = (sv_cell_map){columns, rows, tile->line_data};
    tile->mix = (sv_cell_map){columns, rows, tile->mix_data};
    cell_sums sums = {columns, rows, tile->sums};
    load_samples(tile, lines);
    sum_tile(tile, &sums);
    fit_lines(&sums, 0, &tile->lines);
}

/* A row of one of a mix's numbers for all its samples: even ones lie nearer to the second of the
 * two cells that they are between, odd ones to the first. */
static void widen(const sv_cell_map *mix, int number, int y, int32_t *wide)
{
    int lower = (y + 1) >> FINEST_LOG2, weight = y & 1 ? 2 : 6;
    const int32_t *first = map_row(mix, number, lower - 1), *second = map_row(mix, number, lower);
    int32_t cells[TILE_CELLS + 2];
    for (int x = 0; x < mix->columns + 2; x++) {
        cells[x] = between(first[x], second[x], weight);
    }
    for (int x = 0; x < mix->columns; x++) {
        wide[2 * x] = between(cells[x], cells[x + 1], 6);
        wide[2 * x + 1] = between(cells[x + 1], cells[x + 2], 2);
    }
}

void sv_chroma_tile_corrections(sv_chroma_tile *tile, const sv_chroma_mix *mix,
                                sv_chroma_corrections corrections)
{
    const sv_cell_map *map = &tile->mix;
    weigh_lines(&tile->lines, mix->params, 0, map);
    add_coarse(map, &mix->coarse, tile->column, tile->row);
    /* The sum of a sample is at most MIX_MAX + LEVELS * 2^9 * (2 * SLOPE_MAX + 2 * WEIGHT_MAX) * 4
     * * FACTOR_MAX / 8 < 2^29. */
    for (int p = 0; p < 2; p++) {
        for (int y = 0; y < map->rows << FINEST_LOG2; y++) {
            int32_t wide[MIXED][TILE];
            const int16_t *luma = &tile->samples[0][y + MARGIN][MARGIN];
            const int16_t *chroma = &tile->samples[1 + p][y + MARGIN][MARGIN];
            const int16_t *other = &tile->samples[2 - p][y + MARGIN][MARGIN];
            for (int i = 0; i < MIXED; i++) {
                widen(map, p * MIXED + i, y, wide[i]);
            }
            for (int x = 0; x < map->columns << FINEST_LOG2; x++) {
                int32_t sum = wide[LUMA][x] * luma[x] + wide[OTHER][x] * other[x] +
                              wide[CONSTANT][x] - wide[OWN][x] * chroma[x];
                corrections[p][y][x] =
                    sv_saturate16((sum + (1 << (FRACTION_BITS - 1))) >> FRACTION_BITS);
            }
        }
    }
}

/* ---- Whole pictures ---- */

typedef struct restoring {
    const sv_chroma_lines *lines;
    const sv_chroma_mix *mix;
    sv_plane to[2];
} restoring;

static void restore_tile(const restoring *r, sv_chroma_tile *tile, int tile_x, int tile_y)
{
    const sv_chroma_lines *lines = r->lines;
    sv_chroma_corrections corrections;
    sv_chroma_tile_load(tile, lines, tile_x, tile_y);
    sv_chroma_tile_corrections(tile, r->mix, corrections);
    int left = tile_x * TILE, top = tile_y * TILE;
    int columns = sv_min(TILE, lines->width - left), rows = sv_min(TILE, lines->height - top);
    for (int p = 0; p < 2; p++) {
        for (int y = 0; y < rows; y++) {
            uint16_t *to = r->to[p].data + (top + y) * r->to[p].stride + left;
            const int16_t *chroma = &tile->samples[1 + p][y + MARGIN][MARGIN];
            for (int x = 0; x < columns; x++) {
                to[x] =
                    (uint16_t)sv_clip(chroma[x] + ZERO + corrections[p][y][x], 0, SV_SAMPLE_MAX);
            }
        }
    }
}

static void restore_row(void *shared, void *tile, int row)
{
    const restoring *r = shared;
    for (int x = 0; x < sv_chroma_tiles(r->lines->width); x++) {
        restore_tile(r, tile, x, row);
    }
}

/* Restores into planes that the picture then has. */
static svac2_status restore(sv_picture *picture, const sv_chroma_lines *lines,
                            const sv_chroma_mix *mix, sv_env *env, svac2_error *error)
{
    restoring r = {.lines = lines, .mix = mix};
    svac2_status status = SVAC2_OK;
    for (int p = 0; p < 2 && status == SVAC2_OK; p++) {
        const sv_plane *from = &picture->planes[1 + p];
        status = sv_plane_create(&r.to[p], from->width, from->height, error);
    }
    if (status == SVAC2_OK) {
        sv_rows rows = {.count = sv_chroma_tiles(lines->height),
                        .cost = SV_COST_CHROMA_TILE * (uint64_t)sv_chroma_tiles(lines->width),
                        .scratch = sizeof(sv_chroma_tile),
                        .shared = &r,
                        .run = restore_row};
        status = sv_parallel_rows(env, &rows, error);
    }
    for (int p = 0; p < 2; p++) {
        sv_plane *plane = &picture->planes[1 + p], old = *plane;
        if (status == SVAC2_OK) {
            *plane = r.to[p];
            r.to[p] = old;
        }
        sv_free(r.to[p].data);
    }
    return status;
}

svac2_status sv_restore_chroma(sv_picture *picture, int width, int height,
                               const sv_chroma_restoration_params *params, const sv_dsp *dsp,
                               sv_env *env, svac2_error *error)
{
    sv_chroma_lines lines;
    sv_chroma_mix mix;
    SV_TRY(sv_picture_upscale_chroma(picture, dsp, env, error));
    SV_TRY(sv_chroma_lines_create(&lines, picture, width, height, env, error));
    svac2_status status = sv_chroma_mix_create(&mix, &lines, params, error);
    if (status == SVAC2_OK) {
        status = restore(picture, &lines, &mix, env, error);
        sv_chroma_mix_destroy(&mix);
    }
    sv_chroma_lines_destroy(&lines);
    return status;
}
