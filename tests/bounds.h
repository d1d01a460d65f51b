/*
 * bounds.h - the error bounds of ln.h, each in one place: the largest factors of their brackets
 */
#ifndef BOUNDS_H
#define BOUNDS_H

#include "model.h"

/* y: u (|gamma| max(1, |xhat|) + |beta|), beside what ref_value's slack allows */
static inline double bound_of_y(uint32_t norm, enum arithmetic arithmetic)
{
	return norm == LN_RMSNORM ? 6 : arithmetic == FUSED ? 12.5 : 14;
}

/* The gate: u |y|, and what silu(gate) may be off by in the denormals: this |gate| and this, times |norm|. */
#define BOUND_GATE 6
#define BOUND_GATE_SLOPE 0x1p-149
#define BOUND_GATE_LEAST 0x1p-150

/* dx: u rstd (|g| + average|g| + max(1, |xhat|) average(|g| max(1, |xhat|))) */
#define BOUND_DX 39
/* dgamma: u sum of |dy| max(1, |xhat|); dbeta: u sum of |dy| */
#define BOUND_DGAMMA 21
#define BOUND_DBETA 8
/* dgate, of which ln.h promises nothing: the bracket of ref_backward.h, with the bound of y for the error of n */
#define BOUND_DGATE 14

/* mean: u times the standard deviation; rstd: u rstd; beside their own rounding */
#define BOUND_STATISTIC 14

#endif
