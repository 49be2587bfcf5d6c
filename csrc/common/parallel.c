#include "common/parallel.h"

#include <assert.h>
#include <limits.h>

#include "common/intmath.h"

/* A further thread must be worth its start: half a millisecond of work. */
enum { COST_PER_WORKER = 50 };

typedef struct pool {
    sv_env *env;
    const sv_rows *rows;
    atomic_int next;
} pool;

typedef struct worker {
    pool *pool;
    void *scratch;
} worker;

static void *work(void *argument)
{
    const worker *w = argument;
    const sv_rows *rows = w->pool->rows;
    sv_env *env = w->pool->env;
    int row;
    while (!atomic_load(&env->stopped) &&
           (row = atomic_fetch_add(&w->pool->next, 1)) < rows->count) {
        rows->run(rows->shared, w->scratch, row);
        if (!rows->reports) {
            sv_env_advance(env, rows->cost);
        }
    }
    return NULL;
}

/* Starts the workers but the first; returns how many there are, with it. */
static int start_workers(worker *workers, int wanted, pthread_t *threads)
{
    pthread_attr_t attributes;
    int started = 1;
    if (wanted == 1 || pthread_attr_init(&attributes) != 0) {
        return 1;
    }
    pthread_attr_setstacksize(&attributes, SV_WORKER_STACK);
    while (started < wanted &&
           pthread_create(&threads[started], &attributes, work, &workers[started]) == 0) {
        started++;
    }
    pthread_attr_destroy(&attributes);
    return started;
}

svac2_status sv_parallel_rows(sv_env *env, const sv_rows *rows, svac2_error *error)
{
    worker workers[SVAC2_MAX_THREADS];
    pthread_t threads[SVAC2_MAX_THREADS];
    assert(rows->count > 0);
    uint64_t worth = 1 + (uint64_t)rows->count * rows->cost / COST_PER_WORKER;
    int count =
        sv_min(env->threads, rows->most > 0 ? sv_min(rows->most, rows->count) : rows->count);
    count = worth < (uint64_t)count ? (int)worth : count;
    pool p = {.env = env, .rows = rows};
    size_t stride = sv_align_size(rows->scratch);
    const bool is_own = stride > 0 && rows->memory == NULL;
    uint8_t *scratch = is_own ? sv_alloc_zeroed((size_t)count, stride) : rows->memory;
    if (stride > 0 && scratch == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for %d workers of %zu bytes", count,
                       stride);
    }
    for (int i = 0; i < count; i++) {
        workers[i] = (worker){&p, scratch == NULL ? NULL : scratch + (size_t)i * stride};
    }
    atomic_init(&p.next, 0);
    int started = start_workers(workers, count, threads);
    work(&workers[0]);
    for (int i = 1; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    for (int i = 0; i < started && rows->merge != NULL; i++) {
        rows->merge(rows->shared, workers[i].scratch);
    }
    if (is_own) {
        sv_free(scratch);
    }
    return sv_env_status(env, error);
}

bool sv_wavefront_create(sv_wavefront *wavefront, int rows, int columns)
{
    wavefront->columns = columns;
    atomic_init(&wavefront->stopped, false);
    wavefront->rows = sv_alloc((size_t)rows, sizeof *wavefront->rows);
    if (wavefront->rows == NULL) {
        return false;
    }
    for (int row = 0; row < rows; row++) {
        atomic_init(&wavefront->rows[row].done, 0);
        atomic_init(&wavefront->rows[row].wanted, INT_MAX);
    }
    if (pthread_mutex_init(&wavefront->mutex, NULL) == 0) {
        if (pthread_cond_init(&wavefront->moved, NULL) == 0) {
            return true;
        }
        pthread_mutex_destroy(&wavefront->mutex);
    }
    sv_free(wavefront->rows);
    wavefront->rows = NULL;
    return false;
}

void sv_wavefront_destroy(sv_wavefront *wavefront)
{
    if (wavefront->rows != NULL) {
        pthread_mutex_destroy(&wavefront->mutex);
        pthread_cond_destroy(&wavefront->moved);
        sv_free(wavefront->rows);
        wavefront->rows = NULL;
    }
}

static bool is_behind(const sv_wavefront *wavefront, int row, int needed)
{
    return atomic_load(&wavefront->rows[row].done) < needed && !atomic_load(&wavefront->stopped);
}

/* Who sleeps says first what is wanted and looks then, as who moves the row moves it first and
 * looks then: one of them sees the other. */
static void want(sv_wavefront *wavefront, int row, int needed)
{
    atomic_int *wanted = &wavefront->rows[row].wanted;
    if (needed < atomic_load(wanted)) {
        atomic_store(wanted, needed);
    }
}

bool sv_wavefront_wait(sv_wavefront *wavefront, int row, int column, int lead)
{
    const int needed = sv_min(column + lead, wavefront->columns);
    if (row > 0 && is_behind(wavefront, row - 1, needed)) {
        pthread_mutex_lock(&wavefront->mutex);
        want(wavefront, row - 1, needed);
        while (is_behind(wavefront, row - 1, needed)) {
            pthread_cond_wait(&wavefront->moved, &wavefront->mutex);
            want(wavefront, row - 1, needed);
        }
        pthread_mutex_unlock(&wavefront->mutex);
    }
    return !atomic_load(&wavefront->stopped);
}

/* Wakes all; those who still want more of the row say so again. */
static void wake(sv_wavefront *wavefront, int row, int done)
{
    sv_wavefront_row *moved = &wavefront->rows[row];
    if (done >= atomic_load(&moved->wanted)) {
        pthread_mutex_lock(&wavefront->mutex);
        atomic_store(&moved->wanted, INT_MAX);
        pthread_cond_broadcast(&wavefront->moved);
        pthread_mutex_unlock(&wavefront->mutex);
    }
}

void sv_wavefront_advance(sv_wavefront *wavefront, int row)
{
    wake(wavefront, row, atomic_fetch_add(&wavefront->rows[row].done, 1) + 1);
}

void sv_wavefront_leave(sv_wavefront *wavefront, int row)
{
    atomic_store(&wavefront->rows[row].done, wavefront->columns);
    wake(wavefront, row, wavefront->columns);
}

void sv_wavefront_stop(sv_wavefront *wavefront)
{
    atomic_store(&wavefront->stopped, true);
    pthread_mutex_lock(&wavefront->mutex);
    pthread_cond_broadcast(&wavefront->moved);
    pthread_mutex_unlock(&wavefront->mutex);
}
