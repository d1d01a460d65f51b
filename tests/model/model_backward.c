/*
 * model_backward.c - docs/numerics.md, sections 10 and 11, for a whole descriptor: set by set of parameters, row by row
 */
#include "model_backward.h"
#include "types.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *memory(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (!p) {
		fprintf(stderr, "the model has no memory for %zu elements\n", n);
		exit(EXIT_FAILURE);
	}
	return p;
}

uint32_t gradient_type(const ln_desc *d)
{
	return d->flags & LN_GRADS_AS_PARAMS ? d->param_type : d->x_type == LN_F64 ? LN_F64 : LN_F32;
}

/* What the derivative of 1 / (sqrt(var) + eps) has more than that of 1 / sqrt(var + eps). */
double model_outside_factor(uint32_t flags, double den, double root)
{
	double k = den / root;

	return !(flags & LN_EPS_OUTSIDE) ? 1 : isfinite(k) ? k : 0;
}

double model_given_factor(const ln_desc *d, double rstd)
{
	return model_outside_factor(d->flags, 1.0, 1.0 - d->eps * rstd);
}

/* ---- A row ---- */

/* Its arrays, of floats or doubles. */
enum { AX, ADY, ADSUM, AGAMMA, ABETA, AGATE, AXHAT, ADN, ADX, ADGATE, ARRAYS };
struct arrays { void *of[ARRAYS]; };

static void put(const ln_desc *d, void *array, size_t c, double v)
{
	if (d->x_type == LN_F64)
		((double *)array)[c] = v;
	else
		((float *)array)[c] = (float)v;
}

static double get(const ln_desc *d, const void *array, size_t c)
{
	return d->x_type == LN_F64 ? ((const double *)array)[c] : (double)((const float *)array)[c];
}

static struct arrays arrays_make(size_t cols)
{
	struct arrays a;

	for (int i = 0; i < ARRAYS; i++)
		a.of[i] = memory(cols, sizeof(double));
	return a;
}

static void arrays_free(struct arrays *a)
{
	for (int i = 0; i < ARRAYS; i++)
		free(a->of[i]);
}

static void read_rows(const ln_desc *d, void *array, uint32_t type, const void *p, size_t at, uint64_t col, uint64_t run)
{
	for (size_t c = 0; p && c < d->cols; c++)
		put(d, array, c, type_load(type, p, at + col_place(d, c, col, run)));
}

static void read_parameters(const ln_desc *d, void *array, const void *p, size_t r, double absent)
{
	for (size_t c = 0; c < d->cols; c++)
		put(d, array, c, p ? type_load(d->param_type, p, parameter_place(d, r, c)) : absent);
}

/* Conversions to float in put() are exact, but for 1 + gamma: there a double is wide enough for rounding twice to be rounding once. */
static void read_row(const struct backward *b, const ln_desc *d, size_t r, struct arrays *a)
{
	read_rows(d, a->of[AX], d->x_type, b->x, row_place(d, r, d->x_stride, d->x_head_stride), d->x_col_stride, d->x_run_stride);
	read_rows(d, a->of[ADY], d->y_type, b->dy, row_place(d, r, d->y_stride, d->y_head_stride), d->y_col_stride, d->y_run_stride);
	read_rows(d, a->of[ADSUM], d->sum_type, b->dsum, row_place(d, r, d->sum_stride, d->sum_head_stride), d->sum_col_stride, d->sum_run_stride);
	read_rows(d, a->of[AGATE], d->gate_type, b->gate, row_place(d, r, d->gate_stride, d->gate_head_stride), d->gate_col_stride, d->gate_run_stride);
	read_parameters(d, a->of[AGAMMA], b->gamma, r, 1);
	read_parameters(d, a->of[ABETA], b->beta, r, 0);
	for (size_t c = 0; b->gamma && d->flags & LN_GAMMA_PLUS_ONE && c < d->cols; c++)
		put(d, a->of[AGAMMA], c, 1 + get(d, a->of[AGAMMA], c));
}

static void write_row(const struct backward *b, const ln_desc *d, size_t r, const struct arrays *a)
{
	size_t dx = row_place(d, r, d->x_stride, d->x_head_stride), dgate = row_place(d, r, d->gate_stride, d->gate_head_stride);

	for (size_t c = 0; c < d->cols; c++) {
		if (b->dx)
			type_store(d->x_type, b->dx, dx + col_place(d, c, d->x_col_stride, d->x_run_stride), get(d, a->of[ADX], c));
		if (b->dgate)
			type_store(d->gate_type, b->dgate, dgate + col_place(d, c, d->gate_col_stride, d->gate_run_stride), get(d, a->of[ADGATE], c));
	}
}

/* Everything of a row but its part in dgamma and dbeta; xhat and dn stay in a. */
static void do_row(enum arithmetic arithmetic, const struct backward *b, const ln_desc *given, size_t r, struct arrays *a)
{
	ln_desc d = *given;
	size_t cols = (size_t)d.cols;
	uint32_t type = d.x_type == LN_F64 ? LN_F64 : LN_F32;
	double mean = b->mean && b->rstd ? type_load(type, b->mean, r) : 0, rstd = b->rstd ? type_load(type, b->rstd, r) : 0;

	d.flags = (d.flags & ~LN_STATS_GIVEN) | (b->rstd ? LN_STATS_GIVEN : 0);
	read_row(b, &d, r, a);
	if (type == LN_F64) {
		struct gradient_f64 row = {&d, cols, a->of[AX], a->of[ADY], b->dsum ? a->of[ADSUM] : NULL, a->of[AGAMMA], mean, rstd,
					   a->of[AXHAT], a->of[ADN], a->of[ADX]};
		model_gradient_f64(arithmetic, &row);
	} else {
		struct gradient_f32 row = {&d, cols, a->of[AX], a->of[ADY], b->dsum ? a->of[ADSUM] : NULL, a->of[AGAMMA], a->of[ABETA],
					   b->gate ? a->of[AGATE] : NULL, (float)mean, (float)rstd, a->of[AXHAT], a->of[ADN],
					   a->of[ADX], b->dgate ? a->of[ADGATE] : NULL};
		model_gradient_f32(arithmetic, &row);
	}
	write_row(b, &d, r, a);
}

/* ---- dgamma and dbeta ---- */

static struct parameter_sums sums_make(const ln_desc *d, struct totals running[2])
{
	size_t cols = (size_t)d->cols;
	struct parameter_sums s = {.is_f64 = d->x_type == LN_F64, .cols = cols, .columns = memory(cols, COLUMN_BYTES),
				   .shared = (size_t)d->cols_per_param, .count = cols / (size_t)d->cols_per_param};

	for (int which = 0; which < 2; which++) {
		s.block[which] = (struct totals){memory(s.count, sizeof(double)), memory(s.count, sizeof(double))};
		s.total[which] = running ? running[which]
					 : (struct totals){memory(cols, sizeof(double)), memory(cols, sizeof(double))};
	}
	return s;
}

static void sums_free(struct parameter_sums *s, bool is_running)
{
	free(s->columns);
	for (int which = 0; which < 2; which++) {
		free(s->block[which].t);
		free(s->block[which].e);
	}
	for (int which = 0; which < 2 && !is_running; which++) {
		free(s->total[which].t);
		free(s->total[which].e);
	}
}

void model_begin_shared(struct parameter_sums *s)
{
	for (int which = 0; which < 2; which++)
		for (size_t k = 0; k < s->count; k++)
			s->block[which].t[k] = s->block[which].e[k] = 0;
}

/* Section 11: of a run, one block of columns after the other. */
void model_share_run(struct parameter_sums *s, model_share add)
{
	enum { BLOCK = 1024 };

	for (size_t c = 0, next; c < s->cols; c = next) {
		size_t k = c / s->shared, of_parameter = (k + 1) * s->shared, of_block = (c / BLOCK + 1) * BLOCK;
		next = of_parameter < of_block ? of_parameter : of_block;
		next = next < s->cols ? next : s->cols;
		for (int which = 0; which < 2; which++)
			add(s, which, k, c, next);
	}
}

static bool is_of_set(const ln_desc *d, size_t r, size_t set)
{
	return r / d->rows_per_param % d->param_rows == set;
}

/* The totals of the set whose first row is r begin. */
static void begin_set(const struct backward *b, const ln_desc *d, size_t r, struct parameter_sums *s)
{
	void *const held[2] = {b->dgamma, b->dbeta};

	s->done = s->rows = 0;
	for (size_t row = r; row < d->rows; row++)
		s->rows += is_of_set(d, row, (size_t)(r / d->rows_per_param));
	if (d->flags & LN_RUNNING)
		return;
	for (int which = 0; which < 2; which++)
		for (size_t k = 0; k < s->count; k++) {
			bool adds = held[which] && d->flags & LN_ACCUMULATE;
			s->total[which].t[k] = adds ? type_load(gradient_type(d), held[which], parameter_place(d, r, k * s->shared)) : 0;
			s->total[which].e[k] = 0;
		}
}

static void end_set(const struct backward *b, const ln_desc *d, size_t r, const struct parameter_sums *s)
{
	void *const to[2] = {b->dgamma, b->dbeta};

	for (int which = 0; which < 2; which++)
		for (size_t k = 0; to[which] && k < s->count; k++) {
			double t = s->total[which].t[k], total = s->is_f64 ? t + s->total[which].e[k] : (double)(float)t;
			type_store(gradient_type(d), to[which], parameter_place(d, r, k * s->shared), total);
		}
}

static size_t sets_with_rows(const ln_desc *d)
{
	size_t sets = (size_t)((d->rows - 1) / d->rows_per_param + 1);

	return sets < d->param_rows ? sets : (size_t)d->param_rows;
}

static size_t gradient_sets(const ln_desc *given)
{
	ln_desc d = filled_in(given);

	return given->rows_per_param != 0 && given->param_rows != 0 ? (size_t)given->param_rows : sets_with_rows(&d);
}

size_t gradient_count(const ln_desc *given)
{
	ln_desc d = filled_in(given);

	return (gradient_sets(given) - 1) * (size_t)d.param_stride + (size_t)(d.cols / d.cols_per_param);
}

/* A sum over no rows. */
static void clear_set(const struct backward *b, const ln_desc *d, size_t set)
{
	void *const to[2] = {b->dgamma, b->dbeta};

	for (int which = 0; which < 2; which++)
		for (size_t k = 0; to[which] && k < d->cols / d->cols_per_param; k++)
			type_store(gradient_type(d), to[which], set * (size_t)d->param_stride + k, 0);
}

void model_backward(enum arithmetic arithmetic, const struct backward *b, struct totals running[2])
{
	ln_desc d = filled_in(&b->d);
	struct arrays a = arrays_make((size_t)d.cols);
	struct parameter_sums s = sums_make(&d, running);

	for (size_t set = sets_with_rows(&d); set < gradient_sets(&b->d) && !(d.flags & (LN_ACCUMULATE | LN_RUNNING)); set++)
		clear_set(b, &d, set);
	for (size_t set = 0; set < sets_with_rows(&d); set++) {
		size_t first = set * (size_t)d.rows_per_param;
		begin_set(b, &d, first, &s);
		for (size_t r = first; r < d.rows; r++) {
			if (!is_of_set(&d, r, set))
				continue;
			do_row(arithmetic, b, &d, r, &a);
			if (s.is_f64)
				model_add_row_f64(arithmetic, &s, a.of[ADN], a.of[AXHAT]);
			else
				model_add_row_f32(arithmetic, &s, a.of[ADN], a.of[AXHAT]);
		}
		end_set(b, &d, first, &s);
	}
	arrays_free(&a);
	sums_free(&s, running != NULL);
}
