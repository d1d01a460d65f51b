/*
 * model_f64.c - docs/numerics.md, section 9, as plain C: one row of doubles at a time
 *
 * The steps are those of model_f32.c, section by section, where the reasons are. What differs: nothing is wider than the data, so that
 * sums, moments and the scale are pairs; and a row out of range is scaled as a whole.
 */
#include "model_double.h"
#include "model_trees.h"
#include "model_pairs.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 1024, SIGNS = 32 };

static double first_pivot(size_t n, const double *x, double *threshold)
{
	size_t signs = n < SIGNS ? n : SIGNS, negative = 0, count = 1;
	double first[SIGNS];

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
	return first[0] * (1 / (double)count);
}

static struct pair quotient(double a, double a_lo, double n)
{
	double c = a / n;
	struct pair p = exact_product(c, n);

	return (struct pair){c, (((a - p.hi) - p.lo) + a_lo) / n};
}

static ln_moments moments_about(enum arithmetic arithmetic, size_t n, const double *x, double pivot, double *squares)
{
	struct exact_sums s = exact_sums_about(arithmetic, n, x, pivot);
	double r = s.r.v, r_lo = s.r.lost, q = s.q.v, q_lo = s.q.lost;
	struct pair shift = quotient(r, r_lo, (double)n), p = exact_product(r, shift.hi), a = exact_sum(q, -p.hi);
	struct pair m2 = exact_sum(a.hi, (a.lo + q_lo) - (p.lo + (r * shift.lo + r_lo * shift.hi)));
	struct pair far = exact_sum(pivot, shift.hi), mean = exact_sum(far.hi, far.lo + shift.lo);

	*squares = q;
	if (m2.hi < 0)
		m2 = (struct pair){0, 0};
	return (ln_moments){(double)n, mean.hi, mean.lo, m2.hi, m2.lo, 0};
}

static ln_moments moments_of_block(enum arithmetic arithmetic, uint32_t norm, size_t n, const double *x)
{
	double squares, threshold;

	if (!norm_facts(norm)->has_mean) {
		struct exact q = exact_sums_about(arithmetic, n, x, 0).q;
		return (ln_moments){(double)n, 0, 0, q.v, q.lost, 0};
	}
	double pivot = first_pivot(n, x, &threshold);
	ln_moments m = moments_about(arithmetic, n, x, pivot, &squares);
	if (m.m2 < threshold * squares)
		m = moments_about(arithmetic, n, x, m.mean, &squares);
	return m;
}

ln_moments model_moments_f64(enum arithmetic arithmetic, uint32_t norm, size_t n, const double *x)
{
	ln_moments m = {0};

	for (size_t at = 0; at < n; at += BLOCK) {
		ln_moments b = moments_of_block(arithmetic, norm, n - at < BLOCK ? n - at : BLOCK, x + at);
		model_merge(&m, &b);
	}
	return m;
}

/* ---- Section 5 ---- */

/* plain is 1 / sqrt(V) or 1 / den, 0 for 1 / 0, without what refines it: that is for an ordinary row alone. */
struct scale { double var, V, plain, refined, k; };

static struct scale scale_inside(struct pair var, double eps)
{
	struct pair V = exact_sum(var.hi, eps);
	double V_lo = V.lo + var.lo, r = 1.0 / sqrt(V.hi);
	struct pair p = exact_product(r, r), s = exact_product(V.hi, p.hi);
	double c = 0.5 * (((1.0 - s.hi) - s.lo) - (V.hi * p.lo + V_lo * p.hi));

	return (struct scale){var.hi, V.hi, V.hi == 0 ? 0 : r, r + r * c, 1};
}

static struct scale scale_outside(struct pair var, double eps)
{
	double root = sqrt(var.hi);
	struct pair p = exact_product(root, root), den = exact_sum(root, eps);
	double root_lo = root == 0 ? 0 : (((var.hi - p.hi) - p.lo) + var.lo) / (root + root);
	double den_lo = den.lo + root_lo, r = 1.0 / den.hi;

	p = exact_product(den.hi, r);
	double c = ((1.0 - p.hi) - p.lo) - den_lo * r;
	return (struct scale){var.hi, den.hi * den.hi, den.hi == 0 ? 0 : r, r + r * c, model_outside_factor(LN_EPS_OUTSIDE, den.hi, root)};
}

static struct scale scale_of(const ln_moments *m, const ln_desc *d, double eps)
{
	struct pair var = quotient(m->m2, m->m2_lo, norm_facts(d->norm)->averages ? m->count : 1.0);

	return d->flags & LN_EPS_OUTSIDE ? scale_outside(var, eps) : scale_inside(var, eps);
}

static bool is_ordinary(const struct scale *s)
{
	return s->V >= 0x1p-800 && s->V <= 0x1p800;
}

static double rstd_of(const struct scale *s)
{
	return is_ordinary(s) ? s->refined : s->plain;
}

/* The row's mean and rstd are the outputs; what it is normalised with is in m, *rstd and *scale, and k of section 10 is *k. x may be scaled. */
static void scale_row(enum arithmetic arithmetic, struct row_f64 *row, ln_moments *m, double *rstd, double *scale, double *k)
{
	double eps = row->d->eps;
	struct scale s = scale_of(m, row->d, eps);
	bool is_far = !is_ordinary(&s), is_constant = s.V < 0x1p-800 && fabs(m->mean) > 0x1p-300;

	*scale = 1;
	if (is_far && !is_constant && !row->moments) {
		*scale = s.V < 0x1p-800 ? 0x1p700 : 0x1p-650;
		eps = row->d->flags & LN_EPS_OUTSIDE ? eps * *scale : (eps * *scale) * *scale;
		for (size_t c = 0; c < row->cols; c++)
			row->x[c] *= *scale;
		*m = model_moments_f64(arithmetic, row->d->norm, row->cols, row->x);
		s = scale_of(m, row->d, eps);
	}
	row->nan = !isfinite(s.var);
	row->mean = m->mean / *scale;
	row->rstd = rstd_of(&s) * *scale;
	*rstd = is_far && is_constant ? 0 : rstd_of(&s);
	*k = s.k;
}

struct scaling_f64 model_scaling_f64(enum arithmetic arithmetic, struct row_f64 *row)
{
	bool has_mean = norm_facts(row->d->norm)->has_mean;
	double scale, rstd, k;

	row->nan = false;
	if (row->d->flags & LN_STATS_GIVEN)
		return (struct scaling_f64){1, has_mean ? row->mean : 0, row->rstd, 0, model_given_factor(row->d, row->rstd)};
	ln_moments m = row->moments ? *row->moments : model_moments_f64(arithmetic, row->d->norm, row->cols, row->x);
	if (!has_mean)
		m.mean = m.mean_lo = m.mean_rest = 0;
	scale_row(arithmetic, row, &m, &rstd, &scale, &k);
	if (row->nan) {
		row->mean = row->rstd = (double)NAN;
		return (struct scaling_f64){(double)NAN, (double)NAN, (double)NAN, (double)NAN, (double)NAN};
	}
	return (struct scaling_f64){scale, has_mean ? m.mean : 0, rstd, (0 - (m.mean_lo + m.mean_rest)) * rstd, k};
}

void model_row_f64(enum arithmetic arithmetic, struct row_f64 *row)
{
	struct scaling_f64 s = model_scaling_f64(arithmetic, row);

	for (size_t c = 0; c < row->cols; c++) {
		double t = num_madd(arithmetic, row->x[c] - s.hi, s.rstd, s.shift);
		double y = num_madd(arithmetic, t, row->gamma[c], row->beta[c]);
		row->x[c] = row->nan ? (double)NAN : y;
	}
}
