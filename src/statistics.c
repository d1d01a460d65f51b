/* statistics.c - from the moments of a row to what normalises it: docs/numerics.md section 5, and 9 for f64 */
#include "forward.h"

#include <math.h>

#include "kernels/merge.h"

/* sqrt(var + eps) or sqrt(var) + eps; its square, *v, says whether the row is an ordinary one. */
static double denominator(double variance, double eps, bool outside, double *v)
{
	double root;

	if (!outside) {
		*v = variance + eps;
		return sqrt(*v);
	}
	root = sqrt(variance) + eps;
	*v = root * root;
	return root;
}

static double reciprocal(double v) { return v == 0.0 ? 0.0 : 1.0 / v; }

/* In the f32 family a row out of range is normalised as x * s. */
static struct row_statistics of_floats(const ln_moments *m, double eps, bool outside)
{
	double v, variance = m->m2 * (1.0 / m->count), rstd = reciprocal(denominator(variance, eps, outside, &v)), s = 1.0, scaled = rstd;

	if (!(v >= 0x1p-80 && v <= 0x1p80)) {
		if (m->m2 == 0.0)
			scaled = 0.0;	/* every deviation is 0, and rstd may be more than a float holds */
		else
			s = v < 0x1p-80 ? 0x1p90 : 0x1p-90;
	}
	double mean = m->mean * s, hi = (double)(float)mean;
	scaled /= s;
	return (struct row_statistics){
		.mean = m->mean, .rstd = rstd, .nan = !isfinite(variance),
		.scale = { s, hi, (double)(float)scaled, (double)(float)(((hi - mean) - m->mean_lo * s) * scaled), true },
	};
}

/* In double, of moments that were taken of x * s. */
static struct row_statistics of_doubles(const ln_moments *m, double s, double eps, bool outside)
{
	double v, variance = m->m2 * (1.0 / m->count);
	double rstd = reciprocal(denominator(variance, outside ? eps * s : eps * s * s, outside, &v));

	return (struct row_statistics){
		.mean = m->mean / s, .rstd = rstd * s, .nan = !isfinite(variance), .v = v,
		.scale = { s, m->mean, rstd, (0.0 - m->mean_lo) * rstd, true },
	};
}

struct row_statistics ln_statistics(const struct forward *f, const ln_moments *m, double s)
{
	bool outside = f->r.flags & LN_EPS_OUTSIDE;
	ln_moments own = *m;

	if (f->r.norm == LN_RMSNORM)
		own.mean = own.mean_lo = 0.0;
	return f->r.x.type == LN_F64 ? of_doubles(&own, s, f->r.eps, outside) : of_floats(&own, f->r.eps, outside);
}

int ln_moments_merge(ln_moments *into, const ln_moments *from)
{
	if (into == NULL || from == NULL)
		return LN_ERR_NULL;
	if (into->count == 0.0) {
		*into = *from;
	} else if (from->count != 0.0) {
		merge(into->count, &into->mean, &into->mean_lo, &into->m2, from->count, from->mean, from->mean_lo, from->m2);
		into->count += from->count;
	}
	return LN_OK;
}
