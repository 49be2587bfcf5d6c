#include "common/env.h"

#include "common/cpu.h"

void sv_env_init(sv_env *env, int threads, uint32_t cpu_mask, svac2_progress function, void *user)
{
    env->threads = threads;
    env->cpu = sv_cpu_detect() & cpu_mask;
    env->function = function;
    env->user = user;
    env->caller = pthread_self();
    env->total = 0;
    atomic_init(&env->done, 0);
    atomic_init(&env->stopped, false);
}

void sv_env_set_left(sv_env *env, uint64_t left)
{
    uint64_t done = atomic_load(&env->done);
    if (env->total > left && env->total - left > done) {
        atomic_store(&env->done, env->total - left);
    }
}

static uint32_t shown(uint64_t cost) { return cost < UINT32_MAX ? (uint32_t)cost : UINT32_MAX; }

bool sv_env_advance(sv_env *env, uint64_t cost)
{
    uint64_t done = atomic_fetch_add(&env->done, cost) + cost;
    if (env->function != NULL && !atomic_load(&env->stopped) &&
        pthread_equal(pthread_self(), env->caller)) {
        uint64_t reported = done < env->total ? done : env->total;
        if (env->function(env->user, shown(reported), shown(env->total)) != 0) {
            atomic_store(&env->stopped, true);
        }
    }
    return !atomic_load(&env->stopped);
}

svac2_status sv_env_finish(sv_env *env, svac2_error *error)
{
    sv_env_set_left(env, 0);
    sv_env_advance(env, 0);
    return sv_env_status(env, error);
}

svac2_status sv_env_status(const sv_env *env, svac2_error *error)
{
    return atomic_load(&env->stopped)
               ? sv_fail(error, SVAC2_ERR_CANCELLED, "cancelled by the progress callback")
               : SVAC2_OK;
}
