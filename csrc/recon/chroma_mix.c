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

/* Adds what the lines of a level, which are fitted on the way, say of all its cells. corners: room
 * for two rows of lines, one after the other, of which corner row j is the row j & 1. */
static void add_level(const sv_cell_map *mix, const sv_cell_map *sums, const sv_dsp *dsp,
                      const sv_chroma_restoration_params *params, int level, int32_t *corners)
{
    const int window_log2 = 2 * sv_cell_log2(level) + 2;
    const ptrdiff_t width = sv_cell_map_width(mix), both = 2 * SV_LINE_COEFFICIENTS * width;
    for (int row = -1; row <= mix->rows + 1; row++) {
        int32_t *below = corners + (row & 1 ? both : 0), *above = corners + (row & 1 ? 0 : both);
        dsp->corner_lines(below + 1, width, sv_cell_map_row(sums, 0, row - 1),
                          sv_cell_map_row(sums, 0, row), sv_cell_map_stride(sums), window_log2,
                          mix->columns + 3);
        if (row >= 0) {
            sv_mix_add(row_of(mix, row - 1), (sv_cell_row){above, width, mix->columns}, below, dsp,
                       params, level);
        }
    }
}

svac2_status sv_chroma_mix_create(sv_chroma_mix *mix, const sv_chroma_cells *cells,
                                  const sv_chroma_restoration_params *params, svac2_error *error)
{
    const sv_cell_map *sums = cells->sums;
    sv_cell_map coarsest;
    mix->params = params;
    bool complete = sv_cell_map_create(&mix->coarse, sums[0].columns, sums[0].rows, SV_MIX_NUMBERS);
    complete =
        sv_cell_map_create(&coarsest, sums[1].columns, sums[1].rows, SV_MIX_NUMBERS) && complete;
    int32_t *corners = sv_alloc((size_t)sv_cell_map_width(&sums[0]),
                                2 * 2 * SV_LINE_COEFFICIENTS * sizeof *corners);
    svac2_status status = SVAC2_OK;
    if (complete && corners != NULL) {
        add_level(&coarsest, &sums[1], cells->dsp, params, 2, corners);
        for (int row = -1; row <= mix->coarse.rows; row++) {
            sv_mix_refine(row_of(&mix->coarse, row), &coarsest, cells->dsp, 0, row);
        }
        add_level(&mix->coarse, &sums[0], cells->dsp, params, 1, corners);
    } else {
        sv_chroma_mix_destroy(mix);
        status = sv_fail(error, SVAC2_ERR_MEMORY, "no memory to restore chroma of %dx%d samples",
                         cells->width, cells->height);
    }
    sv_free(coarsest.data);
    sv_free(corners);
    return status;
}

void sv_chroma_mix_destroy(sv_chroma_mix *mix)
{
    sv_free(mix->coarse.data);
    mix->coarse.data = NULL;
}
