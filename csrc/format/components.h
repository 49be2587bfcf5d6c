/* What a picture is made of: components, each of which is coded by trees of its own.
 *
 * Grey has one, luma; colour has luma and chroma, whose two planes share their trees. */
#ifndef SVAC2_FORMAT_COMPONENTS_H
#define SVAC2_FORMAT_COMPONENTS_H

#include <stdbool.h>

#include "include/svac2.h"

enum {
    SV_PLANES_MAX = 3, /* of a picture */
    SV_COMPONENTS_MAX = 2,
    SV_COMPONENT_PLANES_MAX = 2,
    /* Where they stand: */
    SV_COMPONENT_LUMA = 0,
    SV_COMPONENT_CHROMA = 1
};

/* How a component's blocks are coded; the contexts go by it. */
typedef enum sv_coding {
    SV_CODING_LUMA,  /* by itself */
    SV_CODING_CHROMA /* with what the luma at the same place tells */
} sv_coding;

typedef struct sv_component {
    uint8_t first_plane, plane_count;
    uint8_t shift_x, shift_y; /* it has 1 / 2^shift of the picture's width and height */
    uint8_t coding;           /* sv_coding */
} sv_component;

typedef struct sv_components {
    int count, plane_count;
    sv_component list[SV_COMPONENTS_MAX]; /* those that are not there are all zeros */
} sv_components;

/* subsampling: not AUTO. */
sv_components sv_components_of(svac2_subsampling subsampling);

static inline bool sv_has_chroma(const sv_components *components)
{
    return components->list[SV_COMPONENT_CHROMA].coding == SV_CODING_CHROMA;
}

/* Where there is no chroma, all zeros. */
static inline const sv_component *sv_chroma_of(const sv_components *components)
{
    return &components->list[SV_COMPONENT_CHROMA];
}

static inline bool sv_is_full_size(const sv_component *component)
{
    return component->shift_x == 0 && component->shift_y == 0;
}

/* The first plane behind those of a component. */
static inline int sv_component_end(const sv_component *component)
{
    return component->first_plane + component->plane_count;
}

/* The index of the component that a plane belongs to. */
static inline int sv_component_of(const sv_components *components, int plane)
{
    int i = 0;
    while (plane >= sv_component_end(&components->list[i])) {
        i++;
    }
    return i;
}

static inline const sv_component *sv_component_at(const sv_components *components, int plane)
{
    return &components->list[sv_component_of(components, plane)];
}

#endif
