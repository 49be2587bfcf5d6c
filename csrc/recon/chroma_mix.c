#include "recon/chroma_mix.h"

#include <assert.h>

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
              "the kernels add_lines and refine_cells stay within 32 bits");
static_assert(SV_CHROMA_LEVEL_LOG2 == 2, "as the kernel refine_cells takes it");

/* Columns 4 i - 2 to 4 i + 1 lie between the centres of the cells i - 1 and i:
 *
 *      .   .   o   o   o   o   .   .      o: weights 1, 3, 5, 7 of cell i
 *        i - 1     |     i
 */
void sv_mix_refine(sv_cell_row to, const sv_cell_map *coarse, const sv_dsp *dsp, int x, int row)
{
    const int lower = (row + 2) >> SV_CHROMA_LEVEL_LOG2, weight = 2 * ((row + 2) & 3) + 1;
    const int cells = (to.columns + 3 + 3) & ~3;
    for (int i = 0; i < SV_MIX_NUMBERS; i++) {
        ptrdiff_t first = (x >> SV_CHROMA_LEVEL_LOG2) - 1 + SV_CELL_MARGIN;
        dsp->refine_cells(to.data + i * to.stride, sv_cell_map_row(coarse, i, lower - 1) + first,
                          sv_cell_map_row(coarse, i, lower) + first, weight, cells);
    }
}

void sv_mix_add(sv_cell_row to, sv_cell_row above, const int32_t *below, const sv_dsp *dsp,
                const sv_chroma_restoration_params *params, int level)
{
    for (int p = 0; p < 2; p++) {
        const int by_line = params->factors[p][2 * level];
        const int to_mean = params->factors[p][2 * level + 1];
        const ptrdiff_t lines = p * SV_LINE_COEFFICIENTS * above.stride + 1;
        if (by_line != 0 || to_mean != 0) {
            dsp->add_lines(to.data + p * SV_LINE_MIXED * to.stride + 1, to.stride,
                           above.data + lines, below + lines, above.stride, by_line, to_mean,
                           to.columns + 2);
        }
    }
}

static sv_cell_row row_of(const sv_cell_map *map, int row)
{
    return (sv_cell_row){sv_cell_map_row(map, 0, row), sv_cell_map_stride(map), map->columns};
}

static void add_level(const sv_cell_map *mix, const sv_cell_map *lines, const sv_dsp *dsp,
                      const sv_chroma_restoration_params *params, int level)
{
    for (int row = -1; row <= mix->rows; row++) {
        sv_mix_add(row_of(mix, row), row_of(lines, row), sv_cell_map_row(lines, 0, row + 1), dsp,
                   params, level);
    }
}

svac2_status sv_chroma_mix_create(sv_chroma_mix *mix, const sv_chroma_lines *lines,
                                  const sv_chroma_restoration_params *params, svac2_error *error)
{
    sv_cell_map coarsest;
    const sv_cell_map *maps = lines->coarse;
    mix->params = params;
    bool complete = sv_cell_map_create(&mix->coarse, maps[0].columns, maps[0].rows, SV_MIX_NUMBERS);
    complete =
        sv_cell_map_create(&coarsest, maps[1].columns, maps[1].rows, SV_MIX_NUMBERS) && complete;
    svac2_status status =
        complete ? SVAC2_OK
                 : sv_fail(error, SVAC2_ERR_MEMORY, "no memory to restore chroma of %dx%d samples",
                           lines->width, lines->height);
    if (status == SVAC2_OK) {
        add_level(&coarsest, &maps[1], lines->dsp, params, 2);
        for (int row = -1; row <= mix->coarse.rows; row++) {
            sv_mix_refine(row_of(&mix->coarse, row), &coarsest, lines->dsp, 0, row);
        }
        add_level(&mix->coarse, &maps[0], lines->dsp, params, 1);
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
