/* Workers that run at the same time, and counters that they wait on. */
#ifndef SVAC2_COMMON_PARALLEL_H
#define SVAC2_COMMON_PARALLEL_H

#include <pthread.h>
#include <stdbool.h>

/* Calls worker(shared, i) for i = 0 .. count - 1, each on a thread of its own, number 0 on the
 * calling thread; those whose thread cannot be started run there, too, after it. Returns when all
 * have. */
void sv_run_workers(int count, void (*worker)(void *shared, int index), void *shared);

/* Progress of the rows of a wavefront: row r may go on only as far as row r - 1 allows. */
typedef struct sv_wavefront {
    pthread_mutex_t mutex;
    pthread_cond_t moved;
    int *done; /* columns done, by row */
    int rows, columns;
    int next_row;
    int total; /* columns done in all rows */
    bool stopped;
} sv_wavefront;

bool sv_wavefront_create(sv_wavefront *wavefront, int rows, int columns);
void sv_wavefront_destroy(sv_wavefront *wavefront);
/* The next row nobody has taken, or -1. */
int sv_wavefront_take_row(sv_wavefront *wavefront);
/* Waits until the row above is `lead` columns ahead of this one (or whole); false when stopped. */
bool sv_wavefront_wait(sv_wavefront *wavefront, int row, int column, int lead);
/* Says that one more column of the row is done; returns how many are done in all. */
int sv_wavefront_advance(sv_wavefront *wavefront, int row);
void sv_wavefront_stop(sv_wavefront *wavefront);

#endif
