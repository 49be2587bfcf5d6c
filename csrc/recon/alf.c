#include "recon/alf.h"

#include <assert.h>
#include <string.h>

#include "common/intmath.h"
#include "common/memory.h"
#include "common/status.h"

static_assert(SV_ALF_CHROMA_COEFS_MAX + 2 <= SV_ALF_FEATURES_MAX, "features of both chroma planes");

void sv_alf_orient(int orientation, uint8_t tap_of[SV_ALF_LUMA_PAIRS])
{
    for (int k = 0; k < SV_ALF_LUMA_PAIRS; k++) {
        int x = sv_alf_luma_taps[k].x;
        int y = orientation & 1 ? -sv_alf_luma_taps[k].y : sv_alf_luma_taps[k].y;
        if (orientation & 2) {
            int swap = x;
            x = y;
            y = swap;
        }
        for (int j = 0; j < SV_ALF_LUMA_PAIRS; j++) {
            sv_tap tap = sv_alf_luma_taps[j];
            if ((tap.x == x && tap.y == y) || (tap.x == -x && tap.y == -y)) {
                tap_of[k] = (uint8_t)j;
            }
        }
    }
}

static int sum_of(const int8_t *coefs, int count)
{
    int sum = 0;
    for (int k = 0; k < count; k++) {
        sum += coefs[k];
    }
    return sum;
}

static void expand_luma(int16_t *to, const int8_t coefs[SV_ALF_LUMA_PAIRS],
                        const uint8_t tap_of[SV_ALF_LUMA_PAIRS])
{
    for (int k = 0; k < SV_ALF_LUMA_PAIRS; k++) {
        to[tap_of[k]] = coefs[k];
    }
    to[SV_ALF_LUMA_PAIRS] =
        (int16_t)((1 << SV_ALF_FILTER_SHIFT) - 2 * sum_of(coefs, SV_ALF_LUMA_PAIRS));
    to[SV_ALF_LUMA_PAIRS + 1] = 1 << (SV_ALF_FILTER_SHIFT - 1);
}

/* The kernel wants an even number of single terms; one of padding has no weight. A plane's own
 * pairs come first among its coefficients. */
static void expand_chroma(int16_t *to, const int8_t *coefs, int chroma, int count)
{
    const int pairs = SV_ALF_CHROMA_PAIRS;
    int16_t *own = to + chroma * pairs, *other = to + (1 - chroma) * pairs;
    memset(to, 0, SV_ALF_CHROMA_ENTRIES * sizeof *to);
    for (int k = 0; k < pairs; k++) {
        own[k] = coefs[k];
        other[k] = coefs[pairs + k];
    }
    for (int k = 2 * pairs; k < count; k++) {
        to[k] = coefs[k];
    }
    to[count + chroma] = (int16_t)((1 << SV_ALF_FILTER_SHIFT) - 2 * sum_of(coefs, pairs));
    to[count + 1 - chroma] = (int16_t)(-2 * sum_of(coefs + pairs, pairs));
    to[count + 2] = (int16_t)-sum_of(coefs + 2 * pairs, count - 2 * pairs);
}

static void expand_classes(int16_t *to, const sv_alf_params *params)
{
    for (int o = 0; o < SV_ALF_ORIENTATIONS; o++) {
        uint8_t tap_of[SV_ALF_LUMA_PAIRS];
        sv_alf_orient(o, tap_of);
        for (int c = 0; c < SV_ALF_CLASSES; c++) {
            expand_luma(&to[(c * SV_ALF_ORIENTATIONS + o) * SV_ALF_LUMA_ENTRIES],
                        sv_alf_luma_filter(params, c), tap_of);
        }
    }
}

void sv_alf_expand(sv_alf_filters *filters, const sv_alf_params *params,
                   const sv_component *component)
{
    if (sv_alf_planes(params) & 1) {
        expand_classes(filters->luma, params);
    }
    for (int i = 0; i < 2; i++) {
        expand_chroma(filters->chroma[i], sv_alf_chroma_filter(params, i, component), i,
                      sv_alf_chroma_coefs(component));
    }
}

void sv_alf_filter_luma(const sv_alf_tile *tile, const sv_alf_filters *filters, const sv_dsp *dsp,
                        uint16_t *dst, ptrdiff_t stride)
{
    for (int y = 0; y < tile->height; y += 4) {
        uint8_t classes[SV_ALF_TILE_BLOCKS];
        const uint16_t *src = sv_alf_tile_at(tile, 0, y);
        dsp->alf_classify(classes, src, SV_ALF_TILE_STRIDE, tile->width / 4,
                          sv_alf_activity_shift(dsp->format));
        dsp->alf_luma(dst + y * stride, stride, src, SV_ALF_TILE_STRIDE, classes, filters->luma,
                      tile->width / 4, dsp->format.max);
    }
}

/* What chroma filters are made of, as the kernel takes it. */
static void find_chroma_terms(sv_alf_terms *terms, const sv_alf_tiles *tiles,
                              const sv_component *component)
{
    enum { PAIRS = 2 * SV_ALF_CHROMA_PAIRS };
    const uint16_t *features[3 * SV_ALF_FEATURES_MAX];
    const int count = sv_alf_chroma_features(features, tiles, component);
    int filled = 0;
    for (int k = 0; k < PAIRS; k++) {
        terms->list[filled++] = features[3 * k];
        terms->list[filled++] = features[3 * k + 1];
    }
    for (int k = PAIRS; k < count; k++) {
        terms->list[filled++] = features[3 * k];
    }
    for (int k = 0; k <= PAIRS; k += SV_ALF_CHROMA_PAIRS) { /* in the middle of each plane's */
        terms->list[filled++] = features[3 * k + 2];
    }
    if (filled % 2 != 0) {
        terms->list[filled++] = features[2];
    }
    terms->stride = SV_ALF_TILE_STRIDE;
    terms->pairs = PAIRS;
    terms->singles = filled - 2 * PAIRS;
}

void sv_alf_filter_chroma(const sv_alf_tiles *tiles, const sv_alf_filters *filters,
                          const sv_alf_chroma_target *target, const sv_component *component,
                          const sv_dsp *dsp)
{
    const sv_alf_tile *tile = &tiles->planes[1];
    const int16_t *factors[2];
    sv_alf_terms terms;
    find_chroma_terms(&terms, tiles, component);
    for (int i = 0; i < target->count; i++) {
        factors[i] = filters->chroma[target->planes[i]];
    }
    dsp->alf_chroma(target->samples, target->stride, &terms, factors, target->count, tile->width,
                    tile->height, dsp->format.max);
}

void sv_alf_save_border(sv_alf *alf, int ctu_row)
{
    const sv_picture *picture = alf->picture;
    for (int p = 0; p < picture->components.plane_count; p++) {
        const sv_plane *plane = &picture->planes[p];
        if (!alf->on[p]) {
            continue;
        }
        const int ctu_height = SV_CTU_SIZE >> sv_component_at(&picture->components, p)->shift_y;
        uint16_t *to =
            alf->borders.rows[p] + ctu_row % alf->borders.count * SV_ALF_SAVED_ROWS * plane->stride;
        for (int i = 0; i < SV_ALF_SAVED_ROWS; i++, to += plane->stride) {
            int y = sv_min(ctu_row * ctu_height - SV_ALF_ROW_MARGIN + i, plane->height - 1);
            memcpy(to, plane->data + y * plane->stride, (size_t)plane->width * sizeof *to);
        }
    }
}

svac2_status sv_alf_create(sv_alf *alf, sv_picture *picture, const sv_alf_params *params,
                           const uint8_t *ctu_flags, int borders, const sv_dsp *dsp,
                           svac2_error *error)
{
    memset(alf, 0, sizeof *alf);
    alf->picture = picture;
    alf->dsp = dsp;
    alf->ctu_flags = ctu_flags;
    alf->ctu_cols = sv_ctu_count((uint32_t)picture->planes[0].width);
    alf->ctu_rows = sv_ctu_count((uint32_t)picture->planes[0].height);
    alf->borders.count = borders;
    sv_alf_expand(&alf->filters, params, sv_chroma_of(&picture->components));
    for (int p = 0; p < picture->components.plane_count; p++) {
        const sv_plane *plane = &picture->planes[p];
        alf->on[p] = sv_alf_planes(params) >> p & 1;
        if (alf->on[p]) {
            const size_t rows = (size_t)borders * SV_ALF_SAVED_ROWS;
            alf->borders.rows[p] = sv_alloc((size_t)plane->stride * rows, sizeof(uint16_t));
            if (alf->borders.rows[p] == NULL) {
                return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for the adaptive loop filter");
            }
        }
    }
    return SVAC2_OK;
}

void sv_alf_filter_row(const sv_alf *alf, sv_alf_tiles *tiles, int ctu_row)
{
    const sv_picture *picture = alf->picture;
    const sv_component *component = sv_chroma_of(&picture->components);
    const uint8_t *flags = alf->ctu_flags + (ptrdiff_t)ctu_row * alf->ctu_cols;
    const bool chroma = alf->on[1] || alf->on[2];
    for (int ctu_x = 0; (chroma || alf->on[0]) && ctu_x < alf->ctu_cols; ctu_x++) {
        uint16_t *dst[SV_PLANES_MAX];
        for (int p = 0; p < (chroma ? sv_component_end(component) : 1); p++) {
            const sv_plane *plane = &picture->planes[p];
            sv_alf_tile *tile = &tiles->planes[p];
            sv_alf_load_tile(tile, picture, p, &alf->borders, ctu_x, ctu_row);
            dst[p] = plane->data + tile->y * plane->stride + tile->x;
        }
        if (chroma && (flags[ctu_x] & 6)) {
            sv_alf_load_phases(tiles, component);
        }
        sv_alf_chroma_target target = {.stride = picture->planes[1].stride};
        for (int i = 0; i < 2; i++) {
            if (alf->on[1 + i] && (flags[ctu_x] >> (1 + i) & 1)) {
                target.planes[target.count] = i;
                target.samples[target.count++] = dst[1 + i];
            }
        }
        if (target.count > 0) {
            sv_alf_filter_chroma(tiles, &alf->filters, &target, component, alf->dsp);
        }
        if (alf->on[0] && (flags[ctu_x] & 1)) {
            sv_alf_filter_luma(&tiles->planes[0], &alf->filters, alf->dsp, dst[0],
                               picture->planes[0].stride);
        }
    }
}

void sv_alf_destroy(sv_alf *alf)
{
    for (int p = 0; p < SV_PLANES_MAX; p++) {
        sv_free(alf->borders.rows[p]);
        alf->borders.rows[p] = NULL;
    }
}
