/*
 * model_f64.c - docs/numerics.md, section 9, as plain C: one row of doubles at a time; and section 4, which all types share
 *
 * The steps are those of model_f32.c, section by section, where the reasons are. What differs: nothing is wider than the data, so the
 * mean is a pair from the first; and a row out of range is scaled as a whole.
 */
#include "model.h"

#include <math.h>
#include <string.h>

enum { LANES = 32, RUN = 256, BLOCK = 1024, SIGNS = 16 };

static double madd(enum arithmetic arithmetic, double a, double b, double c)
{
	return arithmetic == FUSED ? fma(a, b, c) : a * b + c;
}

double model_fold_f64(const double lane[LANES])
{
	double sum[LANES];

	memcpy(sum, lane, sizeof sum);
	for (size_t half = LANES / 2; half >= 1; half /= 2)
		for (size_t l = 0; l < half; l++)
			sum[l] += sum[l + half];
	return sum[0];
}

static void add_deviations(enum arithmetic arithmetic, const double *x, size_t from, size_t to, double pivot, double sum[LANES],
			   double sum2[LANES])
{
	for (size_t i = from; i < to; i++) {
		double deviation = x[i] - pivot;
		sum[i % LANES] += deviation;
		sum2[i % LANES] = madd(arithmetic, deviation, deviation, sum2[i % LANES]);
	}
}

struct sums { double r, q; };

static struct sums sums_about(enum arithmetic arithmetic, size_t n, const double *x, double pivot)
{
	double sum[LANES] = {0}, sum2[LANES] = {0};
	size_t whole = n - n % LANES;

	for (size_t at = 0; at < whole; at += RUN) {
		double run[LANES] = {0}, run2[LANES] = {0};

		add_deviations(arithmetic, x, at, whole - at < RUN ? whole : at + RUN, pivot, run, run2);
		for (size_t l = 0; l < LANES; l++) {
			sum[l] += run[l];
			sum2[l] += run2[l];
		}
	}
	add_deviations(arithmetic, x, whole, n, pivot, sum, sum2);
	return (struct sums){model_fold_f64(sum), model_fold_f64(sum2)};
}

static double first_pivot(size_t n, const double *x)
{
	size_t signs = n < SIGNS ? n : SIGNS, count = n < LANES ? n : LANES, negative = 0;
	double first[LANES] = {0};

	for (size_t i = 0; i < signs; i++)
		negative += signbit(x[i]) != 0;
	if (signs <= 4 * negative && 4 * negative <= 3 * signs)
		return 0;
	memcpy(first, x, count * sizeof *x);
	return model_fold_f64(first) * (1.0 / (double)count);
}

/* What the rounded sum a + b lacks of the exact one. */
static double lost(double a, double b)
{
	double t = a + b, v = t - a;

	return (a - (t - v)) + (b - v);
}

static ln_moments moments_about(enum arithmetic arithmetic, size_t n, const double *x, double pivot, double *squares)
{
	struct sums s = sums_about(arithmetic, n, x, pivot);
	double shift = s.r * (1.0 / (double)n), m2 = s.q - s.r * shift;

	*squares = s.q;
	return (ln_moments){(double)n, pivot + shift, lost(pivot, shift), m2 < 0 ? 0 : m2};
}

static ln_moments moments_of_block(enum arithmetic arithmetic, uint32_t norm, size_t n, const double *x)
{
	double squares;

	if (norm == LN_RMSNORM)
		return (ln_moments){(double)n, 0, 0, sums_about(arithmetic, n, x, 0).q};
	ln_moments m = moments_about(arithmetic, n, x, first_pivot(n, x), &squares);
	if (m.m2 < 0.875 * squares)
		m = moments_about(arithmetic, n, x, m.mean, &squares);
	return m;
}

/* Section 4 */
void model_merge(ln_moments *into, const ln_moments *from)
{
	ln_moments a = *into, b = *from;

	if (b.count == 0)
		return;
	if (a.count == 0) {
		*into = b;
		return;
	}
	double n = a.count + b.count, weight = b.count / n, d = (b.mean - a.mean) + (b.mean_lo - a.mean_lo), step = d * weight;
	double t = a.mean + step, e = lost(a.mean, step) + a.mean_lo;

	into->count = n;
	into->m2 = a.m2 + (b.m2 + (d * d) * (a.count * weight));
	into->mean = t + e;
	into->mean_lo = e - (into->mean - t);
}

ln_moments model_moments_f64(enum arithmetic arithmetic, uint32_t norm, size_t n, const double *x)
{
	ln_moments m = {0, 0, 0, 0};

	for (size_t at = 0; at < n; at += BLOCK) {
		ln_moments b = moments_of_block(arithmetic, norm, n - at < BLOCK ? n - at : BLOCK, x + at);
		model_merge(&m, &b);
	}
	return m;
}

struct scale { double v, den, rstd; };

/* Section 5, as far as the two precisions agree. */
static struct scale scale_of(ln_moments m, bool outside, double eps)
{
	double var = m.m2 * (1.0 / m.count), den = outside ? sqrt(var) + eps : sqrt(var + eps);

	return (struct scale){outside ? den * den : var + eps, den, den == 0 ? 0 : 1.0 / den};
}

/* The row's mean and rstd are the outputs; what it is normalised with is in m, *rstd and *scale. x may be scaled. */
static void scale_row(enum arithmetic arithmetic, struct row_f64 *row, ln_moments *m, double *rstd, double *scale)
{
	bool outside = row->d->flags & LN_EPS_OUTSIDE;
	struct scale s = scale_of(*m, outside, row->d->eps);
	double eps = row->d->eps;

	*scale = 1;
	*rstd = s.rstd;
	row->mean = m->mean;
	row->rstd = s.rstd;
	row->nan = !isfinite(s.v);
	if (s.v >= 0x1p-800 && s.v <= 0x1p800)
		return;
	if (s.v < 0x1p-800 && fabs(m->mean) > 0x1p-300) {
		*rstd = 0;
		return;
	}
	if (row->moments)
		return;
	*scale = s.v < 0x1p-800 ? 0x1p600 : 0x1p-600;
	eps = outside ? eps * *scale : (eps * *scale) * *scale;
	for (size_t c = 0; c < row->cols; c++)
		row->x[c] *= *scale;
	*m = model_moments_f64(arithmetic, row->d->norm, row->cols, row->x);
	s = scale_of(*m, outside, eps);
	row->nan = !isfinite(s.v);
	row->mean = m->mean / *scale;
	row->rstd = s.rstd * *scale;
	*rstd = s.rstd;
}

struct scaling_f64 model_scaling_f64(enum arithmetic arithmetic, struct row_f64 *row)
{
	bool is_rms = row->d->norm == LN_RMSNORM;
	double scale, rstd;

	row->nan = false;
	if (row->d->flags & LN_STATS_GIVEN)
		return (struct scaling_f64){1, is_rms ? 0 : row->mean, row->rstd, 0};
	ln_moments m = row->moments ? *row->moments : model_moments_f64(arithmetic, row->d->norm, row->cols, row->x);
	if (is_rms)
		m.mean = m.mean_lo = 0;
	scale_row(arithmetic, row, &m, &rstd, &scale);
	if (row->nan) {
		row->mean = row->rstd = (double)NAN;
		return (struct scaling_f64){(double)NAN, (double)NAN, (double)NAN, (double)NAN};
	}
	return (struct scaling_f64){scale, is_rms ? 0 : m.mean, rstd, (0 - m.mean_lo) * rstd};
}

void model_row_f64(enum arithmetic arithmetic, struct row_f64 *row)
{
	struct scaling_f64 s = model_scaling_f64(arithmetic, row);

	for (size_t c = 0; c < row->cols; c++) {
		double t = madd(arithmetic, row->x[c] - s.hi, s.rstd, s.shift);
		double y = madd(arithmetic, t, row->gamma[c], row->beta[c]);
		row->x[c] = row->nan ? (double)NAN : y;
	}
}
