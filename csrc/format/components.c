#include "format/components.h"

sv_components sv_components_of(svac2_subsampling subsampling)
{
    sv_components components = {
        .count = 1, .plane_count = 1, .list = {{.plane_count = 1, .coding = SV_CODING_LUMA}}};
    if (subsampling != SVAC2_SUBSAMPLING_400) {
        components.list[components.count++] =
            (sv_component){.first_plane = 1,
                           .plane_count = 2,
                           .shift_x = subsampling != SVAC2_SUBSAMPLING_444,
                           .shift_y = subsampling == SVAC2_SUBSAMPLING_420,
                           .coding = SV_CODING_CHROMA};
        components.plane_count = 3;
    }
    return components;
}
