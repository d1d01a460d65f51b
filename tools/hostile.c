/*
 * hostile.c - rows on which layer norms go wrong
 *
 * Each kind aims at a known weakness: a mean far larger than the deviation loses the variance by cancellation, an outlier or a step
 * leads a pivot astray, extreme sizes overflow or vanish when squared, few distinct values round the same way again and again.
 */
#include "hostile.h"

#include <float.h>
#include <math.h>

enum shape { NORMAL, EXTREME, OUTLIER, RAMP, STEP, CONSTANT, FEW_VALUES, HEAVY_TAIL, SPECIAL };

static const struct kind {
	const char *name;
	enum shape shape;
	double offset, scale;		/* for OUTLIER and SPECIAL: where it stands (0 first, 1 last), and its value */
} kinds[] = {
	{"N(0,1)", NORMAL, 0, 1},
	{"1 + N(0,1)", NORMAL, 1, 1},
	{"1e3 + N(0,1)", NORMAL, 1e3, 1},
	{"1e4 + N(0,1)", NORMAL, 1e4, 1},
	{"1e6 + N(0,1)", NORMAL, 1e6, 1},
	{"1e7 + N(0,1)", NORMAL, 1e7, 1},
	{"1e-6 N(0,1)", NORMAL, 0, 1e-6},
	{"1e20 N(0,1)", NORMAL, 0, 1e20},
	{"1e-25 N(0,1)", NORMAL, 0, 1e-25},
	{"denormals", NORMAL, 0, 1e-40},
	{"+-FLT_MAX", EXTREME, 0, FLT_MAX},
	{"outlier 1e4 first", OUTLIER, 0, 1e4},
	{"outlier 1e4 in the middle", OUTLIER, 0.5, 1e4},
	{"outlier 1e4 last", OUTLIER, 1, 1e4},
	{"outlier 1e8 first", OUTLIER, 0, 1e8},
	{"outlier 1e15 last", OUTLIER, 1, 1e15},
	{"ramp", RAMP, 0, 1},
	{"step of 1e4 after 32", STEP, 0, 1e4},
	{"constant", CONSTANT, 0.1, 0},
	{"few distinct values", FEW_VALUES, 0, 1},
	{"heavy tail", HEAVY_TAIL, 0, 1},
	{"NaN in the middle", SPECIAL, 0.5, NAN},
	{"infinity last", SPECIAL, 1, INFINITY},
};

size_t hostile_kinds(void)
{
	return sizeof kinds / sizeof *kinds;
}

const char *hostile_name(size_t kind)
{
	return kinds[kind].name;
}

/* xorshift64* (Vigna 2016), as a number in [0, 1) */
static double uniform(uint64_t *random)
{
	*random ^= *random >> 12;
	*random ^= *random << 25;
	*random ^= *random >> 27;
	return (double)(*random * 0x2545f4914f6cdd1d >> 11) * 0x1p-53;
}

/* The sum of 12 uniform numbers has variance 1 and needs no logarithm, whose last bit differs from one libm to the next. */
double hostile_normal(uint64_t *random)
{
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += uniform(random);
	return sum;
}

static double element(const struct kind *k, size_t i, size_t cols, uint64_t *random)
{
	size_t place = (size_t)(k->offset * (double)(cols - 1));

	switch (k->shape) {
	case NORMAL:
		return k->offset + k->scale * hostile_normal(random);
	case EXTREME:
		return uniform(random) < 0.5 ? -k->scale : k->scale;
	case OUTLIER:
	case SPECIAL:
		return i == place ? k->scale : hostile_normal(random);
	case RAMP:
		return (double)i;
	case STEP:
		return i < 32 ? 1 : 1 + k->scale;
	case CONSTANT:
		return k->offset;
	case FEW_VALUES:
		return floor(3 * uniform(random)) * 0.1 + 7;
	case HEAVY_TAIL:
		return hostile_normal(random) / (uniform(random) + 1e-9);
	}
	return 0;
}

void hostile_fill(size_t kind, size_t cols, float *x, uint64_t *random)
{
	for (size_t i = 0; i < cols; i++)
		x[i] = (float)element(&kinds[kind], i, cols, random);
}
