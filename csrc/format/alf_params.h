/* Parameters of the adaptive loop filter (recon/alf.h): what a coded picture says of it.
 *
 * Luma: a 4x4 block is in one of SV_ALF_CLASSES classes; class_filter maps them to the filters
 * sent. A filter is the list of the coefficients of its 12 point-symmetric pairs (7x7 diamond).
 * Chroma: one filter per plane: 6 pairs of the plane itself (5x5 diamond), 6 pairs of the other
 * chroma plane, then luma samples around: 8 in 4:4:4, 11 in 4:2:0.
 * Coefficients are in units of 2^-7, -SV_ALF_COEF_MAX .. SV_ALF_COEF_MAX; those of the samples in
 * the middle follow. Each CTU has a byte of flags: bit p is set where plane p is filtered. */
#ifndef SVAC2_FORMAT_ALF_PARAMS_H
#define SVAC2_FORMAT_ALF_PARAMS_H

#include <stdint.h>

enum {
    SV_ALF_CLASSES = 25,
    SV_ALF_LUMA_COEFS = 12,
    SV_ALF_CHROMA_PAIRS = 6, /* of each chroma plane */
    SV_ALF_CHROMA_COEFS_MAX = 23,
    SV_ALF_COEF_MAX = 127
};

typedef struct sv_alf_params {
    uint8_t luma_filters;                 /* 0..SV_ALF_CLASSES; 0: luma is not filtered */
    uint8_t class_filter[SV_ALF_CLASSES]; /* each below luma_filters */
    int8_t luma[SV_ALF_CLASSES][SV_ALF_LUMA_COEFS];
    uint8_t chroma_on[2]; /* of Cb and Cr, 0 or 1 */
    int8_t chroma[2][SV_ALF_CHROMA_COEFS_MAX];
} sv_alf_params;

/* How many coefficients a chroma filter has. */
static inline int sv_alf_chroma_coefs(int chroma_shift) { return chroma_shift ? 23 : 20; }

/* Coefficients are sent as Exp-Golomb codes of their magnitude, of these orders, and a sign. */
static const uint8_t sv_alf_luma_orders[SV_ALF_LUMA_COEFS] = {0, 0, 1, 1, 1, 1, 2, 1, 1, 0, 1, 2};
static const uint8_t sv_alf_chroma_orders[SV_ALF_CHROMA_COEFS_MAX] = {
    1, 1, 3, 1, 1, 3, 2, 0, 1, 0, 2, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0,
};

#endif
