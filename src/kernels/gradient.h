/* gradient.h - the gradients of a few rows of floats: docs/numerics.md sections 10 and 11 */
#ifndef LN_GRADIENT_H
#define LN_GRADIENT_H

#include "plain.h"
#include "tile.h"

_Static_assert((int)ROOM >= (int)LANES, "a register may end past the last column");

/* Rows longer than a block only if they are contiguous. */
LN_INLINE bool gradient_scales_of(uint32_t norm, size_t rows, size_t cols, const void *x, size_t stride, double eps, struct row_scale *scale)
{
	struct moments m;
	struct scales s;

	if (cols <= BLOCK)
		block_moments(norm, LN_F32, x, stride, rows, cols, &m);
	else if (stride == cols)
		row_moments(norm, LN_F32, x, rows, cols, &m);
	else
		return false;
	if (!scales_of_moments(&m, rows, 1.0 / (double)cols, eps, &s))
		return false;
	for (size_t r = 0; r < rows; r++)
		scale[r] = (struct row_scale){ 1.0, (double)s.mean[r], (double)s.rstd[r], (double)s.shift[r], true };
	return true;
}

static bool LN_NAME(gradient_scales)(size_t rows, size_t cols, const void *x, size_t stride, double eps, struct row_scale *scale)
{
	return gradient_scales_of(LN_LAYERNORM, rows, cols, x, stride, eps, scale);
}

static bool LN_NAME(gradient_rms_scales)(size_t rows, size_t cols, const void *x, size_t stride, double eps, struct row_scale *scale)
{
	return gradient_scales_of(LN_RMSNORM, rows, cols, x, stride, eps, scale);
}

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

/* The chains of a tree, of each row, and the doubles that they are added to. */
struct gradient_chains {
	float g[PASS_ROWS][LANES], gx[PASS_ROWS][LANES];
};
struct gradient_lanes {
	double g[PASS_ROWS][SUMS], gx[PASS_ROWS][SUMS];
};

/*
 * What the sums of a row or two are taken of. `full`, a constant, says that both are there and ordinary, and gamma too; `first`, too, that
 * they are the first of their run.
 */
struct gradient_terms {
	const float *x[PASS_ROWS], *dn[PASS_ROWS], *gamma;
	struct gradient_constants k[PASS_ROWS];
	struct column_run *run;
	bool full, first, two;
};

LN_INLINE vec load_once(const float *p, size_t n) { return n == vec_lanes() ? vec_load_once(p) : vec_load_tail(p, n); }

/*
 * n lanes of row r from column c on, added to the columns' sums p and b and to the row's chains, both of which may begin here. What is first
 * is not added to +0: that would make +0 of -0, but so do the doubles.
 */
LN_INLINE void add_gradient_term(const struct gradient_terms *t, size_t r, size_t c, size_t n, vec gamma, bool begins, vec *p, vec *b, vec *g_chain,
				 vec *gx_chain)
{
	vec g = elem_load_lanes(t->dn[r] + c, n, LN_F32), xhat = gradient_xhat(elem_load_lanes(t->x[r] + c, n, LN_F32), &t->k[r], t->full);
	bool first = t->first && r == 0;

	*p = first ? vec_mul(g, xhat) : vec_madd(g, xhat, *p);
	*b = first ? g : vec_add(*b, g);
	if (t->full || t->gamma)
		g = vec_mul(g, gamma);
	if (n < vec_lanes()) {	/* lanes past the end are masked, since xhat of 0 is not 0, and may be infinite */
		g = vec_keep(g, n);
		xhat = vec_keep(xhat, n);
	}
	*g_chain = begins ? g : vec_add(*g_chain, g);
	*gx_chain = begins ? vec_mul(g, xhat) : vec_madd(g, xhat, *gx_chain);
}

/* The same of both rows. */
LN_INLINE void add_gradient_column(const struct gradient_terms *t, size_t c, size_t n, bool begins, vec *g0, vec *gx0, vec *g1, vec *gx1)
{
	vec gamma = t->full || t->gamma ? elem_load_lanes(t->gamma + c, n, LN_F32) : vec_set1(1.0f), p = gamma, b = gamma;

	if (!t->first) {
		p = vec_load_once(t->run->p + c);
		b = vec_load_once(t->run->b + c);
	}
	add_gradient_term(t, 0, c, n, gamma, begins, &p, &b, g0, gx0);
	if (t->full || t->two)
		add_gradient_term(t, 1, c, n, gamma, begins, &p, &b, g1, gx1);
	vec_store(t->run->p + c, p);
	vec_store(t->run->b + c, b);
}

/* The chains of one register of lanes: of columns c, and of those 16, 32 and 48 further on. Of a tree that is not whole, as far as `end`. */
LN_INLINE void gradient_chains(const struct gradient_terms *t, size_t c, size_t lane, size_t end, struct gradient_chains *to)
{
	vec g0 = vec_set1(0.0f), gx0 = g0, g1 = g0, gx1 = g0;

	if (t->full) {
		add_gradient_column(t, c + lane, vec_lanes(), true, &g0, &gx0, &g1, &gx1);
		add_gradient_column(t, c + lane + LANES, vec_lanes(), false, &g0, &gx0, &g1, &gx1);
		add_gradient_column(t, c + lane + 2 * LANES, vec_lanes(), false, &g0, &gx0, &g1, &gx1);
		add_gradient_column(t, c + lane + 3 * LANES, vec_lanes(), false, &g0, &gx0, &g1, &gx1);
	} else {
		for (size_t at = c + lane; at < c + TREE && at < end; at += LANES)
			add_gradient_column(t, at, lanes_left(end - at), false, &g0, &gx0, &g1, &gx1);
	}
	vec_store(to->g[0] + lane, g0);
	vec_store(to->gx[0] + lane, gx0);
	vec_store(to->g[1] + lane, g1);
	vec_store(to->gx[1] + lane, gx1);
}

/* A row's chains of a tree, added to its lanes of doubles. */
LN_INLINE void add_chains(const float *chains, double *lanes)
{
	for (size_t l = 0; l < SUMS; l += wide_lanes())
		wide_store(lanes + l, wide_add(wide_load(lanes + l), wide_add(wide_load_floats(chains + l), wide_load_floats(chains + SUMS + l))));
}

LN_INLINE void add_gradient_tree(const struct gradient_terms *t, size_t c, size_t end, struct gradient_lanes *lanes)
{
	struct gradient_chains chains;

	for (size_t lane = 0; lane < LANES; lane += vec_lanes())
		gradient_chains(t, c, lane, end, &chains);
	for (size_t r = 0; r < PASS_ROWS; r++) {
		add_chains(chains.g[r], lanes->g[r]);
		add_chains(chains.gx[r], lanes->gx[r]);
	}
}

LN_INLINE struct gradient_terms terms_of(const struct gradient_rows *a, size_t r, bool full, bool first, bool two)
{
	size_t second = two ? r + 1 : r;

	return (struct gradient_terms){
		.x = { a->x[r], a->x[second] }, .dn = { a->dn[r], a->dn[second] }, .gamma = a->gamma,
		.k = { gradient_constants(&a->scale[r], 0.0, 0.0), gradient_constants(&a->scale[second], 0.0, 0.0) },
		.run = a->run, .full = full, .first = first, .two = two,
	};
}

/* Trees from column c on that are not whole, or of rows that are not what matters most. */
static __attribute__((noinline)) void add_gradient_trees(const struct gradient_rows *a, size_t r, size_t c, struct gradient_lanes *lanes)
{
	const struct gradient_terms t = terms_of(a, r, false, a->at_row + r == 0, r + 1 < a->rows);

	for (; c < a->n; c += TREE)
		add_gradient_tree(&t, c, a->n, lanes);
}

/* Whole trees of two ordinary rows with a gamma; how many columns these are. */
LN_INLINE size_t add_whole_trees(const struct gradient_rows *a, size_t r, bool first, struct gradient_lanes *lanes)
{
	const struct gradient_terms t = terms_of(a, r, true, first, true);
	const size_t n = a->n;
	size_t c = 0;

	for (; c + TREE <= n; c += TREE)
		add_gradient_tree(&t, c, n, lanes);
	return c;
}

/* Add the sums over a run to those over the block of rows, which may be absent, or begin with this run: `begins` is a constant. */
LN_INLINE void add_run(size_t n, const float *run, double *sums, bool begins)
{
	size_t c = 0;

	if (sums == NULL)
		return;
	for (; c + wide_lanes() <= n; c += wide_lanes())
		wide_store(sums + c, wide_add(begins ? wide_zero() : wide_load(sums + c), wide_load_floats(run + c)));
	for (; c < n; c++)
		sums[c] = (begins ? 0.0 : sums[c]) + (double)run[c];
}

LN_INLINE bool both_ordinary(const struct gradient_rows *a, size_t r)
{
	return r + 1 < a->rows && a->gamma && a->scale[r].s == 1.0 && a->scale[r + 1].s == 1.0;
}

/* The sums of rows r and r + 1. */
LN_INLINE void gradient_sums_of_pair(const struct gradient_rows *a, size_t r, struct gradient_sums *sums)
{
	struct gradient_lanes lanes = { 0 };
	size_t c = 0;

	if (both_ordinary(a, r))
		c = a->at_row + r == 0 ? add_whole_trees(a, r, true, &lanes) : add_whole_trees(a, r, false, &lanes);
	if (c < a->n)
		add_gradient_trees(a, r, c, &lanes);
	for (size_t i = 0; i < PASS_ROWS && r + i < a->rows; i++)
		sums[r + i] = (struct gradient_sums){ .g = wide_fold(lanes.g[i]), .gx = wide_fold(lanes.gx[i]) };
}

static void LN_NAME(gradient_sums)(const struct gradient_rows *a, struct gradient_sums *sums)
{
	for (size_t r = 0; r < a->rows; r += PASS_ROWS)
		gradient_sums_of_pair(a, r, sums);
	if (!a->ends)
		return;
	if (a->begins) {
		add_run(a->n, a->run->p, a->dgamma, true);
		add_run(a->n, a->run->b, a->dbeta, true);
	} else {
		add_run(a->n, a->run->p, a->dgamma, false);
		add_run(a->n, a->run->b, a->dbeta, false);
	}
}

/* A row whose dx is made. `full`, a constant, says that it is ordinary, that nothing is absent, and that no NaN can come of it. */
struct gradient_row {
	size_t n, x_ahead, dn_ahead;
	const float *x, *dn, *gamma;
	float *dx;
	struct gradient_constants k;
	bool full;
	enum reach reach;	/* a constant */
};

/* A pair of registers' worth of what comes next at this column. */
LN_INLINE void fetch_next_rows(const struct gradient_row *a, size_t c)
{
	for (size_t at = c; at < c + 2 * vec_lanes(); at += LINE_BYTES / sizeof(float)) {
		fetch((const void *)((uintptr_t)(a->x + at) + a->x_ahead));
		fetch((const void *)((uintptr_t)(a->dn + at) + a->dn_ahead));
	}
}

/* dx of n lanes from column c on. */
LN_INLINE vec gradient_of_x(const struct gradient_row *a, size_t c, size_t n)
{
	vec xhat = gradient_xhat(elem_load_lanes(a->x + c, n, LN_F32), &a->k, a->full), g = elem_load_lanes(a->dn + c, n, LN_F32);

	if (a->full || a->gamma)
		g = vec_mul(g, load_once(a->gamma + c, n));
	vec d = vec_mul(vec_madd(xhat, vec_set1(a->k.minus_a2), vec_sub(g, vec_set1(a->k.a1))), vec_set1(a->k.rstd));
	return a->full ? d : vec_quiet(vec_mul(d, vec_set1(a->k.s)));
}

/* Columns c to end, less than a pair of registers holds: at the head or the tail of a row. */
LN_INLINE void gradient_part(const struct gradient_row *a, size_t c, size_t end)
{
	for (size_t n; c < end; c += n) {
		n = lanes_left(end - c);
		elem_store_lanes(a->dx + c, gradient_of_x(a, c, n), n, LN_F32);
	}
}

/* Row by row, since a row's constants are what registers hold; all loads of a pair of registers' worth come before its stores. */
LN_INLINE void gradient_row(const struct gradient_rows *args, size_t r, bool full, enum reach reach)
{
	const struct gradient_row a = {
		args->n, args->x_ahead, args->dn_ahead, args->x[r], args->dn[r], args->gamma, args->dx[r],
		gradient_constants(&args->scale[r], args->a1[r], args->a2[r]), full, reach,
	};
	const size_t lanes = vec_lanes();
	size_t c = elem_head(a.dx, a.n, LN_F32);

	gradient_part(&a, 0, c);
	for (; c + 2 * lanes <= a.n; c += 2 * lanes) {
		if (reach != REACH_NEAR)
			fetch_next_rows(&a, c);
		vec first = gradient_of_x(&a, c, lanes), second = gradient_of_x(&a, c + lanes, lanes);
		elem_store_pair(a.dx + c, first, second, LN_F32, reach == REACH_MEMORY);
	}
	gradient_part(&a, c, a.n);
}

/*
 * An ordinary row: the case that matters. No NaN can come of it: an average that is finite is one of finite terms, and an a1 below half an
 * ulp of the largest float leaves their difference finite, whatever xhat * a2 is.
 */
LN_INLINE bool gradient_is_full(const struct gradient_rows *a, size_t r)
{
	return a->gamma && a->scale[r].s == 1.0 && fabs(a->a1[r]) <= 0x1p100 && isfinite(a->a2[r]);
}

static void LN_NAME(gradient_rows)(const struct gradient_rows *a)
{
	for (size_t r = 0; r < a->rows; r++) {
		if (a->dx[r] == NULL)
			continue;
		if (!gradient_is_full(a, r))
			gradient_row(a, r, false, REACH_NEAR);
		else if (a->reach == REACH_NEAR)
			gradient_row(a, r, true, REACH_NEAR);
		else if (a->reach == REACH_MEMORY && elem_to_boundary(a->dx[r], LN_F32) == 0)
			gradient_row(a, r, true, REACH_MEMORY);
		else
			gradient_row(a, r, true, REACH_FAR);
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

static void LN_NAME(narrow)(size_t n, const double *from, float *to)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (float)from[i];
}

#endif
