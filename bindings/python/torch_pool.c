/*
 * torch_pool.c - the threads of PyTorch as an ln_parallel_for
 *
 * The pool is the address of torch_parallel_for(), which libtorch exports to C from 2.10 on: nothing of PyTorch is needed to compile this. It
 * is in C, and not in Python, since each task would have to wait for the interpreter's lock.
 */
#include <stdint.h>

#include "ln.h"

typedef void (*range_function)(int64_t begin, int64_t end, void *context);
typedef int32_t (*torch_parallel_for)(int64_t begin, int64_t end, int64_t grain, range_function run, void *context);

struct share {
	ln_task task;
	void *context;
};

static void run_range(int64_t begin, int64_t end, void *context)
{
	const struct share *share = context;

	for (int64_t i = begin; i < end; i++)
		share->task(share->context, (size_t)i);
}

LN_API int ln_torch_pool(void *pool, size_t tasks, ln_task task, void *context)
{
	struct share share = {task, context};

	return ((torch_parallel_for)(uintptr_t)pool)(0, (int64_t)tasks, 1, run_range, &share);
}
