/*
 * rows.c - the named kinds of rows and their parameters
 */
#include "rows.h"

#include <float.h>

static void outlier_first(struct rng *r, size_t cols, float *x)
{
	(void)r;
	(void)cols;
	x[0] = 1e4f;
}

static void outlier_middle(struct rng *r, size_t cols, float *x)
{
	(void)r;
	x[cols / 2] = 1e4f;
}

static void outlier_last(struct rng *r, size_t cols, float *x)
{
	(void)r;
	x[cols - 1] = 1e4f;
}

static void ramp(struct rng *r, size_t cols, float *x)
{
	(void)r;
	for (size_t c = 0; c < cols; c++)
		x[c] = (float)c;
}

static void constant(struct rng *r, size_t cols, float *x)
{
	(void)r;
	for (size_t c = 1; c < cols; c++)
		x[c] = x[0];
}

/* The first 32 elements are where a sampled pivot would look. */
static void step_after_32(struct rng *r, size_t cols, float *x)
{
	constant(r, cols, x);
	for (size_t c = 32; c < cols; c++)
		x[c] += 1e4f;
}

static void noisy_step_after_32(struct rng *r, size_t cols, float *x)
{
	(void)r;
	for (size_t c = 32; c < cols; c++)
		x[c] += 1e4f;
}

static void largest_alternating(struct rng *r, size_t cols, float *x)
{
	(void)r;
	for (size_t c = 0; c < cols; c++)
		x[c] = c % 2 ? -FLT_MAX : FLT_MAX;
}

static void largest_either_sign(struct rng *r, size_t cols, float *x)
{
	for (size_t c = 0; c < cols; c++)
		x[c] = rng_below(r, 2) ? -FLT_MAX : FLT_MAX;
}

/* Every element is a denormal or zero: a multiple of 2^-149 below 2^-126. */
static void denormal(struct rng *r, size_t cols, float *x)
{
	for (size_t c = 0; c < cols; c++)
		x[c] = (float)(((double)rng_below(r, 1 << 24) - (1 << 23)) * 0x1p-149);
}

/* The finest row that is not constant. */
static void least_denormal(struct rng *r, size_t cols, float *x)
{
	for (size_t c = 0; c < cols; c++)
		x[c] = rng_below(r, 2) ? 0x1p-149f : 0;
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

void rows_fill(const struct row_kind *kind, uint64_t seed, size_t rows, size_t cols, float *x)
{
	for (size_t row = 0; row < rows; row++, x += cols) {
		struct rng r = rng_make(seed, row);

		for (size_t c = 0; c < cols; c++)
			x[c] = (float)(kind->offset + kind->scale * rng_normal(&r));
		if (kind->shape)
			kind->shape(&r, cols, x);
	}
}

void rows_parameters(uint64_t seed, size_t cols, float *gamma, float *beta)
{
	struct rng r = rng_make(seed, UINT64_MAX);

	for (size_t c = 0; c < cols; c++) {
		gamma[c] = rng_below(&r, 16) == 0 ? 0 : (float)(1 + 0.75 * rng_normal(&r));
		beta[c] = (float)rng_normal(&r);
	}
}
