#include "image/picture.h"

#include "common/memory.h"
#include "common/status.h"

#include <string.h>

svac2_status sv_plane_create(sv_plane *plane, int width, int height, svac2_error *error)
{
    plane->width = width;
    plane->height = height;
    plane->stride = sv_plane_stride(width);
    plane->data = sv_alloc((size_t)plane->stride * (size_t)height, sizeof(uint16_t));
    if (plane->data == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for a plane of %dx%d samples", width,
                       height);
    }
    return SVAC2_OK;
}

svac2_status sv_picture_create(sv_picture *picture, int width, int height, sv_components components,
                               svac2_error *error)
{
    memset(picture, 0, sizeof *picture);
    picture->components = components;
    for (int p = 0; p < components.plane_count; p++) {
        const sv_component *c = sv_component_at(&components, p);
        svac2_status status =
            sv_plane_create(&picture->planes[p], width >> c->shift_x, height >> c->shift_y, error);
        if (status != SVAC2_OK) {
            sv_picture_destroy(picture);
            return status;
        }
    }
    return SVAC2_OK;
}

void sv_picture_destroy(sv_picture *picture)
{
    for (int p = 0; p < SV_PLANES_MAX; p++) {
        sv_free(picture->planes[p].data);
        picture->planes[p].data = NULL;
    }
}

sv_picture sv_picture_part(const sv_picture *picture, int x, int y, int width, int height)
{
    sv_picture part = *picture;
    for (int p = 0; p < part.components.plane_count; p++) {
        const sv_component *c = sv_component_at(&part.components, p);
        sv_plane *plane = &part.planes[p];
        plane->data += (y >> c->shift_y) * plane->stride + (x >> c->shift_x);
        plane->width = width >> c->shift_x;
        plane->height = height >> c->shift_y;
    }
    return part;
}

void sv_copy_rows(uint16_t *to, ptrdiff_t to_stride, const uint16_t *from, ptrdiff_t from_stride,
                  int width, int height)
{
    for (int y = 0; y < height; y++, to += to_stride, from += from_stride) {
        memcpy(to, from, (size_t)width * sizeof *to);
    }
}
