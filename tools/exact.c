/*
 * exact.c - the exact norm of a row, and how far a float result is from it
 *
 * Written from the formula in ln.h, two passes in long double about a pivot, and with nothing of the kernels in it. How exact is
 * it? The pivot K is an element of the row, so |K - mean| <= sqrt(cols) * sigma for any row: rounding x - K moves xhat by at most
 * sqrt(cols) roundings, and summing cols of them by at most cols times that. With 16896 columns and the 53 bits that any long
 * double has, this is 2e-10 or 0.004 units at the very worst; with the 64 bits of x86, or the 113 of AArch64, 2e-6 or nothing.
 * RMSNorm has neither pivot nor mean, and no such loss.
 */
#include "exact.h"
#include "norms.h"

#include <ln.h>
#include <math.h>

#define U 0x1p-24L			/* half the distance from 1 to the next float */
#define SMALLEST 0x1p-149L		/* a float resolves no less, so neither does the unit */

struct row_statistics {
	long double pivot, shift, rstd;	/* mean = pivot + shift, kept apart: their sum would be rounded */
	bool constant;			/* no deviation at all: the output is exactly beta */
};

static struct row_statistics statistics(uint32_t norm, size_t cols, const float *x, double eps)
{
	struct row_statistics s = {.pivot = norm_of(norm)->has_mean ? x[0] : 0, .constant = true};
	long double sum = 0, squares = 0;

	for (size_t i = 0; i < cols; i++) {
		sum += x[i] - s.pivot;
		s.constant &= x[i] == s.pivot;
	}
	s.shift = norm_of(norm)->has_mean ? sum / (long double)cols : 0;
	for (size_t i = 0; i < cols; i++) {
		long double d = x[i] - s.pivot - s.shift;
		squares += d * d;
	}
	long double variance = squares / (norm_of(norm)->averages ? (long double)cols : 1) + eps;
	s.rstd = !isfinite(variance) ? NAN : variance == 0 ? 0 : 1 / sqrtl(variance);	/* one infinity makes the whole row NaN */
	return s;
}

void exact_row(uint32_t norm, size_t cols, const float *x, const float *gamma, const float *beta, double eps, struct exact *out)
{
	struct row_statistics s = statistics(norm, cols, x, eps);
	long double least = norm_of(norm)->averages ? 1 : 1 / sqrtl((long double)cols);	/* of |xhat|, in ln.h's bound */

	for (size_t i = 0; i < cols; i++) {
		long double xhat = (x[i] - s.pivot - s.shift) * s.rstd;
		long double g = gamma ? gamma[i] : 1, b = beta ? beta[i] : 0;
		out[i].y = g * xhat + b;
		out[i].unit = fmaxl(SMALLEST, U * (fabsl(g) * fmaxl(least, fabsl(xhat)) + fabsl(b)));
		if (s.constant)				/* ln.h: such a row gives exactly beta */
			out[i].unit = 0;
	}
}

/* Take one difference into account; returns whether it is beyond the bound. */
static bool judge(long double error, const struct exact *exact, int times, struct difference *d)
{
	long double units = error == 0 ? 0 : exact->unit == 0 ? INFINITY : error / exact->unit;
	long double rounding = exact->unit == 0 ? 0 : U * fabsl(exact->y);
	bool outside = error != 0 && !(error <= times * (EXACT_BOUND * exact->unit + rounding));	/* also true of NaN */

	d->absolute = fmax(d->absolute, (double)error);
	d->units = fmax(d->units, (double)units);
	d->outside |= outside;
	return outside;
}

/* The distance of two values: none between NaNs or equal infinities, infinite between a NaN and a number. */
static long double distance(long double a, long double b)
{
	if (isnan(a) || isnan(b))
		return isnan(a) && isnan(b) ? 0 : INFINITY;
	return a == b ? 0 : fabsl(a - b);
}

size_t exact_compare(size_t cols, const float *y, const struct exact *exact, struct difference *d)
{
	size_t first = cols;

	for (size_t i = 0; i < cols; i++) {
		bool overflow = isinf(y[i]) && y[i] == (float)exact[i].y;	/* no float is nearer */
		if (judge(overflow ? 0 : distance(y[i], exact[i].y), &exact[i], 1, d) && first == cols)
			first = i;
	}
	return first;
}

size_t exact_compare_two(size_t cols, const float *y, const float *other, const struct exact *exact, struct difference *d)
{
	size_t first = cols;

	for (size_t i = 0; i < cols; i++)
		if (judge(distance(y[i], other[i]), &exact[i], 2, d) && first == cols)
			first = i;
	return first;
}
