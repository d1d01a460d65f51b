/*
 * model.c - the bit-exact reference: docs/numerics.md written as plain C, section by section, one row at a time
 *
 * It is compiled with -ffp-contract=off: what is fused is said here, and nothing else is. Every line that looks arbitrary (32
 * lanes, runs of 256, blocks of 1024, a product with 1.0 / n for a quotient) is part of the result's bits.
 */
#include "model.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { LANES = 32, RUN = 256, BLOCK = 1024, SIGNS = 16 };

struct moments { double count, mean, m2; };

static float madd(enum arithmetic arithmetic, float a, float b, float c)
{
	return arithmetic == FUSED ? fmaf(a, b, c) : a * b + c;
}

/* Section 1: one halving in float, the others in double. */
static double fold(const float lane[LANES])
{
	double sum[LANES / 2];

	for (size_t l = 0; l < LANES / 2; l++)
		sum[l] = (double)(lane[l] + lane[l + LANES / 2]);
	for (size_t half = LANES / 4; half >= 1; half /= 2)
		for (size_t l = 0; l < half; l++)
			sum[l] += sum[l + half];
	return sum[0];
}

/* Adds x[from] ... x[to-1], as deviations from the pivot and their squares, to the lanes. */
static void add_deviations(enum arithmetic arithmetic, const float *x, size_t from, size_t to, float pivot, float sum[LANES],
			   float sum2[LANES])
{
	for (size_t i = from; i < to; i++) {
		float deviation = x[i] - pivot;
		sum[i % LANES] += deviation;
		sum2[i % LANES] = madd(arithmetic, deviation, deviation, sum2[i % LANES]);
	}
}

/* Sections 2 and 3: the moments of a block from the sums of its deviations from a pivot and of their squares. */
static struct moments moments_about(enum arithmetic arithmetic, size_t n, const float *x, float pivot, double *squares)
{
	float sum[LANES] = {0}, sum2[LANES] = {0};
	size_t whole = n - n % LANES;

	for (size_t at = 0; at < whole; at += RUN) {
		float run[LANES] = {0}, run2[LANES] = {0};

		add_deviations(arithmetic, x, at, whole - at < RUN ? whole : at + RUN, pivot, run, run2);
		for (size_t l = 0; l < LANES; l++) {
			sum[l] += run[l];
			sum2[l] += run2[l];
		}
	}
	add_deviations(arithmetic, x, whole, n, pivot, sum, sum2);
	*squares = fold(sum2);

	double r = fold(sum), shift = r * (1.0 / (double)n), m2 = *squares - r * shift;
	return (struct moments){(double)n, (double)pivot + shift, m2 < 0 ? 0 : m2};
}

/* Section 3: 0 where the first elements are of either sign, otherwise the mean of a few more. */
static float first_pivot(size_t n, const float *x)
{
	size_t signs = n < SIGNS ? n : SIGNS, count = n < LANES ? n : LANES, negative = 0;
	float first[LANES] = {0};

	for (size_t i = 0; i < signs; i++)
		negative += signbit(x[i]) != 0;
	if (signs <= 4 * negative && 4 * negative <= 3 * signs)
		return 0;
	memcpy(first, x, count * sizeof *x);
	return (float)(fold(first) * (1.0 / (double)count));
}

static struct moments moments_of_block(enum arithmetic arithmetic, size_t n, const float *x)
{
	double squares;
	struct moments m = moments_about(arithmetic, n, x, first_pivot(n, x), &squares);

	if (m.m2 < 0.875 * squares)
		m = moments_about(arithmetic, n, x, (float)m.mean, &squares);
	return m;
}

/* Section 4 */
static struct moments merge(struct moments a, struct moments b)
{
	double n = a.count + b.count, weight = b.count / n, d = b.mean - a.mean;

	return (struct moments){n, a.mean + d * weight, a.m2 + (b.m2 + (d * d) * (a.count * weight))};
}

/* Section 7 */
static void extreme_row(size_t cols, const float *x, const float *gamma, const float *beta, double eps, float *y)
{
	const uint32_t quiet_nan = 0x7fc00000;
	double pivot = (double)x[0], mean = 0, variance = 0;

	for (size_t c = 0; c < cols; c++)
		mean += (double)x[c] - pivot;
	mean /= (double)cols;
	for (size_t c = 0; c < cols; c++) {
		double deviation = ((double)x[c] - pivot) - mean;
		variance += deviation * deviation;
	}
	variance = variance / (double)cols + eps;

	double rstd = variance > 0 ? 1.0 / sqrt(variance) : 0;
	for (size_t c = 0; c < cols; c++) {
		double xhat = (((double)x[c] - pivot) - mean) * rstd;
		y[c] = (float)(xhat * (gamma ? (double)gamma[c] : 1) + (beta ? (double)beta[c] : 0));
		if (!isfinite(variance))
			memcpy(&y[c], &quiet_nan, sizeof y[c]);
	}
}

void model_layernorm(enum arithmetic arithmetic, size_t cols, const float *x, const float *gamma, const float *beta, double eps,
		     float *y)
{
	struct moments m = {0, 0, 0};

	for (size_t at = 0; at < cols; at += BLOCK) {
		struct moments b = moments_of_block(arithmetic, cols - at < BLOCK ? cols - at : BLOCK, x + at);
		m = at == 0 ? b : merge(m, b);
	}

	/* Section 5 */
	double variance = m.m2 * (1.0 / (double)cols) + eps, rstd64 = 1.0 / sqrt(variance);
	float hi = (float)m.mean, rstd = (float)rstd64, shift = (float)(((double)hi - m.mean) * rstd64);

	if (!(variance >= 0x1p-80 && variance <= 0x1p80)) {
		extreme_row(cols, x, gamma, beta, eps, y);
		return;
	}

	/* Section 6 */
	for (size_t c = 0; c < cols; c++) {
		float t = madd(arithmetic, x[c] - hi, rstd, shift);
		y[c] = madd(arithmetic, t, gamma ? gamma[c] : 1, beta ? beta[c] : 0);
	}
}
