/* The numbers of the loop filter kernels that are part of the format. */
#ifndef SVAC2_DSP_LOOP_FILTER_CONSTANTS_H
#define SVAC2_DSP_LOOP_FILTER_CONSTANTS_H

#include <stdint.h>

/* Long deblocking filter: sample i moves to (middle * weight[i] + far * (64 - weight[i]) + 32) >>
 * 6, by at most (tc * reach[i]) >> 1 (H.266 8.8.3.6.7). */
enum { SV_DEBLOCK_LONG = 7 };
static const uint8_t sv_deblock_weight[SV_DEBLOCK_LONG] = {59, 50, 41, 32, 23, 14, 5};
static const uint8_t sv_deblock_reach[SV_DEBLOCK_LONG] = {6, 5, 4, 3, 2, 1, 1};

/* Adaptive loop filter: taps are pairs of samples at (x, y) and (-x, -y) around the centre. */
typedef struct sv_tap {
    int8_t x, y;
} sv_tap;
enum { SV_ALF_LUMA_PAIRS = 12, SV_ALF_FEATURES_MAX = 25, SV_ALF_BLOCKS_MAX = 16 };
static const sv_tap sv_alf_luma_taps[SV_ALF_LUMA_PAIRS] = {
    {0, -3}, {-1, -2}, {0, -2}, {1, -2}, {-2, -1}, {-1, -1},
    {0, -1}, {1, -1},  {2, -1}, {-3, 0}, {-2, 0},  {-1, 0},
};

/* A luma filter as the kernel takes it: the coefficients of the pairs, that of the centre sample
 * (128 minus twice their sum), the rounding offset 64. Sums are shifted right by 7. */
enum { SV_ALF_FILTER_SHIFT = 7, SV_ALF_LUMA_ENTRIES = SV_ALF_LUMA_PAIRS + 2 };

/* Classes of 4x4 blocks, five directions times five activities, times four orientations. Bounds of
 * the activity (sum of the vertical and horizontal Laplacians of 32 samples). */
enum { SV_ALF_ACTIVITIES = 5, SV_ALF_ORIENTATIONS = 4 };
static const int16_t sv_alf_activity_bounds[SV_ALF_ACTIVITIES - 1] = {128, 256, 896, 1920};

#endif
