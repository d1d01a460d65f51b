/* gradients.c - the public functions of the backward pass: check the arguments, fetch the kernels, call */
#include "backward.h"
#include "dispatch.h"

/* What the numbers of a descriptor say; b holds the pointers already. */
static int resolve(const ln_desc *d, struct backward *b, struct fault *fault)
{
	struct request *r = &b->f.r;
	int status = ln_resolve(d, BACKWARD, r, fault);

	if (status != LN_OK)
		return status;
	b->g.type = ln_gradient_type(r->flags, r->x.type, r->p.type);
	b->g.size = ln_type_size(b->g.type);
	b->g.stride = r->p.stride / r->p.size * b->g.size;
	b->g.dx = (struct tensor){ b->g.dx.at, r->x.type, r->x.size, r->x.stride, r->x.head_stride };
	b->g.dgate = (struct tensor){ b->g.dgate.at, r->gate.type, r->gate.size, r->gate.stride, r->gate.head_stride };
	return LN_OK;
}

size_t ln_backward_workspace_size(const ln_desc *d)
{
	struct backward b = { 0 };
	struct fault fault;
	ln_desc numbers;

	if (ln_read_desc(d, &numbers, &fault) != LN_OK || resolve(&numbers, &b, &fault) != LN_OK)
		return 0;
	size_t alone = ln_backward_needs(&b.f.r, false), parallel = ln_backward_needs(&b.f.r, true);
	return alone > parallel ? alone : parallel;
}

int ln_check_backward(const ln_desc *d, const ln_backward_tensors *t, struct backward *b, struct fault *fault)
{
	ln_desc numbers;
	ln_backward_tensors own;
	int status = ln_read_desc(d, &numbers, fault);

	if (status != LN_OK || (status = ln_read_struct("the struct of tensors", t, t ? t->struct_size : 0, &own, sizeof own, fault)) != LN_OK)
		return status;
	*b = (struct backward){
		.f = { .r = { .x = ln_tensor_at(own.x), .y = ln_tensor_at(own.dy), .sum = ln_tensor_at(own.dsum), .gate = ln_tensor_at(own.gate),
			      .p = { .gamma = own.gamma, .beta = own.beta }, .mean = (void *)(uintptr_t)own.mean,
			      .rstd = (void *)(uintptr_t)own.rstd, .threads = { own.parallel_for, own.pool } } },
		.g = { .dx = ln_tensor_at(own.dx), .dgate = ln_tensor_at(own.dgate), .dgamma = own.dgamma, .dbeta = own.dbeta,
		       .workspace = own.workspace, .workspace_bytes = own.workspace_size },
	};
	status = resolve(&numbers, b, fault);
	if (status != LN_OK)
		return status;
	return ln_check_gradients(&b->f.r, &b->g, ln_backward_needs(&b->f.r, own.parallel_for != NULL), fault);
}

int ln_backward(const ln_desc *d, const ln_backward_tensors *t)
{
	struct backward b;
	struct fault fault;
	struct request *r = &b.f.r;
	int status = ln_check_backward(d, t, &b, &fault);

	if (status != LN_OK)
		return status;
	r->flags = r->rstd != NULL ? r->flags | LN_STATS_GIVEN : r->flags & ~LN_STATS_GIVEN;
	b.f.kernels = ln_kernels();
	b.f.stages = r->x.type == LN_F64 ? &b.f.kernels->f64 : &b.f.kernels->f32;
	b.f.reach = ln_reach(r->rows * r->cols * (2 * r->x.size + r->y.size), b.g.dx.at == r->x.at || b.g.dx.at == r->y.at);
	return ln_backward_all(&b);
}
