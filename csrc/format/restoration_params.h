/* Parameters of restoration by a network (recon/restore.h): what a coded picture says of it.
 *
 * A model has several heads; a mix of them is a list of factors in units of
 * 1 / SVAC2_STRENGTH_ONE. Each CTU is left as it is or restored by one of the picture's mixes. */
#ifndef SVAC2_FORMAT_RESTORATION_PARAMS_H
#define SVAC2_FORMAT_RESTORATION_PARAMS_H

#include <stdint.h>

enum { SV_RESTORATION_MIXES_MAX = 4, SV_RESTORATION_HEADS_MAX = 8 };

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

#endif
