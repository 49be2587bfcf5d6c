/* A picture split into what is coded apart: colour and alpha. */
#ifndef SVAC2_ENC_PARTS_H
#define SVAC2_ENC_PARTS_H

#include "format/container.h"

typedef struct sv_parts {
    uint32_t count;                   /* SV_PARTS_MAX where there is alpha */
    svac2_image images[SV_PARTS_MAX]; /* an opaque image as it is given; else packed rows */
    void *samples;                    /* of those, colour first */
} sv_parts;

/* The parts are to be destroyed in any case. */
svac2_status sv_parts_split(sv_parts *parts, const svac2_image *image, svac2_error *error);
void sv_parts_destroy(sv_parts *parts);

#endif
