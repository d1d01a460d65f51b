/*
 * bounds.h - the error bounds of ln.h, each in one place: the largest factors of their brackets
 */
#ifndef BOUNDS_H
#define BOUNDS_H

#include "model.h"

#include <math.h>

/* y: u (|gamma| max(1, |xhat|) + |beta|), norm_floor() being the 1 here and below, beside what ref_value's slack allows */
static inline double bound_of_y(uint32_t norm, enum arithmetic arithmetic)
{
	return !norm_facts(norm)->has_mean ? (arithmetic == FUSED ? 5.1 : 6.1) : arithmetic == FUSED ? 12 : 14;
}

/* The gate: u |y|, and what act(gate) may be off by in the denormals: slope |gate| and least, times |norm|. */
#define BOUND_GATE 6
#define BOUND_GATE_SLOPE 0x1p-148
#define BOUND_GATE_LEAST 0x1p-150
struct gate_bound { double u, slope, least; };
static inline struct gate_bound bound_of_gate(uint32_t flags)
{
	return flags & LN_GATE_SIGMOID ? (struct gate_bound){5, 0, 0x1p-148} : (struct gate_bound){BOUND_GATE, BOUND_GATE_SLOPE, BOUND_GATE_LEAST};
}
/* The norm as its own gate: the norm's error times `steepest`, u |y|, of_norm |norm| and least; and what dn is off by, in |dy| u. */
struct self_bound { double steepest, u, of_norm, least; };
static inline struct self_bound bound_of_self(uint32_t flags)
{
	return flags & LN_GATE_SIGMOID ? (struct self_bound){0.25, 4, 0, 0x1p-148} : (struct self_bound){1.1, 5, 0x1p-148, 0x1p-150};
}
static inline double bound_of_self_dn(uint32_t norm, double n, double bracket)
{
	return 9 + 4 * fabs(n) + bound_of_y(norm, UNFUSED) * bracket / 2;
}

/* dx: u rstd (a |g| + b average|g| + c max(1, |xhat|) average(|g| max(1, |xhat|))); an error is told as its share of this */
struct dx_factors { double g, average, last; };	/* averages are sums where a norm has those */
static inline struct dx_factors factors_of_dx(uint32_t norm)
{
	return !norm_facts(norm)->has_mean ? (struct dx_factors){8, 0, 21} : (struct dx_factors){11, 16, 41};
}
#define BOUND_DX 1
/* dx: beside that, this times max(1, |xhat|), for what is lost among the denormals */
static inline double least_of_dx(bool f64, double rstd)
{
	double scale = rstd <= (f64 ? 0x1p400 : 0x1p40) ? 1 : f64 ? 0x1p700 : 0x1p90;

	return (f64 ? 0x1p-1071 : 0x1p-146) * (rstd + scale);
}
/* dgamma: beside its factor, this for each row */
static inline double least_of_dgamma(bool f64) { return f64 ? 0x1p-1074 : 0x1p-149; }
/* dgamma: u sum of |dy| max(1, |xhat|); dbeta: u sum of |dy| */
#define BOUND_DGAMMA 18
#define BOUND_DBETA 5
/* dgate, of which ln.h promises nothing: the bracket of ref_backward.h, with the bound of y for the error of n */
#define BOUND_DGATE 14

/* mean: u times the standard deviation; rstd: u rstd; beside their own rounding */
#define BOUND_STATISTIC 14

/*
 * Cells, whose outputs have these for their whole bounds. bracket: of a norm |gamma| max(1, |xhat|) + |beta|, of a sum of two the sum of
 * theirs. e_f: what goes into the gate f is off by this, and so on.
 */
#define BOUND_CELL 1
static inline double error_of_norm(enum arithmetic arithmetic, double bracket)
{
	return 0x1p-24 * bound_of_y(LN_LAYERNORM, arithmetic) * bracket;
}
static inline double error_of_two_norms(enum arithmetic arithmetic, double bracket)
{
	return 0x1p-24 * (bound_of_y(LN_LAYERNORM, arithmetic) + 1) * bracket;
}
static inline double bound_of_rnn_h(double e) { return e + 2 * 0x1p-24; }
static inline double bound_of_lstm_c(double c_prev, double e_f, double e_i, double e_g)
{
	return fabs(c_prev) * (e_f / 4 + 4 * 0x1p-24) + e_i / 4 + e_g + 6 * 0x1p-24;
}
static inline double bound_of_lstm_h(double e_o, double e_c) { return e_o / 4 + e_c + 5 * 0x1p-24; }
/* u and w: exact, of the last third */
static inline double bound_of_gru_h(double h_prev, double e_z, double e_r, double u, double e_u, double w, double e_w)
{
	return fmax(1, fabs(h_prev)) * (e_z / 2 + 9 * 0x1p-24) + fabs(u) * (e_r / 4 + 4 * 0x1p-24) + e_u + e_w + (fabs(w) + 2) * 0x1p-24;
}

#endif
