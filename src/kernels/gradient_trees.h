/* gradient_trees.h - the first pass of a gradient: sums over rows and over columns, two rows at a time (docs/numerics.md sections 10 and 11) */
#ifndef LN_GRADIENT_TREES_H
#define LN_GRADIENT_TREES_H

#include "gradient_xhat.h"
#include "sums.h"

_Static_assert((int)ROOM >= (int)LANES, "a register may end past the last column");

/* The chains of a tree, of each row, and the doubles that they are added to. */
struct gradient_chains {
	float g[PASS_ROWS][LANES], gx[PASS_ROWS][LANES];
};
struct gradient_lanes {
	double g[PASS_ROWS][SUMS], gx[PASS_ROWS][SUMS];
};

/* Of a pair in its run. The sums of columns stay floats until the last pair, which adds them to the doubles, or begins these. */
enum place { FIRST, MIDDLE, LAST, LAST_OF_FIRST };

/* What the sums of a row or two are taken of. `full`, a constant, says that both are there and ordinary, and gamma too. */
struct gradient_terms {
	uint32_t type;
	const void *x[PASS_ROWS], *dn[PASS_ROWS];
	const float *gamma;
	struct gradient_constants k[PASS_ROWS];
	struct column_run *run;
	double *dgamma, *dbeta;
	bool full, two;
	enum place place;
};

/* Add a register of a run's sums to those of the block of rows, which may begin here. */
LN_INLINE void add_to_doubles(vec v, double *sums, bool begins)
{
	wide a, b;

	vec_widen(v, &a, &b);
	wide_store(sums, wide_add(begins ? wide_zero() : wide_load(sums), a));
	if (vec_lanes() > wide_lanes())
		wide_store(sums + wide_lanes(), wide_add(begins ? wide_zero() : wide_load(sums + wide_lanes()), b));
}

/*
 * n lanes of row r from column c on, added to the columns' sums p and b and to the row's chains, both of which may begin here. What is first
 * is not added to +0: that would make +0 of -0, but so do the doubles.
 */
LN_INLINE void add_gradient_term(const struct gradient_terms *t, size_t r, size_t c, size_t n, vec gamma, bool begins, vec *p, vec *b, vec *g_chain,
				 vec *gx_chain)
{
	vec g = elem_load_lanes(elem_at(t->dn[r], c, t->type), n, t->type);
	vec xhat = gradient_xhat(elem_load_lanes(elem_at(t->x[r], c, t->type), n, t->type), &t->k[r], t->full);
	bool first = t->place == FIRST && r == 0;

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

	if (t->place != FIRST) {
		p = vec_load_once(t->run->p + c);
		b = vec_load_once(t->run->b + c);
	}
	add_gradient_term(t, 0, c, n, gamma, begins, &p, &b, g0, gx0);
	if (t->full || t->two)
		add_gradient_term(t, 1, c, n, gamma, begins, &p, &b, g1, gx1);
	if (t->place == LAST || t->place == LAST_OF_FIRST) {
		add_to_doubles(p, t->dgamma + c, t->place == LAST_OF_FIRST);
		add_to_doubles(b, t->dbeta + c, t->place == LAST_OF_FIRST);
	} else {
		vec_store(t->run->p + c, p);
		vec_store(t->run->b + c, b);
	}
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

LN_INLINE struct gradient_terms terms_of(const struct gradient_rows *a, uint32_t type, size_t r, bool full, enum place place, bool two)
{
	size_t second = two ? r + 1 : r;

	return (struct gradient_terms){
		.type = type, .x = { a->x[r], a->x[second] }, .dn = { a->dn[r], a->dn[second] }, .gamma = a->gamma,
		.k = { gradient_constants(&a->scale[r], 0.0, 0.0), gradient_constants(&a->scale[second], 0.0, 0.0) },
		.run = a->run, .dgamma = a->dgamma, .dbeta = a->dbeta, .full = full, .place = place, .two = two,
	};
}

LN_INLINE void add_trees_of(const struct gradient_terms *t, size_t c, size_t end, struct gradient_lanes *lanes)
{
	for (; c < end; c += TREE)
		add_gradient_tree(t, c, end, lanes);
}

/* Trees from column c on that are not whole, or of rows that are not what matters most. */
static __attribute__((noinline)) void add_gradient_trees(const struct gradient_rows *a, size_t r, size_t c, struct gradient_lanes *lanes)
{
	enum place place = a->at_row + r == 0 ? FIRST : MIDDLE;
	bool two = r + 1 < a->rows;

	if (a->type == LN_BF16) {
		const struct gradient_terms t = terms_of(a, LN_BF16, r, false, place, two);
		add_trees_of(&t, c, a->n, lanes);
	} else {
		const struct gradient_terms t = terms_of(a, LN_F32, r, false, place, two);
		add_trees_of(&t, c, a->n, lanes);
	}
}

/* Whole trees of two ordinary rows with a gamma; how many columns these are. */
LN_INLINE size_t add_whole_trees(const struct gradient_rows *a, uint32_t type, size_t r, enum place place, struct gradient_lanes *lanes)
{
	const struct gradient_terms t = terms_of(a, type, r, true, place, true);
	const size_t whole = a->n - a->n % TREE;

	add_trees_of(&t, 0, whole, lanes);
	return whole;
}

LN_INLINE size_t add_whole_trees_of(const struct gradient_rows *a, uint32_t type, size_t r, enum place place, struct gradient_lanes *lanes)
{
	return place == FIRST ? add_whole_trees(a, type, r, FIRST, lanes)
	     : place == MIDDLE ? add_whole_trees(a, type, r, MIDDLE, lanes)
	     : place == LAST ? add_whole_trees(a, type, r, LAST, lanes)
	     : add_whole_trees(a, type, r, LAST_OF_FIRST, lanes);
}

/* Add the sums over a run to those over the block of rows, which may be absent, from column c on. */
LN_INLINE void add_run(const struct gradient_rows *a, size_t c, const float *run, double *sums)
{
	if (sums == NULL)
		return;
	for (; c + vec_lanes() <= a->n; c += vec_lanes())
		add_to_doubles(vec_load(run + c), sums + c, a->begins);
	for (; c < a->n; c++)
		sums[c] = (a->begins ? 0.0 : sums[c]) + (double)run[c];
}

LN_INLINE bool both_ordinary(const struct gradient_rows *a, size_t r)
{
	return r + 1 < a->rows && a->gamma && a->scale[r].s == 1.0 && a->scale[r + 1].s == 1.0;
}

LN_INLINE enum place place_of(const struct gradient_rows *a, size_t r)
{
	bool ends = a->ends && r + PASS_ROWS >= a->rows && a->dgamma && a->dbeta;
	return a->at_row + r == 0 ? FIRST : !ends ? MIDDLE : a->begins ? LAST_OF_FIRST : LAST;
}

/* The sums of rows r and r + 1; of how many columns the run's are added to the doubles. */
LN_INLINE size_t gradient_sums_of_pair(const struct gradient_rows *a, size_t r, struct gradient_sums *sums)
{
	struct gradient_lanes lanes = { 0 };
	enum place place = place_of(a, r);
	size_t whole = 0;

	if (both_ordinary(a, r))
		whole = a->type == LN_BF16 ? add_whole_trees_of(a, LN_BF16, r, place, &lanes) : add_whole_trees_of(a, LN_F32, r, place, &lanes);
	if (whole < a->n)
		add_gradient_trees(a, r, whole, &lanes);
	for (size_t i = 0; i < PASS_ROWS && r + i < a->rows; i++)
		sums[r + i] = (struct gradient_sums){ .g = wide_fold(lanes.g[i]), .gx = wide_fold(lanes.gx[i]) };
	return place == LAST || place == LAST_OF_FIRST ? whole : 0;
}

static void LN_NAME(gradient_sums)(const struct gradient_rows *a, struct gradient_sums *sums)
{
	size_t added = 0;

	for (size_t r = 0; r < a->rows; r += PASS_ROWS)
		added = gradient_sums_of_pair(a, r, sums);
	if (!a->ends)
		return;
	add_run(a, added, a->run->p, a->dgamma);
	add_run(a, added, a->run->b, a->dbeta);
}

#endif
