/* Checked allocation: sizes are multiplied in one place, blocks are 64-byte aligned. */
#ifndef SVAC2_COMMON_MEMORY_H
#define SVAC2_COMMON_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SV_ALIGNMENT = 64 };

/* count * size bytes, or NULL when the product overflows or memory is refused. */
void *sv_alloc(size_t count, size_t size);
void *sv_alloc_zeroed(size_t count, size_t size);
void sv_free(void *pointer);

/* A size, rounded up so that what follows it is aligned. */
static inline size_t sv_align_size(size_t size)
{
    return (size + SV_ALIGNMENT - 1) / SV_ALIGNMENT * SV_ALIGNMENT;
}

/* *product = a * b; false on overflow. */
static inline bool sv_multiply_size(size_t a, size_t b, size_t *product)
{
    *product = a * b;
    return a == 0 || *product / a == b;
}

#endif
