#include "recon/alf_tile.h"

#include <assert.h>
#include <string.h>

#include "common/intmath.h"
#include "format/alf.h"

/* Copies a row from column tile->x on, as far as there is picture, and replicates its last sample.
 */
static void load_row(uint16_t *to, const uint16_t *row, int width, const sv_alf_tile *tile)
{
    int wanted = tile->width + SV_ALF_MARGIN;
    int found = sv_min(wanted, width - tile->x);
    if (found == SV_CTU_SIZE + SV_ALF_MARGIN) { /* a constant: no call for so few bytes */
        memcpy(to, row + tile->x, (SV_CTU_SIZE + SV_ALF_MARGIN) * sizeof *to);
        return;
    }
    memcpy(to, row + tile->x, (size_t)found * sizeof *to);
    for (int x = found; x < wanted; x++) {
        to[x] = to[found - 1];
    }
}

/* Row y of a plane, in what has been saved of the border between CTU rows above CTU row `below`. */
static const uint16_t *saved_row(const sv_alf_borders *borders, const sv_plane *plane,
                                 int plane_index, int below, int y, int ctu_height)
{
    const int index =
        below % borders->count * SV_ALF_SAVED_ROWS + y - (below * ctu_height - SV_ALF_ROW_MARGIN);
    return borders->rows[plane_index] + index * plane->stride;
}

void sv_alf_load_tile(sv_alf_tile *tile, const sv_picture *picture, int plane_index,
                      const sv_alf_borders *borders, int ctu_x, int ctu_y)
{
    const bool in_place = borders != NULL && borders->rows[plane_index] != NULL;
    const size_t margin_size = SV_ALF_MARGIN * sizeof(uint16_t);
    const sv_plane *plane = &picture->planes[plane_index];
    const sv_component *component = sv_component_at(&picture->components, plane_index);
    const int ctu_width = SV_CTU_SIZE >> component->shift_x;
    const int ctu_height = SV_CTU_SIZE >> component->shift_y;
    tile->x = ctu_x * ctu_width;
    tile->y = ctu_y * ctu_height;
    tile->width = sv_min(ctu_width, plane->width - tile->x);
    tile->height = sv_min(ctu_height, plane->height - tile->y);
    for (int i = 0; i < tile->height + 2 * SV_ALF_ROW_MARGIN; i++) {
        int y = sv_clip(tile->y + i - SV_ALF_ROW_MARGIN, 0, plane->height - 1);
        int border = y < tile->y ? ctu_y : y >= tile->y + tile->height ? ctu_y + 1 : 0;
        const uint16_t *row = plane->data + y * plane->stride;
        if (in_place && border > 0) {
            row = saved_row(borders, plane, plane_index, border, y, ctu_height);
        }
        uint16_t *to = tile->memory + i * SV_ALF_TILE_STRIDE + SV_ALF_MARGIN;
        if (ctu_x == 0) {
            for (int x = 1; x <= SV_ALF_MARGIN; x++) {
                to[-x] = row[0];
            }
        } else if (!in_place) {
            memcpy(to - SV_ALF_MARGIN, row + tile->x - SV_ALF_MARGIN, margin_size);
        } else {
            /* The CTU to the left was a whole one. */
            memcpy(to - SV_ALF_MARGIN, to + ctu_width - SV_ALF_MARGIN, margin_size);
        }
        load_row(to, row, plane->width, tile);
    }
}

/* Where the phase of luma samples begins that has the one at (x, y) from the first of those of a
 * chroma sample, and there the sample that goes with the tile's first chroma sample. */
static ptrdiff_t phase_start(const sv_component *chroma, int x, int y)
{
    int column = x & ((1 << chroma->shift_x) - 1), row = y & ((1 << chroma->shift_y) - 1);
    int rows = (SV_CTU_SIZE >> chroma->shift_y) + 2;
    return ((row << chroma->shift_x | column) * rows + 1) * SV_ALF_TILE_STRIDE + SV_ALF_MARGIN;
}

/* Chroma samples beside a tile that luma samples are needed of. */
enum { PHASE_REACH = 1 };

static void split_columns(uint16_t *restrict even, uint16_t *restrict odd,
                          const uint16_t *restrict from, int count)
{
    for (int x = 0; x < count; x++) {
        even[x] = from[2 * x];
        odd[x] = from[2 * x + 1];
    }
}

void sv_alf_load_phases(sv_alf_tiles *tiles, const sv_component *chroma)
{
    const sv_alf_tile *luma = &tiles->planes[0];
    const int shift_y = chroma->shift_y;
    if (sv_is_full_size(chroma)) {
        return;
    }
    assert(chroma->shift_x == 1);
    for (int y = -1; y <= luma->height >> shift_y; y++) {
        ptrdiff_t start = y * SV_ALF_TILE_STRIDE - PHASE_REACH;
        for (int row = 0; row < 1 << shift_y; row++) {
            const uint16_t *from = sv_alf_tile_at(luma, -2 * PHASE_REACH, y * (1 << shift_y) + row);
            uint16_t *even = tiles->phases + phase_start(chroma, 0, row) + start;
            uint16_t *odd = tiles->phases + phase_start(chroma, 1, row) + start;
            split_columns(even, odd, from, luma->width / 2 + 2 * PHASE_REACH);
        }
    }
}

/* The luma sample at (x, y) from the first of those of the tile's first chroma sample. */
static const uint16_t *luma_at(const sv_alf_tiles *tiles, const sv_component *chroma, int x, int y)
{
    if (sv_is_full_size(chroma)) {
        return sv_alf_tile_at(&tiles->planes[0], x, y);
    }
    return tiles->phases + phase_start(chroma, x, y) + (y >> chroma->shift_y) * SV_ALF_TILE_STRIDE +
           (x >> chroma->shift_x);
}

int sv_alf_chroma_features(const uint16_t *terms[3 * SV_ALF_FEATURES_MAX],
                           const sv_alf_tiles *tiles, const sv_component *component)
{
    int count = 0;
    for (int i = 0; i < 2; i++) {
        const sv_alf_tile *tile = &tiles->planes[1 + i];
        for (int k = 0; k < SV_ALF_CHROMA_PAIRS; k++, count++) {
            terms[3 * count] =
                sv_alf_tile_at(tile, sv_alf_chroma_taps[k].x, sv_alf_chroma_taps[k].y);
            terms[3 * count + 1] =
                sv_alf_tile_at(tile, -sv_alf_chroma_taps[k].x, -sv_alf_chroma_taps[k].y);
            terms[3 * count + 2] = sv_alf_tile_at(tile, 0, 0);
        }
    }
    const sv_alf_around around = sv_alf_around_of(component);
    for (int k = 0; k < around.count; k++, count++) {
        terms[3 * count] = luma_at(tiles, component, around.taps[k].x, around.taps[k].y);
        terms[3 * count + 1] = terms[3 * count + 2] = luma_at(tiles, component, 0, 0);
    }
    return count;
}
