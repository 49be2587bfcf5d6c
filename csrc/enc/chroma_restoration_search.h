/* The encoder's decision on restoration of chroma (recon/restore_chroma.h). */
#ifndef SVAC2_ENC_CHROMA_RESTORATION_SEARCH_H
#define SVAC2_ENC_CHROMA_RESTORATION_SEARCH_H

#include "common/env.h"
#include "dsp/dsp.h"
#include "format/restoration_params.h"
#include "image/picture.h"

typedef struct sv_chroma_restoration_search {
    const svac2_image *image;
    const sv_picture *source, *decoded; /* in 4:4:4, before luma is restored */
    const sv_dsp *dsp;
    int width, height;
    double lambda;
} sv_chroma_restoration_search;

/* What the search costs for a CTU, at most (common/env.h). */
uint64_t sv_chroma_restoration_search_cost(void);

/* Chooses factors so that the squared error, weighted as in R, G and B, plus lambda * bits is
 * least; none are coded where they do not pay for themselves, or where the image, in
 * which samples are clipped, comes out no better. */
svac2_status sv_search_chroma_restoration(const sv_chroma_restoration_search *search,
                                          sv_chroma_restoration_params *params, sv_env *env,
                                          svac2_error *error);

#endif
