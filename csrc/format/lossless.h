/* The lossless coder: what its payload says first, and what residuals are made of. */
#ifndef SVAC2_FORMAT_LOSSLESS_H
#define SVAC2_FORMAT_LOSSLESS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    SV_LOSSLESS_LEVELS = 3,
    SV_NOISE_SHIFT_MAX = 7,
    /* Nodes of a residual: its sign by the fraction of the mean, the quotient's bins, low bits. */
    SV_NODE_SIGN = 0,
    SV_NODE_SIGN_COUNT = 4,
    SV_NODE_QUOTIENT = SV_NODE_SIGN + SV_NODE_SIGN_COUNT,
    SV_NODE_QUOTIENT_COUNT = 12, /* of either sign */
    SV_NODE_LOW = SV_NODE_QUOTIENT + 2 * SV_NODE_QUOTIENT_COUNT,
    SV_NODE_LOW_COUNT = 12,
    SV_RESIDUAL_NODES = SV_NODE_LOW + SV_NODE_LOW_COUNT,
    SV_QUOTIENT_MAX = 20, /* in unary; what is more follows in exponential Golomb code */
    SV_QUOTIENT_BITS_MAX = 17
};

/* The first byte of a payload, or its two lowest bits: how the rest is coded. */
typedef enum sv_lossless_method {
    SV_LOSSLESS_MIXED = 1, /* bins whose models are mixed (recon/lossless.h) */
    SV_LOSSLESS_FAST = 2   /* symbols of residuals (format/fast.h) */
} sv_lossless_method;
enum { SV_LOSSLESS_METHOD_MASK = 3 };

/* Of what SV_LOSSLESS_MIXED codes. */
typedef struct sv_lossless_header {
    uint32_t level; /* 0..SV_LOSSLESS_LEVELS - 1: how much is done for a sample */
    uint32_t
        noise_shift; /* 0..SV_NOISE_SHIFT_MAX: differences of samples are looked at that coarsely */
    uint32_t by_parity;  /* 1: even and odd columns and rows have statistics of their own */
    uint32_t from_below; /* 1: the layer below is among what samples are predicted from */
    uint32_t by_pixel;   /* 1: a row is coded pixel after pixel; else plane after plane */
    uint32_t ranked;     /* 1: samples are ranks in tables of values, which follow */
    uint32_t max_error;  /* of a sample: the file's header has it */
} sv_lossless_header;

#endif
