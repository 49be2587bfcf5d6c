#include "recon/chroma_mix.h"

#include <assert.h>

#include "common/intmath.h"
#include "common/memory.h"
#include "common/status.h"

/* Bounds of means, weights and factors; of the constants of a cell's line and mean together; of a
 * mix of all levels. */
enum {
    MEAN_MAX = SV_CHROMA_ZERO << SV_CHROMA_COVARIANCE_BITS,
    WEIGHT_MAX = 1 << SV_CHROMA_SLOPE_BITS,
    FACTOR_MAX = -INT8_MIN,
    CONSTANTS_MAX = (2 * WEIGHT_MAX + 2 * SV_CHROMA_SLOPE_MAX) * MEAN_MAX >>
        (SV_CHROMA_COVARIANCE_BITS - 2),
    MIX_MAX = SV_CHROMA_LEVELS * ((CONSTANTS_MAX >> SV_CHROMA_FACTOR_SHIFT) * FACTOR_MAX + 1)
};

static_assert(CONSTANTS_MAX <= (INT32_MAX - FACTOR_MAX) / FACTOR_MAX &&
                  MIX_MAX <= (INT32_MAX - 4) / 8,
              "sv_mix_weigh and sv_between_cells stay within 32 bits");
static_assert(SV_CHROMA_LEVEL_LOG2 == 2, "as sv_mix_add_coarse takes it");

/* Columns 4 i - 2 to 4 i + 1 lie between the centres of the cells i - 1 and i:
 *
 *      .   .   o   o   o   o   .   .      o: weights 1, 3, 5, 7 of cell i
 *        i - 1     |     i
 */
void sv_mix_add_coarse(const sv_cell_map *map, const sv_cell_map *coarse, int x, int y)
{
    for (int number = 0; number < 2 * SV_LINE_MIXED; number++) {
        for (int row = -1; row <= map->rows; row++) {
            int lower = (y + row + 2) >> SV_CHROMA_LEVEL_LOG2, weight = 2 * ((row + 2) & 3) + 1;
            const int32_t *first =
                sv_cell_map_row(coarse, number, lower - 1) + (x >> SV_CHROMA_LEVEL_LOG2);
            const int32_t *second =
                sv_cell_map_row(coarse, number, lower) + (x >> SV_CHROMA_LEVEL_LOG2);
            int32_t *to = sv_cell_map_row(map, number, row) + 1;
            int32_t left, right = sv_between_cells(first[0], second[0], weight);
            for (int i = 0; 4 * i <= map->columns; i++) {
                left = right;
                right = sv_between_cells(first[i + 1], second[i + 1], weight);
                int start = sv_max(4 * i - 2, -1), end = sv_min(4 * i + 1, map->columns);
                for (int column = start; column <= end; column++) {
                    to[column] += sv_between_cells(left, right, 2 * (column - 4 * i + 2) + 1);
                }
            }
        }
    }
}

void sv_mix_weigh(const sv_cell_map *lines, const sv_chroma_restoration_params *params, int level,
                  const sv_cell_map *mix)
{
    ptrdiff_t count = sv_cell_map_stride(lines) * (lines->rows + 2);
    for (int i = 0; i < 2 * SV_LINE_MIXED; i++) {
        int p = i / SV_LINE_MIXED, kind = i % SV_LINE_MIXED, first = p * SV_LINE_COEFFICIENTS;
        int by_line = params->factors[p][2 * level], to_mean = params->factors[p][2 * level + 1];
        const int32_t *line = sv_cell_map_row(lines, first + kind, -1);
        const int32_t *mean =
            sv_cell_map_row(lines, first + SV_MEAN_CONSTANT + (kind == SV_LINE_OWN), -1);
        int32_t *to = sv_cell_map_row(mix, i, -1);
        to_mean = kind == SV_LINE_CONSTANT || kind == SV_LINE_OWN ? to_mean
                                                                  : 0; /* a mean has no slopes */
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
    bool complete =
        sv_cell_map_create(&mix->coarse, maps[0].columns, maps[0].rows, 2 * SV_LINE_MIXED);
    complete =
        sv_cell_map_create(&coarsest, maps[1].columns, maps[1].rows, 2 * SV_LINE_MIXED) && complete;
    svac2_status status =
        complete ? SVAC2_OK
                 : sv_fail(error, SVAC2_ERR_MEMORY, "no memory to restore chroma of %dx%d samples",
                           lines->width, lines->height);
    if (status == SVAC2_OK) {
        sv_mix_weigh(&maps[1], params, 2, &coarsest);
        sv_mix_weigh(&maps[0], params, 1, &mix->coarse);
        sv_mix_add_coarse(&mix->coarse, &coarsest, 0, 0);
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
