/* gradient.h - the gradients of a few rows of floats: docs/numerics.md sections 10 and 11 */
#ifndef LN_GRADIENT_H
#define LN_GRADIENT_H

#include "sums.h"
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

/*
 * The sums over a run of rows of up to BLOCK columns, dy * xhat and dy; a register may end past the last column. They lie about half of
 * 4096 bytes apart: a load waits for an earlier store whose address ends in the same twelve bits.
 */
struct column_run {
	float p[BLOCK + LANES], unused[BLOCK / 2], b[BLOCK + LANES];
};

/*
 * What the sums of a row are taken of. `full`, a constant, says that the row is ordinary and that gamma is there; `first`, too, that it is the
 * first of its run.
 */
struct gradient_terms {
	const float *x, *dn, *gamma;
	struct gradient_constants k;
	bool full, first;
};

LN_INLINE vec load_once(const float *p, size_t n) { return n == vec_lanes() ? vec_load_once(p) : vec_load_tail(p, n); }

/* n lanes from column c on, added to the row's chains and to the columns' sums. */
LN_INLINE void add_gradient_term(const struct gradient_terms *t, size_t c, size_t n, struct column_run *run, vec *g_chain, vec *gx_chain)
{
	vec g = elem_load_lanes(t->dn + c, n, LN_F32), xhat = gradient_xhat(elem_load_lanes(t->x + c, n, LN_F32), &t->k, t->full);

	vec_store(run->p + c, vec_madd(g, xhat, t->first ? vec_set1(0.0f) : vec_load_once(run->p + c)));
	vec_store(run->b + c, vec_add(g, t->first ? vec_set1(0.0f) : vec_load_once(run->b + c)));
	if (t->full || t->gamma)
		g = vec_mul(g, load_once(t->gamma + c, n));
	if (n < vec_lanes()) {	/* lanes past the end are masked, since xhat of 0 is not 0, and may be infinite */
		g = vec_keep(g, n);
		xhat = vec_keep(xhat, n);
	}
	*g_chain = vec_add(*g_chain, g);
	*gx_chain = vec_madd(g, xhat, *gx_chain);
}

/* The chains of one register of lanes: of columns c, and of those 16, 32 and 48 further on, as far as they lie before `end`. */
LN_INLINE void gradient_chains(const struct gradient_terms *t, size_t c, size_t end, struct column_run *run, vec *g, vec *gx)
{
	*g = *gx = vec_set1(0.0f);
	for (size_t at = c; at < c + TREE; at += LANES) {
		if (at + vec_lanes() <= end)
			add_gradient_term(t, at, vec_lanes(), run, g, gx);
		else if (at < end)
			add_gradient_term(t, at, end - at, run, g, gx);
	}
}

/* The chains of the tree of columns from c on, added to the doubles of the lanes from `lane` on. */
LN_INLINE void add_gradient_tree(const struct gradient_terms *t, size_t c, size_t lane, size_t end, struct column_run *run, wide *g_a, wide *g_b,
				 wide *gx_a, wide *gx_b)
{
	vec g, gx, high_g, high_gx;
	wide a, b;

	gradient_chains(t, c + lane, end, run, &g, &gx);
	if (vec_lanes() < LANES)
		gradient_chains(t, c + lane + SUMS, end, run, &high_g, &high_gx);
	else
		high_g = high_gx = g;
	vec_halve_wide(g, high_g, &a, &b);
	add_wides(g_a, g_b, a, b);
	vec_halve_wide(gx, high_gx, &a, &b);
	add_wides(gx_a, gx_b, a, b);
}

LN_INLINE struct gradient_sums gradient_sums_of_row(const struct gradient_terms *t, size_t n, struct column_run *run)
{
	double g[SUMS], gx[SUMS];
	size_t whole = n - n % TREE;

	for (size_t lane = 0; lane < SUMS; lane += walk_lanes()) {
		wide g_a = wide_zero(), g_b = g_a, gx_a = g_a, gx_b = g_a;

		for (size_t c = 0; c < whole; c += TREE)
			add_gradient_tree(t, c, lane, c + TREE, run, &g_a, &g_b, &gx_a, &gx_b);
		if (whole < n)
			add_gradient_tree(t, whole, lane, n, run, &g_a, &g_b, &gx_a, &gx_b);
		store_wides(g + lane, g_a, g_b);
		store_wides(gx + lane, gx_a, gx_b);
	}
	return (struct gradient_sums){ .g = wide_fold(g), .gx = wide_fold(gx) };
}

/* Add the sums over a run to those over the block of rows, which may be absent, or begin with this run: `begins` is a constant. */
LN_INLINE void add_run(size_t n, const float *run, double *sums, bool begins)
{
	size_t c = 0;

	if (sums == NULL)
		return;
	for (wide a, b; c + vec_lanes() <= n; c += vec_lanes()) {
		vec_widen(vec_load(run + c), &a, &b);
		wide_store(sums + c, wide_add(begins ? wide_zero() : wide_load(sums + c), a));
		if (vec_lanes() > wide_lanes())
			wide_store(sums + c + wide_lanes(), wide_add(begins ? wide_zero() : wide_load(sums + c + wide_lanes()), b));
	}
	for (; c < n; c++)
		sums[c] = (begins ? 0.0 : sums[c]) + (double)run[c];
}

/* Rows in range with a gamma are what matters. */
static void LN_NAME(gradient_sums)(const struct gradient_rows *a, struct gradient_sums *sums)
{
	struct column_run run;

	for (size_t r = 0; r < a->rows; r++) {
		struct gradient_terms t = { a->x[r], a->dn[r], a->gamma, gradient_constants(&a->scale[r], 0.0, 0.0), true, false };

		if (!a->gamma || a->scale[r].s != 1.0) {
			t.full = false;
			t.first = r == 0;
			sums[r] = gradient_sums_of_row(&t, a->n, &run);
		} else if (r == 0) {
			t.first = true;
			sums[r] = gradient_sums_of_row(&t, a->n, &run);
		} else {
			sums[r] = gradient_sums_of_row(&t, a->n, &run);
		}
	}
	if (a->begins) {
		add_run(a->n, run.p, a->dgamma, true);
		add_run(a->n, run.b, a->dbeta, true);
	} else {
		add_run(a->n, run.p, a->dgamma, false);
		add_run(a->n, run.b, a->dbeta, false);
	}
}

/* A pair of registers' worth of what comes next at this column. */
LN_INLINE void fetch_next_rows(const struct gradient_rows *a, size_t r, size_t c)
{
	for (size_t at = c; at < c + 2 * vec_lanes(); at += LINE_BYTES / sizeof(float)) {
		fetch((const void *)((uintptr_t)((const float *)a->x[r] + at) + a->x_ahead));
		fetch((const void *)((uintptr_t)((const float *)a->dn[r] + at) + a->dn_ahead));
	}
}

/*
 * dx of n lanes from column c on of row r. `full`, a constant, says that the row is ordinary, that nothing is absent, and that no NaN can
 * come of it.
 */
LN_INLINE vec gradient_of_x(const struct gradient_rows *a, const struct gradient_constants *k, size_t r, size_t c, size_t n, bool full)
{
	vec xhat = gradient_xhat(elem_load_lanes((const float *)a->x[r] + c, n, LN_F32), k, full);
	vec g = elem_load_lanes((const float *)a->dn[r] + c, n, LN_F32);

	if (full || a->gamma)
		g = vec_mul(g, load_once((const float *)a->gamma + c, n));
	vec d = vec_mul(vec_madd(xhat, vec_set1(k->minus_a2), vec_sub(g, vec_set1(k->a1))), vec_set1(k->rstd));
	return full ? d : vec_quiet(vec_mul(d, vec_set1(k->s)));
}

/* Columns c to end, less than a pair of registers holds: at the head or the tail of a row. */
LN_INLINE void gradient_part(const struct gradient_rows *a, const struct gradient_constants *k, size_t r, size_t c, size_t end, bool full)
{
	for (size_t n; c < end; c += n) {
		n = lanes_left(end - c);
		elem_store_lanes((float *)a->dx[r] + c, gradient_of_x(a, k, r, c, n, full), n, LN_F32);
	}
}

/* Row by row, since a row's constants are what registers hold; all loads of a pair of registers' worth come before its stores. */
LN_INLINE void gradient_row(const struct gradient_rows *a, size_t r, bool full, enum reach reach)
{
	const struct gradient_constants k = gradient_constants(&a->scale[r], a->a1[r], a->a2[r]);
	const size_t lanes = vec_lanes();
	float *dx = a->dx[r];
	size_t c = elem_head(dx, a->n, LN_F32);

	gradient_part(a, &k, r, 0, c, full);
	for (; c + 2 * lanes <= a->n; c += 2 * lanes) {
		if (reach != REACH_NEAR)
			fetch_next_rows(a, r, c);
		vec first = gradient_of_x(a, &k, r, c, lanes, full), second = gradient_of_x(a, &k, r, c + lanes, lanes, full);
		elem_store_pair(dx + c, first, second, LN_F32, reach == REACH_MEMORY);
	}
	gradient_part(a, &k, r, c, a->n, full);
}

/*
 * An ordinary row: the case that matters. No NaN can come of it: an average that is finite is one of finite terms, and an a1 below half an
 * ulp of the largest float leaves their difference finite, whatever xhat * a2 is.
 */
LN_INLINE bool gradient_is_full(const struct gradient_rows *a, size_t r)
{
	return a->gamma && a->scale[r].s == 1.0 && fabs(a->a1[r]) <= 0x1p100 && isfinite(a->a2[r]);
}

static void LN_NAME(gradient_rows)(const struct gradient_rows *args)
{
	const struct gradient_rows a = *args;	/* a copy, which stores cannot change */

	for (size_t r = 0; r < a.rows; r++) {
		if (a.dx[r] == NULL)
			continue;
		if (!gradient_is_full(&a, r))
			gradient_row(&a, r, false, REACH_NEAR);
		else if (a.reach == REACH_NEAR)
			gradient_row(&a, r, true, REACH_NEAR);
		else if (a.reach == REACH_MEMORY && elem_to_boundary(a.dx[r], LN_F32) == 0)
			gradient_row(&a, r, true, REACH_MEMORY);
		else
			gradient_row(&a, r, true, REACH_FAR);
	}
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

/* Add the sums of a block of rows to the totals. */
static void LN_NAME(gradient_total)(size_t n, const double *sums, const double *errors, double *t, double *e)
{
	(void)errors;
	(void)e;
	for (size_t i = 0; i < n; i++)
		t[i] += sums[i];
}

#endif
