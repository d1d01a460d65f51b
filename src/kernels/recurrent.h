/*
 * recurrent.h - the stages of a recurrent cell and of its gradients: docs/numerics.md sections 13 and 14
 *
 * A stage activates once: the vectors of one activation and its constants are what registers hold. From the gates on, the gradients
 * are those of norms: gradient.h.
 */
#ifndef LN_RECURRENT_H
#define LN_RECURRENT_H

#include "activation.h"
#include "plain.h"

LN_INLINE vec cell_load(const float *p, size_t at, size_t n) { return n == vec_lanes() ? vec_load(p + at) : vec_load_tail(p + at, n); }

/* What stays inside a step is stored as it is; of what goes out, a NaN is the quiet one. */
LN_INLINE void cell_keep(float *p, size_t at, vec v, size_t n) { elem_store_lanes(p + at, v, n, LN_F32); }
LN_INLINE void cell_store(float *p, size_t at, vec v, size_t n) { cell_keep(p, at, vec_quiet(v), n); }

/* x, normed and scaled, plus a sum. */
LN_INLINE vec add_normed(const struct normed *s, size_t at, size_t n, vec sum)
{
	vec xhat = vec_madd(vec_sub(cell_load(s->x, at, n), vec_set1(s->hi)), vec_set1(s->rstd), vec_set1(s->shift));
	return vec_madd(xhat, cell_load(s->gamma, at, n), sum);
}

/* A gate before it is activated. */
LN_INLINE vec gate_lanes(const struct cell_columns *a, size_t at, size_t n)
{
	return add_normed(&a->h, at, n, add_normed(&a->x, at, n, cell_load(a->beta, at, n)));
}

LN_INLINE void sigmoid_lanes(const struct cell_columns *a, size_t at, size_t n)
{
	cell_keep(a->y, at, vec_sigmoid(gate_lanes(a, at, n)), n);
}

LN_INLINE void output_lanes(const struct cell_columns *a, size_t at, size_t n)
{
	vec m = vec_tanh(add_normed(&a->h, at, n, cell_load(a->beta, at, n)));

	cell_store(a->y, at, vec_mul(cell_load(a->first, at, n), m), n);
}

LN_INLINE void lstm_state_lanes(const struct cell_columns *a, size_t at, size_t n)
{
	vec added = vec_mul(cell_load(a->second, at, n), vec_tanh(gate_lanes(a, at, n)));

	cell_store(a->y, at, vec_madd(cell_load(a->first, at, n), cell_load(a->prev, at, n), added), n);
}

/* The candidate, and what its reset gate lets through. */
LN_INLINE vec candidate_lanes(const struct cell_columns *a, size_t at, size_t n, vec *recurrent)
{
	vec x = add_normed(&a->x, at, n, cell_load(a->beta, at, n));

	*recurrent = add_normed(&a->h, at, n, cell_load(a->beta_h, at, n));
	return vec_tanh(vec_madd(cell_load(a->second, at, n), *recurrent, x));
}

LN_INLINE void gru_state_lanes(const struct cell_columns *a, size_t at, size_t n)
{
	vec recurrent, candidate = candidate_lanes(a, at, n, &recurrent), prev = cell_load(a->prev, at, n);

	cell_store(a->y, at, vec_madd(cell_load(a->first, at, n), vec_sub(candidate, prev), prev), n);
}

/* The derivatives of activations, by their values. */
LN_INLINE vec sigmoid_slope(vec s) { return vec_mul(s, vec_sub(vec_set1(1.0f), s)); }
LN_INLINE vec tanh_slope(vec t) { return vec_sub(vec_set1(1.0f), vec_mul(t, t)); }

/* At the output gate and at the norm. */
LN_INLINE void output_gradient_lanes(const struct cell_columns *a, size_t at, size_t n)
{
	vec m = vec_tanh(add_normed(&a->h, at, n, cell_load(a->beta, at, n))), o = cell_load(a->first, at, n), dy = cell_load(a->dy, at, n);

	cell_keep(a->dfirst, at, vec_mul(vec_mul(dy, m), sigmoid_slope(o)), n);
	cell_keep(a->dh, at, vec_mul(vec_mul(dy, o), tanh_slope(m)), n);
}

LN_INLINE void lstm_gradient_lanes(const struct cell_columns *a, size_t at, size_t n)
{
	vec f = cell_load(a->first, at, n), i = cell_load(a->second, at, n), g = vec_tanh(gate_lanes(a, at, n));
	vec dy = vec_add(cell_load(a->dy, at, n), cell_load(a->dy_too, at, n));

	cell_keep(a->dfirst, at, vec_mul(vec_mul(dy, cell_load(a->prev, at, n)), sigmoid_slope(f)), n);
	cell_keep(a->dsecond, at, vec_mul(vec_mul(dy, g), sigmoid_slope(i)), n);
	cell_keep(a->dx, at, vec_mul(vec_mul(dy, i), tanh_slope(g)), n);
	if (a->dprev)
		cell_store(a->dprev, at, vec_mul(dy, f), n);
}

LN_INLINE void gru_gradient_lanes(const struct cell_columns *a, size_t at, size_t n)
{
	vec recurrent, candidate = candidate_lanes(a, at, n, &recurrent), z = cell_load(a->first, at, n), r = cell_load(a->second, at, n);
	vec dy = cell_load(a->dy, at, n), difference = vec_sub(candidate, cell_load(a->prev, at, n));
	vec d = vec_mul(vec_mul(dy, z), tanh_slope(candidate));

	cell_keep(a->dfirst, at, vec_mul(vec_mul(dy, difference), sigmoid_slope(z)), n);
	cell_keep(a->dsecond, at, vec_mul(vec_mul(d, recurrent), sigmoid_slope(r)), n);
	cell_keep(a->dx, at, d, n);
	cell_keep(a->dh, at, vec_mul(d, r), n);
	if (a->dprev)
		cell_store(a->dprev, at, vec_sub(dy, vec_mul(z, dy)), n);
}

/* All columns; every load of a register's lanes comes before its stores, so that gradients may lie where gates were. */
LN_INLINE void cell_stage(const struct cell_columns *columns, void (*lanes)(const struct cell_columns *, size_t at, size_t n))
{
	const struct cell_columns a = *columns;	/* a copy, which stores cannot change */
	size_t at = 0;

	for (; at + vec_lanes() <= a.n; at += vec_lanes())
		lanes(&a, at, vec_lanes());
	if (at < a.n)
		lanes(&a, at, a.n - at);
}

static bool LN_NAME(cell_scale)(size_t n, const float *x, double eps, struct normed *to)
{
	struct scale s;
	bool ordinary = scale_of_row(HAS_MEAN, LN_F32, x, n, (double)n, eps, &s);

	*to = (struct normed){ .hi = s.mean, .rstd = s.rstd, .shift = s.shift };
	return ordinary;
}

static void LN_NAME(cell_gate)(const struct cell_columns *a) { cell_stage(a, sigmoid_lanes); }
static void LN_NAME(cell_output)(const struct cell_columns *a) { cell_stage(a, output_lanes); }
static void LN_NAME(lstm_state)(const struct cell_columns *a) { cell_stage(a, lstm_state_lanes); }
static void LN_NAME(gru_state)(const struct cell_columns *a) { cell_stage(a, gru_state_lanes); }
static void LN_NAME(cell_output_gradient)(const struct cell_columns *a) { cell_stage(a, output_gradient_lanes); }
static void LN_NAME(lstm_gradient)(const struct cell_columns *a) { cell_stage(a, lstm_gradient_lanes); }
static void LN_NAME(gru_gradient)(const struct cell_columns *a) { cell_stage(a, gru_gradient_lanes); }

#endif
