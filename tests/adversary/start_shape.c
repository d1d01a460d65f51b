/*
 * start_shape.c - the shapes of a row and of its gradient before a search
 */
#include "start.h"

#include <ln.h>
#include <math.h>

enum { NORMAL, UNIFORM, TWO_VALUED, OUTLIER, CANCELLING, SORTED, FEW, RAMP, GEOMETRIC, STRIPES, NEARLY_CONSTANT, SHAPES };

/* +-1 in a balance that is drawn, in runs that are drawn. */
static void two_valued(struct rng *r, double *x, size_t n)
{
	uint64_t run = 1 + rng_below(r, 40), share = 1 + rng_below(r, 99);

	for (size_t i = 0; i < n; i++)
		x[i] = i % run == 0 ? (rng_below(r, 100) < share ? 1 : -1) : x[i - 1];
}

/* Each element is that of its stripe: what stands in one lane of a vector for some width of vectors. */
static void stripes(struct rng *r, double *x, size_t n)
{
	size_t width = (size_t)1 << rng_below(r, 7), period = width << rng_below(r, 4);

	for (size_t i = 0; i < n; i++)
		x[i] = i >= period ? x[i - period] : i >= width && chance(r, 50) ? x[i - width] : rng_normal(r);
}

static void few_distinct(struct rng *r, double *x, size_t n)
{
	double value[6];
	size_t distinct = 2 + rng_below(r, 5);

	for (size_t i = 0; i < distinct; i++)
		value[i] = rng_normal(r);
	for (size_t i = 0; i < n; i++)
		x[i] = value[rng_below(r, distinct)];
}

/* Half the row takes back what the other half adds; small elements after large ones, or before. */
static void halves(struct rng *r, double *x, size_t n, bool cancel)
{
	double small = ldexp(1, -(int)rng_below(r, 14));
	bool first = chance(r, 50);

	for (size_t i = 0; i < n; i++)
		if (cancel)
			x[i] = i < n / 2 ? rng_normal(r) : -x[i - n / 2] * (1 + 0x1p-20 * (double)rng_below(r, 3));
		else
			x[i] = rng_normal(r) * ((i < n / 2) == first ? small : 1);
}

/*
 * Lanes of two kinds: in each vector's width of elements those of a kind are equal, so that all lanes of a kind lose the same and nothing
 * cancels in a fold. One kind is positive, the other negative, in a balance that sets the mean against sigma.
 */
void start_lanes(struct rng *r, double *x, size_t n)
{
	size_t period = (size_t)2 << rng_below(r, 5), width = period << rng_below(r, 3), of_first = 1 + rng_below(r, period - 1);
	double share = (double)of_first / (double)period, mean = chance(r, 40) ? 0 : chance(r, 50) ? 0.35 : rng_uniform(r);
	double values[2] = {0, 0}, spread = chance(r, 30) ? 0 : chance(r, 50) ? 0.1 : 0.4;
	bool alike = chance(r, 30);	/* all lanes of a vector alike, signs by turns of vectors */

	for (size_t i = 0; i < n; i++) {
		if (i % width == 0 || values[0] == 0) {
			values[0] = (mean + sqrt((1 - share) / share)) * (1 + spread * (2 * rng_uniform(r) - 1));
			values[1] = (mean - sqrt(share / (1 - share))) * (1 + spread * (2 * rng_uniform(r) - 1));
		}
		x[i] = alike ? values[i / width % 2] : values[i % period >= of_first];
	}
}

void start_shape(struct rng *r, const struct quantity *q, double *x, size_t n)
{
	uint64_t shape = rng_below(r, SHAPES);
	double ratio = ldexp(1, -(int)(1 + rng_below(r, 3))), step = q->type == LN_F64 ? 0x1p-52 : 0x1p-23;

	switch (shape) {
	case TWO_VALUED: two_valued(r, x, n); break;
	case STRIPES: stripes(r, x, n); break;
	case FEW: few_distinct(r, x, n); break;
	case CANCELLING: halves(r, x, n, true); break;
	case SORTED: halves(r, x, n, false); break;
	default:
		for (size_t i = 0; i < n; i++)
			x[i] = shape == UNIFORM ? rng_uniform(r) : shape == RAMP ? (double)i / (double)n - 0.5
			     : shape == GEOMETRIC ? either_sign(r, pow(ratio, (double)(i % 24)))
			     : shape == NEARLY_CONSTANT ? 1 + step * (double)rng_below(r, 8) : rng_normal(r);
	}
	if (shape == OUTLIER)
		x[chance(r, 30) ? 0 : rng_below(r, n)] = either_sign(r, ldexp(1 + rng_uniform(r), (int)rng_below(r, 20)));
	if (chance(r, 10))	/* many signs alike at the beginning, or as many of either kind */
		for (size_t i = 0; i < n && i < 32; i++)
			x[i] = fabs(x[i]) * (chance(r, 50) || i % 2 == 0 ? 1 : -1);
}

/* 1, and then elements that a sum of 1 nearly rounds up or down by: each lost alone. */
static void just_below_half(struct rng *r, double *dy, size_t n)
{
	double half = ldexp(1, chance(r, 50) ? -24 : -53), below = 1 - ldexp(1, -(int)(2 + rng_below(r, 22)));
	bool wide = chance(r, 50);

	for (size_t i = 0; i < n; i++)
		dy[i] = i == 0 ? 1 : half * below * (i == 1 || wide ? 1 : 0.5);
}

/* x is NULL where dy goes from row to row. */
void start_gradient(struct rng *r, const double *x, double *dy, size_t n)
{
	uint64_t shape = rng_below(r, 8), equal = n > 0 ? 1 + rng_below(r, n) : 0;
	size_t largest = 0;

	for (size_t i = 1; x && i < n; i++)
		largest = fabs(x[i]) > fabs(x[largest]) ? i : largest;
	if (shape == 7) {
		just_below_half(r, dy, n);
		return;
	}
	double scale = chance(r, 80) ? 1 : ldexp(1, (int)rng_below(r, 41) - 20);
	for (size_t i = 0; i < n; i++) {
		double v = shape == 0 ? (i == largest) : shape == 1 ? (i < equal) : shape == 2 ? either_sign(r, 1)
			 : shape == 3 ? (rng_below(r, n) < 4 ? rng_normal(r) : 0) : shape == 4 && x ? x[i]
			 : shape == 5 ? 1 + 0.01 * rng_uniform(r) : rng_normal(r);
		dy[i] = v * scale;
	}
}
