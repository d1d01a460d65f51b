/* gradient_f64.h - the gradients of rows of doubles, in plain loops: docs/numerics.md sections 10 and 11 */
#ifndef LN_GRADIENT_F64_H
#define LN_GRADIENT_F64_H

#include "f64.h"

LN_INLINE double xhat_f64(double x, const struct row_scale *r) { return madd_f64(x * r->s - r->hi, r->rstd, r->shift); }

/* Add the terms of the first n lanes. */
LN_INLINE void add_gradient_terms_f64(const double *x, const double *dn, const double *gamma, size_t n, const struct row_scale *scale,
				      struct lanes_f64 *to)
{
	for (size_t l = 0; l < n; l++) {
		double g = gamma ? dn[l] * gamma[l] : dn[l];
		to->r[l] += g;
		to->q[l] = madd_f64(g, xhat_f64(x[l], scale), to->q[l]);
	}
}

static void LN_NAME(gradient_sums_f64)(size_t n, const void *x, const void *dn, const void *gamma, const struct row_scale *scale,
				       double sums[2])
{
	const double *from = x, *d = dn, *g = gamma;
	struct lanes_f64 all = { { 0 }, { 0 } };
	size_t whole = n - n % LANES;

	for (size_t at = 0; at < whole; at += RUN_F64) {
		struct lanes_f64 run = { { 0 }, { 0 } };
		for (size_t i = at; i < whole && i < at + RUN_F64; i += LANES)
			add_gradient_terms_f64(from + i, d + i, g ? g + i : NULL, LANES, scale, &run);
		for (size_t l = 0; l < LANES; l++) {
			all.r[l] += run.r[l];
			all.q[l] += run.q[l];
		}
	}
	add_gradient_terms_f64(from + whole, d + whole, g ? g + whole : NULL, n - whole, scale, &all);
	sums[0] = fold_f64(all.r);
	sums[1] = fold_f64(all.q);
}

/* dx of one row; adds it to the run's sums p and b. */
LN_INLINE void gradient_row_f64(const struct gradient_rows *a, size_t row, double *p, double *b)
{
	const double *x = a->x[row], *dn = a->dn[row], *dsum = a->dsum[row], *gamma = a->gamma;
	const struct row_scale r = a->scale[row];
	double *dx = a->dx[row], a1 = a->a1[row], a2 = -a->a2[row];

	for (size_t i = 0; i < a->n; i++) {
		double xhat = xhat_f64(x[i], &r), g = gamma ? dn[i] * gamma[i] : dn[i];
		p[i] = madd_f64(dn[i], xhat, p[i]);
		b[i] += dn[i];
		if (dx) {
			double d = madd_f64(xhat, a2, g - a1) * r.rstd * r.s;
			d = dsum ? d + dsum[i] : d;
			dx[i] = d == d ? d : __builtin_nan("");
		}
	}
}

static void LN_NAME(gradient_rows_f64)(const struct gradient_rows *a)
{
	double p[BLOCK] = { 0 }, b[BLOCK] = { 0 }, *dgamma = a->dgamma, *dbeta = a->dbeta;

	for (size_t row = 0; row < a->rows; row++)
		gradient_row_f64(a, row, p, b);
	for (size_t i = 0; i < a->n; i++) {
		if (dgamma)
			dgamma[i] += p[i];
		if (dbeta)
			dbeta[i] += b[i];
	}
}

static void LN_NAME(gradient_total_f64)(size_t n, const void *sums, double *t, double *e)
{
	const double *from = sums;

	for (size_t i = 0; i < n; i++) {
		double error;
		t[i] = exact_sum(t[i], from[i], &error);
		e[i] += error;
	}
}

#endif
