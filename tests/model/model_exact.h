/*
 * model_exact.h - docs/numerics.md, section 1, as plain C: sums and products of doubles with what their rounding lost
 */
#ifndef MODEL_EXACT_H
#define MODEL_EXACT_H

#include "model.h"

#include <math.h>

struct pair { double hi, lo; };

/* Knuth */
static inline struct pair exact_sum(double a, double b)
{
	double s = a + b, v = s - a;

	return (struct pair){s, (a - (s - v)) + (b - v)};
}

static inline struct pair split(double a)
{
	double c = a * 134217729.0, h = c - (c - a);

	return (struct pair){h, a - h};
}

/* Dekker */
static inline struct pair exact_product(double a, double b)
{
	double p = a * b;
	struct pair x = split(a), y = split(b);

	return (struct pair){p, (((x.hi * y.hi - p) + x.hi * y.lo) + x.lo * y.hi) + x.lo * y.lo};
}

#endif
