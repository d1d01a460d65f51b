/*
 * ref.c - the oracle: layer normalisation from its definition (Ba, Kiros, Hinton 2016, arXiv:1607.06450, eq. 3 and 4)
 *
 *	mean = 1/n sum x_i		var = 1/n sum (x_i - mean)^2
 *	xhat_i = (x_i - mean) / sqrt(var + eps)		y_i = gamma_i xhat_i + beta_i
 *
 * Nothing here is arranged for floats. The sums are plain sums in 113 bits. That is enough: a row that is not constant holds two
 * elements at least 2^-24 max|x| apart, so its standard deviation is at least 2^-24 max|x| / n, and an error of n 2^-113 max|x| in
 * the mean is below 2^-89 n^2 of it. The mean of a constant row is exact, since n x needs no more than 24 + 64 bits.
 */
#include "ref.h"

#include <math.h>

/* Heron's method: each step doubles the number of correct digits, 53 -> 106 -> 113 and full. */
static quad square_root(quad v)
{
	quad root = (quad)sqrt((double)v);

	root = (root + v / root) / 2;
	return (root + v / root) / 2;
}

struct ref_stats ref_statistics(size_t cols, const float *x, double eps)
{
	struct ref_stats s = {0, 0, 0};

	for (size_t i = 0; i < cols; i++)
		s.mean += (quad)x[i];
	s.mean /= (quad)cols;
	for (size_t i = 0; i < cols; i++) {
		quad deviation = (quad)x[i] - s.mean;
		s.var += deviation * deviation;
	}
	s.var /= (quad)cols;
	if (s.var + (quad)eps > 0)
		s.rstd = 1 / square_root(s.var + (quad)eps);
	return s;
}

void ref_layernorm(size_t cols, const float *x, const float *gamma, const float *beta, double eps, struct ref_value *exact)
{
	struct ref_stats s = ref_statistics(cols, x, eps);

	for (size_t i = 0; i < cols; i++) {
		float g = gamma ? gamma[i] : 1, b = beta ? beta[i] : 0;
		quad xhat = ((quad)x[i] - s.mean) * s.rstd;
		quad y = (quad)g * xhat + (quad)b;

		exact[i].hi = (double)y;
		exact[i].lo = (double)(y - (quad)exact[i].hi);
		exact[i].unit = 0x1p-24 * (fabs((double)g) * fmax(1, fabs((double)xhat)) + fabs((double)b));
	}
}

/* Half the distance between the floats around v: the largest error of one rounding to float, denormals included. */
static double half_ulp(double v)
{
	int exponent;

	frexp(v, &exponent);			/* 2^(exponent-1) <= |v| < 2^exponent */
	return ldexp(1, (exponent < -125 ? -125 : exponent) - 25);
}

/*
 * |y - exact|. A float infinity stands for everything from 2^128 - 2^103 on, since that is what rounds to it; so it is compared
 * with the nearest number it can mean, and a right infinity has no error. The difference below is exact wherever y is near.
 */
static double distance(const struct ref_value *exact, float y)
{
	const double least_infinite = 0x1p128 - 0x1p103;

	if (isinf(y)) {
		double short_of = y > 0 ? least_infinite - exact->hi : least_infinite + exact->hi;
		return short_of > 0 ? short_of : 0;
	}
	return fabs(((double)y - exact->hi) - exact->lo);
}

static double in_units(double error, double unit)
{
	if (error > 0)
		return unit > 0 ? error / unit : INFINITY;
	return error == 0 ? 0 : INFINITY;	/* a NaN is neither */
}

struct ref_error ref_compare(size_t cols, const struct ref_value *exact, const float *y)
{
	struct ref_error worst = {0, 0, 0};

	for (size_t i = 0; i < cols; i++) {
		double error = distance(&exact[i], y[i]);
		double forgiven = half_ulp(exact[i].hi);
		double raw = in_units(error, exact[i].unit);
		double rounded = in_units(error <= forgiven ? 0 : error - forgiven, exact[i].unit);

		if (raw > worst.raw) {
			worst.raw = raw;
			worst.col = i;
		}
		if (rounded > worst.rounded)
			worst.rounded = rounded;
	}
	return worst;
}
