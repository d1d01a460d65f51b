/*
 * pthreadpool.c - libln on the threads of pthreadpool (XNNPACK's and PyTorch's): ln_forward_ext(..., pthreadpool_parallel_for, pool)
 */
#include "adapters.h"

#include <pthreadpool.h>

/* Without PTHREADPOOL_FLAG_DISABLE_DENORMALS: it would change the floating-point mode of the workers, and with it the bits. */
void pthreadpool_parallel_for(void *pool, size_t tasks, ln_task task, void *context)
{
	pthreadpool_parallelize_1d(pool, task, context, tasks, 0);
}
