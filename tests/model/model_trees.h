/*
 * model_trees.h - docs/numerics.md, sections 2, 10 and 11, as plain C: the sums of a few elements, before anything wider
 *
 * One text for several kinds of numbers: whoever includes it has defined num and its operations, as model_float.h and model_double.h
 * do, and as test_counts.c does with numbers that count their own roundings. What is counted is then what the model computes. A zero
 * that the page names is num_zero(), so that an addition to it can be told from one that rounds.
 */
#ifndef MODEL_TREES_H
#define MODEL_TREES_H

enum { GROUP = 64, SUMS_OF_GROUP = 16, SQUARES_OF_GROUP = 8, ROWS_OF_FOUR = 4, ROWS_OF_BLOCK = 32 };

/* Section 2: d of the n first of 64 elements, +0 for the others. */
static inline void deviations(size_t n, const num *x, num pivot, num d[GROUP])
{
	for (size_t l = 0; l < GROUP; l++)
		d[l] = l < n ? num_sub(x[l], pivot) : num_zero();
}

/* Section 2: sums of four deviations, and of eight squares. */
static inline void trees(enum arithmetic arithmetic, const num d[GROUP], num a[SUMS_OF_GROUP], num b[SQUARES_OF_GROUP])
{
	num sum[32], square[32];

	for (size_t l = 0; l < 32; l++) {
		sum[l] = num_add(d[l], d[l + 32]);
		square[l] = num_madd(arithmetic, d[l + 32], d[l + 32], num_mul(d[l], d[l]));
	}
	for (size_t l = 0; l < 16; l++) {
		a[l] = num_add(sum[l], sum[l + 16]);
		square[l] = num_add(square[l], square[l + 16]);
	}
	for (size_t l = 0; l < 8; l++)
		b[l] = num_add(square[l], square[l + 8]);
}

/* Section 10: what arrives at xhat of a column. */
static inline num through_gamma(num dn, num gamma)
{
	return num_mul(dn, gamma);
}

/* Section 10: sums of four g, and of four g xhat, of the n first of 64 columns; +0 for the others. */
static inline void chains(enum arithmetic arithmetic, size_t n, const num *g, const num *xhat, num A[SUMS_OF_GROUP], num B[SUMS_OF_GROUP])
{
	for (size_t l = 0; l < SUMS_OF_GROUP; l++) {
		A[l] = B[l] = num_zero();
		for (size_t k = l; k < GROUP; k += SUMS_OF_GROUP) {
			A[l] = num_add(A[l], k < n ? g[k] : num_zero());
			B[l] = num_madd(arithmetic, k < n ? g[k] : num_zero(), k < n ? xhat[k] : num_zero(), B[l]);
		}
	}
}

/* Section 11: the sums of a column over four rows, p of dn xhat and b of dn. */
struct four { num p, b; };

/* Row `row` of its block. */
static inline void four_add(enum arithmetic arithmetic, struct four *four, num dn, num xhat, size_t row)
{
	if (row % ROWS_OF_FOUR == 0)
		four->p = four->b = num_zero();
	four->p = num_madd(arithmetic, dn, xhat, four->p);
	four->b = num_add(four->b, dn);
}

static inline bool four_ends(size_t row, bool is_last)
{
	return is_last || row % ROWS_OF_FOUR == ROWS_OF_FOUR - 1;
}

#endif
