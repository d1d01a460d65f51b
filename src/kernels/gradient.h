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
 * The chains of TREE columns of a run of rows, of g and of g * xhat. They go through memory, since the lanes of narrow registers meet
 * their partners only there.
 */
struct gradient_chains {
	float g[RUN_ROWS][LANES], gx[RUN_ROWS][LANES];
};

/* The lanes of doubles that the chains are added to. */
struct gradient_lanes {
	double g[RUN_ROWS][SUMS], gx[RUN_ROWS][SUMS];
};

/*
 * n lanes of row r at column c, added to the row's chains and to the column's sums over the rows. `full`, a constant, says that the rows are
 * ordinary and that nothing is absent.
 */
LN_INLINE void add_gradient_term(const struct gradient_rows *a, const struct gradient_constants *k, size_t r, size_t c, size_t n, vec *g_chain,
				 vec *gx_chain, vec *p, vec *b, bool full)
{
	if (n == 0)
		return;
	vec g = elem_load_lanes((const float *)a->dn[r] + c, n, LN_F32);
	vec xhat = gradient_xhat(elem_load_lanes((const float *)a->x[r] + c, n, LN_F32), k, full);

	*p = vec_madd(g, xhat, *p);
	*b = vec_add(*b, g);
	if (full || a->gamma)
		g = vec_mul(g, elem_load_lanes((const float *)a->gamma + c, n, LN_F32));
	if (n < vec_lanes()) {	/* lanes past the end are masked, since xhat of 0 is not 0, and may be infinite */
		g = vec_keep(g, n);
		xhat = vec_keep(xhat, n);
	}
	*g_chain = vec_add(*g_chain, g);
	*gx_chain = vec_madd(g, xhat, *gx_chain);
}

/* Add the first n lanes of v to the doubles at p. */
LN_INLINE void add_widened(double *p, vec v, size_t n)
{
	wide a, b;
	float lanes[LANES];

	if (n == vec_lanes()) {
		vec_widen(v, &a, &b);
		wide_store(p, wide_add(wide_load(p), a));
		if (vec_lanes() > wide_lanes())
			wide_store(p + wide_lanes(), wide_add(wide_load(p + wide_lanes()), b));
	} else if (n > 0) {
		vec_store(lanes, v);
		for (size_t i = 0; i < n; i++)
			p[i] += (double)lanes[i];
	}
}

/* A column's sums over a run of rows, added to those of the block of rows. */
LN_INLINE void add_column_sums(const struct gradient_rows *a, size_t c, vec p, vec b, size_t n, bool full)
{
	if (full || a->dgamma)
		add_widened((double *)a->dgamma + c, p, n);
	if (full || a->dbeta)
		add_widened((double *)a->dbeta + c, b, n);
}

/* Of `end` columns from c on, how many a register's lanes that begin `at` columns further have. */
LN_INLINE size_t lanes_of_tree(size_t at, size_t end) { return at >= end ? 0 : lanes_left(end - at); }

/* One register of lanes of a tree of columns: the chains of each row, and the sums over the rows of each of its four columns. */
LN_INLINE void gradient_lane(const struct gradient_rows *a, const struct gradient_constants *k, size_t rows, size_t c, size_t lane, size_t end,
			     struct gradient_chains *chains, bool full)
{
	const size_t n0 = lanes_of_tree(lane, end), n1 = lanes_of_tree(lane + LANES, end), n2 = lanes_of_tree(lane + 2 * LANES, end),
		     n3 = lanes_of_tree(lane + 3 * LANES, end);
	const vec zero = vec_set1(0.0f);
	vec p0 = zero, p1 = zero, p2 = zero, p3 = zero, b0 = zero, b1 = zero, b2 = zero, b3 = zero;

	c += lane;
	for (size_t r = 0; r < rows; r++) {
		vec g = zero, gx = zero;
		add_gradient_term(a, &k[r], r, c, n0, &g, &gx, &p0, &b0, full);
		add_gradient_term(a, &k[r], r, c + LANES, n1, &g, &gx, &p1, &b1, full);
		add_gradient_term(a, &k[r], r, c + 2 * LANES, n2, &g, &gx, &p2, &b2, full);
		add_gradient_term(a, &k[r], r, c + 3 * LANES, n3, &g, &gx, &p3, &b3, full);
		vec_store(chains->g[r] + lane, g);
		vec_store(chains->gx[r] + lane, gx);
	}
	add_column_sums(a, c, p0, b0, n0, full);
	add_column_sums(a, c + LANES, p1, b1, n1, full);
	add_column_sums(a, c + 2 * LANES, p2, b2, n2, full);
	add_column_sums(a, c + 3 * LANES, p3, b3, n3, full);
}

/* Add chains of one row to their doubles. */
LN_INLINE void add_chains(const float *chains, double *lanes)
{
	for (size_t lane = 0; lane < SUMS; lane += walk_lanes()) {
		vec low = vec_load(chains + lane), high = vec_lanes() < LANES ? vec_load(chains + lane + SUMS) : low;
		wide a, b;

		vec_halve_wide(low, high, &a, &b);
		wide_store(lanes + lane, wide_add(wide_load(lanes + lane), a));
		if (two_wides())
			wide_store(lanes + lane + wide_lanes(), wide_add(wide_load(lanes + lane + wide_lanes()), b));
	}
}

LN_INLINE void gradient_tree(const struct gradient_rows *a, const struct gradient_constants *k, size_t rows, size_t c, size_t end,
			     struct gradient_lanes *lanes, bool full)
{
	struct gradient_chains chains;

	for (size_t lane = 0; lane < LANES; lane += vec_lanes())
		gradient_lane(a, k, rows, c, lane, end, &chains, full);
	for (size_t r = 0; r < rows; r++) {
		add_chains(chains.g[r], lanes->g[r]);
		add_chains(chains.gx[r], lanes->gx[r]);
	}
}

LN_INLINE void gradient_sums_of_rows(const struct gradient_rows *args, size_t rows, bool full, struct gradient_sums *sums)
{
	const struct gradient_rows a = *args;	/* copies, which stores cannot change */
	struct gradient_constants k[RUN_ROWS];
	struct gradient_lanes lanes = { { { 0 } }, { { 0 } } };
	size_t whole = a.n - a.n % TREE;

	for (size_t r = 0; r < rows; r++)
		k[r] = gradient_constants(&a.scale[r], 0.0, 0.0);
	for (size_t c = 0; c < whole; c += TREE)
		gradient_tree(&a, k, rows, c, TREE, &lanes, full);
	if (whole < a.n)
		gradient_tree(&a, k, rows, whole, a.n - whole, &lanes, full);
	for (size_t r = 0; r < rows; r++)
		sums[r] = (struct gradient_sums){ .g = wide_fold(lanes.g[r]), .gx = wide_fold(lanes.gx[r]) };
}

/* Rows in range of which nothing is absent: the case that matters. */
static void LN_NAME(gradient_sums)(const struct gradient_rows *a, struct gradient_sums *sums)
{
	bool full = a->rows == RUN_ROWS && a->gamma && a->dgamma && a->dbeta;

	for (size_t r = 0; r < a->rows; r++)
		full &= a->scale[r].s == 1.0;
	if (full)
		gradient_sums_of_rows(a, RUN_ROWS, true, sums);
	else
		gradient_sums_of_rows(a, a->rows, false, sums);
}

/* What comes next at this column. */
LN_INLINE void fetch_next_rows(const struct gradient_rows *a, size_t r, size_t c)
{
	fetch((const void *)((uintptr_t)((const float *)a->x[r] + c) + a->x_ahead));
	fetch((const void *)((uintptr_t)((const float *)a->dn[r] + c) + a->dn_ahead));
}

/*
 * dx of n lanes of row r at column c. `full`, a constant, says that the row is ordinary, that nothing is absent, and that no NaN can come
 * of it.
 */
LN_INLINE void gradient_row(const struct gradient_rows *a, const struct gradient_constants *k, size_t r, size_t c, size_t n, vec gamma, bool full,
			    enum reach reach)
{
	if (reach != REACH_NEAR)
		fetch_next_rows(a, r, c);
	vec x = elem_load_lanes((const float *)a->x[r] + c, n, LN_F32), g = elem_load_lanes((const float *)a->dn[r] + c, n, LN_F32);
	vec xhat = gradient_xhat(x, k, full), d = vec_sub(full || a->gamma ? vec_mul(g, gamma) : g, vec_set1(k->a1));

	d = vec_mul(vec_madd(xhat, vec_set1(k->minus_a2), d), vec_set1(k->rstd));
	if (!full)
		d = vec_quiet(vec_mul(d, vec_set1(k->s)));
	if (reach == REACH_MEMORY)
		vec_stream((float *)a->dx[r] + c, d);
	else
		elem_store_lanes((float *)a->dx[r] + c, d, n, LN_F32);
}

LN_INLINE void gradient_column(const struct gradient_rows *a, const struct gradient_constants *k, size_t rows, size_t c, size_t n, bool full,
			       enum reach reach)
{
	const float *gamma_at = a->gamma;
	vec gamma = full || gamma_at ? elem_load_lanes(gamma_at + c, n, LN_F32) : vec_set1(0.0f);

	for (size_t r = 0; r < rows; r++)
		if (full || a->dx[r])
			gradient_row(a, &k[r], r, c, n, gamma, full, reach);
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
 * A whole run of ordinary rows: the case that matters. No NaN can come of it: an average that is finite is one of finite terms, and an a1
 * below half an ulp of the largest float leaves their difference finite, whatever xhat * a2 is.
 */
LN_INLINE bool gradient_is_full(const struct gradient_rows *a)
{
	bool full = a->rows == RUN_ROWS && a->gamma;

	for (size_t r = 0; r < a->rows; r++)
		full &= a->scale[r].s == 1.0 && a->dx[r] != NULL && fabs(a->a1[r]) <= 0x1p100 && isfinite(a->a2[r]);
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

/* Add the sums of a block of rows to the totals. */
static void LN_NAME(gradient_total)(size_t n, const double *sums, const double *errors, double *t, double *e)
{
	(void)errors;
	(void)e;
	for (size_t i = 0; i < n; i++)
		t[i] += sums[i];
}

#endif
