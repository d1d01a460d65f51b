/* gradients.c - the public functions of the backward pass: check the arguments, fetch the kernels, call */
#include "backward.h"
#include "dispatch.h"

/* Outputs are never written through the pointers of inputs. */
static struct tensor at(const void *p) { return (struct tensor){ .at = (unsigned char *)(uintptr_t)p }; }

static int resolve(const ln_desc *d, struct backward *b)
{
	struct request *r = &b->f.r;
	int status = ln_resolve(d, BACKWARD, r);

	if (status != LN_OK)
		return status;
	if ((r->flags & LN_RUNNING) && r->p.sets > 1)
		return LN_ERR_FLAGS;
	if (r->p.cols_per_param > 1 || (r->rows > 0 && r->p.sets <= (r->rows - 1) / r->p.rows_per_set))
		return LN_ERR_UNSUPPORTED;
	if (r->p.sets > 1 && r->p.stride < r->cols * r->p.size)	/* sets of dgamma would overlap */
		return LN_ERR_SHAPE;
	b->g.type = r->flags & LN_GRADS_AS_PARAMS ? r->p.type : r->x.type == LN_F64 ? LN_F64 : LN_F32;
	b->g.size = ln_type_size(b->g.type);
	b->g.stride = r->p.stride / r->p.size * b->g.size;
	b->g.dx = (struct tensor){ b->g.dx.at, r->x.type, r->x.size, r->x.stride, r->x.head_stride };
	b->g.dgate = (struct tensor){ b->g.dgate.at, r->gate.type, r->gate.size, r->gate.stride, r->gate.head_stride };
	return LN_OK;
}

static size_t workspace_size(const ln_desc *d, bool parallel)
{
	struct backward b = { 0 };
	return resolve(d, &b) == LN_OK ? ln_backward_needs(&b.f.r, parallel) : 0;
}

size_t ln_backward_workspace_size(const ln_desc *d) { return workspace_size(d, false); }

size_t ln_backward_ext_workspace_size(const ln_desc *d) { return workspace_size(d, true); }

int ln_backward(const ln_desc *d, const void *x, const void *dy, const void *gamma, const void *mean, const void *rstd, void *dx, void *dgamma,
		void *dbeta, void *workspace, size_t workspace_bytes)
{
	return ln_backward_ext(d, x, dy, NULL, gamma, NULL, NULL, mean, rstd, dx, dgamma, dbeta, NULL, workspace, workspace_bytes, NULL, NULL);
}

int ln_backward_ext(const ln_desc *d, const void *x, const void *dy, const void *dsum, const void *gamma, const void *beta, const void *gate,
		    const void *mean, const void *rstd, void *dx, void *dgamma, void *dbeta, void *dgate, void *workspace,
		    size_t workspace_bytes, ln_parallel_for parallel_for, void *pool)
{
	struct backward b = {
		.f = { .r = { .x = at(x), .y = at(dy), .sum = at(dsum), .gate = at(gate), .p = { .gamma = gamma, .beta = beta },
			      .mean = (void *)(uintptr_t)mean, .rstd = (void *)(uintptr_t)rstd } },
		.g = { .dx = at(dx), .dgate = at(dgate), .dgamma = dgamma, .dbeta = dbeta, .workspace = workspace,
		       .workspace_bytes = workspace_bytes },
	};
	struct request *r = &b.f.r;
	int status = resolve(d, &b);

	if (status != LN_OK || r->rows == 0)
		return status;
	status = ln_check_gradients(r, &b.g, ln_backward_needs(r, parallel_for != NULL));
	if (status != LN_OK)
		return status;
	r->flags = rstd != NULL ? r->flags | LN_STATS_GIVEN : r->flags & ~LN_STATS_GIVEN;
	b.f.kernels = ln_kernels();
	b.f.stages = r->x.type == LN_F64 ? &b.f.kernels->f64 : &b.f.kernels->f32;
	b.f.reach = ln_reach(r->rows * r->cols * (2 * r->x.size + r->y.size), dx == x || dx == dy);
	ln_backward_all(&b, parallel_for, pool);
	return LN_OK;
}
