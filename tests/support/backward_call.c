/*
 * backward_call.c - one call of ln_backward(): laying out its tensors, filling and running it
 */
#include "backward_call.h"
#include "call.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 64, CANARY = 0xa5 };

void **grad_slot(struct backward *b, enum grad_tensor t)
{
	const void *slots[GRAD_TENSORS] = {&b->x, &b->dy, &b->dsum, &b->gamma, &b->beta, &b->gate, &b->mean, &b->rstd,
					   &b->dx, &b->dgamma, &b->dbeta, &b->dgate};

	return (void **)slots[t];
}

struct strides { uint64_t row, head, col, run; };

/* Of a tensor of rows; d is filled in. */
static struct strides strides_of(const ln_desc *d, enum grad_tensor t)
{
	switch (t) {
	case GDY: return (struct strides){d->y_stride, d->y_head_stride, d->y_col_stride, d->y_run_stride};
	case GDSUM: return (struct strides){d->sum_stride, d->sum_head_stride, d->sum_col_stride, d->sum_run_stride};
	case GGATE:
	case GDGATE: return (struct strides){d->gate_stride, d->gate_head_stride, d->gate_col_stride, d->gate_run_stride};
	default: return (struct strides){d->x_stride, d->x_head_stride, d->x_col_stride, d->x_run_stride};
	}
}

static size_t tensor_elements(const ln_desc *d, enum grad_tensor t)
{
	struct strides s = strides_of(d, t);
	size_t end = 0;

	if (t == GGAMMA || t == GBETA)
		return parameter_count(d);
	if (t == GMEAN || t == GRSTD)
		return (size_t)d->rows;
	for (size_t r = 0; r < d->rows; r++) {
		size_t at = row_place(d, r, s.row, s.head) + col_place(d, (size_t)d->cols - 1, s.col, s.run) + 1;
		end = at > end ? at : end;
	}
	return end;
}

static uint32_t tensor_type(const ln_desc *d, enum grad_tensor t)
{
	switch (t) {
	case GX:
	case GDX: return d->x_type;
	case GDY: return d->y_type;
	case GDSUM: return d->sum_type;
	case GGATE:
	case GDGATE: return d->gate_type;
	case GGAMMA:
	case GBETA: return d->param_type;
	case GDGAMMA:
	case GDBETA: return gradient_type(d);
	default: return d->x_type == LN_F64 ? LN_F64 : LN_F32;
	}
}

static unsigned char *arena_make(size_t bytes)
{
	unsigned char *arena = aligned_alloc(GAP, (bytes + GAP - 1) / GAP * GAP);

	if (!arena)
		ck_abort_msg("no memory for %zu bytes", bytes);
	return arena;
}

/* No tensor begins on the boundary of a vector. */
struct grad_call grad_make(const ln_desc *given, unsigned tensors)
{
	struct grad_call c = {.b.d = *given, .bytes = GAP};
	ln_desc d = filled_in(given);

	if (d.flags & LN_GATE_SELF)
		tensors &= ~(OF(GGATE) | OF(GDGATE));
	for (int t = 0; t < GRAD_TENSORS; t++) {
		size_t size = type_size(tensor_type(&d, (enum grad_tensor)t));
		c.part[t].type = tensor_type(&d, (enum grad_tensor)t);
		if (!(tensors & OF(t)))
			continue;
		c.part[t].bytes = (t == GDGAMMA || t == GDBETA ? gradient_count(given) : tensor_elements(&d, (enum grad_tensor)t)) * size;
		c.part[t].at = c.bytes + size;
		c.bytes = (c.part[t].at + c.part[t].bytes + GAP + GAP - 1) / GAP * GAP;
	}
	c.arena = arena_make(c.bytes);
	memset(c.arena, CANARY, c.bytes);
	for (int t = 0; t < GRAD_TENSORS; t++)
		*grad_slot(&c.b, (enum grad_tensor)t) = c.part[t].bytes ? c.arena + c.part[t].at : NULL;
	return c;
}

struct grad_call grad_clone(const struct grad_call *c)
{
	struct grad_call copy = *c;

	copy.arena = arena_make(c->bytes);
	memcpy(copy.arena, c->arena, c->bytes);
	for (int t = 0; t < GRAD_TENSORS; t++) {
		unsigned char *p = *grad_slot(&copy.b, (enum grad_tensor)t);
		if (p)
			*grad_slot(&copy.b, (enum grad_tensor)t) = copy.arena + (p - c->arena);
	}
	return copy;
}

void grad_free(struct grad_call *c)
{
	free(c->arena);
}

/* ---- Filling ---- */

void grad_fill_rows(struct grad_call *c, enum grad_tensor t, const struct row_kind *kind, uint64_t seed)
{
	ln_desc d = filled_in(&c->b.d);
	struct strides s = strides_of(&d, t);
	uint32_t type = c->part[t].type;
	size_t cols = (size_t)d.cols, size = type_size(type);
	char *rows = elements(type, (size_t)d.rows * cols), *to = *grad_slot(&c->b, t);

	rows_fill(kind, type, seed, (size_t)d.rows, cols, rows);
	for (size_t r = 0; r < d.rows; r++)
		for (size_t i = 0; i < cols; i++)
			memcpy(to + (row_place(&d, r, s.row, s.head) + col_place(&d, i, s.col, s.run)) * size, rows + (r * cols + i) * size, size);
	free(rows);
}

static void fill_parameters(struct grad_call *c, uint64_t seed)
{
	static const enum grad_tensor pairs[2][2] = {{GGAMMA, GBETA}, {GDGAMMA, GDBETA}};

	for (int i = 0; i < 2; i++) {
		enum grad_tensor t = pairs[i][0];
		size_t size = type_size(c->part[t].type), n = (c->part[t].bytes + c->part[pairs[i][1]].bytes) / size;
		void *first = elements(c->part[t].type, n + 1), *second = elements(c->part[t].type, n + 1);
		if (i == 1 && !(c->b.d.flags & LN_ACCUMULATE))
			n = 0;
		rows_parameters(seed, c->part[t].type, n, first, second);
		if (n && c->part[t].bytes)
			memcpy(c->arena + c->part[t].at, first, c->part[t].bytes);
		if (n && c->part[pairs[i][1]].bytes)
			memcpy(c->arena + c->part[pairs[i][1]].at, second, c->part[pairs[i][1]].bytes);
		free(first);
		free(second);
	}
}

/* As the forward puts them out. */
static void fill_stats(struct grad_call *c)
{
	struct forward f = {.d = c->b.d, .x = c->b.x, .mean = *grad_slot(&c->b, GMEAN), .rstd = *grad_slot(&c->b, GRSTD)};

	f.d.flags &= LN_EPS_OUTSIDE;
	model_forward(UNFUSED, &f);
}

void grad_fill(struct grad_call *c, const struct row_kind *kind, uint64_t seed)
{
	static const struct row_kind gates = {"3 N(0,1)", 0, 3, 0, NULL}, normal = {"0.25 + N", 0.25, 1, 0, NULL};

	c->b.d.eps = kind->eps;
	grad_fill_rows(c, GX, kind, seed);
	grad_fill_rows(c, GDY, &normal, seed + 1);
	if (c->b.dsum)
		grad_fill_rows(c, GDSUM, &normal, seed + 2);
	if (c->b.gate)
		grad_fill_rows(c, GGATE, &gates, seed + 3);
	fill_parameters(c, seed);
	if (c->b.rstd)
		fill_stats(c);
}

/* ---- Running ---- */

int grad_status(const struct backward *b, const ln_desc *d, void *workspace, size_t size, ln_parallel_for parallel_for, void *pool)
{
	ln_backward_tensors t = {
		.struct_size = sizeof t, .x = b->x, .dy = b->dy, .dsum = b->dsum, .gamma = b->gamma, .beta = b->beta, .gate = b->gate,
		.mean = b->mean, .rstd = b->rstd, .dx = b->dx, .dgamma = b->dgamma, .dbeta = b->dbeta, .dgate = b->dgate,
		.workspace = workspace, .workspace_size = size, .parallel_for = parallel_for, .pool = pool,
	};
	char words[LN_EXPLANATION];
	int explained = ln_explain_backward(d, &t, words, sizeof words), status = ln_backward(d, &t);

	expect_explained(status, explained, words);
	return status;
}

void grad_run_parallel(struct grad_call *c, ln_parallel_for parallel_for, void *pool)
{
	size_t size = ln_backward_workspace_size(&c->b.d);
	unsigned char *workspace = arena_make(size + GAP);

	memset(workspace, CANARY, size + GAP);
	int status = grad_status(&c->b, &c->b.d, size ? workspace : NULL, size, parallel_for, pool);
	if (status != LN_OK)
		ck_abort_msg("ln_backward() is %d (%s): %s", status, ln_strerror(status), grad_name(c));
	for (size_t i = size; i < size + GAP; i++)
		if (workspace[i] != CANARY)
			ck_abort_msg("wrote past the workspace of %zu bytes: %s", size, grad_name(c));
	free(workspace);
}

void grad_run(struct grad_call *c)
{
	grad_run_parallel(c, NULL, NULL);
}
