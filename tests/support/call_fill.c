/*
 * call_fill.c - the inputs of a call of ln_forward()
 */
#include "call.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

uint32_t gate_flags(size_t i, uint32_t y_type)
{
	static const uint32_t flags[GATES] = {0, LN_GATE_SIGMOID, LN_GATE_SELF, LN_GATE_SELF | LN_GATE_SIGMOID, LN_ROUND_BEFORE_GATE,
					      LN_ROUND_BEFORE_GATE | LN_GATE_SELF, LN_GATE_BEFORE, LN_GATE_BEFORE | LN_GATE_SIGMOID};

	return flags[i % GATES] & ~(y_type != 0 && type_size(y_type) == 1 ? LN_ROUND_BEFORE_GATE : 0u);
}

uint32_t gate_after(size_t i, uint32_t y_type)
{
	uint32_t flags = gate_flags(i, y_type);

	return flags & LN_GATE_BEFORE ? 0 : flags;
}

struct strides { uint64_t row, head, col, run; };

/* Of a tensor of rows. */
static struct strides strides_of(const ln_desc *d, enum tensor t)
{
	switch (t) {
	case X: return (struct strides){d->x_stride, d->x_head_stride, d->x_col_stride, d->x_run_stride};
	case RESIDUAL: return (struct strides){d->residual_stride, d->residual_head_stride, d->residual_col_stride, d->residual_run_stride};
	case GATE: return (struct strides){d->gate_stride, d->gate_head_stride, d->gate_col_stride, d->gate_run_stride};
	case Y: return (struct strides){d->y_stride, d->y_head_stride, d->y_col_stride, d->y_run_stride};
	default: return (struct strides){d->sum_stride, d->sum_head_stride, d->sum_col_stride, d->sum_run_stride};
	}
}

/* Where column c of row r is, in elements. */
static size_t place(const ln_desc *d, struct strides s, size_t r, size_t c)
{
	return row_place(d, r, s.row, s.head) + col_place(d, c, s.col, s.run);
}

void call_fill_rows(struct call *c, enum tensor t, const struct row_kind *kind, uint64_t seed)
{
	ln_desc d = filled_in(&c->f.d);
	uint32_t type = c->part[t].type;
	size_t cols = (size_t)d.cols, size = type_size(type);
	char *rows = elements(type, (size_t)d.rows * cols), *to = *call_slot(&c->f, t);
	struct strides s = strides_of(&d, t);

	rows_fill(kind, type, seed, (size_t)d.rows, cols, rows);
	for (size_t r = 0; r < d.rows; r++)
		for (size_t i = 0; i < cols; i++)
			memcpy(to + place(&d, s, r, i) * size, rows + (r * cols + i) * size, size);
	free(rows);
}

/* The moments that the library would find by itself in x, so that rows of every kind are scaled as they should be. */
static void fill_moments(struct call *c)
{
	ln_desc d = filled_in(&c->f.d);
	ln_moments *m = *call_slot(&c->f, MOMENTS);
	size_t cols = (size_t)d.cols, size = type_size(d.x_type);
	char *row = elements(d.x_type, cols);

	for (size_t r = 0; r < d.rows; r++) {
		for (size_t i = 0; i < cols; i++)
			memcpy(row + i * size, (const char *)c->f.x + place(&d, strides_of(&d, X), r, i) * size, size);
		m[r] = model_moments(UNFUSED, d.x_type, d.norm, cols, row);
	}
	free(row);
}

static void fill_stats(struct call *c, uint64_t seed)
{
	struct rng r = rng_make(seed, 1);

	for (size_t i = 0; i < c->f.d.rows; i++) {
		double mean = rng_normal(&r), rstd = 0.1 + fabs(rng_normal(&r));
		if (c->f.mean)
			type_store(c->part[MEAN].type, c->f.mean, i, mean);
		type_store(c->part[RSTD].type, c->f.rstd, i, rstd);
	}
}

static void fill_parameters(struct call *c, uint64_t seed)
{
	size_t size = type_size(c->part[GAMMA].type), n = (c->part[GAMMA].bytes + c->part[BETA].bytes) / size;
	void *gamma = elements(c->part[GAMMA].type, n), *beta = elements(c->part[GAMMA].type, n);

	rows_parameters(seed, c->part[GAMMA].type, n, gamma, beta);
	if (c->f.gamma)
		memcpy(*call_slot(&c->f, GAMMA), gamma, c->part[GAMMA].bytes);
	if (c->f.beta)
		memcpy(*call_slot(&c->f, BETA), beta, c->part[BETA].bytes);
	free(gamma);
	free(beta);
}

void call_fill(struct call *c, const struct row_kind *kind, uint64_t seed)
{
	static const struct row_kind gates = {"3 N(0,1)", 0, 3, 0, NULL};

	c->f.d.eps = kind->eps;
	call_fill_rows(c, X, kind, seed);
	if (c->f.residual)
		call_fill_rows(c, RESIDUAL, kind, seed + 1);
	if (c->f.gate)
		call_fill_rows(c, GATE, &gates, seed + 2);
	fill_parameters(c, seed);
	if (c->f.moments)
		fill_moments(c);
	if (c->f.d.flags & LN_STATS_GIVEN)
		fill_stats(c, seed);
}
