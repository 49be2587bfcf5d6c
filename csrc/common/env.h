/* How a call works: on how many threads, with which kernels, and whom it tells how far it is. */
#ifndef SVAC2_COMMON_ENV_H
#define SVAC2_COMMON_ENV_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "common/status.h"

/* Progress counts estimated time of a core, in units of about 10 us. */
typedef struct sv_env {
    int threads;             /* 1..SVAC2_MAX_THREADS */
    uint32_t cpu;            /* SVAC2_CPU_* bits, already masked */
    svac2_progress function; /* may be NULL */
    void *user;              /* its first argument */
    pthread_t caller;        /* the one thread on which it is called */
    uint64_t total;          /* that is expected, more than that is not told */
    atomic_uint_least64_t done;
    atomic_bool stopped; /* by the function */
} sv_env;

/* For the calling thread, with the processor's features as far as cpu_mask allows. */
void sv_env_init(sv_env *env, int threads, uint32_t cpu_mask, svac2_progress function, void *user);

/* Adds to what is expected in all. */
static inline void sv_env_expect(sv_env *env, uint64_t cost) { env->total += cost; }
/* Says what is left of it, which may be less than it seemed; while no worker runs. */
void sv_env_set_left(sv_env *env, uint64_t left);
/* Says that so much more is done; false where work is to end. Any thread may call it. */
bool sv_env_advance(sv_env *env, uint64_t cost);
/* Says that all is done. */
svac2_status sv_env_finish(sv_env *env, svac2_error *error);
/* SVAC2_ERR_CANCELLED where the function has stopped the call. */
svac2_status sv_env_status(const sv_env *env, svac2_error *error);

#endif
