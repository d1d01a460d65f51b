/* cpu.h - what this CPU and operating system can run */
#ifndef LN_CPU_H
#define LN_CPU_H

#include "build.h"

#include <stdbool.h>
#include <stddef.h>

/* ln_cpu_runs_ISA(): can the kernels of this ISA run here? */
#define LN_ISA(isa) bool ln_cpu_runs_##isa(void);
#include "isa.def"
#undef LN_ISA

/* Bytes in the third-level cache, as libcpuinfo says; 0 where it does not. cache.h has the answer that counts. */
size_t ln_cpu_cache_bytes(void);

#endif
