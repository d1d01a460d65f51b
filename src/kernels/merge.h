/*
 * merge.h - Welford's update for whole sets, after Chan, Golub and LeVeque 1983, in pairs of doubles: docs/numerics.md sections 1 and 4
 *
 * A pair a + a_lo holds what a double would lose, so that nothing is lost over any number of blocks.
 */
#ifndef LN_MERGE_H
#define LN_MERGE_H

#include "vec.h"

/* sum + error = a + b exactly, whatever their sizes (Knuth) */
LN_INLINE double exact_sum(double a, double b, double *error)
{
	double sum = a + b, part = sum - a;
	*error = (a - (sum - part)) + (b - part);
	return sum;
}

/* a in two parts of 26 bits */
LN_INLINE double upper_bits(double a)
{
	double c = a * 0x8000001p0;
	return c - (c - a);
}

/* product + error = a * b exactly, where neither overflows or underflows (Dekker) */
LN_INLINE double exact_product(double a, double b, double *error)
{
	double product = a * b, ah = upper_bits(a), al = a - ah, bh = upper_bits(b), bl = b - bh;
	*error = ((ah * bh - product) + ah * bl + al * bh) + al * bl;
	return product;
}

/* a + a_lo over n, as a pair */
LN_INLINE double exact_quotient(double a, double a_lo, double n, double *low)
{
	double quotient = a / n, error, product = exact_product(quotient, n, &error);
	*low = (((a - product) - error) + a_lo) / n;
	return quotient;
}

/* 1 / sqrt(variance) from that of a float: one Newton step. */
LN_INLINE double refined_rstd(double variance, double rstd) { return rstd + (0.5 * rstd) * (1.0 - (variance * rstd) * rstd); }

/* Moments of `count` elements become those of these and of_count others. */
LN_INLINE void merge(double count, double *mean, double *mean_lo, double *m2, double *m2_lo, double of_count, double of_mean,
		     double of_mean_lo, double of_m2, double of_m2_lo)
{
	double n = count + of_count, inverse = 1.0 / n, d_lo, step_lo, e, f, p_lo, s_lo, g_lo, h_lo;
	double d = exact_sum(of_mean, -*mean, &e);

	d = exact_sum(d, e + (of_mean_lo - *mean_lo), &d_lo);
	double step = d * (of_count * inverse), p = exact_product(d, of_count, &p_lo), s = exact_product(step, n, &s_lo);
	step_lo = (((p - s) + (p_lo - s_lo)) + d_lo * of_count) * inverse;

	double g = exact_product(d, step, &g_lo);	/* d^2 * count * of_count / n is what the means' distance adds to m2 */
	g_lo = g_lo + (d * step_lo + d_lo * step);
	double h = exact_product(g, count, &h_lo);
	h_lo = h_lo + g_lo * count;

	double sum = exact_sum(exact_sum(*m2, of_m2, &e), h, &f);
	*m2 = exact_sum(sum, ((e + f) + (*m2_lo + of_m2_lo)) + h_lo, m2_lo);
	sum = exact_sum(*mean, step, &e);
	*mean = exact_sum(sum, (e + *mean_lo) + step_lo, mean_lo);
}

#endif
