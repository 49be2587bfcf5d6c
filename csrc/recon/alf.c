#include "recon/alf.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "common/intmath.h"
#include "common/memory.h"
#include "common/status.h"

static_assert((int)SV_ALF_LUMA_COEFS == SV_ALF_LUMA_PAIRS, "the kernel's luma filter");
static_assert((int)SV_ALF_CHROMA_COEFS == SV_ALF_CHROMA_PAIRS, "the kernel's chroma filter");

enum { SAVED_ROWS = 2 * SV_ALF_ROW_MARGIN }; /* per border */

void sv_alf_orient(int orientation, uint8_t tap_of[SV_ALF_LUMA_COEFS])
{
    for (int k = 0; k < SV_ALF_LUMA_COEFS; k++) {
        int x = sv_alf_luma_taps[k].x;
        int y = orientation & 1 ? -sv_alf_luma_taps[k].y : sv_alf_luma_taps[k].y;
        if (orientation & 2) {
            int swap = x;
            x = y;
            y = swap;
        }
        for (int j = 0; j < SV_ALF_LUMA_COEFS; j++) {
            sv_tap tap = sv_alf_luma_taps[j];
            if ((tap.x == x && tap.y == y) || (tap.x == -x && tap.y == -y)) {
                tap_of[k] = (uint8_t)j;
            }
        }
    }
}

static void complete_filter(int16_t *filter, int pairs)
{
    int centre = 1 << SV_ALF_FILTER_SHIFT;
    for (int k = 0; k < pairs; k++) {
        centre -= 2 * filter[k];
    }
    filter[pairs] = (int16_t)centre;
    filter[pairs + 1] = 1 << (SV_ALF_FILTER_SHIFT - 1);
}

void sv_alf_expand(sv_alf_filters *filters, const sv_alf_params *params)
{
    for (int o = 0; o < SV_ALF_ORIENTATIONS; o++) {
        uint8_t tap_of[SV_ALF_LUMA_COEFS];
        sv_alf_orient(o, tap_of);
        for (int c = 0; c < SV_ALF_CLASSES; c++) {
            int16_t *to = &filters->luma[(c * SV_ALF_ORIENTATIONS + o) * SV_ALF_LUMA_ENTRIES];
            for (int k = 0; k < SV_ALF_LUMA_COEFS; k++) {
                to[tap_of[k]] = params->luma[params->class_filter[c]][k];
            }
            complete_filter(to, SV_ALF_LUMA_COEFS);
        }
    }
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < SV_ALF_CHROMA_COEFS; k++) {
            filters->chroma[i][k] = params->chroma[i][k];
        }
        complete_filter(filters->chroma[i], SV_ALF_CHROMA_COEFS);
    }
}

/* Copies a row from column tile->x on, as far as there is picture, and replicates its last sample.
 * The left margin is not touched. */
static void load_row(uint16_t *to, const uint16_t *row, int width, const sv_alf_tile *tile)
{
    int wanted = tile->width + SV_ALF_MARGIN;
    int found = sv_min(wanted, width - tile->x);
    memcpy(to, row + tile->x, (size_t)found * sizeof *to);
    for (int x = found; x < wanted; x++) {
        to[x] = to[found - 1];
    }
}

/* saved: rows around the borders of CTU rows; NULL where the picture itself still has them. The
 * left margin is kept from the tile of the CTU before, which is done and changed. */
static void load_tile(sv_alf_tile *tile, const sv_plane *plane, const uint16_t *saved, int ctu_size,
                      int ctu_x, int ctu_y)
{
    int previous_width = tile->width;
    tile->x = ctu_x * ctu_size;
    tile->y = ctu_y * ctu_size;
    tile->width = sv_min(ctu_size, plane->width - tile->x);
    tile->height = sv_min(ctu_size, plane->height - tile->y);
    for (int i = 0; i < tile->height + 2 * SV_ALF_ROW_MARGIN; i++) {
        int y = sv_clip(tile->y + i - SV_ALF_ROW_MARGIN, 0, plane->height - 1);
        int border = y < tile->y ? ctu_y : y >= tile->y + tile->height ? ctu_y + 1 : 0;
        const uint16_t *row = plane->data + y * plane->stride;
        if (saved != NULL && border > 0) {
            int index = (border - 1) * SAVED_ROWS + y - (border * ctu_size - SV_ALF_ROW_MARGIN);
            row = saved + index * plane->stride;
        }
        uint16_t *to = tile->memory + i * SV_ALF_TILE_STRIDE + SV_ALF_MARGIN;
        if (ctu_x == 0) {
            for (int x = 1; x <= SV_ALF_MARGIN; x++) {
                to[-x] = row[0];
            }
        } else if (saved == NULL) {
            memcpy(to - SV_ALF_MARGIN, row + tile->x - SV_ALF_MARGIN, SV_ALF_MARGIN * sizeof *to);
        } else {
            memcpy(to - SV_ALF_MARGIN, to + previous_width - SV_ALF_MARGIN,
                   SV_ALF_MARGIN * sizeof *to);
        }
        load_row(to, row, plane->width, tile);
    }
}

void sv_alf_load_tile(sv_alf_tile *tile, const sv_plane *plane, int ctu_size, int ctu_x, int ctu_y)
{
    load_tile(tile, plane, NULL, ctu_size, ctu_x, ctu_y);
}

void sv_alf_filter_luma(const sv_alf_tile *tile, const sv_alf_filters *filters, const sv_dsp *dsp,
                        uint16_t *dst, ptrdiff_t stride)
{
    for (int y = 0; y < tile->height; y += 4) {
        uint8_t classes[SV_ALF_TILE_BLOCKS];
        const uint16_t *src = sv_alf_tile_at(tile, 0, y);
        dsp->alf_classify(classes, src, SV_ALF_TILE_STRIDE, tile->width / 4);
        dsp->alf_luma(dst + y * stride, stride, src, SV_ALF_TILE_STRIDE, classes, filters->luma,
                      tile->width / 4);
    }
}

void sv_alf_filter_chroma(const sv_alf_tile *tile, const sv_alf_filters *filters, int component,
                          const sv_dsp *dsp, uint16_t *dst, ptrdiff_t stride)
{
    dsp->alf_chroma(dst, stride, sv_alf_tile_at(tile, 0, 0), SV_ALF_TILE_STRIDE,
                    filters->chroma[component], tile->width, tile->height);
}

static int plane_ctu_size(const sv_alf *alf, int plane)
{
    return SV_CTU_SIZE >> (plane > 0 ? alf->picture->chroma_shift : 0);
}

static void save_rows(uint16_t *saved, const sv_plane *plane, int ctu_size, int borders)
{
    for (int i = 0; i < borders * SAVED_ROWS; i++) {
        int y = (i / SAVED_ROWS + 1) * ctu_size - SV_ALF_ROW_MARGIN + i % SAVED_ROWS;
        memcpy(saved + i * plane->stride, plane->data + sv_min(y, plane->height - 1) * plane->stride,
               (size_t)plane->width * sizeof *saved);
    }
}

svac2_status sv_alf_prepare(sv_alf *alf, sv_picture *picture, const sv_alf_params *params,
                            const uint8_t *ctu_flags, const sv_dsp *dsp, svac2_error *error)
{
    memset(alf, 0, sizeof *alf);
    alf->picture = picture;
    alf->dsp = dsp;
    alf->ctu_flags = ctu_flags;
    alf->ctu_cols = (picture->planes[0].width + SV_CTU_SIZE - 1) / SV_CTU_SIZE;
    alf->ctu_rows = (picture->planes[0].height + SV_CTU_SIZE - 1) / SV_CTU_SIZE;
    alf->planes = (params->luma_filters > 0 ? 1u : 0u);
    for (int p = 1; p < picture->plane_count; p++) {
        alf->planes |= params->chroma_on[p - 1] ? 1u << p : 0u;
    }
    sv_alf_expand(&alf->filters, params);
    for (int p = 0; p < picture->plane_count; p++) {
        const sv_plane *plane = &picture->planes[p];
        if (alf->planes >> p & 1) {
            size_t rows = (size_t)alf->ctu_rows * SAVED_ROWS;
            alf->saved[p] = sv_alloc((size_t)plane->stride * rows, sizeof(uint16_t));
            if (alf->saved[p] == NULL) {
                sv_alf_destroy(alf);
                return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for the adaptive loop filter");
            }
            save_rows(alf->saved[p], plane, plane_ctu_size(alf, p), alf->ctu_rows - 1);
        }
    }
    return SVAC2_OK;
}

void sv_alf_filter_row(const sv_alf *alf, int ctu_row)
{
    const uint8_t *flags = alf->ctu_flags + (ptrdiff_t)ctu_row * alf->ctu_cols;
    for (int p = 0; p < alf->picture->plane_count; p++) {
        const sv_plane *plane = &alf->picture->planes[p];
        sv_alf_tile tile;
        if (!(alf->planes >> p & 1)) {
            continue;
        }
        for (int ctu_x = 0; ctu_x < alf->ctu_cols; ctu_x++) {
            load_tile(&tile, plane, alf->saved[p], plane_ctu_size(alf, p), ctu_x, ctu_row);
            uint16_t *dst = plane->data + tile.y * plane->stride + tile.x;
            if (!(flags[ctu_x] >> p & 1)) {
                continue;
            }
            if (p == 0) {
                sv_alf_filter_luma(&tile, &alf->filters, alf->dsp, dst, plane->stride);
            } else {
                sv_alf_filter_chroma(&tile, &alf->filters, p - 1, alf->dsp, dst, plane->stride);
            }
        }
    }
}

void sv_alf_destroy(sv_alf *alf)
{
    for (int p = 0; p < 3; p++) {
        sv_free(alf->saved[p]);
        alf->saved[p] = NULL;
    }
}
