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

/* The moments of a set: its mean in three doubles, its sum of squared deviations in two. */
struct set_moments {
	double count, mean, mean_lo, m2, m2_lo, mean_rest;
};

/* Those of the elements of `a` and of `b`. */
LN_INLINE struct set_moments merge(struct set_moments a, struct set_moments b)
{
	double n = a.count + b.count, inverse = 1.0 / n, e, f, g, d_lo, p_lo, s_lo, q_lo, h_lo;
	struct set_moments m = { .count = n };
	double d = exact_sum(b.mean, -a.mean, &e), c = exact_sum(e, exact_sum(b.mean_lo, -a.mean_lo, &f), &g);

	d = exact_sum(d, c, &d_lo);
	d_lo = d_lo + ((f + g) + (b.mean_rest - a.mean_rest));
	double step = d * (b.count * inverse), p = exact_product(d, b.count, &p_lo), s = exact_product(step, n, &s_lo);
	double step_lo = (((p - s) + (p_lo - s_lo)) + d_lo * b.count) * inverse;

	double q = exact_product(d, step, &q_lo);	/* d^2 * a.count * b.count / n is what the means' distance adds to m2 */
	q_lo = q_lo + (d * step_lo + d_lo * step);
	double h = exact_product(q, a.count, &h_lo);
	h_lo = h_lo + q_lo * a.count;

	double sum = exact_sum(exact_sum(a.m2, b.m2, &e), h, &f);
	m.m2 = exact_sum(sum, ((e + f) + (a.m2_lo + b.m2_lo)) + h_lo, &m.m2_lo);
	sum = exact_sum(a.mean, step, &e);
	c = exact_sum(exact_sum(e, a.mean_lo, &f), step_lo, &g);
	c = exact_sum(c, (f + g) + a.mean_rest, &m.mean_rest);
	m.mean = exact_sum(sum, c, &m.mean_lo);
	return m;
}

#endif
