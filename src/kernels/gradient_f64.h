/* gradient_f64.h - the gradients of rows of doubles, in plain loops: docs/numerics.md sections 10 and 11 */
#ifndef LN_GRADIENT_F64_H
#define LN_GRADIENT_F64_H

#include "f64.h"

LN_INLINE double xhat_f64(double x, const struct row_scale *r) { return madd_f64(x * r->s - r->hi, r->rstd, r->shift); }

/* Add the terms of the first n lanes. Here and below has_gamma and has_dsum are constants, as in f64.h. */
LN_INLINE void add_gradient_terms_f64(const double *x, const double *dn, const double *gamma, size_t n, const struct row_scale *scale,
				      struct lanes_f64 *to, bool has_gamma)
{
	for (size_t l = 0; l < n; l++) {
		double g = has_gamma ? dn[l] * gamma[l] : dn[l];
		to->r[l] += g;
		to->q[l] = madd_f64(g, xhat_f64(x[l], scale), to->q[l]);
	}
}

LN_INLINE void gradient_lanes_f64(size_t n, const double *x, const double *dn, const double *gamma, const struct row_scale *scale,
				  struct lanes_f64 *all, bool has_gamma)
{
	size_t whole = n - n % LANES;

	for (size_t at = 0; at < whole; at += RUN_F64) {
		struct lanes_f64 run = { { 0 }, { 0 } };
		for (size_t i = at; i < whole && i < at + RUN_F64; i += LANES)
			add_gradient_terms_f64(x + i, dn + i, has_gamma ? gamma + i : NULL, LANES, scale, &run, has_gamma);
		for (size_t l = 0; l < LANES; l++) {
			all->r[l] += run.r[l];
			all->q[l] += run.q[l];
		}
	}
	add_gradient_terms_f64(x + whole, dn + whole, has_gamma ? gamma + whole : NULL, n - whole, scale, all, has_gamma);
}

static void LN_NAME(gradient_sums_f64)(size_t n, const void *x, const void *dn, const void *gamma, const struct row_scale *scale,
				       double sums[2])
{
	struct lanes_f64 all = { { 0 }, { 0 } };

	if (gamma)
		gradient_lanes_f64(n, x, dn, gamma, scale, &all, true);
	else
		gradient_lanes_f64(n, x, dn, NULL, scale, &all, false);
	sums[0] = fold_f64(all.r);
	sums[1] = fold_f64(all.q);
}

LN_INLINE void dx_of_row_f64(const struct gradient_rows *a, size_t row, const double *gamma, const double *dsum, bool has_gamma, bool has_dsum)
{
	const double *x = a->x[row], *dn = a->dn[row];
	const struct row_scale r = a->scale[row];
	double *dx = a->dx[row], a1 = a->a1[row], a2 = -a->a2[row];

	for (size_t i = 0; i < a->n; i++) {
		double g = has_gamma ? dn[i] * gamma[i] : dn[i], d = madd_f64(xhat_f64(x[i], &r), a2, g - a1) * r.rstd * r.s;
		d = has_dsum ? d + dsum[i] : d;
		dx[i] = d == d ? d : __builtin_nan("");
	}
}

/* Adds a row to the run's sums p and b, then makes its dx, which may lie where x or dn does. */
LN_INLINE void gradient_row_f64(const struct gradient_rows *a, size_t row, double *p, double *b)
{
	const double *x = a->x[row], *dn = a->dn[row], *dsum = a->dsum[row], *gamma = a->gamma;

	for (size_t i = 0; i < a->n; i++) {
		p[i] = madd_f64(dn[i], xhat_f64(x[i], &a->scale[row]), p[i]);
		b[i] += dn[i];
	}
	if (a->dx[row] == NULL)
		return;
	if (gamma && dsum)
		dx_of_row_f64(a, row, gamma, dsum, true, true);
	else if (gamma)
		dx_of_row_f64(a, row, gamma, NULL, true, false);
	else if (dsum)
		dx_of_row_f64(a, row, NULL, dsum, false, true);
	else
		dx_of_row_f64(a, row, NULL, NULL, false, false);
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
