/* The fast method of the lossless coder: what encoder and decoder know of a sample before it is
 * coded. In the manner of LOCO-I (Weinberger, Seroussi, Sapiro 2000), with one pass over the
 * pixels: a fixed prediction, corrected by what it was wrong of late, and residuals coded by the
 * activity around them. Planes are told from each other as values are predicted, not transformed,
 * so that the error of a sample stays its own. */
#ifndef SVAC2_RECON_FAST_H
#define SVAC2_RECON_FAST_H

#include <stdlib.h>

#include "format/fast.h"
#include "image/planes.h"
#include "recon/match.h"

enum {
    SV_FAST_PAD = 2, /* entries on either side of a row */
    SV_FAST_LEVELS = 40,
    SV_FAST_LEVEL_ENTRIES = 1024,
    SV_FAST_CROSSES = 8, /* classes of what planes before were wrong by at the pixel */
    SV_FAST_SIDES = 64,  /* each of six neighbours is above the prediction, or not */
    SV_FAST_BIAS_BITS = 6
};

typedef struct sv_fast_plane {
    sv_symbol_model models[SV_FAST_CROSSES][SV_FAST_LEVELS];
    int32_t bias[SV_FAST_SIDES][SV_FAST_LEVELS / 2]; /* in 1 / 2^SV_FAST_BIAS_BITS */
    int32_t *differences[3]; /* to the reference; of this row, of that above, of the one above it */
    int32_t *errors[2];      /* of the predictions of this row, and of that above */
} sv_fast_plane;

typedef struct sv_fast {
    sv_fast_header header;
    int count, width, height, max;
    int step;       /* between residuals */
    int bias_limit; /* how much of an error is learnt at once */
    sv_fast_reference references[SV_PLANES_MAX];
    uint8_t raw_bits[SV_FAST_LEVELS];
    uint8_t levels[SV_FAST_LEVEL_ENTRIES]; /* of small activities */
    sv_fast_plane planes[SV_PLANES_MAX];
    int32_t *memory;
    sv_match match;
} sv_fast;

/* To be destroyed in any case. */
svac2_status sv_fast_create(sv_fast *fast, const sv_fast_header *header, const sv_planes *planes,
                            int depth, svac2_error *error);
void sv_fast_destroy(sv_fast *fast);
/* Rows are coded from the top; the first has zeros above. */
void sv_fast_start_row(sv_fast *fast);

/* The planes of a row in the order of coding. */
static inline void sv_fast_rows_of(const sv_fast *fast, const sv_planes *planes, int y,
                                   uint16_t *rows[SV_PLANES_MAX])
{
    for (int i = 0; i < fast->count; i++) {
        const sv_plane *plane = &planes->planes[sv_fast_plane_at(&fast->header, fast->count, i)];
        rows[i] = plane->data + y * plane->stride;
    }
}

/* Rows to a section of the payload: about SV_FAST_SECTION pixels. */
static inline int sv_fast_section_rows(const sv_fast *fast)
{
    return sv_max(1, SV_FAST_SECTION / fast->width);
}

/* first, second: samples of the pixel that are known. */
static inline int sv_fast_reference_value(sv_fast_reference reference, int first, int second)
{
    switch (reference) {
    case SV_REFERENCE_NONE:
        return 0;
    case SV_REFERENCE_FIRST:
        return first;
    case SV_REFERENCE_SECOND:
        return second;
    default:
        return (first + second) >> 1;
    }
}

static inline int sv_fast_median(int w, int n, int nw)
{
    return sv_clip(w + n - nw, sv_min(w, n), sv_max(w, n));
}

/* Two levels to an octave. */
static inline int sv_fast_level_of(int activity)
{
    int number = activity + 2, log2 = sv_floor_log2((uint32_t)number);
    return 2 * log2 + (number >> (log2 - 1) & 1) - 2;
}

static inline int sv_fast_level(const sv_fast *fast, int activity)
{
    return activity < SV_FAST_LEVEL_ENTRIES ? fast->levels[activity] : sv_fast_level_of(activity);
}

static inline int sv_fast_class(const sv_fast *fast, int errors)
{
    return sv_min(sv_fast_level(fast, errors) >> 1, SV_FAST_CROSSES - 1);
}

/* What is known of a sample: its prediction, and the contexts. */
typedef struct sv_fast_site {
    int prediction; /* within the range of samples */
    int difference; /* the same, to the reference, and beyond that range */
    int raw_bits;
    sv_symbol_model *model;
    int32_t *bias;
} sv_fast_site;

/* class: of the errors of planes before, at the pixel. */
static inline void sv_fast_predict(const sv_fast *fast, sv_fast_plane *plane, int x, int reference,
                                   int class, sv_fast_site *site)
{
    const int32_t *row = plane->differences[0] + x, *above = plane->differences[1] + x;
    const int32_t *error = plane->errors[0] + x, *error_above = plane->errors[1] + x;
    const int w = row[-1], n = above[0], nw = above[-1], ne = above[1];
    const int smooth = (2 * (w + n) + ne - nw) >> 2;
    const int p = (sv_fast_median(w, n, nw) + smooth) >> 1;
    const int level =
        sv_fast_level(fast, 2 * (abs(w - nw) + abs(n - nw) + abs(ne - n) + error[-1]) +
                                error_above[-1] + error_above[0] + error_above[1]);
    const int sides = (w > p) | (n > p) << 1 | (nw > p) << 2 | (ne > p) << 3 | (row[-2] > p) << 4 |
                      (plane->differences[2][x] > p) << 5;
    site->bias = &plane->bias[sides][level >> 1];
    site->difference = p + ((*site->bias + (1 << (SV_FAST_BIAS_BITS - 1))) >> SV_FAST_BIAS_BITS);
    site->prediction = sv_clip(reference + site->difference, 0, fast->max);
    site->model = &plane->models[class][level];
    site->raw_bits = fast->raw_bits[level];
}

/* The sample is known. */
static inline void sv_fast_take(const sv_fast *fast, sv_fast_plane *plane, int x, int reference,
                                const sv_fast_site *site, int sample)
{
    plane->differences[0][x] = sample - reference;
    plane->errors[0][x] = abs(sample - site->prediction);
    *site->bias +=
        sv_clip(sample - reference - site->difference, -fast->bias_limit, fast->bias_limit);
}

#endif
