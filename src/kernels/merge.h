/* merge.h - Welford's update for whole sets, after Chan, Golub and LeVeque 1983: docs/numerics.md section 4 */
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

/* Moments of `count` elements become those of these and of_count others; the mean is mean + mean_lo. */
LN_INLINE void merge(double count, double *mean, double *mean_lo, double *m2, double of_count, double of_mean, double of_mean_lo,
		     double of_m2)
{
	double weight = of_count / (count + of_count), d = (of_mean - *mean) + (of_mean_lo - *mean_lo), error;
	double sum = exact_sum(*mean, d * weight, &error);

	error += *mean_lo;
	*m2 += of_m2 + d * d * (count * weight);
	*mean = sum + error;
	*mean_lo = error - (*mean - sum);
}

#endif
