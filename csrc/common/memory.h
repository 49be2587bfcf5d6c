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

/* Tells the system that all of a fresh block will be written: it then gives pages many at a time,
 * where it can, and the first touch of each costs less. */
void sv_expect_writes(void *pointer, size_t bytes);

/* *product = a * b; false on overflow. */
static inline bool sv_multiply_size(size_t a, size_t b, size_t *product)
{
    *product = a * b;
    return a == 0 || *product / a == b;
}

#endif
