/* What samples are: unsigned integers of a number of bits. */
#ifndef SVAC2_FORMAT_SAMPLE_H
#define SVAC2_FORMAT_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct sv_format {
    int image_depth; /* of the samples that go in and come out, in bits */
    int depth;       /* of those in between, to which all below belongs */
    int max;         /* the largest sample */
    int zero;        /* what chroma is centred on, and what is there before any sample */
} sv_format;

/* Internal samples have two bits more than the image, as far as 16 have room for them.
 * image_depth: 8, 10, 12, 14 or 16. */
static inline sv_format sv_format_of(int image_depth)
{
    int depth = image_depth < 14 ? image_depth + 2 : 16;
    return (sv_format){image_depth, depth, (1 << depth) - 1, 1 << (depth - 1)};
}

/* By how many bits samples of the image are shifted up. */
static inline int sv_lift(sv_format format) { return format.depth - format.image_depth; }

/* Samples of the image take one byte, or two where they are deep. */
static inline bool sv_is_deep(int image_depth) { return image_depth > 8; }
static inline size_t sv_sample_size(int image_depth) { return sv_is_deep(image_depth) ? 2 : 1; }

/* Whether residuals and coefficients take 32 bits: 16 hold those of 8-bit images. */
static inline bool sv_is_wide(sv_format format) { return format.depth > 10; }

/* The largest sample of the image. */
static inline int sv_image_max(sv_format format) { return (1 << format.image_depth) - 1; }

#endif
