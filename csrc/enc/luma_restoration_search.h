/* The encoder's decision on restoration by a network. */
#ifndef SVAC2_ENC_LUMA_RESTORATION_SEARCH_H
#define SVAC2_ENC_LUMA_RESTORATION_SEARCH_H

#include "format/restoration_params.h"
#include "recon/restore_luma.h"

typedef struct sv_restoration_search {
    const svac2_model *model;
    int qp;
    const sv_plane *source; /* luma */
    sv_restoration_input decoded;
    const sv_dsp *dsp;
    double lambda;
} sv_restoration_search;

/* Chooses mixes of the model's heads, and one for each CTU (row by row, 0 for none), so that the
 * squared error of luma plus lambda * bits is least. params->strength stays 0 where
 * restoration does not pay for itself. */
svac2_status sv_search_luma_restoration(const sv_restoration_search *search,
                                        sv_restoration_params *params, uint8_t *blocks, sv_env *env,
                                        svac2_error *error);

#endif
