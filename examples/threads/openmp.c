/*
 * openmp.c - libln on the threads of OpenMP: ln_forward_ext(..., openmp_parallel_for, &threads)
 */
#include "adapters.h"

#include <omp.h>

void openmp_parallel_for(void *pool, size_t tasks, ln_task task, void *context)
{
	int threads = pool ? *(const int *)pool : omp_get_max_threads();

#pragma omp parallel for schedule(dynamic) num_threads(threads)
	for (size_t i = 0; i < tasks; i++)
		task(context, i);
}
