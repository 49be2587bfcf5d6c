/* What the coded picture says of itself before its first CTU (the file header is
 * format/container.h). */
#ifndef SVAC2_FORMAT_PICTURE_HEADER_H
#define SVAC2_FORMAT_PICTURE_HEADER_H

#include <stdbool.h>

#include "format/alf.h"
#include "format/components.h"
#include "format/quantiser.h"
#include "format/restoration_params.h"

enum {
    SV_CHROMA_QP_OFFSET_MAX = 15,
    SV_START_ORDER = 4 /* of the Exp-Golomb codes */
};

typedef struct sv_picture_header {
    bool whole; /* the last layer, the only one that is restored; not coded */
    sv_quantisation quantisation;
    int chroma_qp_offset[2]; /* of Cb and Cr, -15..15 whole qps */
    /* Of each plane, the sample that the first block is predicted from, less the middle of the
     * range; not coded where there is a layer below, whose first sample it is. */
    int start[SV_PLANES_MAX];
    sv_alf_params alf;
    sv_restoration_params restoration;
    sv_chroma_restoration_params chroma_restoration;
} sv_picture_header;

#endif
