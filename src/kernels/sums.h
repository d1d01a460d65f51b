/*
 * sums.h - the sums of a block of a row about a pivot: trees of floats, then lanes of doubles (docs/numerics.md section 2)
 *
 * Sixty-four terms make trees: of four deviations, and of eight squares, for each of the lanes of doubles. So few floats are added that
 * what they lose stays small, and so many that making them doubles does not take the time.
 */
#ifndef LN_SUMS_H
#define LN_SUMS_H

#include "elem.h"

enum { TREE = 4 * LANES };	/* places whose terms are summed in float */

/* Of a block of up to GROUP rows: r sums the deviations from the pivot, q their squares; of which m2 is to keep at least the threshold. */
struct sums {
	_Alignas(LINE_BYTES) double pivot[GROUP], r[GROUP], q[GROUP], threshold[GROUP];
};

/*
 * Below these parts of q the error bound would be passed. About 0 no deviation is rounded, so more may cancel. Where nothing is subtracted
 * nothing cancels.
 */
LN_INLINE double threshold_of(bool has_mean, bool centred) { return !has_mean ? 0.0 : centred ? 0.625 : 0.90625; }

/* What is summed: x - pivot. A pivot of 0 needs no instruction: `about_0`, a constant, says so. */
struct terms {
	bool has_mean;	/* of the norm: else the deviations themselves are not summed */
	uint32_t type;
	bool about_0;
	float pivot;
};

/* Of `left` elements, how many a register takes. */
LN_INLINE size_t lanes_left(size_t left) { return left < vec_lanes() ? left : vec_lanes(); }

LN_INLINE vec term_of(struct terms t, vec x) { return t.about_0 ? x : vec_sub(x, vec_set1(t.pivot)); }

/* The terms at place `at` of a tree that holds `end` elements. Past them the term is masked, not the element, since 0 - pivot is not 0. */
LN_INLINE vec load_terms(struct terms t, const void *x, size_t at, size_t end)
{
	if (at + vec_lanes() <= end)
		return term_of(t, elem_load(elem_at(x, at, t.type), t.type));
	if (at >= end)
		return vec_set1(0.0f);
	return vec_keep(term_of(t, elem_load_tail(elem_at(x, at, t.type), end - at, t.type)), end - at);
}

/* The terms and squares of a register's lanes, from place `at` on, and of those 16, 32 and 48 places further on: by halves. */
LN_INLINE void sum_lanes(struct terms t, const void *x, size_t at, size_t end, vec *r, vec *q)
{
	vec a = load_terms(t, x, at, end), b = load_terms(t, x, at + LANES, end);
	vec c = load_terms(t, x, at + 2 * LANES, end), d = load_terms(t, x, at + 3 * LANES, end);

	if (t.has_mean)
		*r = vec_add(vec_add(a, c), vec_add(b, d));
	*q = vec_add(vec_madd(c, c, vec_mul(a, a)), vec_madd(d, d, vec_mul(b, b)));
}

/* How many of the lanes of doubles one register of floats, or a pair of smaller ones, makes. */
LN_INLINE size_t walk_lanes(void) { return vec_lanes() < SUMS ? vec_lanes() : SUMS; }
LN_INLINE bool two_wides(void) { return walk_lanes() > wide_lanes(); }

LN_INLINE void add_wides(wide *a, wide *b, wide more_a, wide more_b)
{
	*a = wide_add(*a, more_a);
	if (two_wides())
		*b = wide_add(*b, more_b);
}

LN_INLINE void store_wides(double *p, wide a, wide b)
{
	wide_store(p, a);
	if (two_wides())
		wide_store(p + wide_lanes(), b);
}

/* Add a tree's sums to the doubles of the lanes from `lane` on. */
LN_INLINE void add_tree(struct terms t, const void *x, size_t lane, size_t end, wide *r_a, wide *r_b, wide *q_a, wide *q_b)
{
	vec r = vec_set1(0.0f), q, high_r = r, high_q = r;
	wide a, b;

	sum_lanes(t, x, lane, end, &r, &q);
	if (vec_lanes() < LANES)
		sum_lanes(t, x, lane + SUMS, end, &high_r, &high_q);
	if (t.has_mean) {
		vec_halve_wide(r, high_r, &a, &b);
		add_wides(r_a, r_b, a, b);
	}
	vec_halve(q, high_q, &a, &b);
	add_wides(q_a, q_b, a, b);
}

/* The lanes of doubles of n elements: r and q have room for SUMS; r is written where the norm has a mean. */
LN_INLINE void sum_block(struct terms t, const void *x, size_t n, double *r, double *q)
{
	size_t whole = n - n % TREE;

	for (size_t lane = 0; lane < SUMS; lane += walk_lanes()) {
		wide r_a = wide_zero(), r_b = r_a, q_a = r_a, q_b = r_a;

		for (size_t at = 0; at < whole; at += TREE)
			add_tree(t, elem_at(x, at, t.type), lane, TREE, &r_a, &r_b, &q_a, &q_b);
		if (whole < n)
			add_tree(t, elem_at(x, whole, t.type), lane, n - whole, &r_a, &r_b, &q_a, &q_b);
		if (t.has_mean)
			store_wides(r + lane, r_a, r_b);
		store_wides(q + lane, q_a, q_b);
	}
}

/* About a pivot that is not 0; out of line, since rows about 0 are the common ones. */
static __attribute__((noinline)) void sum_block_about(uint32_t type, float pivot, const void *x, size_t n, double *r, double *q)
{
	if (type == LN_F32)
		sum_block((struct terms){ HAS_MEAN, LN_F32, false, pivot }, x, n, r, q);
	else if (type == LN_BF16)
		sum_block((struct terms){ HAS_MEAN, LN_BF16, false, pivot }, x, n, r, q);
	else
		sum_block((struct terms){ HAS_MEAN, LN_F16, false, pivot }, x, n, r, q);
}

/* The sums of the n elements of a tree, added to the lanes. */
LN_INLINE void add_tree_to_lanes(struct terms t, const float *x, size_t n, double *r, double *q)
{
	for (size_t lane = 0; lane < SUMS; lane += walk_lanes()) {
		size_t second = lane + (two_wides() ? wide_lanes() : 0);
		wide r_a = wide_load(r + lane), r_b = wide_load(r + second), q_a = wide_load(q + lane), q_b = wide_load(q + second);

		add_tree(t, x, lane, n, &r_a, &r_b, &q_a, &q_b);
		store_wides(r + lane, r_a, r_b);
		store_wides(q + lane, q_a, q_b);
	}
}

/* Of x * scale, for rows that floats do not hold otherwise: tree by tree through a copy in floats, since the time does not matter. */
static __attribute__((noinline)) void sum_block_scaled(uint32_t type, float scale, float pivot, const void *x, size_t n, double *r, double *q)
{
	float scaled[TREE];

	for (size_t l = 0; l < SUMS; l++)
		r[l] = q[l] = 0.0;
	for (size_t at = 0, end; at < n; at += end) {
		end = n - at < TREE ? n - at : TREE;
		for (size_t i = 0, part; i < end; i += part) {
			part = lanes_left(end - i);
			vec v = vec_mul(elem_load_lanes(elem_at(x, at + i, type), part, type), vec_set1(scale));
			elem_store_lanes(scaled + i, v, part, LN_F32);
		}
		add_tree_to_lanes((struct terms){ HAS_MEAN, LN_F32, false, pivot }, scaled, end, r, q);
	}
}

/* The sums of rows from their lanes of doubles. Where there are fewer rows than a wide has lanes, the last one stands in for the others. */
LN_INLINE void fold_rows(const double *lanes, size_t rows, double *sums)
{
	if (rows == 1)
		wide_store(sums, wide_set1(wide_fold(lanes)));
	for (size_t row = 0; rows > 1 && row < rows; row += wide_lanes())
		wide_store(sums + row, wide_fold_rows(lanes + row * SUMS, rows - row));
}

#endif
