#include "common/window.h"

#include <assert.h>
#include <string.h>

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
