/* CPU features that the kernels have variants for. */
#ifndef SVAC2_COMMON_CPU_H
#define SVAC2_COMMON_CPU_H

#include <stdint.h>

/* SVAC2_CPU_* bits of this machine (processor and operating system). */
uint32_t sv_cpu_detect(void);

#endif
