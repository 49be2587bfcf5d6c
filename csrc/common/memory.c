#ifdef __linux__
#define _DEFAULT_SOURCE /* for madvise */
#endif
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

#ifdef __linux__
#include <sys/mman.h>

/* Large blocks in huge pages, each when it is first touched, by whatever thread; of smaller ones
 * all pages at once. Systems that know neither refuse, and nothing is lost. */
void sv_expect_writes(void *pointer, size_t bytes)
{
    enum { PAGE = 4096, POPULATE_WRITE = 23 /* MADV_, Linux 5.14 */, LARGE = 4 << 20 };
    size_t skipped = (PAGE - (uintptr_t)pointer % PAGE) % PAGE;
    if (bytes >= skipped + PAGE) {
        (void)madvise((char *)pointer + skipped, (bytes - skipped) / PAGE * PAGE,
                      bytes < LARGE ? POPULATE_WRITE : MADV_HUGEPAGE);
    }
}
#else
void sv_expect_writes(void *pointer, size_t bytes)
{
    (void)pointer;
    (void)bytes;
}
#endif

void svac2_free(void *pointer) { sv_free(pointer); }
