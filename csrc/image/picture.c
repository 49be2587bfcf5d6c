#include "image/picture.h"

#include "common/memory.h"
#include "common/status.h"

#include <string.h>

svac2_status sv_picture_create(sv_picture *picture, int width, int height,
                               svac2_subsampling subsampling, svac2_error *error)
{
    memset(picture, 0, sizeof *picture);
    picture->subsampling = subsampling;
    picture->plane_count = subsampling == SVAC2_SUBSAMPLING_400 ? 1 : 3;
    picture->chroma_shift = subsampling == SVAC2_SUBSAMPLING_420;
    for (int p = 0; p < picture->plane_count; p++) {
        sv_plane *plane = &picture->planes[p];
        int shift = p > 0 ? picture->chroma_shift : 0;
        plane->width = width >> shift;
        plane->height = height >> shift;
        plane->stride = (plane->width + 31) / 32 * 32;
        plane->data = sv_alloc((size_t)plane->stride * (size_t)plane->height, sizeof(uint16_t));
        if (plane->data == NULL) {
            sv_picture_destroy(picture);
            return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for a plane of %dx%d samples",
                           plane->width, plane->height);
        }
    }
    return SVAC2_OK;
}

void sv_picture_destroy(sv_picture *picture)
{
    for (int p = 0; p < 3; p++) {
        sv_free(picture->planes[p].data);
        picture->planes[p].data = NULL;
    }
}
