/*
 * model_f32.c - docs/numerics.md, sections 1 to 6, as plain C: one row of floats at a time
 *
 * It is compiled with -ffp-contract=off: what is fused is said here, and nothing else is. Every line that looks arbitrary (32
 * lanes, runs of 256, blocks of 1024, a product with 1.0 / n for a quotient) is part of the result's bits.
 */
#include "model.h"
#include "types.h"

#include <math.h>
#include <string.h>

enum { LANES = 32, RUN = 256, BLOCK = 1024, SIGNS = 16 };

static float madd(enum arithmetic arithmetic, float a, float b, float c)
{
	return arithmetic == FUSED ? fmaf(a, b, c) : a * b + c;
}

/* Section 1: one halving in float, the others in double. */
double model_fold_f32(const float lane[LANES])
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

struct sums { double r, q; };

/* Section 2 */
static struct sums sums_about(enum arithmetic arithmetic, size_t n, const float *x, float pivot)
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
	return (struct sums){model_fold_f32(sum), model_fold_f32(sum2)};
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
	return (float)(model_fold_f32(first) * (1.0 / (double)count));
}

static ln_moments moments_about(enum arithmetic arithmetic, size_t n, const float *x, float pivot, double *squares)
{
	struct sums s = sums_about(arithmetic, n, x, pivot);
	double shift = s.r * (1.0 / (double)n), m2 = s.q - s.r * shift;

	*squares = s.q;
	return (ln_moments){(double)n, (double)pivot + shift, 0, m2 < 0 ? 0 : m2};
}

/* Whatever the range of the squares. */
static ln_moments moments_as_they_are(enum arithmetic arithmetic, uint32_t norm, size_t n, const float *x, double *squares)
{
	if (norm == LN_RMSNORM) {
		*squares = sums_about(arithmetic, n, x, 0).q;
		return (ln_moments){(double)n, 0, 0, *squares};
	}
	ln_moments m = moments_about(arithmetic, n, x, first_pivot(n, x), squares);
	if (m.m2 < 0.875 * *squares)
		m = moments_about(arithmetic, n, x, (float)m.mean, squares);
	return m;
}

static ln_moments moments_of_block(enum arithmetic arithmetic, uint32_t norm, size_t n, const float *x)
{
	double q, least = 0x1p-80 * (double)n, most = 0x1p80 * (double)n;
	ln_moments m = moments_as_they_are(arithmetic, norm, n, x, &q);
	float scaled[BLOCK], scale = q < least ? 0x1p90f : 0x1p-90f;

	if (q >= least && q <= most)
		return m;
	for (size_t i = 0; i < n; i++)
		scaled[i] = x[i] * scale;
	ln_moments again = moments_as_they_are(arithmetic, norm, n, scaled, &q);
	if (scale > 1 && !isfinite(q))
		return m;	/* equal elements too large for the scale: nothing was lost */
	again.mean /= (double)scale;
	again.m2 /= (double)scale * (double)scale;
	return again;
}

ln_moments model_moments_f32(enum arithmetic arithmetic, uint32_t norm, size_t n, const float *x)
{
	ln_moments m = {0, 0, 0, 0};

	for (size_t at = 0; at < n; at += BLOCK) {
		ln_moments b = moments_of_block(arithmetic, norm, n - at < BLOCK ? n - at : BLOCK, x + at);
		model_merge(&m, &b);
	}
	return m;
}

/* Section 5 */
static struct scaling_f32 scaling_of(struct row_f32 *row, ln_moments m)
{
	double var = m.m2 * (1.0 / m.count), eps = row->d->eps, scale = 1;
	bool outside = row->d->flags & LN_EPS_OUTSIDE;
	double den = outside ? sqrt(var) + eps : sqrt(var + eps), v = outside ? den * den : var + eps;
	double rstd = den == 0 ? 0 : 1.0 / den;

	row->mean = (float)m.mean;
	row->rstd = (float)rstd;
	row->nan = !isfinite(den);	/* and not v: the square of a large eps outside may be infinite */
	if (!(v >= 0x1p-80 && v <= 0x1p80)) {
		if (m.m2 == 0)
			rstd = 0;
		else
			scale = v < 0x1p-80 ? 0x1p90 : 0x1p-90;
	}
	struct scaling_f32 s = {.s = (float)scale, .hi = (float)(m.mean * scale), .rstd = (float)(rstd / scale), .rstd64 = rstd};
	s.shift = (float)((((double)s.hi - m.mean * scale) - m.mean_lo * scale) * (rstd / scale));
	return row->nan ? (struct scaling_f32){NAN, NAN, NAN, NAN, (double)NAN} : s;
}

struct scaling_f32 model_scaling_f32(enum arithmetic arithmetic, struct row_f32 *row)
{
	uint32_t norm = row->d->norm;

	row->nan = false;
	if (row->d->flags & LN_STATS_GIVEN)
		return (struct scaling_f32){1, norm == LN_RMSNORM ? 0 : row->mean, row->rstd, 0, (double)row->rstd};
	ln_moments m = row->moments ? *row->moments : model_moments_f32(arithmetic, norm, row->cols, row->x);
	if (norm == LN_RMSNORM)
		m.mean = m.mean_lo = 0;
	return scaling_of(row, m);
}

/* Section 6 */
float model_silu(enum arithmetic arithmetic, float g)
{
	return g * model_sigmoid(arithmetic, g);
}

void model_row_f32(enum arithmetic arithmetic, struct row_f32 *row)
{
	struct scaling_f32 s = model_scaling_f32(arithmetic, row);
	bool cast = row->d->flags & LN_CAST_BEFORE_GAMMA;

	for (size_t c = 0; c < row->cols; c++) {
		float t = madd(arithmetic, row->x[c] * s.s - s.hi, s.rstd, s.shift);
		if (cast)
			t = (float)type_round(row->d->x_type, (double)t);
		float y = madd(arithmetic, t, row->gamma[c], row->beta[c]);
		if (row->gate)
			y = y * model_silu(arithmetic, row->gate[c]);
		row->x[c] = row->nan ? NAN : y;
	}
	if (row->nan)
		row->mean = row->rstd = NAN;
}
