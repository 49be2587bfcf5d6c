/* What a coded picture says of its restoration: that of luma by a network (recon/restore_luma.h),
 * that of chroma from the other planes (recon/restore_chroma.h).
 *
 * A model has several heads; a mix of them is a list of factors in units of
 * 1 / SVAC2_STRENGTH_ONE. Each CTU is left as it is or restored by one of the picture's mixes. */
#ifndef SVAC2_FORMAT_RESTORATION_PARAMS_H
#define SVAC2_FORMAT_RESTORATION_PARAMS_H

#include <stdint.h>

#include "format/sample.h"

/* Restoration sees samples of so many bits: deeper ones without their last ones. */
enum { SV_RESTORATION_DEPTH = 10, SV_RESTORATION_SAMPLE_MAX = (1 << SV_RESTORATION_DEPTH) - 1 };
static inline int sv_restoration_shift(sv_format format)
{
    return format.depth - SV_RESTORATION_DEPTH;
}

enum {
    SV_RESTORATION_MIXES_MAX = 4,
    SV_RESTORATION_HEADS_MAX = 8,
    SV_RESTORATION_FACTOR_ORDER = 1 /* of the Exp-Golomb code */
};

typedef struct sv_restoration_params {
    uint8_t strength;   /* 0: no restoration; else from the file header */
    uint8_t mix_count;  /* 1..SV_RESTORATION_MIXES_MAX */
    uint8_t head_count; /* of the model, 1..SV_RESTORATION_HEADS_MAX */
    int8_t factors[SV_RESTORATION_MIXES_MAX][SV_RESTORATION_HEADS_MAX];
} sv_restoration_params;

/* What a factor is when nothing is said of it: the first head at the picture's strength. */
static inline int sv_restoration_default(const sv_restoration_params *params, int head)
{
    return head == 0 ? params->strength : 0;
}

/* Restoration of chroma (recon/restore_chroma.h): for Cb and Cr, at each level from the finest on,
 * what its two corrections are multiplied by, in units of 1 / 2^SV_CHROMA_FACTOR_SHIFT: that by a
 * line, and that to the mean. */
enum {
    SV_CHROMA_LEVELS = 3,
    SV_CHROMA_FACTORS = 2 * SV_CHROMA_LEVELS, /* of a plane: [level][line, mean] */
    SV_CHROMA_FACTOR_SHIFT = 3,
    SV_CHROMA_FACTOR_ORDER = 1
};

typedef struct sv_chroma_restoration_params {
    uint8_t on;
    int8_t factors[2][SV_CHROMA_FACTORS];
} sv_chroma_restoration_params;

#endif
