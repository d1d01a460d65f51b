/* gradient.h - the gradients of a few rows of floats: docs/numerics.md sections 10 and 11 */
#ifndef LN_GRADIENT_H
#define LN_GRADIENT_H

#include "tile.h"

/* xhat of n lanes at x. An ordinary row has s = 1, which needs no product; `ordinary` is a constant. */
LN_INLINE vec gradient_xhat(const float *x, const struct row_scale *r, size_t n, bool ordinary)
{
	vec v = elem_load_lanes(x, n, LN_F32);

	if (!ordinary)
		v = vec_mul(v, vec_set1((float)r->s));
	return vec_madd(vec_sub(v, vec_set1((float)r->hi)), vec_set1((float)r->rstd), vec_set1((float)r->shift));
}

LN_INLINE vec gradient_g(const float *dn, const float *gamma, size_t c, size_t n)
{
	vec v = elem_load_lanes(dn + c, n, LN_F32);
	return gamma ? vec_mul(v, elem_load_lanes(gamma + c, n, LN_F32)) : v;
}

/* What the two sums of a row are taken of. */
struct gradient_terms {
	const float *x, *dn, *gamma;
	struct row_scale scale;
	bool ordinary;
};

LN_INLINE void add_gradient_term(const struct gradient_terms *t, size_t c, size_t n, vec *r, vec *q)
{
	vec g = gradient_g(t->dn, t->gamma, c, n), xhat = gradient_xhat(t->x + c, &t->scale, n, t->ordinary);

	if (n < vec_lanes()) {	/* lanes past the end are masked, since xhat of 0 is not 0, and may be infinite */
		g = vec_keep(g, n);
		xhat = vec_keep(xhat, n);
	}
	*r = vec_add(*r, g);
	*q = vec_madd(g, xhat, *q);
}

/* As sum_runs() and sum_tail() of moments.h: runs of 8 terms, two registers of lanes at a time. */
LN_INLINE void gradient_lanes(const struct gradient_terms *t, size_t n, float *r, float *q)
{
	size_t whole = n - n % LANES;

	for (size_t lane = 0; lane < LANES; lane += vec_lanes()) {
		vec all_r = vec_set1(0.0f), all_q = all_r;
		for (size_t at = lane; at < whole; at += RUN) {
			vec run_r = vec_set1(0.0f), run_q = run_r;
			for (size_t c = at; c < whole && c < at + RUN; c += LANES)
				add_gradient_term(t, c, vec_lanes(), &run_r, &run_q);
			all_r = vec_add(all_r, run_r);
			all_q = vec_add(all_q, run_q);
		}
		if (whole + lane < n)
			add_gradient_term(t, whole + lane, tail_lanes(n - whole, lane), &all_r, &all_q);
		vec_store(r + lane, all_r);
		vec_store(q + lane, all_q);
	}
}

static void LN_NAME(gradient_sums)(size_t n, const void *x, const void *dn, const void *gamma, const struct row_scale *scale, double sums[2])
{
	struct gradient_terms t = { x, dn, gamma, *scale, true };
	float r[LANES], q[LANES];

	if (scale->s == 1.0) {
		gradient_lanes(&t, n, r, q);
	} else {
		t.ordinary = false;
		gradient_lanes(&t, n, r, q);
	}
	sums[0] = vec_fold(r);
	sums[1] = vec_fold(q);
}

/* dx of n lanes of row r at column c; adds the row to the run's sums p and b. */
LN_INLINE void gradient_row(const struct gradient_rows *a, size_t r, size_t c, size_t n, vec *p, vec *b, bool ordinary, bool stream)
{
	const float *dsum = a->dsum[r];
	vec xhat = gradient_xhat((const float *)a->x[r] + c, &a->scale[r], n, ordinary), dn = elem_load_lanes((const float *)a->dn[r] + c, n, LN_F32);

	*p = vec_madd(dn, xhat, *p);
	*b = vec_add(*b, dn);
	if (a->dx[r] == NULL)
		return;
	vec g = a->gamma ? vec_mul(dn, elem_load_lanes((const float *)a->gamma + c, n, LN_F32)) : dn;
	vec d = vec_madd(xhat, vec_set1(-(float)a->a2[r]), vec_sub(g, vec_set1((float)a->a1[r])));
	d = vec_mul(d, vec_set1((float)a->scale[r].rstd));
	if (!ordinary)
		d = vec_mul(d, vec_set1((float)a->scale[r].s));
	if (dsum)
		d = vec_add(d, elem_load_lanes(dsum + c, n, LN_F32));
	elem_store_lanes((float *)a->dx[r] + c, vec_quiet(d), n, LN_F32, stream);
}

LN_INLINE void gradient_column(const struct gradient_rows *a, size_t rows, size_t c, size_t n, bool ordinary, bool stream)
{
	vec p = vec_set1(0.0f), b = p;
	float *dgamma = a->dgamma, *dbeta = a->dbeta;

	for (size_t r = 0; r < rows; r++)
		gradient_row(a, r, c, n, &p, &b, ordinary, stream);
	if (dgamma)
		elem_store_lanes(dgamma + c, vec_add(elem_load_lanes(dgamma + c, n, LN_F32), p), n, LN_F32, false);
	if (dbeta)
		elem_store_lanes(dbeta + c, vec_add(elem_load_lanes(dbeta + c, n, LN_F32), b), n, LN_F32, false);
}

LN_INLINE void gradient_columns(const struct gradient_rows *args, size_t rows, bool ordinary, bool stream)
{
	const struct gradient_rows a = *args;	/* a copy, which stores cannot change */
	size_t c = 0;

	for (; c + vec_lanes() <= a.n; c += vec_lanes())
		gradient_column(&a, rows, c, vec_lanes(), ordinary, stream);
	if (c < a.n)
		gradient_column(&a, rows, c, a.n - c, ordinary, false);
}

/* Streamed stores need every row of dx where a register may be streamed. */
LN_INLINE bool gradient_streams(const struct gradient_rows *a)
{
	bool streams = a->stream;

	for (size_t r = 0; r < a->rows; r++)
		streams &= a->dx[r] != NULL && elem_to_boundary(a->dx[r], LN_F32) == 0;
	return streams;
}

/* A whole run of ordinary rows is what matters. */
static void LN_NAME(gradient_rows)(const struct gradient_rows *a)
{
	bool ordinary = a->rows == RUN_ROWS, stream = gradient_streams(a);

	for (size_t r = 0; r < a->rows; r++)
		ordinary &= a->scale[r].s == 1.0;
	if (ordinary)
		gradient_columns(a, RUN_ROWS, true, stream);
	else
		gradient_columns(a, a->rows, false, false);
}

/* The gated form: dn takes the place of dy, and dgate is done. */
static void LN_NAME(gradient_gate)(size_t n, const float *x, const struct row_scale *scale, const float *gamma, const float *beta,
				   const float *gate, const float *dy, float *dn, float *dgate)
{
	float s = (float)scale->s, hi = (float)scale->hi, rstd = (float)scale->rstd, shift = (float)scale->shift;

	for (size_t i = 0; i < n; i++) {
		float sigma = sigmoid(gate[i]), xhat = madd(x[i] * s - hi, rstd, shift);
		float normal = madd(xhat, gamma ? gamma[i] : 1.0f, beta ? beta[i] : 0.0f);
		dgate[i] = dy[i] * normal * (sigma * madd(gate[i], 1.0f - sigma, 1.0f));
		dn[i] = dy[i] * (gate[i] * sigma);
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
