/* The parts of the check of the network engine; nn_check.c runs them. */
#ifndef SVAC2_TESTS_NN_CHECK_H
#define SVAC2_TESTS_NN_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A set of kernels that is compared with the scalar one. */
typedef struct engine_variant {
    const char *name;
    uint32_t cpu;
} engine_variant;

enum { VARIANT_COUNT = 3 };
extern const engine_variant variants[VARIANT_COUNT];

bool is_available(const engine_variant *variant);

/* Memory of exact size, so that a sanitizer sees any access outside; exits where there is none. */
void *allocate(size_t count, size_t size);

/* Prints a sentence and exits. */
_Noreturn void fail(const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 1, 2)))
#endif
    ;

/* What nn_check.c runs: each prints one line, or fails. */
void check_kernels(uint64_t *state);
void check_networks(int count, uint64_t *state);
void check_refusals(void);

#endif
