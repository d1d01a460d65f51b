/*
 * model_double.h - the numbers of the model where rows are doubles: what model_trees.h and model_pairs.h are read with
 */
#ifndef MODEL_DOUBLE_H
#define MODEL_DOUBLE_H

#include "model_exact.h"

typedef double num;	/* an element */
typedef double wide;	/* the sum of a few elements, to be summed exactly */
typedef double low;	/* what those sums lost */

static inline num num_zero(void) { return 0; }
static inline num num_add(num a, num b) { return a + b; }
static inline num num_sub(num a, num b) { return a - b; }
static inline num num_mul(num a, num b) { return a * b; }
static inline num num_madd(enum arithmetic arithmetic, num a, num b, num c) { return arithmetic == FUSED ? fma(a, b, c) : a * b + c; }

static inline wide wide_zero(void) { return 0; }
static inline wide wide_of(num a) { return a; }
static inline low low_zero(void) { return 0; }
static inline low low_add(low a, low b) { return a + b; }

/* The rounded sum; what it lost is in *lost. */
static inline wide wide_sum(wide a, wide b, low *lost)
{
	struct pair s = exact_sum(a, b);

	*lost = s.lo;
	return s.hi;
}

static inline wide wide_with(wide a, low lost, low *still_lost)
{
	return wide_sum(a, lost, still_lost);
}

#endif
