/*
 * model_lanes.h - docs/numerics.md, sections 1, 2, 10 and 11, as plain C: sums of floats into lanes of something wider
 *
 * After model_trees.h, and like it one text for numbers that round and for numbers that count; wide and its operations are defined too.
 */
#ifndef MODEL_LANES_H
#define MODEL_LANES_H

enum { LANES = 8 };

/* Section 1 */
static inline wide fold(const wide lane[LANES])
{
	wide a[LANES];

	for (size_t l = 0; l < LANES; l++)
		a[l] = lane[l];
	for (size_t half = LANES / 2; half >= 1; half /= 2)
		for (size_t l = 0; l < half; l++)
			a[l] = wide_add(a[l], a[l + half]);
	return a[0];
}

/* Sixteen sums of a group of 64 into the lanes. */
static inline void lanes_add(wide lane[LANES], const num sum[SUMS_OF_GROUP])
{
	for (size_t l = 0; l < LANES; l++)
		lane[l] = wide_add(lane[l], wide_add(wide_of(sum[l]), wide_of(sum[l + LANES])));
}

/* Of d and d², or of g and g xhat. */
struct sums { wide r, q; };

static inline void lanes_begin(wide R[LANES], wide Q[LANES])
{
	for (size_t l = 0; l < LANES; l++)
		R[l] = Q[l] = wide_zero();
}

/* Section 2: a block about a pivot. */
static inline struct sums sums_about(enum arithmetic arithmetic, size_t n, const num *x, num pivot)
{
	wide R[LANES], Q[LANES];
	num d[GROUP], a[SUMS_OF_GROUP], b[SQUARES_OF_GROUP];

	lanes_begin(R, Q);
	for (size_t at = 0; at < n; at += GROUP) {
		deviations(n - at, x + at, pivot, d);
		trees(arithmetic, d, a, b);
		lanes_add(R, a);
		for (size_t l = 0; l < LANES; l++)
			Q[l] = wide_add(Q[l], wide_of(b[l]));
	}
	return (struct sums){fold(R), fold(Q)};
}

/* Section 10: a block of columns. */
static inline struct sums sums_of_gradients(enum arithmetic arithmetic, size_t n, const num *g, const num *xhat)
{
	wide R[LANES], Q[LANES];
	num A[SUMS_OF_GROUP], B[SUMS_OF_GROUP];

	lanes_begin(R, Q);
	for (size_t at = 0; at < n; at += GROUP) {
		chains(arithmetic, n - at, g + at, xhat + at, A, B);
		lanes_add(R, A);
		lanes_add(Q, B);
	}
	return (struct sums){fold(R), fold(Q)};
}

/* Section 11: the sums of a column over a block of rows. */
struct column { struct four four; wide P, B; };

/* Row `row` of its block. */
static inline void column_add(enum arithmetic arithmetic, struct column *c, num dn, num xhat, size_t row, bool is_last)
{
	if (row == 0)
		c->P = c->B = wide_zero();
	four_add(arithmetic, &c->four, dn, xhat, row);
	if (four_ends(row, is_last)) {
		c->P = wide_add(c->P, wide_of(c->four.p));
		c->B = wide_add(c->B, wide_of(c->four.b));
	}
}

#endif
