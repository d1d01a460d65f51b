/*
 * model_pairs.h - docs/numerics.md, section 9, as plain C: sums of doubles into lanes with errors beside them
 *
 * What model_lanes.h is for floats. Whoever includes it has defined wide_sum(), which loses nothing, low, in which errors are summed, and
 * wide_with(), which adds such a sum and loses nothing either.
 */
#ifndef MODEL_PAIRS_H
#define MODEL_PAIRS_H

/* A sum, and what it has lost. */
struct exact { wide v; low lost; };

static inline struct exact exact_zero(void)
{
	return (struct exact){wide_zero(), low_zero()};
}

static inline void exact_add(struct exact *a, wide more)
{
	low e;

	a->v = wide_sum(a->v, more, &e);
	a->lost = low_add(a->lost, e);
}

/* The sum of n lanes, which are overwritten; at last what was lost is put back as far as it goes. */
static inline struct exact exact_fold(size_t n, struct exact *lane)
{
	struct exact all;
	low e;

	for (size_t half = n / 2; half >= 1; half /= 2)
		for (size_t l = 0; l < half; l++) {
			lane[l].v = wide_sum(lane[l].v, lane[l + half].v, &e);
			lane[l].lost = low_add(low_add(lane[l].lost, lane[l + half].lost), e);
		}
	all.v = wide_with(lane[0].v, lane[0].lost, &all.lost);
	return all;
}

/* Of d and d², or of g and g xhat. */
struct exact_sums { struct exact r, q; };

/* Section 2: a block about a pivot. */
static inline struct exact_sums exact_sums_about(enum arithmetic arithmetic, size_t n, const num *x, num pivot)
{
	struct exact R[SUMS_OF_GROUP], Q[SQUARES_OF_GROUP];
	num d[GROUP], a[SUMS_OF_GROUP], b[SQUARES_OF_GROUP];

	for (size_t l = 0; l < SUMS_OF_GROUP; l++)
		R[l] = exact_zero();
	for (size_t l = 0; l < SQUARES_OF_GROUP; l++)
		Q[l] = exact_zero();
	for (size_t at = 0; at < n; at += GROUP) {
		deviations(n - at, x + at, pivot, d);
		trees(arithmetic, d, a, b);
		for (size_t l = 0; l < SUMS_OF_GROUP; l++)
			exact_add(&R[l], wide_of(a[l]));
		for (size_t l = 0; l < SQUARES_OF_GROUP; l++)
			exact_add(&Q[l], wide_of(b[l]));
	}
	return (struct exact_sums){exact_fold(SUMS_OF_GROUP, R), exact_fold(SQUARES_OF_GROUP, Q)};
}

/* Section 10: a block of columns. */
static inline struct exact_sums exact_sums_of_gradients(enum arithmetic arithmetic, size_t n, const num *g, const num *xhat)
{
	struct exact R[SUMS_OF_GROUP], Q[SUMS_OF_GROUP];
	num A[SUMS_OF_GROUP], B[SUMS_OF_GROUP];

	for (size_t l = 0; l < SUMS_OF_GROUP; l++)
		R[l] = Q[l] = exact_zero();
	for (size_t at = 0; at < n; at += GROUP) {
		chains(arithmetic, n - at, g + at, xhat + at, A, B);
		for (size_t l = 0; l < SUMS_OF_GROUP; l++) {
			exact_add(&R[l], wide_of(A[l]));
			exact_add(&Q[l], wide_of(B[l]));
		}
	}
	return (struct exact_sums){exact_fold(SUMS_OF_GROUP, R), exact_fold(SUMS_OF_GROUP, Q)};
}

/* Section 11: the sums of a column over a block of rows. */
struct exact_column { struct four four; struct exact P, B; };

/* Row `row` of its block. */
static inline void exact_column_add(enum arithmetic arithmetic, struct exact_column *c, num dn, num xhat, size_t row, bool is_last)
{
	if (row == 0)
		c->P = c->B = exact_zero();
	four_add(arithmetic, &c->four, dn, xhat, row);
	if (four_ends(row, is_last)) {
		exact_add(&c->P, wide_of(c->four.p));
		exact_add(&c->B, wide_of(c->four.b));
	}
}

#endif
