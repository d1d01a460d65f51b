/*
 * openmp.c - libln on the threads of OpenMP: a call's tensors hold .parallel_for = openmp_parallel_for, .pool = &threads
 */
#include "adapters.h"

#include <omp.h>

/* Static: a thread meets the same rows in the next call, when they are still in its cache. */
int openmp_parallel_for(void *pool, size_t tasks, ln_task task, void *context)
{
	int threads = pool ? *(const int *)pool : omp_get_max_threads();

#pragma omp parallel for schedule(static) num_threads(threads)
	for (size_t i = 0; i < tasks; i++)
		task(context, i);
	return 0;
}
