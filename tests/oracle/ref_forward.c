/*
 * ref_forward.c - the oracle for a row of a descriptor: its inputs as exact numbers, then ref.c
 *
 * The sum of x and residual counts as given once it is rounded: to float or double, and to the type of sum with LN_ROUND_SUM; and
 * 1 + gamma likewise. The bound of ln.h is about what follows.
 */
#include "ref.h"
#include "types.h"

#include <stdio.h>
#include <stdlib.h>

static double *doubles(size_t n)
{
	double *p = malloc(n * sizeof *p);

	if (!p) {
		fprintf(stderr, "the oracle has no memory for %zu elements\n", n);
		exit(EXIT_FAILURE);
	}
	return p;
}

double *ref_row_of(const ln_desc *d, uint32_t type, const void *p, size_t at, uint64_t col, uint64_t run)
{
	double *row = p ? doubles((size_t)d->cols) : NULL;

	for (size_t c = 0; p && c < d->cols; c++)
		row[c] = type_load(type, p, at + col_place(d, c, col, run));
	return row;
}

double *ref_parameters_of(const ln_desc *d, const void *p, size_t r, double more)
{
	double *row = p ? doubles((size_t)d->cols) : NULL;
	uint32_t type = d->x_type == LN_F64 ? LN_F64 : LN_F32;

	for (size_t c = 0; p && c < d->cols; c++)
		row[c] = type_round(type, type_load(d->param_type, p, parameter_place(d, r, c)) + more);
	return row;
}

/* A double holds the sum of two floats to within less than half an ulp of a float: rounding twice is rounding once. */
static void add_residual(const struct forward *f, const ln_desc *d, size_t r, double *x)
{
	size_t at = row_place(d, r, d->residual_stride, d->residual_head_stride);

	for (size_t c = 0; f->residual && c < d->cols; c++) {
		x[c] += type_load(d->residual_type, f->residual, at + col_place(d, c, d->residual_col_stride, d->residual_run_stride));
		x[c] = type_round(d->x_type == LN_F64 ? LN_F64 : LN_F32, x[c]);
		if (d->flags & LN_ROUND_SUM)
			x[c] = type_round(d->sum_type, x[c]);
	}
}

static struct ref_stats stats_of(const struct forward *f, const ln_desc *d, const struct ref_row *row, size_t r)
{
	uint32_t type = d->x_type == LN_F64 ? LN_F64 : LN_F32;

	if (d->flags & LN_STATS_GIVEN)
		return ref_given_stats(norm_facts(d->norm)->has_mean ? type_load(type, f->mean, r) : 0, type_load(type, f->rstd, r));
	return f->moments ? ref_given_moments(row, &f->moments[r]) : ref_statistics(row);
}

struct ref_stats ref_forward_row(const struct forward *f, size_t r, struct ref_value *exact)
{
	ln_desc d = filled_in(&f->d);
	double *x = ref_row_of(&d, d.x_type, f->x, row_place(&d, r, d.x_stride, d.x_head_stride), d.x_col_stride, d.x_run_stride);
	double *gamma = ref_parameters_of(&d, f->gamma, r, d.flags & LN_GAMMA_PLUS_ONE ? 1 : 0);
	double *beta = ref_parameters_of(&d, f->beta, r, 0);
	double *gate = ref_row_of(&d, d.gate_type, f->gate, row_place(&d, r, d.gate_stride, d.gate_head_stride), d.gate_col_stride, d.gate_run_stride);
	struct ref_row row = {(size_t)d.cols, d.norm, d.flags, d.x_type, d.y_type, d.eps, d.x_type == LN_F64 ? 0x1p-53 : 0x1p-24, x, gamma, beta,
			      gate};

	add_residual(f, &d, r, x);
	struct ref_stats s = stats_of(f, &d, &row, r);
	ref_solve(&row, &s, exact);
	free(x);
	free(gamma);
	free(beta);
	free(gate);
	return s;
}
