/*
 * bounds.h - the error bounds of ln.h, each in one place: the largest factors of their brackets
 */
#ifndef BOUNDS_H
#define BOUNDS_H

#include "model.h"

/* y: u (|gamma| max(1, |xhat|) + |beta|), beside what ref_value's slack allows */
static inline double bound_of_y(uint32_t norm, enum arithmetic arithmetic)
{
	return norm == LN_RMSNORM ? (arithmetic == FUSED ? 5.1 : 6.1) : arithmetic == FUSED ? 12 : 14;
}

/* The gate: u |y|, and what silu(gate) may be off by in the denormals: this |gate| and this, times |norm|. */
#define BOUND_GATE 6
#define BOUND_GATE_SLOPE 0x1p-148
#define BOUND_GATE_LEAST 0x1p-150

/* dx: u rstd (a |g| + b average|g| + c max(1, |xhat|) average(|g| max(1, |xhat|))); an error is told as its share of this */
struct dx_factors { double g, average, last; };
static inline struct dx_factors factors_of_dx(uint32_t norm)
{
	return norm == LN_RMSNORM ? (struct dx_factors){8, 0, 21} : (struct dx_factors){11, 16, 41};
}
#define BOUND_DX 1
/* dgamma: u sum of |dy| max(1, |xhat|); dbeta: u sum of |dy| */
#define BOUND_DGAMMA 18
#define BOUND_DBETA 5
/* dgate, of which ln.h promises nothing: the bracket of ref_backward.h, with the bound of y for the error of n */
#define BOUND_DGATE 14

/* mean: u times the standard deviation; rstd: u rstd; beside their own rounding */
#define BOUND_STATISTIC 14

#endif
