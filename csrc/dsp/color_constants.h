/* The numbers of the colour and chroma resampling kernels. Those of the inverse direction are part
 * of the format. */
#ifndef SVAC2_DSP_COLOR_CONSTANTS_H
#define SVAC2_DSP_COLOR_CONSTANTS_H

/* BT.601 full range. Forward: 8-bit R, G, B to the 10-bit scale, in units of 2^-13. The rows sum
 * to 4.0 (luma) and 0 (chroma), so that grey stays grey. */
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

/* Inverse: 10-bit Y and centred chroma to 8 bits, in units of 2^-15. */
enum {
    SV_INVERSE_SHIFT = 15,
    SV_RGB_Y = 8192, /* 1 / 4 */
    SV_R_CR = 11485, /* 1.402 / 4 */
    SV_G_CB = -2819, /* -0.344136 / 4 */
    SV_G_CR = -5850, /* -0.714136 / 4 */
    SV_B_CB = 14516, /* 1.772 / 4 */
    SV_CHROMA_ZERO = 512
};

/* Chroma of 4:2:0 lies in the middle of its 2x2 luma samples. Filters fitted by
 * training/chroma_filters.py on 30 photographs.
 * Down: tap k weighs the two samples k + 1/2 away, in units of 2^-7. Up: taps of the sample a
 * quarter before chroma sample i, on samples i - 2 .. i + 1, in units of 2^-6; the sample a quarter
 * after uses their mirror image. Vertical comes first in up-sampling, horizontal first in
 * down-sampling, with four fractional bits in between. */
enum { SV_DOWN_0 = 65, SV_DOWN_1 = 7, SV_DOWN_2 = -17, SV_DOWN_3 = 9 };
enum { SV_DOWN_TAPS = 8, SV_DOWN_H_SHIFT = 3, SV_DOWN_V_SHIFT = 11 };
enum { SV_UP_0 = -4, SV_UP_1 = 17, SV_UP_2 = 59, SV_UP_3 = -8 };
enum { SV_UP_TAPS = 4, SV_UP_V_SHIFT = 2, SV_UP_H_SHIFT = 10 };

#endif
