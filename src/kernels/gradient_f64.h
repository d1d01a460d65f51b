/* gradient_f64.h - the gradients of rows of doubles, in plain loops: docs/numerics.md sections 10 and 11 */
#ifndef LN_GRADIENT_F64_H
#define LN_GRADIENT_F64_H

#include "f64.h"

enum { COLUMNS_F64 = BLOCK / 16 };	/* whose sums over a run are taken at a time */

LN_INLINE double xhat_f64(double x, const struct row_scale *r) { return madd_f64(x * r->s - r->hi, r->rstd, r->shift); }

/* Add the chains of up to TREE columns. Here and below has_gamma is a constant, as in f64.h. */
LN_INLINE void add_gradient_tree_f64(const double *x, const double *dn, const double *gamma, size_t n, const struct row_scale *scale,
				     struct lanes_f64 *g_lanes, struct lanes_f64 *gx_lanes, bool has_gamma)
{
	double g_chain[LANES] = { 0 }, gx_chain[LANES] = { 0 };

	for (size_t at = 0; at < n; at += LANES)
		for (size_t l = 0; l < LANES && at + l < n; l++) {
			double g = has_gamma ? dn[at + l] * gamma[at + l] : dn[at + l];
			g_chain[l] += g;
			gx_chain[l] = madd_f64(g, xhat_f64(x[at + l], scale), gx_chain[l]);
		}
	add_lanes_f64(g_lanes, g_chain, LANES);
	add_lanes_f64(gx_lanes, gx_chain, LANES);
}

LN_INLINE struct gradient_sums gradient_sums_of_row_f64(size_t n, const double *x, const double *dn, const double *gamma,
							const struct row_scale *scale, bool has_gamma)
{
	struct lanes_f64 g = { { 0 }, { 0 } }, gx = g;
	struct gradient_sums sums;
	size_t whole = n - n % TREE;

	for (size_t at = 0; at < whole; at += TREE)
		add_gradient_tree_f64(x + at, dn + at, has_gamma ? gamma + at : NULL, TREE, scale, &g, &gx, has_gamma);
	add_gradient_tree_f64(x + whole, dn + whole, has_gamma ? gamma + whole : NULL, n - whole, scale, &g, &gx, has_gamma);
	sums.g = fold_f64(&g, LANES, &sums.g_lo);
	sums.gx = fold_f64(&gx, LANES, &sums.gx_lo);
	return sums;
}

/* Add a run's sums of columns first to end to those of the block of rows; errors may be NULL where these begin, since nothing is lost then. */
LN_INLINE void add_run_f64(size_t first, size_t end, const double *run, double *sums, double *errors, bool begins)
{
	for (size_t i = first; i < end && sums; i++) {
		double error;
		sums[i] = exact_sum(begins ? 0.0 : sums[i], run[i - first], &error);
		if (errors)
			errors[i] = (begins ? 0.0 : errors[i]) + error;
	}
}

/* The rows' share of dgamma and dbeta: columns go a few at a time, so that their sums take little stack. */
LN_INLINE void add_columns_f64(const struct gradient_rows *a, size_t first, size_t end)
{
	double p[COLUMNS_F64] = { 0 }, b[COLUMNS_F64] = { 0 };

	for (size_t row = 0; row < a->rows; row++) {
		const double *x = (const double *)a->x[row] + first, *dn = (const double *)a->dn[row] + first;

		for (size_t i = 0; i < end - first; i++) {
			p[i] = madd_f64(dn[i], xhat_f64(x[i], &a->scale[row]), p[i]);
			b[i] += dn[i];
		}
	}
	add_run_f64(first, end, p, a->dgamma, a->dgamma_error, a->begins);
	add_run_f64(first, end, b, a->dbeta, a->dbeta_error, a->begins);
}

static void LN_NAME(gradient_sums_f64)(const struct gradient_rows *a, struct gradient_sums *sums)
{
	for (size_t row = 0; row < a->rows; row++) {
		const double *x = a->x[row], *dn = a->dn[row];

		sums[row] = a->gamma ? gradient_sums_of_row_f64(a->n, x, dn, a->gamma, &a->scale[row], true)
				     : gradient_sums_of_row_f64(a->n, x, dn, NULL, &a->scale[row], false);
	}
	for (size_t at = 0; at < a->n; at += COLUMNS_F64)
		add_columns_f64(a, at, a->n - at < COLUMNS_F64 ? a->n : at + COLUMNS_F64);
}

LN_INLINE void dx_of_row_f64(const struct gradient_rows *a, size_t row, const double *gamma, bool has_gamma)
{
	const double *x = a->x[row], *dn = a->dn[row];
	const struct row_scale r = a->scale[row];
	double *dx = a->dx[row], a1 = a->a1[row], a2 = -a->a2[row];

	for (size_t i = 0; i < a->n; i++) {
		double g = has_gamma ? dn[i] * gamma[i] : dn[i], d = madd_f64(xhat_f64(x[i], &r), a2, g - a1) * r.rstd * r.s;
		dx[i] = d == d ? d : __builtin_nan("");
	}
}

static void LN_NAME(gradient_rows_f64)(const struct gradient_rows *a)
{
	for (size_t row = 0; row < a->rows; row++) {
		if (a->dx[row] && a->gamma)
			dx_of_row_f64(a, row, a->gamma, true);
		else if (a->dx[row])
			dx_of_row_f64(a, row, NULL, false);
	}
}

static void LN_NAME(gradient_total_f64)(size_t n, const double *sums, const double *errors, double *t, double *e)
{
	for (size_t i = 0; i < n; i++) {
		double error;
		t[i] = exact_sum(t[i], sums[i], &error);
		e[i] += error + errors[i];
	}
}

#endif
