/* The numbers of the format. */
#ifndef SVAC2_FORMAT_LIMITS_H
#define SVAC2_FORMAT_LIMITS_H

#include <stdint.h>

enum {
    SV_CTU_LOG2 = 6,
    SV_CTU_SIZE = 1 << SV_CTU_LOG2,
    SV_UNIT_LOG2 = 2, /* the grid of block edges and block maps */
    SV_UNIT_SIZE = 1 << SV_UNIT_LOG2,
    SV_CTU_UNITS = SV_CTU_SIZE / SV_UNIT_SIZE,
    SV_SCALE_MAX = 3,     /* the smallest lower layer has 1 / 2^3 of the size */
    SV_PICTURE_ALIGN = 8, /* coded luma sizes are multiples of this: sv_aligned_size */
    SV_TX_MAX_COEFS = 32, /* a 64-point transform keeps its lowest 32 frequencies */
    SV_TX_LOG2_MIN = 2,
    SV_TX_LOG2_MAX = 6,
    SV_GROUP_AREA = 16,          /* levels of a group, 4x4 */
    SV_LEVEL_MAX = (1 << 24) - 1 /* of magnitudes */
};

typedef int32_t sv_level; /* a quantised coefficient; dependent ones reach twice SV_LEVEL_MAX */

/* A side of the layer at 1 / 2^scale of the size. */
static inline uint32_t sv_scaled_size(uint32_t size, int scale)
{
    return (uint32_t)(((uint64_t)size + (1u << scale) - 1) >> scale);
}

/* Coded size of an image's side. */
static inline int sv_aligned_size(uint32_t size)
{
    return (int)((size + SV_PICTURE_ALIGN - 1) & ~(uint32_t)(SV_PICTURE_ALIGN - 1));
}

/* CTUs along a side. */
static inline int sv_ctu_count(uint32_t size)
{
    return (int)((size + SV_CTU_SIZE - 1) / SV_CTU_SIZE);
}

/* CTUs of a picture. */
static inline uint64_t sv_ctus_of(uint32_t width, uint32_t height)
{
    return (uint64_t)sv_ctu_count(width) * (uint64_t)sv_ctu_count(height);
}

#endif
