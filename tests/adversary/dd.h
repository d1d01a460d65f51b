/*
 * dd.h - numbers wider than a double: quad, with 113 bits, and dd, an unevaluated sum of two doubles, with 104 and many times as fast
 *
 * The error-free additions and products are those of Knuth and Dekker; their operands stay between 2^-480 and 2^480.
 */
#ifndef DD_H
#define DD_H

#include "quad.h"

#include <math.h>

typedef struct { double hi, lo; } dd;

static inline quad quad_size(quad a) { return a < 0 ? -a : a; }

static inline dd dd_of_quad(quad a)
{
	double hi = (double)a;

	return (dd){hi, (double)(a - (quad)hi)};
}

/* a + b; where |a| >= |b| */
static inline dd quick_sum(double a, double b)
{
	double s = a + b;

	return (dd){s, b - (s - a)};
}

static inline dd two_sum(double a, double b)
{
	double s = a + b, v = s - a;

	return (dd){s, (a - (s - v)) + (b - v)};
}

static inline dd two_product(double a, double b)
{
	double p = a * b;
#ifdef FP_FAST_FMA
	return (dd){p, fma(a, b, -p)};
#else
	const double split = 0x1p27 + 1;
	double ca = split * a, cb = split * b;
	double ah = ca - (ca - a), al = a - ah, bh = cb - (cb - b), bl = b - bh;

	return (dd){p, ((ah * bh - p) + ah * bl + al * bh) + al * bl};
#endif
}

static inline dd dd_add(dd a, dd b)
{
	dd s = two_sum(a.hi, b.hi), t = two_sum(a.lo, b.lo);

	s = quick_sum(s.hi, s.lo + t.hi);
	return quick_sum(s.hi, s.lo + t.lo);
}

static inline dd dd_subtract(dd a, dd b) { return dd_add(a, (dd){-b.hi, -b.lo}); }

static inline dd dd_multiply(dd a, dd b)
{
	dd p = two_product(a.hi, b.hi);

	return quick_sum(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}

#endif
