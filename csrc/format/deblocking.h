/* The numbers of deblocking (recon/deblock.h). */
#ifndef SVAC2_FORMAT_DEBLOCKING_H
#define SVAC2_FORMAT_DEBLOCKING_H

#include <stdint.h>

#include "format/sample.h"

typedef struct sv_deblock_limits {
    int beta; /* activity above which an edge is taken for picture content */
    int tc;   /* the largest correction */
} sv_deblock_limits;

sv_deblock_limits sv_deblock_limits_of(int qp, sv_format format);

/* Kinds of edges, by the size of the smaller block across the edge: up to 1, 3 or 7 samples may
 * change on each side. */
enum { SV_DEBLOCK_KINDS = 3 };
static inline int sv_deblock_kind(int log2_size) { return (log2_size >= 3) + (log2_size >= 5); }
static inline int sv_deblock_reach(int kind) { return (2 << kind) - 1; }

/* Long filter: sample i moves to (middle * weight[i] + far * (64 - weight[i]) + 32) >> 6, by at
 * most (tc * bounds[i]) >> 1 (H.266 8.8.3.6.7). */
enum { SV_DEBLOCK_LONG = 7 };
extern const uint8_t sv_deblock_weight[SV_DEBLOCK_LONG];
extern const uint8_t sv_deblock_bounds[SV_DEBLOCK_LONG];

#endif
