/*
 * model_backward_f64.c - docs/numerics.md, sections 10 and 11 in double, as plain C: one row at a time
 *
 * The steps are those of model_backward_f32.c; there is no gate. x comes out of model_scaling_f64() already scaled.
 */
#include "model_backward.h"

#include <math.h>

enum { LANES = 32, RUN = 256, BLOCK = 1024, ROWS_OF_RUN = 2, ROWS_OF_BLOCK = 32 };

static double madd(enum arithmetic arithmetic, double a, double b, double c)
{
	return arithmetic == FUSED ? fma(a, b, c) : a * b + c;
}

/* Adds g[c] and g[c] xhat[c] of the columns from ... to-1 of a block to the lanes. */
static void add_products(enum arithmetic arithmetic, const double *g, const double *xhat, size_t from, size_t to, double sum[LANES],
			 double sum2[LANES])
{
	for (size_t c = from; c < to; c++) {
		sum[c % LANES] += g[c];
		sum2[c % LANES] = madd(arithmetic, g[c], xhat[c], sum2[c % LANES]);
	}
}

struct sums { double c1, c2; };

/* Section 2 with other terms. */
static struct sums sums_of_block(enum arithmetic arithmetic, size_t n, const double *g, const double *xhat)
{
	double sum[LANES] = {0}, sum2[LANES] = {0};
	size_t whole = n - n % LANES;

	for (size_t at = 0; at < whole; at += RUN) {
		double run[LANES] = {0}, run2[LANES] = {0};

		add_products(arithmetic, g, xhat, at, whole - at < RUN ? whole : at + RUN, run, run2);
		for (size_t l = 0; l < LANES; l++) {
			sum[l] += run[l];
			sum2[l] += run2[l];
		}
	}
	add_products(arithmetic, g, xhat, whole, n, sum, sum2);
	return (struct sums){model_fold_f64(sum), model_fold_f64(sum2)};
}

static struct sums sums_of_row(enum arithmetic arithmetic, size_t n, const double *g, const double *xhat)
{
	struct sums all = {0, 0};

	for (size_t at = 0; at < n; at += BLOCK) {
		struct sums b = sums_of_block(arithmetic, n - at < BLOCK ? n - at : BLOCK, g + at, xhat + at);
		all = at == 0 ? b : (struct sums){all.c1 + b.c1, all.c2 + b.c2};
	}
	return all;
}

/* What the derivative of 1 / (sqrt(var) + eps) has more than that of 1 / sqrt(var + eps). */
static double outside_factor(const ln_desc *d, double rstd)
{
	double k = 1.0 / (1.0 - d->eps * rstd);

	return !(d->flags & LN_EPS_OUTSIDE) ? 1 : isfinite(k) ? k : 0;
}

/* Section 10 */
void model_gradient_f64(enum arithmetic arithmetic, struct gradient_f64 *row)
{
	struct row_f64 stats = {.d = row->d, .cols = row->cols, .x = row->x, .mean = row->mean, .rstd = row->rstd};
	struct scaling_f64 s = model_scaling_f64(arithmetic, &stats);
	double *g = row->dx;

	for (size_t c = 0; c < row->cols; c++) {
		row->xhat[c] = madd(arithmetic, row->x[c] - s.hi, s.rstd, s.shift);
		row->dn[c] = row->dy[c];
		g[c] = row->dn[c] * row->gamma[c];
	}
	struct sums sum = sums_of_row(arithmetic, row->cols, g, row->xhat);
	double inv = 1.0 / (double)row->cols, k = outside_factor(row->d, stats.rstd);
	double a1 = row->d->norm == LN_RMSNORM ? 0 : (sum.c1 * inv), a2 = ((sum.c2 * inv) * k);
	for (size_t c = 0; c < row->cols; c++) {
		row->dx[c] = (madd(arithmetic, -row->xhat[c], a2, g[c] - a1) * s.rstd) * s.s;
		if (row->dsum)
			row->dx[c] = row->dx[c] + row->dsum[c];
	}
}

/* Section 11 */
void model_add_row_f64(enum arithmetic arithmetic, struct parameter_sums *s, const double *dn, const double *xhat)
{
	double *p = (double *)s->run[0], *b = (double *)s->run[1], *P = (double *)s->block[0], *B = (double *)s->block[1];
	size_t in_run = s->done % ROWS_OF_RUN, in_block = s->done % ROWS_OF_BLOCK;
	bool ends = ++s->done == s->rows;

	for (size_t c = 0; c < s->cols; c++) {
		p[c] = madd(arithmetic, dn[c], xhat[c], in_run == 0 ? 0 : p[c]);
		b[c] = (in_run == 0 ? 0 : b[c]) + dn[c];
		P[c] = in_block == 0 ? 0 : P[c];
		B[c] = in_block == 0 ? 0 : B[c];
		if (ends || s->done % ROWS_OF_RUN == 0) {
			P[c] = P[c] + p[c];
			B[c] = B[c] + b[c];
		}
	}
	if (ends || s->done % ROWS_OF_BLOCK == 0)
		model_add_block(s);
}
