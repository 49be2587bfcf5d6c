/* The tables of the adaptive loop filter. */
#include "format/alf.h"

#include <assert.h>

const uint8_t sv_alf_luma_orders[SV_ALF_LUMA_PAIRS] = {0, 0, 1, 1, 1, 1, 2, 1, 1, 0, 1, 2};
const uint8_t sv_alf_chroma_orders[SV_ALF_CHROMA_COEFS_MAX] = {
    1, 1, 3, 1, 1, 3, 2, 0, 1, 0, 2, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0,
};

const sv_tap sv_alf_luma_taps[SV_ALF_LUMA_PAIRS] = {
    {0, -3}, {-1, -2}, {0, -2}, {1, -2}, {-2, -1}, {-1, -1},
    {0, -1}, {1, -1},  {2, -1}, {-3, 0}, {-2, 0},  {-1, 0},
};
const sv_tap sv_alf_chroma_taps[SV_ALF_CHROMA_PAIRS] = {
    {0, -2}, {-1, -1}, {0, -1}, {1, -1}, {-2, 0}, {-1, 0},
};
static const sv_tap around_444[SV_ALF_AROUND_444] = {
    {0, -1}, {-1, 0}, {1, 0}, {0, 1}, {-1, -1}, {1, -1}, {-1, 1}, {1, 1},
};
static const sv_tap around_420[SV_ALF_AROUND_SMALLER] = {
    {1, 0}, {0, 1}, {1, 1}, {0, -1}, {1, -1}, {-1, 0}, {2, 0}, {-1, 1}, {2, 1}, {0, 2}, {1, 2},
};
static const sv_tap around_422[SV_ALF_AROUND_SMALLER] = {
    {1, 0}, {0, -1}, {1, -1}, {0, 1}, {1, 1}, {-1, 0}, {2, 0}, {-1, -1}, {2, -1}, {-1, 1}, {2, 1},
};

const int16_t sv_alf_activity_bounds[SV_ALF_ACTIVITIES - 1] = {128, 256, 896, 1920};

sv_alf_around sv_alf_around_of(const sv_component *chroma)
{
    if (sv_is_full_size(chroma)) {
        return (sv_alf_around){SV_ALF_AROUND_444, around_444};
    }
    return chroma->shift_y == 0 ? (sv_alf_around){SV_ALF_AROUND_SMALLER, around_422}
                                : (sv_alf_around){SV_ALF_AROUND_SMALLER, around_420};
}

const int8_t *sv_alf_luma_filter(const sv_alf_params *params, int class)
{
    const int filter = params->class_filter[class];
    assert(filter < params->luma_filters || params->luma_set > 0);
    return filter < params->luma_filters ? params->luma[filter]
                                         : sv_alf_trained_luma[params->luma_set - 1][class];
}

const sv_alf_chroma_coefs_row *sv_alf_trained_of(int chroma, const sv_component *component)
{
    if (sv_is_full_size(component)) {
        return sv_alf_trained_444[chroma];
    }
    return component->shift_y == 0 ? sv_alf_trained_422[chroma] : sv_alf_trained_420[chroma];
}

const int8_t *sv_alf_chroma_filter(const sv_alf_params *params, int chroma,
                                   const sv_component *component)
{
    const int set = params->chroma_set[chroma];
    return set == 0 ? params->chroma[chroma] : sv_alf_trained_of(chroma, component)[set - 1];
}
