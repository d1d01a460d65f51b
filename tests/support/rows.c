/*
 * rows.c - the named kinds of rows and their parameters
 */
#include "rows.h"

#include <math.h>
#include <stdlib.h>

static void outlier_first(struct rng *r, size_t cols, struct type_limits limits, double *x)
{
	(void)limits;
	(void)r;
	(void)cols;
	x[0] = 1e4;
}

static void outlier_middle(struct rng *r, size_t cols, struct type_limits limits, double *x)
{
	(void)limits;
	(void)r;
	x[cols / 2] = 1e4;
}

static void outlier_last(struct rng *r, size_t cols, struct type_limits limits, double *x)
{
	(void)limits;
	(void)r;
	x[cols - 1] = 1e4;
}

static void ramp(struct rng *r, size_t cols, struct type_limits limits, double *x)
{
	(void)limits;
	(void)r;
	for (size_t c = 0; c < cols; c++)
		x[c] = (double)c;
}

static void constant(struct rng *r, size_t cols, struct type_limits limits, double *x)
{
	(void)limits;
	(void)r;
	for (size_t c = 1; c < cols; c++)
		x[c] = x[0];
}

/* The first 32 elements are where a sampled pivot would look. */
static void step_after_32(struct rng *r, size_t cols, struct type_limits limits, double *x)
{
	constant(r, cols, limits, x);
	for (size_t c = 32; c < cols; c++)
		x[c] += 1e4;
}

static void noisy_step_after_32(struct rng *r, size_t cols, struct type_limits limits, double *x)
{
	(void)limits;
	(void)r;
	for (size_t c = 32; c < cols; c++)
		x[c] += 1e4;
}

static void largest_alternating(struct rng *r, size_t cols, struct type_limits limits, double *x)
{
	(void)r;
	for (size_t c = 0; c < cols; c++)
		x[c] = c % 2 ? -limits.largest : limits.largest;
}

static void largest_either_sign(struct rng *r, size_t cols, struct type_limits limits, double *x)
{
	for (size_t c = 0; c < cols; c++)
		x[c] = rng_below(r, 2) ? -limits.largest : limits.largest;
}

/* Every element is a denormal or zero: in f32 a multiple of 2^-149 below 2^-126. */
static void denormal(struct rng *r, size_t cols, struct type_limits limits, double *x)
{
	for (size_t c = 0; c < cols; c++)
		x[c] = ((double)(rng_bits(r) % ((uint64_t)1 << limits.digits)) - ldexp(1, limits.digits - 1)) * limits.least;
}

/* The finest row that is not constant. */
static void least_denormal(struct rng *r, size_t cols, struct type_limits limits, double *x)
{
	for (size_t c = 0; c < cols; c++)
		x[c] = rng_below(r, 2) ? limits.least : 0;
}

static const struct row_kind kinds[] = {
	{"N(0,1)", 0, 1, 1e-5, NULL},
	{"1+N", 1, 1, 1e-5, NULL},
	{"1e3+N", 1e3, 1, 1e-5, NULL},
	{"1e4+N", 1e4, 1, 1e-5, NULL},
	{"1e6+N", 1e6, 1, 1e-5, NULL},
	{"1e-6*N", 0, 1e-6, 0, NULL},
	{"1e20*N", 0, 1e20, 1e-5, NULL},
	{"+-FLT_MAX in turn", 0, 0, 1e-5, largest_alternating},
	{"+-FLT_MAX at random", 0, 0, 1e-5, largest_either_sign},
	{"1e-25*N", 0, 1e-25, 0, NULL},
	{"1e4 in first place", 0, 1, 1e-5, outlier_first},
	{"1e4 in middle place", 0, 1, 1e-5, outlier_middle},
	{"1e4 in last place", 0, 1, 1e-5, outlier_last},
	{"ramp", 0, 0, 1e-5, ramp},
	{"step of 1e4 after 32", 0, 1, 1e-5, step_after_32},
	{"noisy step of 1e4 after 32", 0, 1, 1e-5, noisy_step_after_32},
	{"constant", 0, 10, 1e-5, constant},
	{"denormals", 0, 0, 0, denormal},
	{"least denormal", 0, 0, 0, least_denormal},
};

const struct row_kind *row_kind(size_t index)
{
	return index < sizeof kinds / sizeof kinds[0] ? &kinds[index] : NULL;
}

double rows_finite(uint32_t type, double v)
{
	double largest = type_limits(type).largest;

	return type_round(type, fmax(fmin(v, largest), -largest));
}

static void fill_row(const struct row_kind *kind, uint32_t type, struct rng *r, size_t cols, double *x)
{
	for (size_t c = 0; c < cols; c++) {
		double n = rng_normal(r);	/* a multiple of 2^-32: doubles have room for more */
		if (type == LN_F64)
			n += (rng_uniform(r) - 0.5) * 0x1p-32;
		x[c] = rows_finite(type, kind->offset + kind->scale * n);
	}
	if (kind->shape)
		kind->shape(r, cols, type_limits(type), x);
	for (size_t c = 0; c < cols; c++)
		x[c] = rows_finite(type, x[c]);
}

void rows_fill(const struct row_kind *kind, uint32_t type, uint64_t seed, size_t rows, size_t cols, void *x)
{
	double *row = malloc(cols * sizeof *row);

	if (!row)
		abort();
	for (size_t i = 0; i < rows; i++) {
		struct rng r = rng_make(seed, i);

		fill_row(kind, type, &r, cols, row);
		for (size_t c = 0; c < cols; c++)
			type_store(type, x, i * cols + c, row[c]);
	}
	free(row);
}

void rows_parameters(uint64_t seed, uint32_t type, size_t cols, void *gamma, void *beta)
{
	struct rng r = rng_make(seed, UINT64_MAX);

	for (size_t c = 0; c < cols; c++) {
		type_store(type, gamma, c, rng_below(&r, 16) == 0 ? 0 : 1 + 0.75 * rng_normal(&r));
		type_store(type, beta, c, rng_normal(&r));
	}
}
