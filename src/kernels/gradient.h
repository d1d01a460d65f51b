/* gradient.h - the gradients of a few rows of floats: docs/numerics.md sections 10 and 11 */
#ifndef LN_GRADIENT_H
#define LN_GRADIENT_H

#include "tile.h"

/* A row's constants as floats. */
struct gradient_constants {
	float s, hi, rstd, shift, a1, minus_a2;
};

LN_INLINE struct gradient_constants gradient_constants(const struct row_scale *r, double a1, double a2)
{
	return (struct gradient_constants){ (float)r->s, (float)r->hi, (float)r->rstd, (float)r->shift, (float)a1, -(float)a2 };
}

/* An ordinary row has s = 1, which needs no product; `ordinary` is a constant. */
LN_INLINE vec gradient_xhat(vec x, const struct gradient_constants *k, bool ordinary)
{
	vec scaled = ordinary ? x : vec_mul(x, vec_set1(k->s));
	return vec_madd(vec_sub(scaled, vec_set1(k->hi)), vec_set1(k->rstd), vec_set1(k->shift));
}

/* What the two sums of a row are taken of. Where gamma is absent, has_gamma, a constant, is false. */
struct gradient_terms {
	const float *x, *dn, *gamma;
	struct gradient_constants k;
	bool ordinary, has_gamma;
};

LN_INLINE void add_gradient_term(const struct gradient_terms *t, size_t c, size_t n, vec *r, vec *q)
{
	vec g = elem_load_lanes(t->dn + c, n, LN_F32), xhat = gradient_xhat(elem_load_lanes(t->x + c, n, LN_F32), &t->k, t->ordinary);

	if (t->has_gamma)
		g = vec_mul(g, elem_load_lanes(t->gamma + c, n, LN_F32));
	if (n < vec_lanes()) {	/* lanes past the end are masked, since xhat of 0 is not 0, and may be infinite */
		g = vec_keep(g, n);
		xhat = vec_keep(xhat, n);
	}
	*r = vec_add(*r, g);
	*q = vec_madd(g, xhat, *q);
}

/* One run of `terms` terms from column c on, as sum_run() of moments.h: in two registers of lanes. */
LN_INLINE void add_gradient_run(const struct gradient_terms *t, size_t c, size_t terms, vec *low_r, vec *low_q, vec *high_r, vec *high_q)
{
	vec zero = vec_set1(0.0f), run_low_r = zero, run_low_q = zero, run_high_r = zero, run_high_q = zero;

	for (size_t i = 0; i < terms; i++, c += LANES) {
		add_gradient_term(t, c, vec_lanes(), &run_low_r, &run_low_q);
		add_gradient_term(t, c + vec_lanes(), vec_lanes(), &run_high_r, &run_high_q);
	}
	*low_r = vec_add(*low_r, run_low_r);
	*low_q = vec_add(*low_q, run_low_q);
	*high_r = vec_add(*high_r, run_high_r);
	*high_q = vec_add(*high_q, run_high_q);
}

LN_INLINE void gradient_lanes(const struct gradient_terms *t, size_t n, float *r, float *q)
{
	size_t tail = n % LANES, whole = n - tail;

	for (size_t lane = 0; lane < LANES; lane += 2 * vec_lanes()) {
		vec low_r = vec_set1(0.0f), low_q = low_r, high_r = low_r, high_q = low_r;
		size_t high = lane + vec_lanes();

		for (size_t at = 0; at < whole; at += RUN)
			add_gradient_run(t, at + lane, (whole - at < RUN ? whole - at : RUN) / LANES, &low_r, &low_q, &high_r, &high_q);
		if (lane < tail)
			add_gradient_term(t, whole + lane, tail_lanes(tail, lane), &low_r, &low_q);
		if (high < tail)
			add_gradient_term(t, whole + high, tail_lanes(tail, high), &high_r, &high_q);
		vec_store(r + lane, low_r);
		vec_store(q + lane, low_q);
		vec_store(r + high, high_r);
		vec_store(q + high, high_q);
	}
}

static void LN_NAME(gradient_sums)(size_t n, const void *x, const void *dn, const void *gamma, const struct row_scale *scale, double sums[2])
{
	struct gradient_terms t = { x, dn, gamma, gradient_constants(scale, 0.0, 0.0), true, true };
	float r[LANES], q[LANES];

	if (scale->s == 1.0 && gamma != NULL) {
		gradient_lanes(&t, n, r, q);
	} else {
		t.ordinary = false;
		t.has_gamma = gamma != NULL;
		gradient_lanes(&t, n, r, q);
	}
	sums[0] = vec_fold(r);
	sums[1] = vec_fold(q);
}

/* What comes next at this column. */
LN_INLINE void fetch_next_rows(const struct gradient_rows *a, size_t r, size_t c)
{
	fetch((const void *)((uintptr_t)((const float *)a->x[r] + c) + a->x_ahead));
	fetch((const void *)((uintptr_t)((const float *)a->dn[r] + c) + a->dn_ahead));
}

/*
 * dx of n lanes of row r at column c; adds the row to the run's sums p and b. `full`, a constant, says that the row is ordinary, that
 * nothing is absent but dsum, that dx is wanted, and that no NaN can come of it.
 */
LN_INLINE void gradient_row(const struct gradient_rows *a, const struct gradient_constants *k, size_t r, size_t c, size_t n, vec gamma, vec *p,
			    vec *b, bool full, enum reach reach)
{
	if (reach != REACH_NEAR)
		fetch_next_rows(a, r, c);
	vec x = elem_load_lanes((const float *)a->x[r] + c, n, LN_F32), dn = elem_load_lanes((const float *)a->dn[r] + c, n, LN_F32);
	vec xhat = gradient_xhat(x, k, full);

	*p = vec_madd(dn, xhat, *p);
	*b = vec_add(*b, dn);
	if (!full && a->dx[r] == NULL)
		return;
	vec d = vec_sub(full || a->gamma ? vec_mul(dn, gamma) : dn, vec_set1(k->a1));
	d = vec_mul(vec_madd(xhat, vec_set1(k->minus_a2), d), vec_set1(k->rstd));
	if (!full) {
		d = vec_mul(d, vec_set1(k->s));
		if (a->dsum[r])
			d = vec_add(d, elem_load_lanes((const float *)a->dsum[r] + c, n, LN_F32));
	}
	d = full ? d : vec_quiet(d);
	if (reach == REACH_MEMORY)
		vec_stream((float *)a->dx[r] + c, d);
	else
		elem_store_lanes((float *)a->dx[r] + c, d, n, LN_F32);
}

LN_INLINE void add_to_sums(float *sums, vec v, size_t n)
{
	elem_store_lanes(sums, vec_add(elem_load_lanes(sums, n, LN_F32), v), n, LN_F32);
}

LN_INLINE void gradient_column(const struct gradient_rows *a, const struct gradient_constants *k, size_t rows, size_t c, size_t n, bool full,
			       enum reach reach)
{
	const float *gamma_at = a->gamma;
	vec p = vec_set1(0.0f), b = p, gamma = full || gamma_at ? elem_load_lanes(gamma_at + c, n, LN_F32) : p;

	for (size_t r = 0; r < rows; r++)
		gradient_row(a, &k[r], r, c, n, gamma, &p, &b, full, reach);
	if (full || a->dgamma)
		add_to_sums((float *)a->dgamma + c, p, n);
	if (full || a->dbeta)
		add_to_sums((float *)a->dbeta + c, b, n);
}

LN_INLINE void gradient_columns(const struct gradient_rows *args, size_t rows, bool full, enum reach reach)
{
	const struct gradient_rows a = *args;	/* copies, which stores cannot change */
	struct gradient_constants k[RUN_ROWS];
	size_t c = 0;

	for (size_t r = 0; r < rows; r++)
		k[r] = gradient_constants(&a.scale[r], a.a1[r], a.a2[r]);
	for (; c + vec_lanes() <= a.n; c += vec_lanes())
		gradient_column(&a, k, rows, c, vec_lanes(), full, reach);
	if (c < a.n)
		gradient_column(&a, k, rows, c, a.n - c, full, REACH_NEAR);
}

/*
 * A whole run of ordinary rows, all gradients wanted: the case that matters. No NaN can come of it: an average that is finite is one of
 * finite terms, and an a1 below half an ulp of the largest float leaves their difference finite, whatever xhat * a2 is.
 */
LN_INLINE bool gradient_is_full(const struct gradient_rows *a)
{
	bool full = a->rows == RUN_ROWS && a->gamma && a->dgamma && a->dbeta;

	for (size_t r = 0; r < a->rows; r++)
		full &= a->scale[r].s == 1.0 && a->dx[r] != NULL && a->dsum[r] == NULL && fabs(a->a1[r]) <= 0x1p100 && isfinite(a->a2[r]);
	return full;
}

/* Streamed stores need every row of dx where a register may be streamed. */
LN_INLINE bool gradient_streams(const struct gradient_rows *a)
{
	bool streams = a->reach == REACH_MEMORY;

	for (size_t r = 0; r < a->rows; r++)
		streams &= elem_to_boundary(a->dx[r], LN_F32) == 0;
	return streams;
}

static void LN_NAME(gradient_rows)(const struct gradient_rows *a)
{
	if (!gradient_is_full(a))
		gradient_columns(a, a->rows, false, REACH_NEAR);
	else if (a->reach == REACH_NEAR)
		gradient_columns(a, RUN_ROWS, true, REACH_NEAR);
	else if (gradient_streams(a))
		gradient_columns(a, RUN_ROWS, true, REACH_MEMORY);
	else
		gradient_columns(a, RUN_ROWS, true, REACH_FAR);
}

/* The gated form, n lanes from `at` on: dn takes the place of dy, and dgate is done. */
LN_INLINE void gate_gradient_lanes(const struct gradient_constants *k, const float *x, const float *gamma, const float *beta, const float *gate,
				   const float *dy, float *dn, float *dgate, size_t n)
{
	vec g = elem_load_lanes(gate, n, LN_F32), d = elem_load_lanes(dy, n, LN_F32), sigma = vec_sigmoid(g);
	vec normal = vec_madd(gradient_xhat(elem_load_lanes(x, n, LN_F32), k, false), gamma ? elem_load_lanes(gamma, n, LN_F32) : vec_set1(1.0f),
			      beta ? elem_load_lanes(beta, n, LN_F32) : vec_set1(0.0f));
	vec slope = vec_mul(sigma, vec_madd(g, vec_sub(vec_set1(1.0f), sigma), vec_set1(1.0f)));

	elem_store_lanes(dgate, vec_mul(vec_mul(d, normal), slope), n, LN_F32);
	elem_store_lanes(dn, vec_mul(d, vec_mul(g, sigma)), n, LN_F32);
}

static void LN_NAME(gradient_gate)(size_t n, const float *x, const struct row_scale *scale, const float *gamma, const float *beta,
				   const float *gate, const float *dy, float *dn, float *dgate)
{
	const struct gradient_constants k = gradient_constants(scale, 0.0, 0.0);

	for (size_t i = 0, part; i < n; i += part) {
		part = n - i < vec_lanes() ? n - i : vec_lanes();
		gate_gradient_lanes(&k, x + i, gamma ? gamma + i : NULL, beta ? beta + i : NULL, gate + i, dy + i, dn + i, dgate + i, part);
	}
}

/* Add the sums of a block of rows to the totals t + e. */
static void LN_NAME(gradient_total)(size_t n, const void *sums, double *t, double *e)
{
	const float *from = sums;

	for (size_t i = 0; i < n; i++) {
		double error;
		t[i] = exact_sum(t[i], (double)from[i], &error);
		e[i] += error;
	}
}

#endif
