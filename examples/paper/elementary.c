/*
 * elementary.c - exp and log by the argument's exponent and a series in double
 */
#include "elementary.h"
#include "widths.h"

#include <stdint.h>
#include <string.h>

/*
 * x = n ln 2 + r, |r| <= 0.35. n falls out of an addition: 1.5 2^52 + n has n in its lowest bits, rounded to nearest. The remainder of
 * the series is below 0.35^12 / 12! < 1e-14.
 */
static inline double exp_of(double x)
{
	const double shift = 0x1.8p52, ln2_high = 0x1.62e42fefap-1, ln2_low = 0x1.cf79abc9e3b3ap-40;	/* high: zeros at its end */
	uint64_t bits;

	x = x > 700 ? 700 : x < -700 ? -700 : x;
	double shifted = x * 0x1.71547652b82fep0 + shift, n = shifted - shift, r = (x - n * ln2_high) - n * ln2_low;
	double p = 1.0 / 39916800;

	p = p * r + 1.0 / 3628800;
	p = p * r + 1.0 / 362880;
	p = p * r + 1.0 / 40320;
	p = p * r + 1.0 / 5040;
	p = p * r + 1.0 / 720;
	p = p * r + 1.0 / 120;
	p = p * r + 1.0 / 24;
	p = p * r + 1.0 / 6;
	p = p * r + 0.5;
	p = p * r + 1;
	p = p * r + 1;
	memcpy(&bits, &shifted, sizeof bits);
	bits = (bits << 52) + 0x3ff0000000000000;	/* 2^n: the low bits of n moved to the exponent */
	double scale;
	memcpy(&scale, &bits, sizeof scale);
	return p * scale;
}

double exp_same(double x) { return exp_of(x); }

FOR_EACH_WIDTH void exp_same_all(size_t n, double *x)
{
	for (size_t i = 0; i < n; i++)
		x[i] = exp_of(x[i]);
}

/* x = 2^n m, m in [0.7, 1.42): log m = 2 (s + s^3/3 + s^5/5 ...) with s = (m - 1)/(m + 1), |s| <= 0.172, so s^21 ends it */
double log_same(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof bits);
	int64_t n = (int64_t)((bits - 0x3fe6a09e667f3bcd) >> 52);	/* from sqrt(1/2); negative numbers wrapped around */
	if (n > 2047)
		n -= 4096;
	bits -= (uint64_t)n << 52;
	double m, sum = 0;
	memcpy(&m, &bits, sizeof m);
	double s = (m - 1) / (m + 1), square = s * s;

	for (int i = 21; i >= 1; i -= 2)
		sum = sum * square + 1.0 / i;
	return (double)n * 0x1.62e42fefa39efp-1 + 2 * s * sum;
}
