/*
 * model_float.h - the numbers of the model where rows are floats: what model_trees.h and model_lanes.h are read with
 */
#ifndef MODEL_FLOAT_H
#define MODEL_FLOAT_H

#include "model.h"

#include <math.h>

typedef float num;	/* an element */
typedef double wide;	/* what sums of a few elements are summed in */

static inline num num_zero(void) { return 0; }
static inline num num_add(num a, num b) { return a + b; }
static inline num num_sub(num a, num b) { return a - b; }
static inline num num_mul(num a, num b) { return a * b; }
static inline num num_madd(enum arithmetic arithmetic, num a, num b, num c) { return arithmetic == FUSED ? fmaf(a, b, c) : a * b + c; }

static inline wide wide_zero(void) { return 0; }
static inline wide wide_of(num a) { return (double)a; }
static inline wide wide_add(wide a, wide b) { return a + b; }

#endif
