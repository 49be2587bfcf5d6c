/* The adaptive loop filter (recon/alf.h): what a coded picture says of it, and its numbers.
 *
 * Luma: a 4x4 block is in one of SV_ALF_CLASSES classes; class_filter maps them to the filters
 * sent, or to those of a trained set, which has one for each class. A filter is the list of the
 * coefficients of its 12 point-symmetric pairs (7x7 diamond).
 *
 * Chroma: one filter per plane: 6 pairs of the plane itself (5x5 diamond), 6 pairs of the other
 * chroma plane, then luma samples around: 8 in 4:4:4, else 11.
 *
 * Coefficients are in units of 2^-SV_ALF_FILTER_SHIFT, -SV_ALF_COEF_MAX .. SV_ALF_COEF_MAX; those
 * of the samples in the middle follow. Each CTU has a byte of flags: bit p is set where plane p is
 * filtered. */
#ifndef SVAC2_FORMAT_ALF_H
#define SVAC2_FORMAT_ALF_H

#include <stdint.h>

#include "format/components.h"
#include "format/sample.h"

enum {
    SV_ALF_ACTIVITIES = 5, /* times five directions: the classes */
    SV_ALF_CLASSES = 25,
    SV_ALF_ORIENTATIONS = 4,
    SV_ALF_LUMA_PAIRS = 12,
    SV_ALF_CHROMA_PAIRS = 6,    /* of each chroma plane */
    SV_ALF_AROUND_444 = 8,      /* luma samples around one of chroma */
    SV_ALF_AROUND_SMALLER = 11, /* one of 4:2:0 or 4:2:2 */
    SV_ALF_CHROMA_COEFS_MAX = 2 * SV_ALF_CHROMA_PAIRS + SV_ALF_AROUND_SMALLER,
    SV_ALF_TRAINED_LOG2 = 4, /* sets of filters that need not be sent */
    SV_ALF_TRAINED = 1 << SV_ALF_TRAINED_LOG2,
    SV_ALF_COEF_MAX = 127,
    SV_ALF_FILTER_SHIFT = 7
};

typedef struct sv_alf_params {
    uint8_t luma_filters;                 /* that are sent, 0..SV_ALF_CLASSES */
    uint8_t luma_set;                     /* 0: no trained set; or which, 1..SV_ALF_TRAINED */
    uint8_t class_filter[SV_ALF_CLASSES]; /* of those sent; luma_filters: that of the set */
    int8_t luma[SV_ALF_CLASSES][SV_ALF_LUMA_PAIRS];
    uint8_t chroma_on[2];  /* of Cb and Cr, 0 or 1 */
    uint8_t chroma_set[2]; /* 0: the filter is sent; or which trained one, 1..SV_ALF_TRAINED */
    int8_t chroma[2][SV_ALF_CHROMA_COEFS_MAX];
} sv_alf_params;

/* Trained filters (alf_trained.c, made by training/train_alf.py): of luma by class; of chroma by
 * plane, those of 4:4:4, of 4:2:2 and of 4:2:0. */
extern const int8_t sv_alf_trained_luma[SV_ALF_TRAINED][SV_ALF_CLASSES][SV_ALF_LUMA_PAIRS];
typedef int8_t sv_alf_chroma_coefs_row[SV_ALF_CHROMA_COEFS_MAX];
typedef sv_alf_chroma_coefs_row sv_alf_trained_chroma[2][SV_ALF_TRAINED];
extern const sv_alf_trained_chroma sv_alf_trained_444, sv_alf_trained_422, sv_alf_trained_420;

/* The filters as the parameters say: of a class of luma, if it is filtered; of Cb or Cr. */
const int8_t *sv_alf_luma_filter(const sv_alf_params *params, int class);
const int8_t *sv_alf_chroma_filter(const sv_alf_params *params, int chroma,
                                   const sv_component *component);
/* The trained ones of Cb or Cr. */
const sv_alf_chroma_coefs_row *sv_alf_trained_of(int chroma, const sv_component *component);

/* Bit p: plane p has a filter. */
static inline unsigned sv_alf_planes(const sv_alf_params *params)
{
    return (params->luma_filters > 0 || params->luma_set > 0 ? 1u : 0u) |
           (unsigned)params->chroma_on[0] << 1 | (unsigned)params->chroma_on[1] << 2;
}

/* Coefficients are sent as Exp-Golomb codes of their magnitude, of these orders, and a sign. */
extern const uint8_t sv_alf_luma_orders[SV_ALF_LUMA_PAIRS];
extern const uint8_t sv_alf_chroma_orders[SV_ALF_CHROMA_COEFS_MAX];

/* A place beside the sample that is filtered; of a pair the one at (x, y), the other one being at
 * (-x, -y). */
typedef struct sv_tap {
    int8_t x, y;
} sv_tap;
extern const sv_tap sv_alf_luma_taps[SV_ALF_LUMA_PAIRS];
extern const sv_tap sv_alf_chroma_taps[SV_ALF_CHROMA_PAIRS];
/* Luma samples around a chroma sample, from the first of those that it covers. */
typedef struct sv_alf_around {
    int count;
    const sv_tap *taps;
} sv_alf_around;
sv_alf_around sv_alf_around_of(const sv_component *chroma);

/* How many coefficients a chroma filter has. */
static inline int sv_alf_chroma_coefs(const sv_component *chroma)
{
    return 2 * SV_ALF_CHROMA_PAIRS + sv_alf_around_of(chroma).count;
}

/* Activities of a 4x4 block (sum of the vertical and horizontal Laplacians of 32 samples): where
 * each but the first begins, on the scale of 10 bits, to which sums of more are shifted. */
extern const int16_t sv_alf_activity_bounds[SV_ALF_ACTIVITIES - 1];
static inline int sv_alf_activity_shift(sv_format format) { return format.depth - 10; }

#endif
