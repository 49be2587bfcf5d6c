#include "api/check.h"

svac2_status sv_check_range(const char *name, int64_t value, int64_t low, int64_t high,
                            svac2_error *error)
{
    if (value < low || value > high) {
        return sv_fail(error, SVAC2_ERR_ARGUMENT, "%s %lld is outside %lld..%lld", name,
                       (long long)value, (long long)low, (long long)high);
    }
    return SVAC2_OK;
}

svac2_status sv_check_size(uint32_t width, uint32_t height, svac2_error *error)
{
    SV_TRY(sv_check_range("width", width, 1, SVAC2_MAX_DIMENSION, error));
    return sv_check_range("height", height, 1, SVAC2_MAX_DIMENSION, error);
}

svac2_status sv_check_image(const svac2_image *image, svac2_error *error)
{
    SV_TRY(sv_check_size(image->width, image->height, error));
    if (image->channels < 1 || image->channels > 4) {
        return sv_fail(error, SVAC2_ERR_UNSUPPORTED,
                       "%u channels; 1 (grey), 2 (grey, alpha), 3 (RGB) and 4 (RGB, alpha) are "
                       "accepted",
                       (unsigned)image->channels);
    }
    if (image->bit_depth % 2 != 0 || image->bit_depth < 8 || image->bit_depth > 16) {
        return sv_fail(error, SVAC2_ERR_UNSUPPORTED,
                       "%u bits a sample; 8, 10, 12, 14 and 16 are accepted",
                       (unsigned)image->bit_depth);
    }
    return SVAC2_OK;
}
