/* From coded samples to RGB: BT.601, full range. */
#ifndef SVAC2_FORMAT_COLOR_H
#define SVAC2_FORMAT_COLOR_H

/* Y and centred chroma of 10 bits to images of 8, in units of 2^-15. */
enum {
    SV_INVERSE_SHIFT = 15,
    SV_RGB_Y = 8192,    /* 1 / 4 */
    SV_R_CR = 11485,    /* 1.402 / 4 */
    SV_G_CB = -2819,    /* -0.344136 / 4 */
    SV_G_CR = -5850,    /* -0.714136 / 4 */
    SV_B_CB = 14516,    /* 1.772 / 4 */
    SV_COLOR_ZERO = 512 /* of chroma */
};

/* To deeper images, whose last bits need finer numbers: in units of 2^-SV_DEEP_SHIFT. */
enum {
    SV_DEEP_SHIFT = 20,
    SV_DEEP_R_CR = 1470104, /* 1.402 */
    SV_DEEP_G_CB = -360853,
    SV_DEEP_G_CR = -748826,
    SV_DEEP_B_CB = 1858077 /* 1.772 */
};

#endif
