/* Contexts of what is coded of a block but the levels' magnitudes, by what is
 * known around it: the blocks to the left and above, for chroma also luma at
 * the same place. Most bins have two contexts, which look at different things.
 */
#ifndef SVAC2_FORMAT_BLOCK_CONTEXTS_H
#define SVAC2_FORMAT_BLOCK_CONTEXTS_H

#include "common/intmath.h"
#include "format/contexts.h"
#include "format/cross.h"
#include "format/modes.h"

/* ---- What is looked at ---- */

/* How dense the levels of a plane of a block are: 0 for none, else a class of
 * the mean of their magnitudes, by powers of two, the last one from 1/2 on. */
enum { SV_DENSITY_MAX = 7 };
static inline uint8_t sv_density_of(uint32_t sum, int log2_area)
{
    return (uint8_t)(sum == 0 ? 0 : sv_clip(sv_floor_log2(sum) - log2_area + 8, 1, SV_DENSITY_MAX));
}

static inline int sv_unit_density(const sv_unit *unit, int plane)
{
    return unit->density >> (4 * plane) & 15;
}

/* Fewer classes of it. */
static inline int sv_density4(int density)
{
    static const uint8_t classes[SV_DENSITY_MAX + 1] = {0, 0, 1, 1, 1, 2, 2, 3};
    return classes[density];
}
static inline int sv_density5(int density)
{
    static const uint8_t classes[SV_DENSITY_MAX + 1] = {0, 1, 1, 1, 2, 2, 3, 4};
    return classes[density];
}

/* Columns and rows by powers of two: the last ones of all levels whose indices
 * are joined bit by bit. */
static inline uint8_t sv_bands_of(uint32_t indices, int log2_w)
{
    const uint32_t x = indices & ((1u << log2_w) - 1), y = indices >> log2_w;
    return (uint8_t)((x == 0 ? 0 : 1 + sv_floor_log2(x)) | (y == 0 ? 0 : 1 + sv_floor_log2(y))
                                                               << 4);
}

/* All zeros where nothing is. */
static inline const sv_unit *sv_known_unit(const sv_block_map *map, int x, int y)
{
    static const sv_unit nothing = {0};
    const sv_unit *unit = sv_unit_at(map, x, y);
    return unit != NULL ? unit : &nothing;
}

static inline int sv_mode_class(int mode)
{
    return mode < SV_MODE_FIRST_ANGULAR ? mode
           : mode < 11                  ? 2
           : mode < 27                  ? 3
           : mode < 42                  ? 4
           : mode < 58                  ? 5
           : mode < SV_MODE_INTRA_COUNT ? 6
                                        : 7;
}
enum { SV_MODE_CLASSES = 8 };

/* Classes of a block's area. */
static inline int sv_size3(int log2_area) { return (log2_area >= 6) + (log2_area >= 9); }
static inline int sv_size4(int log2_area)
{
    return (log2_area >= 5) + (log2_area >= 7) + (log2_area >= 9);
}
static inline int sv_size5(int log2_area) { return sv_size4(log2_area) + (log2_area >= 11); }

/* What the blocks on both sides of a place are like, and luma there. */
typedef struct sv_surroundings {
    const sv_unit *left, *above;
    const sv_unit *luma; /* in the middle, of a place in the chroma tree */
} sv_surroundings;

static inline sv_surroundings sv_surroundings_of(const sv_layout *layout, int tree, int x, int y,
                                                 int log2_w, int log2_h)
{
    const sv_block_map *map = &layout->maps[tree];
    sv_surroundings around = {.left = sv_known_unit(map, x - 1, y),
                              .above = sv_known_unit(map, x, y - 1)};
    if (tree == SV_COMPONENT_CHROMA) {
        around.luma = sv_luma_unit(layout, x, y, log2_w, log2_h);
    }
    return around;
}

/* ---- Splits ---- */

/* What a node's split goes by beside its neighbours' sizes: in luma the
 * densities on both sides; in chroma that of luma, and how luma is split. */
static inline int sv_split_class(const sv_layout *layout, int tree, const sv_node *node)
{
    const sv_surroundings around =
        sv_surroundings_of(layout, tree, node->x, node->y, node->log2_w, node->log2_h);
    if (tree == SV_COMPONENT_LUMA) {
        return sv_density4(sv_unit_density(around.left, 0)) * 4 +
               sv_density4(sv_unit_density(around.above, 0));
    }
    const sv_component *chroma = sv_chroma_of(&layout->components);
    return 16 + sv_density4(sv_unit_density(around.luma, 0)) * 4 +
           (around.luma->log2_w < node->log2_w + chroma->shift_x) * 2 +
           (around.luma->log2_h < node->log2_h + chroma->shift_y);
}

/* ---- Modes ---- */

/* Of a luma block's mode. */
typedef struct sv_mode_sites {
    uint8_t probable[SV_MPM_COUNT];
    sv_bin_site flag;
    sv_bin_site index; /* of the first bin, on the first line; those of others follow */
    sv_bin_site rest;  /* of the root of the tree of ranks */
} sv_mode_sites;

enum { SV_MPM_INDEX_BINS = SV_MPM_COUNT - 1, SV_REST_NODES = 31 };

static inline sv_mode_sites sv_mode_sites_of(const sv_block_map *map, const sv_cu *cu)
{
    const sv_unit *left = sv_known_unit(map, cu->x - 1, cu->y + (1 << cu->log2_h) - 1);
    const sv_unit *above = sv_known_unit(map, cu->x + (1 << cu->log2_w) - 1, cu->y - 1);
    const int l = sv_unit_density(left, 0), a = sv_unit_density(above, 0);
    const int size = sv_size3(cu->log2_w + cu->log2_h), around = sv_density5((l + a + 1) >> 1);
    const int left_class = sv_mode_class(left->mode), above_class = sv_mode_class(above->mode);
    sv_mode_sites sites;
    const int directions =
        sv_most_probable_modes(map, cu->x, cu->y, cu->log2_w, cu->log2_h, sites.probable);
    sites.flag = sv_one(SV_CTX_MPM_FLAG + ((sv_density4(l) * 4 + sv_density4(a)) * 3 + size) * 3 +
                        directions);
    sites.index.first =
        SV_CTX_MPM_INDEX + ((around * 3 + size) * 3 + directions) * (2 * SV_MPM_INDEX_BINS);
    sites.index.second = SV_CTX_MPM_INDEX_MODES +
                         (left_class * SV_MODE_CLASSES + above_class) * (2 * SV_MPM_INDEX_BINS);
    sites.rest.first = SV_CTX_REST_LEFT + left_class * SV_REST_NODES;
    sites.rest.second = SV_CTX_REST_ABOVE + above_class * SV_REST_NODES;
    return sites;
}

/* Of a bin of a chroma block's mode. */
enum { SV_CHROMA_MODE_BINS = 8 };
static inline int sv_chroma_index_class(const sv_unit *unit)
{
    const int index = sv_unit_chroma_index(unit);
    return index < 2 ? index : index < 6 ? 2 : 3;
}
static inline sv_bin_site sv_chroma_mode_site(const sv_layout *layout, const sv_cu *cu)
{
    const sv_surroundings around =
        sv_surroundings_of(layout, SV_COMPONENT_CHROMA, cu->x, cu->y, cu->log2_w, cu->log2_h);
    return (sv_bin_site){
        SV_CTX_CHROMA_MODE +
            (sv_chroma_index_class(around.left) * 4 + sv_chroma_index_class(around.above)) *
                SV_CHROMA_MODE_BINS,
        SV_CTX_CHROMA_MODE_LUMA +
            (sv_density4(sv_unit_density(around.luma, 0)) * 3 + sv_size3(cu->log2_w + cu->log2_h)) *
                SV_CHROMA_MODE_BINS};
}

/* ---- Residual ---- */

/* Of the factor of Cb's residual: of the root of the tree of indices. */
static inline sv_bin_site sv_cross_site(const sv_layout *layout, const sv_cu *cu)
{
    const sv_block_map *map = &layout->maps[SV_COMPONENT_CHROMA];
    const sv_unit *left = sv_known_unit(map, cu->x - 1, cu->y);
    const sv_unit *above = sv_known_unit(map, cu->x, cu->y - 1);
    return (sv_bin_site){SV_CTX_CROSS_LEFT + sv_unit_cross(left) * (SV_CROSS_COUNT - 1),
                         SV_CTX_CROSS_ABOVE + sv_unit_cross(above) * (SV_CROSS_COUNT - 1)};
}

/* Of whether a block has levels in a plane. */
static inline sv_bin_site sv_cbf_site(const sv_layout *layout, const sv_cu *cu, int tree, int plane)
{
    const int area = cu->log2_w + cu->log2_h;
    const sv_surroundings around =
        sv_surroundings_of(layout, tree, cu->x, cu->y, cu->log2_w, cu->log2_h);
    const int cb = cu->cbf & 1 & plane, cross = cb & (cu->cross != 0);
    const int kind = tree == SV_COMPONENT_LUMA ? 0 : 1 + plane + cb + cross;
    sv_bin_site site;
    site.first = SV_CTX_CBF +
                 ((kind * 5 + sv_density5(sv_unit_density(around.left, plane))) * 5 +
                  sv_density5(sv_unit_density(around.above, plane))) *
                     4 +
                 sv_size4(area);
    if (tree == SV_COMPONENT_LUMA) {
        const int alike = (around.left->mode == cu->mode) + (around.above->mode == cu->mode);
        site.second = SV_CTX_CBF_MODE + (sv_mode_class(cu->mode) * 5 + sv_size5(area)) * 3 + alike;
    } else {
        const int other =
            plane == 0 ? 0 : 1 + (cb ? 1 + (cu->density[0] > 3) + (cu->density[0] > 5) : 0);
        site.second = SV_CTX_CBF_OTHER +
                      (other * 5 + sv_density5(sv_unit_density(around.luma, 0))) * 4 +
                      sv_size4(area);
    }
    return site;
}

/* Of the last level's column and row: of the first bin of each. */
typedef struct sv_last_sites {
    sv_bin_site x, y;
    int log2_w, log2_h; /* of the levels that are kept */
    int crossed;        /* contexts from one class of the column to the next */
} sv_last_sites;

/* Sides of 4, 8, 16, 32 have 3, 5, 7, 9 bins. */
enum { SV_LAST_BINS = 3 + 5 + 7 + 9 };
static inline int sv_last_first(int log2_size)
{
    static const uint8_t first[4] = {0, 3, 8, 15};
    return first[log2_size - 2];
}

/* A position along an axis is coded by a group, in unary, and bits of its place there (H.265
 * 9.3.3). */
enum { SV_LAST_GROUPS = 10 };
static inline int sv_last_group(int position)
{
    static const uint8_t groups[32] = {0, 1, 2, 3, 4, 4, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7,
                                       8, 8, 8, 8, 8, 8, 8, 8, 9, 9, 9, 9, 9, 9, 9, 9};
    return groups[position];
}
static inline int sv_last_bits(int group) { return group < 4 ? 0 : (group >> 1) - 1; }

static inline sv_last_sites sv_last_sites_of(const sv_layout *layout, const sv_cu *cu, int tree,
                                             int plane)
{
    const sv_surroundings around =
        sv_surroundings_of(layout, tree, cu->x, cu->y, cu->log2_w, cu->log2_h);
    const int left = around.left->bands[plane], above = around.above->bands[plane];
    const int x = sv_min(((left & 15) + (above & 15) + 1) >> 1, 4);
    const int y = sv_min(((left >> 4) + (above >> 4) + 1) >> 1, 4);
    sv_last_sites sites = {.log2_w = sv_kept_log2(cu->log2_w), .log2_h = sv_kept_log2(cu->log2_h)};
    sites.x.first = SV_CTX_LAST_X + (tree * 5 + x) * SV_LAST_BINS;
    sites.y.first = SV_CTX_LAST_Y + (tree * 5 + y) * SV_LAST_BINS;
    if (tree == SV_COMPONENT_LUMA) {
        sites.x.second = SV_CTX_LAST_X_LUMA + sv_mode_class(cu->mode) * SV_LAST_BINS;
        sites.y.second = SV_CTX_LAST_Y_LUMA + sv_mode_class(cu->mode) * 4 * SV_LAST_BINS;
        sites.crossed = SV_LAST_BINS;
    } else {
        const int cb = plane & cu->cbf & 1, bands = cu->bands[0];
        const int cb_x = !cb ? 0 : cu->cross != 0 ? 6 : 1 + sv_min(bands & 15, 4);
        const int cb_y = !cb ? 0 : cu->cross != 0 ? 6 : 1 + sv_min(bands >> 4, 4);
        sites.x.second = SV_CTX_LAST_X_CHROMA + (plane + cb_x) * SV_LAST_BINS;
        sites.y.second = SV_CTX_LAST_Y_CHROMA + (plane + cb_y) * SV_LAST_BINS;
    }
    sites.x = sv_site_behind(sites.x, sv_last_first(sites.log2_w));
    sites.y = sv_site_behind(sites.y, sv_last_first(sites.log2_h));
    return sites;
}

/* The row's, once the column is known: by the column's class. */
enum { SV_LAST_COLUMN_CLASSES = 4 };
static inline int sv_last_column_class(int last_x, int log2_w)
{
    return (last_x > 0) + (4 * last_x >= 1 << log2_w) + (2 * last_x >= 1 << log2_w);
}
static inline sv_bin_site sv_last_y_site(const sv_last_sites *sites, int column_class)
{
    return (sv_bin_site){sites->y.first, sites->y.second + column_class * sites->crossed};
}

#endif
