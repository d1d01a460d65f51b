/*
 * scan_whole.c - the largest factor of a row's outputs in doubles of doubles: what is reported, and what the search of doubles climbs by
 */
#include "scan.h"
#include "bounds.h"
#include "types.h"

#include <ln.h>

struct row { dd minus_mean, rstd, minus_c1, minus_c2; };

static inline dd minus(dd a) { return (dd){-a.hi, -a.lo}; }

static struct row row_of(const struct stats *s)
{
	return (struct row){minus(s->mean), s->rstd, minus(s->c1), minus(s->c2)};
}

/* What the error of an xhat is in units of. */
static inline double size_of(const struct problem *p, dd xhat) { return fmax(problem_floor(p), fabs(xhat.hi)); }
static inline dd one(double v) { return (dd){v, 0}; }
static inline dd xhat_of(const struct row *r, double x) { return dd_multiply(dd_add(one(x), r->minus_mean), r->rstd); }

/* Results are compared with the exact value before it is rounded to a double. */
static inline double error_of(dd exact, double got) { return fabs(dd_subtract(exact, one(got)).hi); }

static inline double load(const struct problem *p, const void *results, size_t c)
{
	return p->q->type == LN_F64 ? ((const double *)results)[c] : (double)((const float *)results)[c];
}

struct scan { struct worst worst; double error, unit; };

static void worsen(struct scan *s, double error, double unit, size_t c)
{
	double factor = error / unit;

	s->error += error;
	s->unit += unit;
	if (!(factor <= s->worst.factor))
		s->worst = (struct worst){isnan(factor) ? INFINITY : factor, c, 0};
}

static struct worst result(struct scan s)
{
	s.worst.average = s.unit > 0 ? s.error / s.unit : 0;
	return s.worst;
}

static inline dd forward_exact(const struct problem *p, dd xhat, size_t c)
{
	return dd_add(dd_multiply(xhat, one(p->part[GAMMA].v[c])), one(p->part[BETA].v[c]));
}

static inline double forward_unit(const struct problem *p, dd xhat, size_t c)
{
	double u = quantity_unit(p->q);

	return u * (fabs(p->part[GAMMA].v[c]) * size_of(p, xhat) + fabs(p->part[BETA].v[c]));
}

struct worst scan_forward_whole(const struct problem *p, const struct stats *s, const void *y)
{
	const struct row r = row_of(s);
	struct scan scan = {0};

	for (size_t c = 0; c < p->cols; c++) {
		dd xhat = xhat_of(&r, p->part[X].v[c]);
		worsen(&scan, error_of(forward_exact(p, xhat, c), load(p, y, c)), forward_unit(p, xhat, c), c);
	}
	return result(scan);
}

struct worst scan_backward_whole(const struct problem *p, const struct stats *s, struct sizes sizes, const void *dx)
{
	const struct row r = row_of(s);
	struct scan scan = {0};
	struct dx_factors of = factors_of_dx(p->q->norm);
	double u = quantity_unit(p->q), least = least_of_dx(p->q->type == LN_F64, r.rstd.hi);

	for (size_t c = 0; c < p->cols; c++) {
		dd xhat = xhat_of(&r, p->part[X].v[c]), g = two_product(p->part[GAMMA].v[c], p->part[DY].v[c]);
		dd exact = dd_multiply(dd_add(dd_add(g, r.minus_c1), dd_multiply(xhat, r.minus_c2)), r.rstd);
		double of_xhat = size_of(p, xhat);
		double bracket = of.g * fabs(g.hi) + of.average * sizes.g + of.last * of_xhat * sizes.gx;
		worsen(&scan, error_of(exact, load(p, dx, c)), u * r.rstd.hi * bracket + least * fmax(1, of_xhat), c);
	}
	return result(scan);
}

struct worst scan_zeros(const struct problem *p, const void *results)
{
	for (size_t c = 0; c < p->cols; c++)
		if (load(p, results, c) != 0)
			return (struct worst){INFINITY, c, 0};
	return (struct worst){0};
}

struct worst scan_sums(const struct problem *p, const struct stats *s, const void *gradient)
{
	const struct row r = row_of(s);
	const double unit = quantity_unit(p->q) * s->dy_size;
	const double least = p->q->kind == DGAMMA ? least_of_dgamma(p->q->type == LN_F64) * (double)p->rows : 0;
	struct scan scan = {0};

	for (size_t c = 0; unit > 0 && c < p->cols; c++) {
		dd xhat = p->q->kind == DGAMMA ? xhat_of(&r, p->part[X].v[c]) : one(1);
		double error = error_of(dd_multiply(s->dy, xhat), load(p, gradient, c));
		worsen(&scan, fmax(0, error - least), unit * size_of(p, xhat), c);
	}
	return result(scan);
}

/*
 * What a result in 16 bits may have been rounded from: everything up to the middle between it and its neighbours on either side. The error
 * that is left is how far the exact value lies from there; a power of two has its neighbour below at half the distance of that above.
 */
static double rounded_error(uint32_t type, dd exact, uint32_t pattern)
{
	uint32_t size = pattern & 0x7fff, sign = pattern & 0x8000;
	double v = type_value(type, size), above = type_value(type, size + 1), below = size > 0 ? type_value(type, size - 1) : -above;

	if (isnan(v))
		return NAN;
	if (isinf(v))	/* whatever is half a step beyond the largest finite value becomes this */
		return fmax(0, below + (below - type_value(type, size - 2)) / 2 - (sign ? -exact.hi : exact.hi));
	if (isinf(above))
		above = v + (v - below);
	if (sign)
		exact = minus(exact);
	double over = dd_subtract(exact, one((v + above) / 2)).hi, under = dd_subtract(one((v + below) / 2), exact).hi;
	return fmax(0, fmax(over, under));
}

struct worst scan_rounded(const struct problem *p, const struct stats *s, const uint16_t *y)
{
	const struct row r = row_of(s);
	struct scan scan = {0};

	for (size_t c = 0; c < p->cols; c++) {
		dd xhat = xhat_of(&r, p->part[X].v[c]);
		double error = rounded_error(p->q->type, forward_exact(p, xhat, c), y[c]);
		worsen(&scan, error, forward_unit(p, xhat, c), c);
	}
	return result(scan);
}
