/* Memory for the last rows of something that comes row by row: as many as there is room for.
 *
 *     rows      0 ... first ............ first + count ... total
 *               gone  |   in memory    |   yet to come      */
#ifndef SVAC2_COMMON_WINDOW_H
#define SVAC2_COMMON_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sv_window {
    uint8_t *memory;
    size_t row_size; /* in bytes */
    int first, count;
} sv_window;

/* From row 0 on; what is in the rows is not defined. False where there is no memory. */
bool sv_window_create(sv_window *window, size_t row_size, int count);
/* What was created, or is all zeros. */
void sv_window_destroy(sv_window *window);

/* Lets go of the rows before `first`, so that as many new ones find room; these hold what others
 * have left there. */
void sv_window_slide(sv_window *window, int first);

/* Where row 0 lies, or would: from there on each row that is in memory is found. */
static inline void *sv_window_origin(const sv_window *window)
{
    return (void *)((uintptr_t)window->memory - (uintptr_t)window->first * window->row_size);
}

#endif
