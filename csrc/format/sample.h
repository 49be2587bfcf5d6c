/* What samples are: unsigned integers of a number of bits. */
#ifndef SVAC2_FORMAT_SAMPLE_H
#define SVAC2_FORMAT_SAMPLE_H

typedef struct sv_format {
    int depth; /* in bits */
    int max;   /* the largest sample */
    int zero;  /* what chroma is centred on, and what is there before any sample */
} sv_format;

static inline sv_format sv_format_of(int depth)
{
    return (sv_format){depth, (1 << depth) - 1, 1 << (depth - 1)};
}

#endif
