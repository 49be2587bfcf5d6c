#include "common/window.h"

#include <assert.h>
#include <string.h>

#include "common/memory.h"

bool sv_window_create(sv_window *window, size_t row_size, int count)
{
    *window = (sv_window){.row_size = row_size, .count = count};
    window->memory = sv_alloc((size_t)count, row_size);
    return window->memory != NULL;
}

void sv_window_destroy(sv_window *window)
{
    sv_free(window->memory);
    window->memory = NULL;
}

void sv_window_slide(sv_window *window, int first)
{
    const int dropped = first - window->first;
    assert(dropped >= 0 && dropped <= window->count);
    if (dropped > 0 && dropped < window->count) {
        memmove(window->memory, window->memory + (size_t)dropped * window->row_size,
                (size_t)(window->count - dropped) * window->row_size);
    }
    window->first = first;
}
