/* What entry points check alike. */
#ifndef SVAC2_API_CHECK_H
#define SVAC2_API_CHECK_H

#include "common/status.h"

svac2_status sv_check_range(const char *name, int64_t value, int64_t low, int64_t high,
                            svac2_error *error);
svac2_status sv_check_size(uint32_t width, uint32_t height, svac2_error *error);
/* Size, channels and depth; the samples are not looked at. */
svac2_status sv_check_image(const svac2_image *image, svac2_error *error);

#endif
