/*
 * model_f32.c - docs/numerics.md, sections 2 to 6, as plain C: one row of floats at a time
 *
 * It is compiled with -ffp-contract=off: what is fused is said here, and nothing else is. Every line that looks arbitrary (groups of
 * 64, blocks of 1024, a product with 1.0 / n for a quotient) is part of the result's bits.
 */
#include "model_exact.h"
#include "model_float.h"
#include "model_trees.h"
#include "model_lanes.h"
#include "types.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { BLOCK = 1024, SIGNS = 32 };

/* Section 3: 0 where about a third of the first elements or more are of either sign, otherwise the mean of the first few. */
static float first_pivot(size_t n, const float *x, double *threshold)
{
	size_t signs = n < SIGNS ? n : SIGNS, negative = 0, count = 1;
	float first[SIGNS];

	for (size_t i = 0; i < signs; i++)
		negative += signbit(x[i]) != 0;
	*threshold = 0.625;
	if (5 * signs <= 16 * negative && 16 * negative <= 11 * signs)
		return 0;
	*threshold = 0.90625;
	while (2 * count <= signs)
		count *= 2;
	memcpy(first, x, count * sizeof *x);
	for (size_t half = count / 2; half >= 1; half /= 2)
		for (size_t l = 0; l < half; l++)
			first[l] = first[l] + first[l + half];
	return first[0] * (1 / (float)count);
}

static ln_moments moments_about(enum arithmetic arithmetic, size_t n, const float *x, float pivot, double *squares)
{
	struct sums s = sums_about(arithmetic, n, x, pivot);
	double inv = 1.0 / (double)n, shift = s.r * inv, m2 = s.q - s.r * shift;
	struct pair mean = exact_sum((double)pivot, shift);

	*squares = s.q;
	return (ln_moments){(double)n, mean.hi, mean.lo, m2 < 0 ? 0 : m2, 0, 0};
}

/* Whatever the range of the squares. */
static ln_moments moments_as_they_are(enum arithmetic arithmetic, uint32_t norm, size_t n, const float *x, double *squares)
{
	double threshold;

	if (!norm_facts(norm)->has_mean) {
		*squares = sums_about(arithmetic, n, x, 0).q;
		return (ln_moments){(double)n, 0, 0, *squares, 0, 0};
	}
	float pivot = first_pivot(n, x, &threshold);
	ln_moments m = moments_about(arithmetic, n, x, pivot, squares);
	if (m.m2 < threshold * *squares)
		m = moments_about(arithmetic, n, x, (float)m.mean, squares);
	return m;
}

static ln_moments moments_of_block(enum arithmetic arithmetic, uint32_t norm, size_t n, const float *x)
{
	double q, least = 0x1p-80 * (double)n, most = 0x1p80 * (double)n;
	ln_moments m = moments_as_they_are(arithmetic, norm, n, x, &q);
	float scaled[BLOCK], scale = q < least ? 0x1p96f : 0x1p-90f;

	if (q >= least && q <= most)
		return m;
	for (size_t i = 0; i < n; i++)
		scaled[i] = x[i] * scale;
	ln_moments again = moments_as_they_are(arithmetic, norm, n, scaled, &q);
	if (scale > 1 && !isfinite(q))
		return m;	/* equal elements too large for the scale: nothing was lost */
	again.mean /= (double)scale;
	again.mean_lo /= (double)scale;
	again.m2 /= (double)scale * (double)scale;
	return again;
}

ln_moments model_moments_f32(enum arithmetic arithmetic, uint32_t norm, size_t n, const float *x)
{
	ln_moments m = {0};

	for (size_t at = 0; at < n; at += BLOCK) {
		ln_moments b = moments_of_block(arithmetic, norm, n - at < BLOCK ? n - at : BLOCK, x + at);
		model_merge(&m, &b);
	}
	return m;
}

/* Section 5: a root and a quotient of floats, and one step of Newton's for the reciprocal root of V. */
static double ordinary_rstd(double V)
{
	double r = (double)(1 / sqrtf((float)V));

	return r + (0.5 * r) * (1.0 - (V * r) * r);
}

/* Section 5 */
static struct scaling_f32 scaling_of(struct row_f32 *row, ln_moments m)
{
	double var = m.m2 * (1.0 / (norm_facts(row->d->norm)->averages ? m.count : 1.0)), eps = row->d->eps, scale = 1;
	bool outside = row->d->flags & LN_EPS_OUTSIDE;
	double den = outside ? sqrt(var) + eps : sqrt(var + eps), V = outside ? den * den : var + eps;
	bool is_ordinary = V >= 0x1p-80 && V <= 0x1p80;
	double rstd = is_ordinary && !outside ? ordinary_rstd(V) : den == 0 ? 0 : 1.0 / den;

	row->mean = (float)m.mean;
	row->rstd = (float)rstd;
	row->nan = !isfinite(var);
	if (!is_ordinary && m.m2 == 0)
		rstd = 0;
	else if (!is_ordinary)
		scale = V < 0x1p-80 ? 0x1p90 : 0x1p-90;
	struct scaling_f32 s = {.s = (float)scale, .hi = (float)(m.mean * scale), .rstd = (float)(rstd / scale), .rstd64 = rstd,
				.k = model_outside_factor(row->d->flags, den, sqrt(var))};
	s.shift = (float)((((double)s.hi - m.mean * scale) - m.mean_lo * scale) * (rstd / scale));
	return row->nan ? (struct scaling_f32){NAN, NAN, NAN, NAN, (double)NAN, (double)NAN} : s;
}

struct scaling_f32 model_scaling_f32(enum arithmetic arithmetic, struct row_f32 *row)
{
	uint32_t norm = row->d->norm;

	row->nan = false;
	if (row->d->flags & LN_STATS_GIVEN)
		return (struct scaling_f32){1, norm_facts(norm)->has_mean ? row->mean : 0, row->rstd, 0, (double)row->rstd,
					   model_given_factor(row->d, (double)row->rstd)};
	ln_moments m = row->moments ? *row->moments : model_moments_f32(arithmetic, norm, row->cols, row->x);
	if (!norm_facts(norm)->has_mean)
		m.mean = m.mean_lo = 0;
	return scaling_of(row, m);
}

/* Section 6 */
float model_act(enum arithmetic arithmetic, uint32_t flags, float v)
{
	float sigma = model_sigmoid(arithmetic, v);

	return flags & LN_GATE_SIGMOID ? sigma : v * sigma;
}

float model_slope(enum arithmetic arithmetic, uint32_t flags, float v)
{
	float sigma = model_sigmoid(arithmetic, v);

	return sigma * (flags & LN_GATE_SIGMOID ? 1 - sigma : num_madd(arithmetic, v, 1 - sigma, 1));
}

void model_row_f32(enum arithmetic arithmetic, struct row_f32 *row)
{
	struct scaling_f32 s = model_scaling_f32(arithmetic, row);
	bool cast = row->d->flags & LN_CAST_BEFORE_GAMMA;

	for (size_t c = 0; c < row->cols; c++) {
		float t = num_madd(arithmetic, row->x[c] * s.s - s.hi, s.rstd, s.shift);
		if (cast)
			t = (float)type_round(row->d->x_type, (double)t);
		float y = num_madd(arithmetic, t, row->gamma[c], row->beta[c]);
		if (row->d->flags & LN_ROUND_BEFORE_GATE)
			y = (float)type_round(row->d->y_type, (double)y);
		if (row->d->flags & LN_GATE_SELF)
			y = model_act(arithmetic, row->d->flags, y < -FLT_MAX ? -FLT_MAX : y);
		else if (row->gate)
			y = y * model_act(arithmetic, row->d->flags, row->gate[c]);
		row->x[c] = row->nan ? NAN : y;
	}
	if (row->nan)
		row->mean = row->rstd = NAN;
}
