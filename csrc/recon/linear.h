/* Linear prediction by weights that are fitted, by least squares, to what has been coded around:
 * the sums of products above a segment of a row, each row counting less than the one below it, and
 * those to its left. (Wu, Barthel, Zhang 1998, "Piecewise 2D autoregression for predictive image
 * coding".)
 *
 *      blocks of the rows above:  | b - 1 | b | b + 1 |
 *      this row:         left ... | b - 1 | b: what the weights are for
 *
 * All in integers, so that a decoder finds the same weights. */
#ifndef SVAC2_RECON_LINEAR_H
#define SVAC2_RECON_LINEAR_H

#include <stdbool.h>

#include "common/status.h"
#include "dsp/dsp.h"

enum {
    SV_SEGMENT = 16, /* samples that share weights */
    SV_LINEAR_TAPS_MAX = 34,
    SV_LINEAR_PITCH_MAX = 40,   /* taps and target, a multiple of 8 */
    SV_LINEAR_INPUT_MAX = 1023, /* of what is summed */
    SV_WEIGHT_BITS = 12
};

/* What the weights are fitted to. */
typedef struct sv_linear_window {
    uint8_t above, left; /* a row, or a segment, more away counts 1 / 2^this less */
    bool by_parity;      /* columns and rows, even and odd, apart: resampled or mosaic pictures */
} sv_linear_window;

/* Of one plane. */
typedef struct sv_linear {
    sv_linear_window window;
    int taps, pitch, blocks;
    int32_t *above; /* [class][block, one more on either side][tap, and the target][pitch] */
    int32_t left[2][(SV_LINEAR_TAPS_MAX + 1) * SV_LINEAR_PITCH_MAX];
    int16_t weights[2][SV_LINEAR_PITCH_MAX]; /* for even and for odd columns */
} sv_linear;

/* What is summed of a segment: inputs, then the target, for even and odd columns. */
typedef struct sv_linear_segment {
    bool by_parity; /* the sums of both are apart; else [0] is that of all */
    uint32_t used;  /* a bit for each sample whose inputs are there */
    int16_t inputs[2][SV_SEGMENT / 2][SV_LINEAR_PITCH_MAX];
    int32_t sums[2][(SV_LINEAR_TAPS_MAX + 1) * SV_LINEAR_PITCH_MAX];
} sv_linear_segment;

static inline int16_t *sv_linear_inputs(sv_linear_segment *segment, int x)
{
    return segment->inputs[x & 1][x % SV_SEGMENT / 2];
}

/* For planes of a width; to be destroyed in any case. */
svac2_status sv_linear_create(sv_linear *linear, sv_linear_window window, int taps, int width,
                              svac2_error *error);
void sv_linear_destroy(sv_linear *linear);

static inline int sv_linear_pitch(int taps) { return (taps + 1 + 7) & ~7; }

void sv_linear_start_row(sv_linear *linear);
/* Finds the weights for a segment. */
void sv_linear_fit(sv_linear *linear, int block, int row, const sv_dsp *dsp);
/* Takes over the segment's sums, once it has been coded. */
void sv_linear_add(sv_linear *linear, const sv_linear_segment *segment, int block, int row);

/* Sums of the products of a segment's inputs, which are forgotten. */
void sv_linear_sum(sv_linear_segment *segment, int taps, const sv_dsp *dsp);

/* Solves for the weights of `taps` inputs, in 1 / 2^SV_WEIGHT_BITS; where there is no good
 * solution, they are zeros. sums: [tap, and the target][pitch], the upper triangle. */
void sv_linear_solve(const int32_t *sums, int taps, int pitch, int16_t *weights, const sv_dsp *dsp);

#endif
