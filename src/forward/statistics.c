/* statistics.c - from the moments of a row to what normalises it: docs/numerics.md section 5, and 9 for f64 */
#include "forward.h"

#include <math.h>

#include "kernels/merge.h"

static double reciprocal(double v) { return v == 0.0 ? 0.0 : 1.0 / v; }

static double deviation_factor(double denominator, double deviation)
{
	double k = denominator / deviation;
	return isfinite(k) ? k : 0.0;
}

double ln_given_deviation_factor(const struct forward *f, double rstd)
{
	return f->r.flags & LN_EPS_OUTSIDE ? deviation_factor(1.0, 1.0 - f->r.eps * rstd) : 1.0;
}

/* What comes of a variance and eps. */
struct reciprocal_deviation {
	double v;	/* the square of 1 / rstd: is the row an ordinary one? */
	double rstd, k;
};

static struct reciprocal_deviation inside(double variance, double eps)
{
	double v = variance + eps;
	bool ordinary = v >= 0x1p-80 && v <= 0x1p80;

	return (struct reciprocal_deviation){ v, ordinary ? refined_rstd(v, (double)(1.0f / sqrtf((float)v))) : reciprocal(sqrt(v)), 1.0 };
}

static struct reciprocal_deviation outside(double variance, double eps)
{
	double root = sqrt(variance), denominator = root + eps;

	return (struct reciprocal_deviation){ denominator * denominator, reciprocal(denominator), deviation_factor(denominator, root) };
}

/* In the f32 family a row out of range is normalised as x * s. */
static struct row_statistics of_floats(const ln_moments *m, double divisor, double eps, bool eps_outside)
{
	double variance = m->m2 * (1.0 / divisor), s = 1.0;
	struct reciprocal_deviation d = (eps_outside ? outside : inside)(variance, eps);
	double scaled = d.rstd;

	if (!(d.v >= 0x1p-80 && d.v <= 0x1p80)) {
		if (m->m2 == 0.0)
			scaled = 0.0;	/* every deviation is 0, and rstd may be more than a float holds */
		else
			s = d.v < 0x1p-80 ? 0x1p90 : 0x1p-90;
	}
	double mean = m->mean * s, hi = (double)(float)mean;
	scaled /= s;
	return (struct row_statistics){
		.mean = m->mean, .rstd = d.rstd, .nan = !isfinite(variance), .deviation_factor = d.k,
		.scale = { s, hi, (double)(float)scaled, (double)(float)(((hi - mean) - m->mean_lo * s) * scaled), true },
	};
}

static bool is_ordinary_f64(double v) { return v >= 0x1p-800 && v <= 0x1p800; }

/* rstd of a variance in two doubles, and of an ordinary row within little more than half an ulp. */
static struct reciprocal_deviation inside_f64(double variance, double variance_lo, double eps)
{
	double e, p_lo, s_lo, v = exact_sum(variance, eps, &e), v_lo = e + variance_lo, r = reciprocal(sqrt(v));
	double p = exact_product(r, r, &p_lo), s = exact_product(v, p, &s_lo);
	double correction = 0.5 * (((1.0 - s) - s_lo) - (v * p_lo + v_lo * p));

	return (struct reciprocal_deviation){ v, is_ordinary_f64(v) ? r + r * correction : r, 1.0 };
}

static struct reciprocal_deviation outside_f64(double variance, double variance_lo, double eps)
{
	double e, p_lo, root = sqrt(variance), p = exact_product(root, root, &p_lo);
	double root_lo = root == 0.0 ? 0.0 : (((variance - p) - p_lo) + variance_lo) / (root + root);
	double denominator = exact_sum(root, eps, &e), denominator_lo = e + root_lo, v = denominator * denominator, r = reciprocal(denominator);

	p = exact_product(denominator, r, &p_lo);
	double correction = ((1.0 - p) - p_lo) - denominator_lo * r;
	return (struct reciprocal_deviation){ v, is_ordinary_f64(v) ? r + r * correction : r, deviation_factor(denominator, root) };
}

/* In double, of moments that were taken of x * s. */
static struct row_statistics of_doubles(const ln_moments *m, double divisor, double s, double eps, bool eps_outside)
{
	double variance_lo, variance = exact_quotient(m->m2, m->m2_lo, divisor, &variance_lo);
	struct reciprocal_deviation d = eps_outside ? outside_f64(variance, variance_lo, eps * s) : inside_f64(variance, variance_lo, eps * s * s);

	return (struct row_statistics){
		.mean = m->mean / s, .rstd = d.rstd * s, .nan = !isfinite(variance), .v = d.v, .deviation_factor = d.k,
		.scale = { s, m->mean, d.rstd, (0.0 - (m->mean_lo + m->mean_rest)) * d.rstd, true },
	};
}

struct row_statistics ln_statistics(const struct forward *f, const ln_moments *m, double s)
{
	bool outside = f->r.flags & LN_EPS_OUTSIDE;
	double divisor = ln_divisor(f->r.norm, m->count);
	ln_moments own = *m;

	if (!f->r.norm->has_mean)
		own.mean = own.mean_lo = own.mean_rest = 0.0;
	return f->r.x.type == LN_F64 ? of_doubles(&own, divisor, s, f->r.eps, outside) : of_floats(&own, divisor, f->r.eps, outside);
}

static struct set_moments set_of(const ln_moments *m)
{
	return (struct set_moments){ m->count, m->mean, m->mean_lo, m->m2, m->m2_lo, m->mean_rest };
}

int ln_moments_merge(ln_moments *into, const ln_moments *from)
{
	if (into == NULL || from == NULL)
		return LN_ERR_NULL;
	if (into->count == 0.0) {
		*into = *from;
	} else if (from->count != 0.0) {
		struct set_moments m = merge(set_of(into), set_of(from));
		*into = (ln_moments){ m.count, m.mean, m.mean_lo, m.m2, m.m2_lo, m.mean_rest };
	}
	return LN_OK;
}
