#include "common/parallel.h"

#include "common/memory.h"
#include "include/svac2.h"

typedef struct task {
    void (*worker)(void *shared, int index);
    void *shared;
    int index;
} task;

static void *run_task(void *argument)
{
    task *t = argument;
    t->worker(t->shared, t->index);
    return NULL;
}

void sv_run_workers(int count, void (*worker)(void *shared, int index), void *shared)
{
    pthread_t threads[SVAC2_MAX_THREADS]; /* count is at most SVAC2_MAX_THREADS */
    task tasks[SVAC2_MAX_THREADS];
    int started = 1;
    for (; started < count; started++) {
        tasks[started] = (task){worker, shared, started};
        if (pthread_create(&threads[started], NULL, run_task, &tasks[started]) != 0) {
            break;
        }
    }
    worker(shared, 0);
    for (int i = started; i < count; i++) {
        worker(shared, i);
    }
    for (int i = 1; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
}

bool sv_wavefront_create(sv_wavefront *wavefront, int rows, int columns)
{
    *wavefront = (sv_wavefront){.rows = rows, .columns = columns};
    wavefront->done = sv_alloc_zeroed((size_t)rows, sizeof(int));
    if (wavefront->done == NULL) {
        return false;
    }
    pthread_mutex_init(&wavefront->mutex, NULL);
    pthread_cond_init(&wavefront->moved, NULL);
    return true;
}

void sv_wavefront_destroy(sv_wavefront *wavefront)
{
    pthread_mutex_destroy(&wavefront->mutex);
    pthread_cond_destroy(&wavefront->moved);
    sv_free(wavefront->done);
}

int sv_wavefront_take_row(sv_wavefront *wavefront)
{
    pthread_mutex_lock(&wavefront->mutex);
    int row =
        !wavefront->stopped && wavefront->next_row < wavefront->rows ? wavefront->next_row++ : -1;
    pthread_mutex_unlock(&wavefront->mutex);
    return row;
}

bool sv_wavefront_wait(sv_wavefront *wavefront, int row, int column, int lead)
{
    int needed = column + lead < wavefront->columns ? column + lead : wavefront->columns;
    pthread_mutex_lock(&wavefront->mutex);
    while (!wavefront->stopped && row > 0 && wavefront->done[row - 1] < needed) {
        pthread_cond_wait(&wavefront->moved, &wavefront->mutex);
    }
    bool go_on = !wavefront->stopped;
    pthread_mutex_unlock(&wavefront->mutex);
    return go_on;
}

int sv_wavefront_advance(sv_wavefront *wavefront, int row)
{
    pthread_mutex_lock(&wavefront->mutex);
    wavefront->done[row]++;
    int total = ++wavefront->total;
    pthread_cond_broadcast(&wavefront->moved);
    pthread_mutex_unlock(&wavefront->mutex);
    return total;
}

void sv_wavefront_stop(sv_wavefront *wavefront)
{
    pthread_mutex_lock(&wavefront->mutex);
    wavefront->stopped = true;
    pthread_cond_broadcast(&wavefront->moved);
    pthread_mutex_unlock(&wavefront->mutex);
}
