/* Rows that are worked on at the same time, and counters that they wait on. */
#ifndef SVAC2_COMMON_PARALLEL_H
#define SVAC2_COMMON_PARALLEL_H

#include "common/env.h"
#include "common/memory.h"

/* Rows of work (of samples, blocks, tiles), that may run in any order, but are begun from the first
 * on. */
typedef struct sv_rows {
    int count;
    uint64_t cost;  /* of a row, as progress counts it */
    int most;       /* that can be under way at once; 0: all */
    size_t scratch; /* bytes that each worker has for itself, zeros at first */
    void *memory;   /* NULL, or where they are: sv_scratch_size bytes, which stay as they are */
    void *shared;
    void (*run)(void *shared, void *scratch, int row);
    /* May be NULL. On the calling thread, after the last row, for each worker in turn. */
    void (*merge)(void *shared, void *scratch);
    bool reports; /* run says itself, by sv_env_advance, how far it is; else each row is reported */
} sv_rows;

/* Bytes of scratch memory for all workers. */
static inline size_t sv_scratch_size(const sv_env *env, size_t scratch)
{
    return (size_t)env->threads * sv_align_size(scratch);
}

/* Runs them all, on as many threads as they are worth: at most env->threads, of SV_WORKER_STACK
 * bytes of stack and the calling one, which is the first. */
enum { SV_WORKER_STACK = 1 << 20 };
svac2_status sv_parallel_rows(sv_env *env, const sv_rows *rows, svac2_error *error);

/* Columns of a row: those that are done, and the least number that somebody sleeps for; no one
 * does: INT_MAX. */
typedef struct sv_wavefront_row {
    atomic_int done, wanted;
} sv_wavefront_row;

/* Progress of the rows of a wavefront: row r may go on only as far as row r - 1 allows. */
typedef struct sv_wavefront {
    pthread_mutex_t mutex; /* of those who sleep */
    pthread_cond_t moved;
    sv_wavefront_row *rows;
    int columns;
    atomic_bool stopped;
} sv_wavefront;

bool sv_wavefront_create(sv_wavefront *wavefront, int rows, int columns);
/* What was created, or is all zeros. */
void sv_wavefront_destroy(sv_wavefront *wavefront);
/* Waits until the row above is `lead` columns ahead of this one (or whole); false when stopped. */
bool sv_wavefront_wait(sv_wavefront *wavefront, int row, int column, int lead);
/* Says that one more column of the row is done; or that all are, as far as they will be. */
void sv_wavefront_advance(sv_wavefront *wavefront, int row);
void sv_wavefront_leave(sv_wavefront *wavefront, int row);
void sv_wavefront_stop(sv_wavefront *wavefront);

#endif
