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

/* The strides of a tensor of rows. */
static void strides_of(const ln_desc *d, enum tensor t, uint64_t *stride, uint64_t *head_stride)
{
	*stride = t == X ? d->x_stride : t == RESIDUAL ? d->residual_stride : t == GATE ? d->gate_stride : t == Y ? d->y_stride
		: d->sum_stride;
	*head_stride = t == X ? d->x_head_stride : t == RESIDUAL ? d->residual_head_stride : t == GATE ? d->gate_head_stride
		     : t == Y ? d->y_head_stride : d->sum_head_stride;
}

void call_fill_rows(struct call *c, enum tensor t, const struct row_kind *kind, uint64_t seed)
{
	ln_desc d = filled_in(&c->f.d);
	uint32_t type = c->part[t].type;
	size_t cols = (size_t)d.cols, size = type_size(type);
	char *rows = elements(type, (size_t)d.rows * cols), *to = *call_slot(&c->f, t);
	uint64_t stride, head_stride;

	strides_of(&d, t, &stride, &head_stride);
	rows_fill(kind, type, seed, (size_t)d.rows, cols, rows);
	for (size_t r = 0; r < d.rows; r++)
		memcpy(to + row_place(&d, r, stride, head_stride) * size, rows + r * cols * size, cols * size);
	free(rows);
}

/* The moments that the library would find by itself in x, so that rows of every kind are scaled as they should be. */
static void fill_moments(struct call *c)
{
	ln_desc d = filled_in(&c->f.d);
	ln_moments *m = *call_slot(&c->f, MOMENTS);

	for (size_t r = 0; r < d.rows; r++) {
		size_t at = row_place(&d, r, d.x_stride, d.x_head_stride) * type_size(d.x_type);
		m[r] = model_moments(UNFUSED, d.x_type, d.norm, (size_t)d.cols, (const char *)c->f.x + at);
	}
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
