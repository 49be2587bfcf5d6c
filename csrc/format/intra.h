/* The numbers of intra prediction (recon/intra.h, recon/chroma_linear.h). The interpolation filters
 * are in format/tables.h. */
#ifndef SVAC2_FORMAT_INTRA_H
#define SVAC2_FORMAT_INTRA_H

#include <stdbool.h>
#include <stdint.h>

/* Displacement of directions by their distance from the axis, in 1/32 sample per line. */
extern const uint8_t sv_intra_angles[17];

/* The other side's displacement per line, in 1/512: 2^14 by the angle, of the axis none. */
extern const uint16_t sv_inverse_angles[17];

/* Whether a direction `steps` from the axis takes smoothed references, and planar: that hangs on
 * the size of the block. */
bool sv_direction_is_smooth(int steps, int log2_w, int log2_h);
static inline bool sv_planar_is_smooth(int log2_w, int log2_h) { return log2_w + log2_h > 5; }

/* Blending with the reference samples of the sides (H.266 8.4.5.2.15): their weights, in 1/64, by
 * distance, at each scale: 32 >> (2 * distance >> scale), 0 from sv_side_reach on. */
enum { SV_BLEND_SCALES = 3 }; /* of blocks of up to 64x64 samples */
extern const uint16_t sv_side_weights[SV_BLEND_SCALES][64];
static inline int sv_side_reach(int scale) { return 3 << scale; }

/* The scale for planar, DC and directions along the axis; and for the others with a positive angle,
 * log2_length being that of the side they do not read: none where it is negative. */
static inline int sv_blend_scale(int log2_w, int log2_h) { return (log2_w + log2_h - 2) >> 2; }
int sv_direction_blend_scale(int inverse_angle, int log2_length);

/* The linear model of chroma: its slope is in 1/2^SV_LINEAR_SLOPE_BITS. */
enum { SV_LINEAR_SLOPE_BITS = 10, SV_LINEAR_SLOPE_MAX = 8 << SV_LINEAR_SLOPE_BITS };

#endif
