/*
 * exact.h - the exact norm of a row, and how far a float result is from it
 */
#ifndef LNORM_EXACT_H
#define LNORM_EXACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The contract of ln.h: an error of at most this many units, and one rounding to float. */
#define EXACT_BOUND 14

/* What one element of the output should be. */
struct exact {
	long double y;			/* gamma * xhat + beta; NaN if the row has a NaN or an infinity */
	long double unit;		/* u (|gamma| max(1, |xhat|) + |beta|), u = 2^-24; 0 where y must be exactly right */
};

/* How far results are from what they should be: the largest over all elements looked at. */
struct difference {
	double absolute;
	double units;
	bool outside;			/* beyond the bound somewhere */
};

/* exact_row() - the exact values of one row; gamma NULL means 1, beta NULL means 0 */
void exact_row(uint32_t norm, size_t cols, const float *x, const float *gamma, const float *beta, double eps, struct exact *out);

/* exact_compare() - take a row of y into account in `d`; returns the first column outside the bound, or cols */
size_t exact_compare(size_t cols, const float *y, const struct exact *exact, struct difference *d);

/*
 * exact_compare_two() - the same for two rows that both should be `exact`, one against the other: each may be off to another side,
 * so the bound is twice as wide
 */
size_t exact_compare_two(size_t cols, const float *y, const float *other, const struct exact *exact, struct difference *d);

#endif
