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

/* *product = a * b; false on overflow. */
static inline bool sv_multiply_size(size_t a, size_t b, size_t *product)
{
    *product = a * b;
    return a == 0 || *product / a == b;
}

#endif
