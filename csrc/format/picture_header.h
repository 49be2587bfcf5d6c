/* What the coded picture says of itself before its first CTU (the file header is
 * format/container.h). */
#ifndef SVAC2_FORMAT_PICTURE_HEADER_H
#define SVAC2_FORMAT_PICTURE_HEADER_H

#include <stdbool.h>

#include "format/alf.h"
#include "format/restoration_params.h"

enum { SV_CHROMA_QP_OFFSET_MAX = 15 };

typedef struct sv_picture_header {
    bool whole;              /* the last layer, the only one that is restored; not coded */
    int chroma_qp_offset[2]; /* of Cb and Cr, -15..15 whole qps */
    sv_alf_params alf;
    sv_restoration_params restoration;
    sv_chroma_restoration_params chroma_restoration;
} sv_picture_header;

#endif
