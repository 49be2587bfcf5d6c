/* Checks the network engine: every variant of every kernel equals the scalar reference; whole
 * networks equal their direct evaluation, whatever tiles, threads and kernels; arrays that break a
 * rule are refused.
 *
 *     nn_check NETWORKS SEED
 */
#include "nn_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "include/svac2.h"

const engine_variant variants[VARIANT_COUNT] = {
    {"scalar", 0}, {"avx2", SVAC2_CPU_AVX2}, {"avx512", SVAC2_CPU_AVX512_VNNI}};

bool is_available(const engine_variant *variant)
{
    return (variant->cpu & ~svac2_cpu_features()) == 0;
}

void *allocate(size_t count, size_t size)
{
    void *memory = malloc(count * size);
    if (memory == NULL) {
        fail("no memory for %zu bytes", count * size);
    }
    return memory;
}

void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    exit(1);
}

int main(int argument_count, char **arguments)
{
    if (argument_count != 3) {
        fprintf(stderr, "usage: %s NETWORKS SEED\n", arguments[0]);
        return 2;
    }
    uint64_t state = strtoull(arguments[2], NULL, 10);
    check_kernels(&state);
    check_networks(atoi(arguments[1]), &state);
    check_refusals();
    return 0;
}
