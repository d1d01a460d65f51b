/*
 * model_forward.c - docs/numerics.md for a whole descriptor, and ln.h's rules of where things are: every row on its own
 */
#include "model.h"
#include "types.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void otherwise(uint64_t *number, uint64_t value)
{
	if (*number == 0)
		*number = value;
}

static void fill_in_strides(const ln_desc *d, uint64_t *stride, uint64_t *head_stride, uint64_t *col_stride, uint64_t *run_stride)
{
	otherwise(col_stride, 1);
	otherwise(run_stride, d->cols_per_run * *col_stride);
	otherwise(head_stride, *col_stride > 1 ? 1 : d->cols);
	otherwise(stride, *col_stride > 1 ? (d->heads > 1 ? d->cols * *col_stride : 1) : d->heads * *head_stride);
}

ln_desc filled_in(const ln_desc *given)
{
	ln_desc d = *given;
	uint32_t *types[] = {&d.residual_type, &d.param_type, &d.gate_type, &d.y_type, &d.sum_type};

	if (d.x_type == 0)
		d.x_type = LN_F32;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (*types[i] == 0)
			*types[i] = d.x_type;
	otherwise(&d.heads, 1);
	otherwise(&d.cols_per_run, d.cols);
	fill_in_strides(&d, &d.x_stride, &d.x_head_stride, &d.x_col_stride, &d.x_run_stride);
	fill_in_strides(&d, &d.residual_stride, &d.residual_head_stride, &d.residual_col_stride, &d.residual_run_stride);
	fill_in_strides(&d, &d.gate_stride, &d.gate_head_stride, &d.gate_col_stride, &d.gate_run_stride);
	fill_in_strides(&d, &d.y_stride, &d.y_head_stride, &d.y_col_stride, &d.y_run_stride);
	fill_in_strides(&d, &d.sum_stride, &d.sum_head_stride, &d.sum_col_stride, &d.sum_run_stride);
	otherwise(&d.rows_per_param, d.rows ? d.rows : 1);
	otherwise(&d.param_rows, d.rows ? d.rows : 1);
	otherwise(&d.cols_per_param, 1);
	otherwise(&d.cols_per_scale, d.cols);
	otherwise(&d.param_stride, d.cols / d.cols_per_param);
	if (d.y_scale == 0)
		d.y_scale = 1;
	return d;
}

size_t row_place(const ln_desc *d, size_t row, uint64_t stride, uint64_t head_stride)
{
	return (size_t)(row / d->heads * stride + row % d->heads * head_stride);
}

size_t col_place(const ln_desc *d, size_t col, uint64_t col_stride, uint64_t run_stride)
{
	return (size_t)(col / d->cols_per_run * run_stride + col % d->cols_per_run * col_stride);
}

size_t parameter_place(const ln_desc *d, size_t row, size_t col)
{
	return (size_t)(row / d->rows_per_param % d->param_rows * d->param_stride + col / d->cols_per_param);
}

size_t parameter_count(const ln_desc *d)
{
	size_t sets = (size_t)((d->rows - 1) / d->rows_per_param + 1), most = sets < d->param_rows ? sets : (size_t)d->param_rows;

	return (size_t)((most - 1) * d->param_stride + (d->cols - 1) / d->cols_per_param + 1);
}

static void *memory(size_t n, size_t size)
{
	void *p = malloc(n * size);

	if (!p) {
		fprintf(stderr, "the model has no memory for %zu elements\n", n);
		exit(EXIT_FAILURE);
	}
	return p;
}

/* An array of one row's values in the type T of the arithmetic, and of its parameters, of which an absent one is filled. */
#define ROW_OF(T)                                                                                                                  \
	static T *row_of_##T(const ln_desc *d, uint32_t type, const void *p, size_t at, uint64_t col, uint64_t run)                \
	{                                                                                                                          \
		T *row = memory((size_t)d->cols, sizeof *row);                                                                     \
                                                                                                                                   \
		for (size_t c = 0; c < d->cols; c++)                                                                               \
			row[c] = (T)type_load(type, p, at + col_place(d, c, col, run));                                            \
		return row;                                                                                                        \
	}                                                                                                                          \
	static T *parameters_of_##T(const ln_desc *d, const void *p, size_t r, T absent)                                           \
	{                                                                                                                          \
		T *row = memory((size_t)d->cols, sizeof *row);                                                                     \
                                                                                                                                   \
		for (size_t c = 0; c < d->cols; c++)                                                                               \
			row[c] = p ? (T)type_load(d->param_type, p, parameter_place(d, r, c)) : absent;                            \
		return row;                                                                                                        \
	}
ROW_OF(float)
ROW_OF(double)

/* s = x + residual, or x * act(gate) with a gate before the norm, into x; sum. */
static void make_s_f32(enum arithmetic arithmetic, const struct forward *f, const ln_desc *d, size_t r, const float *gate, float *x)
{
	size_t at = row_place(d, r, d->residual_stride, d->residual_head_stride);
	size_t to = row_place(d, r, d->sum_stride, d->sum_head_stride);

	for (size_t c = 0; c < d->cols; c++) {
		if (f->residual)
			x[c] = x[c] + (float)type_load(d->residual_type, f->residual, at + col_place(d, c, d->residual_col_stride, d->residual_run_stride));
		if (gate)
			x[c] = x[c] * model_act(arithmetic, d->flags, gate[c]);
		if ((f->residual || gate) && d->flags & LN_ROUND_SUM)
			x[c] = (float)type_round(d->sum_type, (double)x[c]);
	}
	for (size_t c = 0; f->sum && c < d->cols; c++)
		type_store(d->sum_type, f->sum, to + col_place(d, c, d->sum_col_stride, d->sum_run_stride), (double)x[c]);
}

static void forward_row_f32(enum arithmetic arithmetic, const struct forward *f, const ln_desc *d, size_t r)
{
	size_t cols = (size_t)d->cols, y_at = row_place(d, r, d->y_stride, d->y_head_stride);
	float *x = row_of_float(d, d->x_type, f->x, row_place(d, r, d->x_stride, d->x_head_stride), d->x_col_stride, d->x_run_stride);
	float *gamma = parameters_of_float(d, f->gamma, r, 1), *beta = parameters_of_float(d, f->beta, r, 0);
	size_t gate_at = row_place(d, r, d->gate_stride, d->gate_head_stride);
	float *gate = f->gate ? row_of_float(d, d->gate_type, f->gate, gate_at, d->gate_col_stride, d->gate_run_stride) : NULL;
	bool before = d->flags & LN_GATE_BEFORE;
	struct row_f32 row = {d, f->moments ? &f->moments[r] : NULL, cols, x, gamma, beta, before ? NULL : gate, 0, 0, false};

	for (size_t c = 0; f->gamma && d->flags & LN_GAMMA_PLUS_ONE && c < cols; c++)
		gamma[c] = 1 + gamma[c];
	if (d->flags & LN_STATS_GIVEN) {
		row.mean = f->mean ? ((const float *)f->mean)[r] : 0;
		row.rstd = ((const float *)f->rstd)[r];
	}
	make_s_f32(arithmetic, f, d, r, before ? gate : NULL, x);
	model_row_f32(arithmetic, &row);
	if (f->y)
		model_store_row(d, r, cols, x, f->y, y_at, f->y_scale);
	if (f->mean && !(d->flags & LN_STATS_GIVEN))
		type_store(LN_F32, f->mean, r, (double)row.mean);
	if (f->rstd && !(d->flags & LN_STATS_GIVEN))
		type_store(LN_F32, f->rstd, r, (double)row.rstd);
	free(x);
	free(gamma);
	free(beta);
	free(gate);
}

static void add_residual_f64(const struct forward *f, const ln_desc *d, size_t r, double *x)
{
	size_t from = row_place(d, r, d->residual_stride, d->residual_head_stride);
	size_t to = row_place(d, r, d->sum_stride, d->sum_head_stride);

	for (size_t c = 0; f->residual && c < d->cols; c++)
		x[c] = x[c] + ((const double *)f->residual)[from + col_place(d, c, d->residual_col_stride, d->residual_run_stride)];
	for (size_t c = 0; f->sum && c < d->cols; c++)
		type_store(LN_F64, f->sum, to + col_place(d, c, d->sum_col_stride, d->sum_run_stride), x[c]);
}

static void forward_row_f64(enum arithmetic arithmetic, const struct forward *f, const ln_desc *d, size_t r)
{
	size_t cols = (size_t)d->cols, y_at = row_place(d, r, d->y_stride, d->y_head_stride);
	double *x = row_of_double(d, LN_F64, f->x, row_place(d, r, d->x_stride, d->x_head_stride), d->x_col_stride, d->x_run_stride);
	double *gamma = parameters_of_double(d, f->gamma, r, 1), *beta = parameters_of_double(d, f->beta, r, 0);
	struct row_f64 row = {d, f->moments ? &f->moments[r] : NULL, cols, x, gamma, beta, 0, 0, false};

	for (size_t c = 0; f->gamma && d->flags & LN_GAMMA_PLUS_ONE && c < cols; c++)
		gamma[c] = 1 + gamma[c];
	if (d->flags & LN_STATS_GIVEN) {
		row.mean = f->mean ? ((const double *)f->mean)[r] : 0;
		row.rstd = ((const double *)f->rstd)[r];
	}
	add_residual_f64(f, d, r, x);
	model_row_f64(arithmetic, &row);
	for (size_t c = 0; f->y && c < cols; c++)
		type_store(LN_F64, f->y, y_at + col_place(d, c, d->y_col_stride, d->y_run_stride), x[c]);
	if (f->mean && !(d->flags & LN_STATS_GIVEN))
		type_store(LN_F64, f->mean, r, row.mean);
	if (f->rstd && !(d->flags & LN_STATS_GIVEN))
		type_store(LN_F64, f->rstd, r, row.rstd);
	free(x);
	free(gamma);
	free(beta);
}

void model_forward(enum arithmetic arithmetic, const struct forward *f)
{
	ln_desc d = filled_in(&f->d);

	for (size_t r = 0; r < d.rows; r++)
		if (d.x_type == LN_F64)
			forward_row_f64(arithmetic, f, &d, r);
		else
			forward_row_f32(arithmetic, f, &d, r);
}

ln_moments model_moments(enum arithmetic arithmetic, uint32_t type, uint32_t norm, size_t n, const void *x)
{
	if (type == LN_F64)
		return model_moments_f64(arithmetic, norm, n, x);
	float *row = memory(n, sizeof *row);
	for (size_t i = 0; i < n; i++)
		row[i] = (float)type_load(type, x, i);
	ln_moments m = model_moments_f32(arithmetic, norm, n, row);
	free(row);
	return m;
}
