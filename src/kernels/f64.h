/*
 * f64.h - the same mathematics in double: docs/numerics.md section 9
 *
 * Plain loops over the lanes, which the compiler makes vectors of; only the rounding of a product and a sum is the vocabulary's.
 */
#ifndef LN_F64_H
#define LN_F64_H

#include <math.h>

#include "kernels.h"
#include "merge.h"

enum { RUN_F64 = 8 * LANES };

LN_INLINE double madd_f64(double a, double b, double c) { return vec_fused() ? __builtin_fma(a, b, c) : a * b + c; }

LN_INLINE double fold_f64(double *lane)
{
	for (size_t half = LANES / 2; half >= 1; half /= 2)
		for (size_t l = 0; l < half; l++)
			lane[l] += lane[l + half];
	return lane[0];
}

struct lanes_f64 { double r[LANES], q[LANES]; };

/* Add x[l] * s - pivot, for the first n lanes. */
LN_INLINE void add_terms_f64(const double *x, size_t n, double s, double pivot, struct lanes_f64 *to)
{
	for (size_t l = 0; l < n; l++) {
		double d = x[l] * s - pivot;
		to->r[l] += d;
		to->q[l] = madd_f64(d, d, to->q[l]);
	}
}

static __attribute__((noinline)) void sums_f64(const double *x, size_t n, double s, double pivot, double *r, double *q)
{
	struct lanes_f64 all = { { 0 }, { 0 } };
	size_t whole = n - n % LANES;

	for (size_t at = 0; at < whole; at += RUN_F64) {
		struct lanes_f64 run = { { 0 }, { 0 } };
		for (size_t i = at; i < whole && i < at + RUN_F64; i += LANES)
			add_terms_f64(x + i, LANES, s, pivot, &run);
		for (size_t l = 0; l < LANES; l++) {
			all.r[l] += run.r[l];
			all.q[l] += run.q[l];
		}
	}
	add_terms_f64(x + whole, n - whole, s, pivot, &all);
	*r = fold_f64(all.r);
	*q = fold_f64(all.q);
}

LN_INLINE bool looks_centred_f64(const double *x, size_t n)
{
	size_t count = n < PROBE ? n : PROBE, negative = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t bits;
		memcpy(&bits, &x[i], sizeof bits);
		negative += bits >> 63;
	}
	return count <= 4 * negative && 4 * negative <= 3 * count;
}

LN_INLINE double first_mean_f64(const double *x, size_t n, double s)
{
	double first[LANES] = { 0 };
	size_t count = n < LANES ? n : LANES;

	for (size_t i = 0; i < count; i++)
		first[i] = x[i] * s;
	return fold_f64(first) * (1.0 / (double)count);
}

LN_INLINE double moments_about_f64(const double *x, size_t n, double s, double pivot, ln_moments *m)
{
	double r, q, shift;

	sums_f64(x, n, s, pivot, &r, &q);
	shift = r * (1.0 / (double)n);
	m->mean = exact_sum(pivot, shift, &m->mean_lo);
	m->m2 = q - r * shift;
	m->m2 = m->m2 < 0.0 ? 0.0 : m->m2;
	return q;
}

static void LN_NAME(f64_moments)(size_t n, const void *x, double s, ln_moments *m)
{
	double q;

	m->count = (double)n;
	q = moments_about_f64(x, n, s, looks_centred_f64(x, n) ? 0.0 : first_mean_f64(x, n, s), m);
	if (m->m2 < 0.875 * q)
		moments_about_f64(x, n, s, m->mean, m);
}

static void LN_NAME(f64_rms_moments)(size_t n, const void *x, double s, ln_moments *m)
{
	double r;

	*m = (ln_moments){ .count = (double)n };
	sums_f64(x, n, s, 0.0, &r, &m->m2);
}

static void LN_NAME(f64_add)(size_t n, const void *a, const void *b, void *sum, bool fetch)
{
	const double *left = a, *right = b;
	double *to = sum;

	(void)fetch;
	for (size_t i = 0; i < n; i++)
		to[i] = left[i] + right[i];
}

/*
 * has_gamma and has_beta are constants: a test in the loop would become a masked load from NULL, which processors take their time over.
 */
LN_INLINE void normalise_f64(size_t n, const double *x, const struct row_scale *r, const double *gamma, const double *beta, double *y,
			     bool has_gamma, bool has_beta)
{
	const struct row_scale scale = *r;	/* a copy, which stores cannot change */

	for (size_t i = 0; i < n; i++) {
		double t = madd_f64(x[i] * scale.s - scale.hi, scale.rstd, scale.shift);
		double v = madd_f64(t, has_gamma ? gamma[i] : 1.0, has_beta ? beta[i] : 0.0);
		y[i] = v == v ? v : __builtin_nan("");
	}
}

static void LN_NAME(f64_normalise)(size_t n, const void *x, const struct row_scale *r, const void *gamma, const void *beta, void *y,
				   bool stream)
{
	(void)stream;
	if (gamma && beta)
		normalise_f64(n, x, r, gamma, beta, y, true, true);
	else if (gamma)
		normalise_f64(n, x, r, gamma, NULL, y, true, false);
	else if (beta)
		normalise_f64(n, x, r, NULL, beta, y, false, true);
	else
		normalise_f64(n, x, r, NULL, NULL, y, false, false);
}

#endif
