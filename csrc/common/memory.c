#include "common/memory.h"

#include "include/svac2.h"

#include <stdlib.h>
#include <string.h>

void *sv_alloc(size_t count, size_t size)
{
    size_t bytes;
    if (!sv_multiply_size(count, size, &bytes) || bytes > SIZE_MAX - SV_ALIGNMENT) {
        return NULL;
    }
    bytes = (bytes + SV_ALIGNMENT) / SV_ALIGNMENT * SV_ALIGNMENT;
    return aligned_alloc(SV_ALIGNMENT, bytes);
}

void *sv_alloc_zeroed(size_t count, size_t size)
{
    void *pointer = sv_alloc(count, size);
    if (pointer != NULL) {
        memset(pointer, 0, count * size);
    }
    return pointer;
}

void sv_free(void *pointer) { free(pointer); }

void svac2_free(void *pointer) { sv_free(pointer); }
