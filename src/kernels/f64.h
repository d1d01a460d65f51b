/*
 * f64.h - the same mathematics in double: docs/numerics.md section 9
 *
 * Plain loops over the lanes, which the compiler makes vectors of; only the rounding of a product and a sum is the vocabulary's. Nothing is
 * wider than a double, so the sums of trees are added without error: each lane has another beside it for what it lost.
 */
#ifndef LN_F64_H
#define LN_F64_H

#include <math.h>

#include "kernels.h"
#include "merge.h"
#include "sums.h"

LN_INLINE double madd_f64(double a, double b, double c) { return vec_fused() ? __builtin_fma(a, b, c) : a * b + c; }

struct lanes_f64 { double sum[LANES], error[LANES]; };

LN_INLINE void add_lanes_f64(struct lanes_f64 *to, const double *terms, size_t lanes)
{
	for (size_t l = 0; l < lanes; l++) {
		double error;
		to->sum[l] = exact_sum(to->sum[l], terms[l], &error);
		to->error[l] += error;
	}
}

/* The sum of the lanes, a power of two, as a pair. */
LN_INLINE double fold_f64(struct lanes_f64 *p, size_t lanes, double *low)
{
	for (size_t half = lanes / 2; half >= 1; half /= 2)
		for (size_t l = 0; l < half; l++) {
			double error;
			p->sum[l] = exact_sum(p->sum[l], p->sum[l + half], &error);
			p->error[l] = (p->error[l] + p->error[l + half]) + error;
		}
	return exact_sum(p->sum[0], p->error[0], low);
}

/* A tree's deviations d: their sums and those of their squares, by halves. */
LN_INLINE void add_tree_f64(const double *d, struct lanes_f64 *r, struct lanes_f64 *q)
{
	double sums[LANES], squares[LANES];

	for (size_t l = 0; l < LANES; l++) {
		double a = d[l], b = d[l + LANES], c = d[l + 2 * LANES], e = d[l + 3 * LANES];
		sums[l] = (a + c) + (b + e);
		squares[l] = madd_f64(c, c, a * a) + madd_f64(e, e, b * b);
	}
	for (size_t l = 0; l < SUMS; l++)
		squares[l] += squares[l + SUMS];
	add_lanes_f64(r, sums, LANES);
	add_lanes_f64(q, squares, SUMS);
}

struct sums_f64 { double r, r_lo, q, q_lo; };

static __attribute__((noinline)) struct sums_f64 sum_block_f64(const double *x, size_t n, double s, double pivot)
{
	struct lanes_f64 r = { { 0 }, { 0 } }, q = r;
	struct sums_f64 sums;
	double d[TREE];
	size_t whole = n - n % TREE;

	for (size_t at = 0; at < whole; at += TREE) {
		for (size_t i = 0; i < TREE; i++)
			d[i] = x[at + i] * s - pivot;
		add_tree_f64(d, &r, &q);
	}
	if (whole < n) {
		for (size_t i = 0; i < TREE; i++)
			d[i] = whole + i < n ? x[whole + i] * s - pivot : 0.0;
		add_tree_f64(d, &r, &q);
	}
	sums.r = fold_f64(&r, LANES, &sums.r_lo);
	sums.q = fold_f64(&q, SUMS, &sums.q_lo);
	return sums;
}

LN_INLINE bool looks_centred_f64(const double *x, size_t n)
{
	size_t count = n < PROBE ? n : PROBE, negative = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t bits;
		memcpy(&bits, &x[i], sizeof bits);
		negative += bits >> 63;
	}
	return 5 * count <= 16 * negative && 16 * negative <= 11 * count;
}

LN_INLINE double first_mean_f64(const double *x, size_t n, double s)
{
	double first[PROBE];
	size_t count = PROBE;

	while (count > n)
		count /= 2;
	for (size_t i = 0; i < count; i++)
		first[i] = x[i] * s;
	for (size_t half = count / 2; half >= 1; half /= 2)
		for (size_t l = 0; l < half; l++)
			first[l] += first[l + half];
	return first[0] * (1.0 / (double)count);
}

/* The moments about a pivot; returns q. */
LN_INLINE double moments_about_f64(const double *x, size_t n, double s, double pivot, ln_moments *m)
{
	struct sums_f64 sums = sum_block_f64(x, n, s, pivot);
	double shift_lo, p_lo, e, shift = exact_quotient(sums.r, sums.r_lo, (double)n, &shift_lo), p = exact_product(sums.r, shift, &p_lo);
	double rest = exact_sum(sums.q, -p, &e);

	m->m2 = exact_sum(rest, (e + sums.q_lo) - (p_lo + (sums.r * shift_lo + sums.r_lo * shift)), &m->m2_lo);
	if (m->m2 < 0.0)
		m->m2 = m->m2_lo = 0.0;
	rest = exact_sum(pivot, shift, &e);
	m->mean = exact_sum(rest, e + shift_lo, &m->mean_lo);
	m->mean_rest = 0.0;
	return sums.q;
}

static void LN_NAME(f64_moments)(size_t n, const void *x, double s, ln_moments *m)
{
	bool centred = looks_centred_f64(x, n);
	double q = moments_about_f64(x, n, s, centred ? 0.0 : first_mean_f64(x, n, s), m);

	m->count = (double)n;
	if (m->m2 < threshold_of(HAS_MEAN, centred) * q)
		moments_about_f64(x, n, s, m->mean, m);
}

static void LN_NAME(f64_rms_moments)(size_t n, const void *x, double s, ln_moments *m)
{
	struct sums_f64 sums = sum_block_f64(x, n, s, 0.0);

	*m = (ln_moments){ .count = (double)n, .m2 = sums.q, .m2_lo = sums.q_lo };
}

static void LN_NAME(f64_add)(size_t n, const void *a, const void *b, void *sum, bool fetch)
{
	const double *left = a, *right = b;
	double *to = sum;

	(void)fetch;
	for (size_t i = 0; i < n; i++) {
		double added = left[i] + right[i];
		to[i] = added == added ? added : __builtin_nan("");
	}
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
