/* Small integer helpers. */
#ifndef SVAC2_COMMON_INTMATH_H
#define SVAC2_COMMON_INTMATH_H

#include <stdint.h>

static inline int sv_min(int a, int b) { return a < b ? a : b; }
static inline int sv_max(int a, int b) { return a > b ? a : b; }
static inline int sv_clip(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}
static inline int16_t sv_saturate16(int32_t value)
{
    return (int16_t)(value < INT16_MIN ? INT16_MIN : value > INT16_MAX ? INT16_MAX : value);
}
/* Position of the highest set bit; value > 0. */
static inline int sv_floor_log2(uint32_t value)
{
#if defined(__GNUC__)
    return 31 ^ __builtin_clz(value); /* one instruction; a subtraction would be four */
#else
    int log2 = 0;
    while (value >>= 1) {
        log2++;
    }
    return log2;
#endif
}

#endif
