#include "format/intra.h"

#include "common/intmath.h"

const uint8_t sv_intra_angles[17] = {0, 1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 18, 20, 23, 26, 29, 32};

const uint16_t sv_inverse_angles[17] = {0,    16384, 8192, 5461, 4096, 2731, 2048, 1638, 1365,
                                        1170, 1024,  910,  819,  712,  630,  565,  512};

const uint16_t sv_side_weights[SV_BLEND_SCALES][64] = {
    {32, 8, 2}, {32, 16, 8, 4, 2, 1}, {32, 32, 16, 16, 8, 8, 4, 4, 2, 2, 1, 1}};

bool sv_direction_is_smooth(int steps, int log2_w, int log2_h)
{
    static const uint8_t smooth_from[7] = {0, 0, 24, 14, 2, 0, 0}; /* by mean log2 size */
    return steps > smooth_from[(log2_w + log2_h) >> 1];
}

int sv_direction_blend_scale(int inverse_angle, int log2_length)
{
    return sv_min(2, log2_length - sv_floor_log2((uint32_t)(3 * inverse_angle - 2)) + 8);
}
