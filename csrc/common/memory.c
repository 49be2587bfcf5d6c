#include "common/memory.h"

#include "include/svac2.h"

#include <stdlib.h>
#include <string.h>

#ifdef _WIN32 /* whose C library has no aligned_alloc, since its free could not take the blocks */
#include <malloc.h>

static void *allocate(size_t bytes) { return _aligned_malloc(bytes, SV_ALIGNMENT); }
static void release(void *pointer) { _aligned_free(pointer); }
#else
static void *allocate(size_t bytes) { return aligned_alloc(SV_ALIGNMENT, bytes); }
static void release(void *pointer) { free(pointer); }
#endif

void *sv_alloc(size_t count, size_t size)
{
    size_t bytes;
    if (!sv_multiply_size(count, size, &bytes) || bytes > SIZE_MAX - SV_ALIGNMENT) {
        return NULL;
    }
    bytes = (bytes + SV_ALIGNMENT) / SV_ALIGNMENT * SV_ALIGNMENT;
    return allocate(bytes);
}

void *sv_alloc_zeroed(size_t count, size_t size)
{
    void *pointer = sv_alloc(count, size);
    if (pointer != NULL) {
        memset(pointer, 0, count * size);
    }
    return pointer;
}

void sv_free(void *pointer) { release(pointer); }

void svac2_free(void *pointer) { sv_free(pointer); }
