/*
 * ref_backward.c - the oracle of the gradients, from the formulas of ln.h
 *
 *	xhat = (s - mean) rstd,  dn = dy act(gate), or dy act'(n) where n is its own gate,  g = gamma dn
 *	dx = rstd (g - average(g) - xhat k average(g xhat)) + dsum		without average(g) where there is no mean; L2 norm: sums in the place of averages
 *	k = 1, or with LN_EPS_OUTSIDE 1 / (1 - eps rstd) = (sqrt(var) + eps) / sqrt(var)
 *	dgamma = sum of dn xhat,  dbeta = sum of dn,  dgate = dy n act'(gate),  n = gamma xhat + beta
 *
 * test_backward_oracle.c compares them with differences of the forward's oracle.
 */
#include "bounds.h"
#include "ref_backward.h"
#include "types.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void *memory(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (!p) {
		fprintf(stderr, "the oracle has no memory for %zu gradients\n", n);
		exit(EXIT_FAILURE);
	}
	return p;
}

static double size(quad v)
{
	return fabs((double)v);
}

/* One row: what is given, and what comes of it. */
struct row {
	const ln_desc *d;
	size_t cols;
	double u;
	double *x, *dy, *dsum, *gamma, *beta, *gate;
	struct ref_stats stats;
	quad *xhat, *dn;
	double *off;		/* what a gate makes dn be off by */
};

static struct ref_stats stats_of(const struct backward *b, const ln_desc *d, const double *x, size_t r)
{
	uint32_t type = d->x_type == LN_F64 ? LN_F64 : LN_F32;
	struct ref_row row = {.cols = (size_t)d->cols, .norm = d->norm, .flags = d->flags, .x_type = d->x_type, .eps = d->eps, .x = x};

	if (b->rstd)
		return ref_given_stats(norm_facts(d->norm)->has_mean ? type_load(type, b->mean, r) : 0, type_load(type, b->rstd, r));
	return ref_statistics(&row);
}

/* What the error of an xhat is in units of. */
static double size_of_xhat(const struct row *row, quad xhat)
{
	return fmax(norm_floor(row->d->norm, row->cols), size(xhat));
}

/* dn of a column, and what it is off by: an activated gate's own error, and the product's. */
static void solve_dn(const struct row *row, size_t c)
{
	double gamma = row->gamma ? row->gamma[c] : 1, beta = row->beta ? row->beta[c] : 0;
	quad n = (quad)gamma * row->xhat[c] + (quad)beta;
	double bracket = fabs(gamma) * size_of_xhat(row, row->xhat[c]) + fabs(beta);

	row->dn[c] = (quad)row->dy[c];
	if (row->d->flags & LN_GATE_SELF) {
		row->dn[c] *= ref_slope(row->d->flags, n);
		row->off[c] = fabs(row->dy[c]) * row->u * bound_of_self_dn(row->d->norm, (double)n, bracket);
	} else if (row->gate) {
		row->dn[c] *= ref_act(row->d->flags, row->gate[c]);
		row->off[c] = (bound_of_gate(row->d->flags).u + 1) * row->u * size(row->dn[c]);
	}
}

static struct row row_read(const struct backward *b, const ln_desc *d, size_t r)
{
	struct row row = {.d = d, .cols = (size_t)d->cols, .u = d->x_type == LN_F64 ? 0x1p-53 : 0x1p-24};

	row.x = ref_row_of(d, d->x_type, b->x, row_place(d, r, d->x_stride, d->x_head_stride), d->x_col_stride, d->x_run_stride);
	row.dy = ref_row_of(d, d->y_type, b->dy, row_place(d, r, d->y_stride, d->y_head_stride), d->y_col_stride, d->y_run_stride);
	row.dsum = ref_row_of(d, d->sum_type, b->dsum, row_place(d, r, d->sum_stride, d->sum_head_stride), d->sum_col_stride, d->sum_run_stride);
	row.gate = ref_row_of(d, d->gate_type, b->gate, row_place(d, r, d->gate_stride, d->gate_head_stride), d->gate_col_stride, d->gate_run_stride);
	row.gamma = ref_parameters_of(d, b->gamma, r, d->flags & LN_GAMMA_PLUS_ONE ? 1 : 0);
	row.beta = ref_parameters_of(d, b->beta, r, 0);
	row.stats = stats_of(b, d, row.x, r);
	row.xhat = memory(row.cols, sizeof(quad));
	row.dn = memory(row.cols, sizeof(quad));
	row.off = memory(row.cols, sizeof(double));
	for (size_t c = 0; c < row.cols; c++) {
		row.xhat[c] = (((quad)row.x[c] - row.stats.base) - row.stats.offset) * row.stats.rstd;
		solve_dn(&row, c);
	}
	return row;
}

static void row_free(struct row *row)
{
	free(row->x);
	free(row->dy);
	free(row->dsum);
	free(row->gamma);
	free(row->beta);
	free(row->gate);
	free(row->xhat);
	free(row->dn);
	free(row->off);
}

static struct ref_value value_of(quad v, double unit, double slack)
{
	double hi = (double)v;

	return (struct ref_value){hi, isfinite(hi) ? (double)(v - (quad)hi) : 0, unit, slack};
}

static quad factor_k(const struct row *row)
{
	quad rest = 1 - (quad)row->d->eps * row->stats.rstd;

	return !(row->d->flags & LN_EPS_OUTSIDE) ? 1 : row->stats.var > 0 || rest > 0 ? 1 / rest : 0;
}

static double size_of_gamma(const struct row *row, size_t c)
{
	return row->gamma ? fabs(row->gamma[c]) : 1;
}

static void solve_dx(const struct row *row, struct ref_value *dx)
{
	quad sum = 0, sum2 = 0, k = factor_k(row), divisor = (quad)norm_divisor(row->d->norm, row->cols);
	double size1 = 0, size2 = 0, off1 = 0, off2 = 0, rstd = (double)row->stats.rstd;
	struct dx_factors of = factors_of_dx(row->d->norm);

	for (size_t c = 0; c < row->cols; c++) {
		quad g = row->dn[c] * (row->gamma ? (quad)row->gamma[c] : 1);
		sum += g;
		sum2 += g * row->xhat[c];
		size1 += size(g);
		size2 += size(g) * size_of_xhat(row, row->xhat[c]);
		off1 += size_of_gamma(row, c) * row->off[c];
		off2 += size_of_gamma(row, c) * row->off[c] * size_of_xhat(row, row->xhat[c]);
	}
	if (!norm_facts(row->d->norm)->has_mean)
		sum = 0;
	for (size_t c = 0; c < row->cols; c++) {
		quad g = row->dn[c] * (row->gamma ? (quad)row->gamma[c] : 1);
		quad v = row->stats.rstd * (g - sum / divisor - row->xhat[c] * k * (sum2 / divisor)) + (row->dsum ? (quad)row->dsum[c] : 0);
		double average = size1 / (double)divisor, of_xhat = size_of_xhat(row, row->xhat[c]) * size(k) / (double)divisor, last = of_xhat * size2;
		double unit = row->u * rstd * (of.g * size(g) + of.average * average + of.last * last);
		double slack = off1 > 0 ? rstd * (size_of_gamma(row, c) * row->off[c] + off1 / (double)divisor + of_xhat * off2) : 0;	/* rstd may be infinite */

		if (unit < 0x1p-1060)		/* too few bits for a measure */
			slack += 0x1p-1070;
		if (row->dsum)
			slack += ref_half_ulp(row->d->x_type == LN_F64 ? LN_F64 : LN_F32, size(v) + BOUND_DX * unit + slack);
		dx[c] = value_of(v, unit, slack);
	}
}

static void solve_dgate(const struct row *row, struct ref_value *dgate)
{
	for (size_t c = 0; c < row->cols; c++) {
		double gamma = row->gamma ? row->gamma[c] : 1, beta = row->beta ? row->beta[c] : 0, gate = row->gate[c];
		quad sigma = ref_sigma(gate), slope = ref_slope(row->d->flags, gate);
		quad n = (quad)gamma * row->xhat[c] + (quad)beta;
		double of_n = fabs(gamma) * size_of_xhat(row, row->xhat[c]) + fabs(beta);
		double unit = row->u * fabs(row->dy[c]) * (of_n * size(slope) + size(n * sigma) * (row->d->flags & LN_GATE_SIGMOID ? 1 : 1 + fabs(gate)));

		dgate[c] = value_of((quad)row->dy[c] * n * slope, unit, 0);
	}
}

/* The sums of all sets, as the parameters are laid out, the sums of sizes, and of what dn is off by. */
struct sums { quad *of[2]; double *size[2], *off[2]; };

static void add_row(const struct row *row, size_t r, bool strict, struct sums *s)
{
	for (size_t c = 0; c < row->cols; c++) {
		size_t at = parameter_place(row->d, r, c);
		s->of[0][at] += row->dn[c] * row->xhat[c];
		s->of[1][at] += row->dn[c];
		s->size[0][at] += size(row->dn[c]) * (strict ? size(row->xhat[c]) : size_of_xhat(row, row->xhat[c]));
		s->size[1][at] += size(row->dn[c]);
		s->off[0][at] += row->off[c] * (strict ? size(row->xhat[c]) : size_of_xhat(row, row->xhat[c]));
		s->off[1][at] += row->off[c];
	}
}

static struct ref_value *sums_solve(const struct backward *b, const ln_desc *d, struct sums *s, int which)
{
	size_t n = parameter_count(d);
	const void *held = which == 0 ? b->dgamma : b->dbeta;
	struct ref_value *exact = memory(n, sizeof *exact);

	for (size_t i = 0; i < n; i++) {
		double before = held && d->flags & LN_ACCUMULATE ? type_load(gradient_type(d), held, i) : 0;
		double unit = (d->x_type == LN_F64 ? 0x1p-53 : 0x1p-24) * (s->size[which][i] + fabs(before));
		double slack = s->off[which][i];

		if (type_size(gradient_type(d)) == 2)
			slack += ref_half_ulp(LN_F32, size(s->of[which][i]) + fabs(before));
		exact[i] = value_of(s->of[which][i] + (quad)before, unit, slack);
	}
	free(s->of[which]);
	free(s->size[which]);
	free(s->off[which]);
	return exact;
}

struct ref_gradients ref_backward(const struct backward *b, bool strict)
{
	ln_desc d = filled_in(&b->d);
	size_t rows = (size_t)d.rows, cols = (size_t)d.cols, n = parameter_count(&d);
	struct ref_gradients g = {memory(rows * cols, sizeof *g.dx), memory(rows * cols, sizeof *g.dgate), NULL, NULL};
	struct sums s = {{memory(n, sizeof(quad)), memory(n, sizeof(quad))}, {memory(n, sizeof(double)), memory(n, sizeof(double))},
			 {memory(n, sizeof(double)), memory(n, sizeof(double))}};

	for (size_t r = 0; r < rows; r++) {
		struct row row = row_read(b, &d, r);
		solve_dx(&row, g.dx + r * cols);
		if (row.gate)
			solve_dgate(&row, g.dgate + r * cols);
		add_row(&row, r, strict, &s);
		row_free(&row);
	}
	g.dgamma = sums_solve(b, &d, &s, 0);
	g.dbeta = sums_solve(b, &d, &s, 1);
	return g;
}

void ref_gradients_free(struct ref_gradients *g)
{
	free(g->dx);
	free(g->dgate);
	free(g->dgamma);
	free(g->dbeta);
}
