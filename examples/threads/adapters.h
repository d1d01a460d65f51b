/* adapters.h - ln_parallel_for for the thread pools that are written in C; the one for std::thread is std_thread.h */
#ifndef LN_EXAMPLES_ADAPTERS_H
#define LN_EXAMPLES_ADAPTERS_H

#include <ln.h>

#ifdef __cplusplus
extern "C" {
#endif

/* openmp.c: pool is an int, how many threads, or NULL for as many as OpenMP would take */
int openmp_parallel_for(void *pool, size_t tasks, ln_task task, void *context);

/* pthreadpool.c: pool is a pthreadpool_t */
int pthreadpool_parallel_for(void *pool, size_t tasks, ln_task task, void *context);

#ifdef __cplusplus
}
#endif

#endif
