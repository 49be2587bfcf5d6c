#include "recon/alf_tile.h"

#include <string.h>

#include "common/intmath.h"
#include "format/alf.h"

/* Copies a row from column tile->x on, as far as there is picture, and replicates its last sample.
 */
static void load_row(uint16_t *to, const uint16_t *row, int width, const sv_alf_tile *tile)
{
    int wanted = tile->width + SV_ALF_MARGIN;
    int found = sv_min(wanted, width - tile->x);
    memcpy(to, row + tile->x, (size_t)found * sizeof *to);
    for (int x = found; x < wanted; x++) {
        to[x] = to[found - 1];
    }
}

void sv_alf_load_tile(sv_alf_tile *tile, const sv_plane *plane, const uint16_t *saved, int ctu_size,
                      int ctu_x, int ctu_y)
{
    const size_t margin_size = SV_ALF_MARGIN * sizeof(uint16_t);
    tile->x = ctu_x * ctu_size;
    tile->y = ctu_y * ctu_size;
    tile->width = sv_min(ctu_size, plane->width - tile->x);
    tile->height = sv_min(ctu_size, plane->height - tile->y);
    for (int i = 0; i < tile->height + 2 * SV_ALF_ROW_MARGIN; i++) {
        int y = sv_clip(tile->y + i - SV_ALF_ROW_MARGIN, 0, plane->height - 1);
        int border = y < tile->y ? ctu_y : y >= tile->y + tile->height ? ctu_y + 1 : 0;
        const uint16_t *row = plane->data + y * plane->stride;
        if (saved != NULL && border > 0) {
            int index =
                (border - 1) * SV_ALF_SAVED_ROWS + y - (border * ctu_size - SV_ALF_ROW_MARGIN);
            row = saved + index * plane->stride;
        }
        uint16_t *to = tile->memory + i * SV_ALF_TILE_STRIDE + SV_ALF_MARGIN;
        if (ctu_x == 0) {
            for (int x = 1; x <= SV_ALF_MARGIN; x++) {
                to[-x] = row[0];
            }
        } else if (saved == NULL) {
            memcpy(to - SV_ALF_MARGIN, row + tile->x - SV_ALF_MARGIN, margin_size);
        } else {
            /* The CTU to the left was a whole one. */
            memcpy(to - SV_ALF_MARGIN, to + ctu_size - SV_ALF_MARGIN, margin_size);
        }
        load_row(to, row, plane->width, tile);
    }
}

void sv_alf_load_phases(sv_alf_tiles *tiles)
{
    const sv_alf_tile *luma = &tiles->planes[0];
    const int reach = SV_ALF_MARGIN / 2;
    for (int y = -1; y <= luma->height / 2; y++) {
        ptrdiff_t row = (y + 1) * SV_ALF_TILE_STRIDE + SV_ALF_MARGIN - reach;
        for (int phase = 0; phase < 2; phase++) {
            const uint16_t *from = sv_alf_tile_at(luma, -SV_ALF_MARGIN, 2 * y + phase);
            uint16_t *even = tiles->phases[phase][0] + row, *odd = tiles->phases[phase][1] + row;
            for (int x = 0; x < luma->width / 2 + 2 * reach; x++) {
                even[x] = from[2 * x];
                odd[x] = from[2 * x + 1];
            }
        }
    }
}

/* The luma sample at (x, y) from the first of the 2x2 of the tile's first chroma sample. */
static const uint16_t *phase_at(const sv_alf_tiles *tiles, int x, int y)
{
    int column = (x - (x & 1)) / 2, row = (y - (y & 1)) / 2;
    return tiles->phases[y & 1][x & 1] + (row + 1) * SV_ALF_TILE_STRIDE + SV_ALF_MARGIN + column;
}

int sv_alf_chroma_features(const uint16_t *terms[3 * SV_ALF_FEATURES_MAX],
                           const sv_alf_tiles *tiles, int chroma, int chroma_shift)
{
    int count = 0;
    for (int i = 0; i < 2; i++) {
        const sv_alf_tile *tile = &tiles->planes[1 + (chroma ^ i)];
        for (int k = 0; k < SV_ALF_CHROMA_PAIRS; k++, count++) {
            terms[3 * count] =
                sv_alf_tile_at(tile, sv_alf_chroma_taps[k].x, sv_alf_chroma_taps[k].y);
            terms[3 * count + 1] =
                sv_alf_tile_at(tile, -sv_alf_chroma_taps[k].x, -sv_alf_chroma_taps[k].y);
            terms[3 * count + 2] = sv_alf_tile_at(tile, 0, 0);
        }
    }
    int total = sv_alf_chroma_coefs(chroma_shift);
    for (int k = 0; count < total; k++, count++) {
        const sv_tap *tap = chroma_shift ? &sv_alf_around_420[k] : &sv_alf_around_444[k];
        const sv_alf_tile *luma = &tiles->planes[0];
        terms[3 * count] =
            chroma_shift ? phase_at(tiles, tap->x, tap->y) : sv_alf_tile_at(luma, tap->x, tap->y);
        terms[3 * count + 1] = terms[3 * count + 2] =
            chroma_shift ? phase_at(tiles, 0, 0) : sv_alf_tile_at(luma, 0, 0);
    }
    return count;
}
