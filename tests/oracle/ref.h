/*
 * ref.h - the oracle: normalisation computed from its definition in 113-bit arithmetic, and the error of a result in any type
 */
#ifndef REF_H
#define REF_H

#include "model.h"
#include "quad.h"

#include <stddef.h>

/* A row as it is given, every number exact; gamma NULL means 1, beta NULL 0, gate NULL none. Every input must be finite. */
struct ref_row {
	size_t cols;
	uint32_t norm, flags;
	uint32_t x_type, y_type;	/* what LN_CAST_BEFORE_GAMMA rounds xhat to, LN_ROUND_BEFORE_GATE the norm */
	double eps, u;			/* u: 2^-24, or 2^-53 for f64 */
	const double *x, *gamma, *beta, *gate;
};

/* The mean is base + offset; var is the population variance, the mean square of RMSNorm, or the sum of squares of L2 norm, without eps. */
struct ref_stats { quad base, offset, var, rstd; };

/*
 * One exact output. The exact y is kept as the unevaluated sum hi + lo of two doubles (106 bits), so that comparing a result with
 * it costs a double's time and loses nothing that matters; unit is what errors are measured in: u (|gamma| max(1, |xhat|) +
 * |beta|), with norm_floor() for 1. slack is an error that is allowed besides: of the gate, and of xhat's own rounding.
 */
struct ref_value { double hi, lo, unit, slack; };

/* The worst error of a row in units: raw, and with one final rounding into the type forgiven; and where. */
struct ref_error { double raw, rounded; size_t col, rounded_col; };

struct ref_stats ref_statistics(const struct ref_row *row);
struct ref_stats ref_given_moments(const struct ref_row *row, const ln_moments *m);
struct ref_stats ref_given_stats(double mean, double rstd);
void ref_solve(const struct ref_row *row, const struct ref_stats *s, struct ref_value *exact);

/* A type, and what a quantised value q stands for: (q - zero_point) * scale. An I8 that is symmetric goes from -127. */
struct ref_type { uint32_t type; double scale, zero_point; bool symmetric; };

/* y[at ...] against the exact row. Infinity where the row holds a NaN, or is wrong where the unit is 0. */
struct ref_error ref_compare(struct ref_type type, size_t cols, const struct ref_value *exact, const void *y, size_t at);

/* Half the distance between the values of a type around v: the largest error of one rounding to it, denormals included. */
double ref_half_ulp(uint32_t type, double v);

/* Row r of f solved from f's own arguments: the exact outputs (cols of them), and the statistics. */
struct ref_stats ref_forward_row(const struct forward *f, size_t r, struct ref_value *exact);

/* 1 / (1 + exp(-g)); what a gate goes through by the flags, and its derivative. */
quad ref_sigma(double g);
quad ref_act(uint32_t flags, quad v);
quad ref_slope(uint32_t flags, quad v);
/* The same and tanh of what is no double. */
quad ref_sigmoid(quad v);
quad ref_tanh(quad v);

/* A row of a tensor from element `at`, or the parameters of row r plus `more`, as exact numbers, to be freed; NULL for NULL. */
double *ref_row_of(const ln_desc *d, uint32_t type, const void *p, size_t at, uint64_t col, uint64_t run);
double *ref_parameters_of(const ln_desc *d, const void *p, size_t r, double more);

#endif
