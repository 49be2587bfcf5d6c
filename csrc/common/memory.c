#include "common/memory.h"

#include "include/svac2.h"

#include <stdlib.h>
#include <string.h>

#if defined(_WIN32)
#include <malloc.h>
#endif

void *sv_alloc(size_t count, size_t size)
{
    size_t bytes;
    if (!sv_multiply_size(count, size, &bytes) || bytes > SIZE_MAX - SV_ALIGNMENT) {
        return NULL;
    }
    bytes = (bytes + SV_ALIGNMENT) / SV_ALIGNMENT * SV_ALIGNMENT;
#if defined(_WIN32)
    return _aligned_malloc(bytes, SV_ALIGNMENT);
#else
    return aligned_alloc(SV_ALIGNMENT, bytes);
#endif
}

void *sv_alloc_zeroed(size_t count, size_t size)
{
    void *pointer = sv_alloc(count, size);
    if (pointer != NULL) {
        memset(pointer, 0, count * size);
    }
    return pointer;
}

void sv_free(void *pointer)
{
#if defined(_WIN32)
    _aligned_free(pointer);
#else
    free(pointer);
#endif
}

void svac2_free(void *pointer) { sv_free(pointer); }
