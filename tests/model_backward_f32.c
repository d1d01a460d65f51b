/*
 * model_backward_f32.c - docs/numerics.md, sections 10 and 11, as plain C: one row of floats at a time
 *
 * Compiled with -ffp-contract=off, as model_f32.c is: what is fused is said here.
 */
#include "model_backward.h"

#include <math.h>

enum { LANES = 32, RUN = 256, BLOCK = 1024, ROWS_OF_RUN = 4, ROWS_OF_BLOCK = 32 };

static float madd(enum arithmetic arithmetic, float a, float b, float c)
{
	return arithmetic == FUSED ? fmaf(a, b, c) : a * b + c;
}

/* Adds g[c] and g[c] xhat[c] of the columns from ... to-1 of a block to the lanes. */
static void add_products(enum arithmetic arithmetic, const float *g, const float *xhat, size_t from, size_t to, float sum[LANES],
			 float sum2[LANES])
{
	for (size_t c = from; c < to; c++) {
		sum[c % LANES] += g[c];
		sum2[c % LANES] = madd(arithmetic, g[c], xhat[c], sum2[c % LANES]);
	}
}

struct sums { double c1, c2; };

/* Section 2 with other terms. */
static struct sums sums_of_block(enum arithmetic arithmetic, size_t n, const float *g, const float *xhat)
{
	float sum[LANES] = {0}, sum2[LANES] = {0};
	size_t whole = n - n % LANES;

	for (size_t at = 0; at < whole; at += RUN) {
		float run[LANES] = {0}, run2[LANES] = {0};

		add_products(arithmetic, g, xhat, at, whole - at < RUN ? whole : at + RUN, run, run2);
		for (size_t l = 0; l < LANES; l++) {
			sum[l] += run[l];
			sum2[l] += run2[l];
		}
	}
	add_products(arithmetic, g, xhat, whole, n, sum, sum2);
	return (struct sums){model_fold_f32(sum), model_fold_f32(sum2)};
}

static struct sums sums_of_row(enum arithmetic arithmetic, size_t n, const float *g, const float *xhat)
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

/* The gate and its gradient; dn is what arrives at n. */
static void through_gate(enum arithmetic arithmetic, struct gradient_f32 *row, size_t c)
{
	float gate = row->gate[c], sigma = model_sigmoid(arithmetic, gate), n = madd(arithmetic, row->xhat[c], row->gamma[c], row->beta[c]);

	row->dn[c] = row->dy[c] * (gate * sigma);
	if (row->dgate)
		row->dgate[c] = (row->dy[c] * n) * (sigma * madd(arithmetic, gate, 1 - sigma, 1));
}

/* Section 10 */
void model_gradient_f32(enum arithmetic arithmetic, struct gradient_f32 *row)
{
	struct row_f32 stats = {.d = row->d, .cols = row->cols, .x = row->x, .mean = row->mean, .rstd = row->rstd};
	struct scaling_f32 s = model_scaling_f32(arithmetic, &stats);
	float *g = row->dx;

	for (size_t c = 0; c < row->cols; c++) {
		row->xhat[c] = madd(arithmetic, row->x[c] * s.s - s.hi, s.rstd, s.shift);
		row->dn[c] = row->dy[c];
		if (row->gate)
			through_gate(arithmetic, row, c);
		g[c] = row->dn[c] * row->gamma[c];
	}
	struct sums sum = sums_of_row(arithmetic, row->cols, g, row->xhat);
	double inv = 1.0 / (double)row->cols, k = outside_factor(row->d, s.rstd64);
	float a1 = row->d->norm == LN_RMSNORM ? 0 : (float)(sum.c1 * inv), a2 = (float)((sum.c2 * inv) * k);
	for (size_t c = 0; c < row->cols; c++) {
		row->dx[c] = (madd(arithmetic, -row->xhat[c], a2, g[c] - a1) * s.rstd) * s.s;
		if (row->dsum)
			row->dx[c] = row->dx[c] + row->dsum[c];
	}
}

/* Section 11 */
void model_add_row_f32(enum arithmetic arithmetic, struct parameter_sums *s, const float *dn, const float *xhat)
{
	float *p = (float *)s->run[0], *b = (float *)s->run[1], *P = (float *)s->block[0], *B = (float *)s->block[1];
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
