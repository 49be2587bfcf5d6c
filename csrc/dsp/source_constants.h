/* The numbers of the kernels that make a source to code from an image: the encoder's choice, not
 * part of the format. */
#ifndef SVAC2_DSP_SOURCE_CONSTANTS_H
#define SVAC2_DSP_SOURCE_CONSTANTS_H

/* BT.601 full range: 8-bit R, G, B to the 10-bit scale, in units of 2^-13. The rows sum to 4.0
 * (luma) and 0 (chroma), so that grey stays grey. */
enum {
    SV_FORWARD_SHIFT = 13,
    SV_Y_R = 9798,   /* 4 * 0.299 */
    SV_Y_G = 19235,  /* 4 * 0.587 */
    SV_Y_B = 3735,   /* 4 * 0.114 */
    SV_CB_R = -5529, /* 4 * -0.299 / 1.772 */
    SV_CB_G = -10855,
    SV_CB_B = 16384,
    SV_CR_R = 16384, /* 4 * 0.701 / 1.402 */
    SV_CR_G = -13720,
    SV_CR_B = -2664
};

/* The same for deeper images, in units of 2^-SV_DEEP_SHIFT. The rows sum to 1 and 0. */
enum {
    SV_DEEP_Y_R = 313524,
    SV_DEEP_Y_G = 615514,
    SV_DEEP_Y_B = 119538,
    SV_DEEP_CB_R = -176932,
    SV_DEEP_CB_G = -347356,
    SV_DEEP_CB_B = 524288,
    SV_DEEP_CR_R = 524288,
    SV_DEEP_CR_G = -439026,
    SV_DEEP_CR_B = -85262
};

/* 2:1 down-sampling of chroma, horizontal first, with the fractional bits of format/resampling.h in
 * between: tap k weighs the two samples k + 1/2 away, in units of 2^-SV_DOWN_TAP_BITS. Fitted along
 * with the up-sampler. */
enum { SV_DOWN_0 = 65, SV_DOWN_1 = 7, SV_DOWN_2 = -17, SV_DOWN_3 = 9 };
enum { SV_DOWN_TAPS = 8, SV_DOWN_TAP_BITS = 7 };

#endif
