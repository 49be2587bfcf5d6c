/* Parameters of the adaptive loop filter (recon/alf.h): what a coded picture says of it.
 *
 * A luma block is in one of SV_ALF_CLASSES classes; class_filter maps them to the filters sent. A
 * filter is the list of the coefficients of its point-symmetric pairs, in units of 2^-7, nearest
 * last; the centre follows, because the sum is one. Each coefficient is in -SV_ALF_COEF_MAX ..
 * SV_ALF_COEF_MAX. Each CTU has a byte of flags: bit p set where plane p is filtered. */
#ifndef SVAC2_FORMAT_ALF_PARAMS_H
#define SVAC2_FORMAT_ALF_PARAMS_H

#include <stdint.h>

enum {
    SV_ALF_CLASSES = 25,
    SV_ALF_LUMA_COEFS = 12,  /* 7x7 diamond */
    SV_ALF_CHROMA_COEFS = 6, /* 5x5 diamond */
    SV_ALF_COEF_MAX = 127
};

typedef struct sv_alf_params {
    uint8_t luma_filters;                 /* 0..SV_ALF_CLASSES; 0: luma is not filtered */
    uint8_t class_filter[SV_ALF_CLASSES]; /* each below luma_filters */
    int8_t luma[SV_ALF_CLASSES][SV_ALF_LUMA_COEFS];
    uint8_t chroma_on[2]; /* of Cb and Cr, 0 or 1 */
    int8_t chroma[2][SV_ALF_CHROMA_COEFS];
} sv_alf_params;

/* Coefficients are sent as Exp-Golomb codes of their magnitude, of these orders, and a sign. */
static const uint8_t sv_alf_luma_orders[SV_ALF_LUMA_COEFS] = {1, 0, 1, 0, 0, 1, 2, 1, 0, 1, 1, 2};
static const uint8_t sv_alf_chroma_orders[SV_ALF_CHROMA_COEFS] = {1, 1, 2, 1, 1, 2};

#endif
