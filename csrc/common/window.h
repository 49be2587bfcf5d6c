/* The last rows of something that comes row by row: as many as there is room for.
 *
 *     rows      0 ... first ............ first + count ... total
 *               gone  |   in memory    |   yet to come      */
#ifndef SVAC2_COMMON_WINDOW_H
#define SVAC2_COMMON_WINDOW_H

#include <stddef.h>
#include <stdint.h>

typedef struct sv_window {
    uint8_t *memory; /* the owner's */
    size_t row_size; /* in bytes */
    int first, count;
} sv_window;

/* Lets go of the rows before `first`, so that as many new ones find room; these hold what others
 * have left there. */
void sv_window_slide(sv_window *window, int first);

/* Where row 0 lies, or would: from there on each row that is in memory is found. */
static inline void *sv_window_origin(const sv_window *window)
{
    return (void *)((uintptr_t)window->memory - (uintptr_t)window->first * window->row_size);
}

#endif
