/* gradients.c - the public functions of the backward pass: check the arguments, fetch the kernels, call */
#include "backward/backward.h"
#include "dispatch/dispatch.h"

/* What the numbers of a descriptor say; b holds the pointers already. */
static int resolve_backward(const ln_desc *d, struct backward *b, struct fault *fault)
{
	struct request *r = &b->f.r;
	int status = ln_resolve(d, BACKWARD, r, fault);

	if (status != LN_OK)
		return status;
	b->g.type = ln_gradient_type(r->flags, r->x.type, r->p.type);
	b->g.size = ln_type_size(b->g.type);
	b->g.stride = r->p.stride / r->p.size * b->g.size;
	unsigned char *dx = b->g.dx.at, *dgate = b->g.dgate.at;
	b->g.dx = r->x;
	b->g.dx.at = dx;
	b->g.dgate = r->gate;
	b->g.dgate.at = dgate;
	return LN_OK;
}

size_t ln_backward_workspace_size(const ln_desc *d)
{
	struct backward b = { 0 };
	struct fault fault;

	if (ln_check_desc(d, &fault) != LN_OK || resolve_backward(d, &b, &fault) != LN_OK)
		return 0;
	size_t alone = ln_backward_needs(&b.f.r, false), parallel = ln_backward_needs(&b.f.r, true);
	return alone > parallel ? alone : parallel;
}

int ln_check_backward(const ln_desc *d, const ln_backward_tensors *t, struct backward *b, struct fault *fault)
{
	int status = ln_check_desc(d, fault);

	if (status != LN_OK || (status = ln_check_struct("the struct of tensors", t, t ? t->struct_size : 0, sizeof *t, fault)) != LN_OK)
		return status;
	*b = (struct backward){
		.f = { .r = { .x = ln_tensor_at(t->x), .y = ln_tensor_at(t->dy), .sum = ln_tensor_at(t->dsum), .gate = ln_tensor_at(t->gate),
			      .p = { .gamma = t->gamma, .beta = t->beta }, .mean = (void *)(uintptr_t)t->mean,
			      .rstd = (void *)(uintptr_t)t->rstd, .threads = { t->parallel_for, t->pool } } },
		.g = { .dx = ln_tensor_at(t->dx), .dgate = ln_tensor_at(t->dgate), .dgamma = t->dgamma, .dbeta = t->dbeta,
		       .workspace = t->workspace, .workspace_bytes = t->workspace_size },
	};
	status = resolve_backward(d, b, fault);
	if (status != LN_OK)
		return status;
	return ln_check_gradients(&b->f.r, &b->g, ln_backward_uses(b), fault);
}

int ln_backward(const ln_desc *d, const ln_backward_tensors *t)
{
	struct backward b;
	struct fault fault;
	struct request *r = &b.f.r;
	int status = ln_check_backward(d, t, &b, &fault);

	if (status != LN_OK)
		return status;
	if (!ln_gates_after(r))
		r->p.beta = NULL;	/* nothing else asks for it */
	r->flags = r->rstd != NULL ? r->flags | LN_STATS_GIVEN : r->flags & ~LN_STATS_GIVEN;
	b.f.kernels = ln_kernels();
	b.f.stages = r->x.type == LN_F64 ? &b.f.kernels->f64 : &b.f.kernels->f32;
	b.f.reach = ln_reach(r->rows * r->cols * (2 * r->x.size + r->y.size), b.g.dx.at == r->x.at || b.g.dx.at == r->y.at);
	return ln_backward_all(&b);
}
