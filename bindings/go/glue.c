/* glue.c - the structs of ln.h, filled from what Go passes as numbers and pointers; tasks that goroutines take */
#include "glue.h"
#include "_cgo_export.h"

#include <stdatomic.h>

/* The plain call of a norm for each type. */
#define TYPED(name, ...) \
	return type == LN_F32	 ? ln_##name##_f32(rows, cols, in, g, __VA_ARGS__) \
	       : type == LN_F64	 ? ln_##name##_f64(rows, cols, in, g, __VA_ARGS__) \
	       : type == LN_BF16 ? ln_##name##_bf16(rows, cols, in, g, __VA_ARGS__) \
	       : type == LN_F16	 ? ln_##name##_f16(rows, cols, in, g, __VA_ARGS__) \
				 : LN_ERR_TYPE

int ln_go_plain(uint32_t norm, uint32_t type, size_t rows, size_t cols, const char *x, const char *gamma, const char *beta, double eps, char *y)
{
	const void *in = x, *g = gamma, *b = beta;
	void *out = y;

	switch (norm) {
	case LN_LAYERNORM: TYPED(layernorm, b, eps, out);
	case LN_RMSNORM: TYPED(rmsnorm, eps, out);
	case LN_L2NORM: TYPED(l2norm, eps, out);
	default: return LN_ERR_FLAGS;
	}
}

/* The tasks of one call, on the stack of the thread that makes it. */
struct deal {
	atomic_size_t next;
	size_t tasks;
	ln_task task;
	void *context;
};

void ln_go_take(void *deal)
{
	struct deal *d = deal;
	size_t i;

	while ((i = atomic_fetch_add(&d->next, 1)) < d->tasks)
		d->task(d->context, i);
}

/* ln_parallel_for; the pool is the number of goroutines itself. */
static int parallel_for(void *pool, size_t tasks, ln_task task, void *context)
{
	struct deal d = { 0, tasks, task, context };
	uintptr_t goroutines = (uintptr_t)pool;

	lnGoShare(&d, goroutines < tasks ? goroutines : tasks);
	return 0;
}

static ln_parallel_for threads(uintptr_t goroutines) { return goroutines > 1 ? parallel_for : NULL; }

int ln_go_forward(ln_desc d, const char *x, const char *residual, const char *gamma, const char *beta, const char *gate, char *y, char *y_scale,
		  char *sum, char *mean, char *rstd, uintptr_t goroutines, char *text)
{
	ln_forward_tensors t = {
		.struct_size = sizeof t, .x = x, .residual = residual, .gamma = gamma, .beta = beta, .gate = gate, .y = y, .y_scale = y_scale,
		.sum = sum, .mean = mean, .rstd = rstd, .parallel_for = threads(goroutines), .pool = (void *)goroutines,
	};

	d.struct_size = sizeof d;
	return text ? ln_explain_forward(&d, &t, text, LN_EXPLANATION) : ln_forward(&d, &t);
}

int ln_go_backward(ln_desc d, const char *x, const char *dy, const char *dsum, const char *gamma, const char *beta, const char *gate,
		   const char *mean, const char *rstd, char *dx, char *dgamma, char *dbeta, char *dgate, uint64_t *workspace, size_t words,
		   uintptr_t goroutines, char *text)
{
	ln_backward_tensors t = {
		.struct_size = sizeof t, .x = x, .dy = dy, .dsum = dsum, .gamma = gamma, .beta = beta, .gate = gate, .mean = mean, .rstd = rstd,
		.dx = dx, .dgamma = dgamma, .dbeta = dbeta, .dgate = dgate, .workspace = workspace, .workspace_size = words * sizeof *workspace,
		.parallel_for = threads(goroutines), .pool = (void *)goroutines,
	};

	d.struct_size = sizeof d;
	return text ? ln_explain_backward(&d, &t, text, LN_EXPLANATION) : ln_backward(&d, &t);
}

size_t ln_go_workspace_words(ln_desc d)
{
	d.struct_size = sizeof d;
	size_t bytes = ln_backward_workspace_size(&d);
	return bytes / sizeof(uint64_t) + (bytes % sizeof(uint64_t) != 0);
}
