/*
 * pthreadpool.c - libln on the threads of pthreadpool (XNNPACK's and PyTorch's): .parallel_for = pthreadpool_parallel_for
 */
#include "adapters.h"

#include <pthreadpool.h>

/*
 * Each thread begins with its own stretch of tasks, and meets the same rows in the next call. Without PTHREADPOOL_FLAG_DISABLE_DENORMALS: it
 * would change the floating-point mode of the workers, and with it the bits.
 */
int pthreadpool_parallel_for(void *pool, size_t tasks, ln_task task, void *context)
{
	pthreadpool_parallelize_1d(pool, task, context, tasks, 0);
	return 0;
}
