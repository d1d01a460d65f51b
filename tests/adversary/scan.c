/*
 * scan.c - the largest factor of a row's outputs in doubles: what the search of floats climbs by, many columns side by side
 *
 * A double errs by 2^-29 of what is measured here. What the compiler makes of the lanes is fast, and the same on every machine.
 */
#include "scan.h"
#include "classes.h"
#include "bounds.h"

#include <ln.h>

/* So many columns are looked at together: whether one of them is worse than the worst so far is asked without a division. */
enum { BLOCK = 32 };

struct column { double error, unit; };

struct scan { struct worst worst; double error[BLOCK], unit[BLOCK]; };

/* A NaN is worse than everything, and stays. */
static void worsen(struct scan *s, struct column c, size_t col)
{
	double factor = c.error / c.unit;

	if (!(factor <= s->worst.factor) && !isnan(s->worst.factor))
		s->worst = (struct worst){factor, col, 0};
}

static struct worst result(const struct scan *s, double u)
{
	struct worst worst = {isnan(s->worst.factor) ? INFINITY : s->worst.factor / u, s->worst.col, 0};
	double error = 0, unit = 0;

	for (size_t i = 0; i < BLOCK; i++) {
		error += s->error[i];
		unit += s->unit[i];
	}
	worst.average = unit > 0 ? error / (unit * u) : 0;
	return worst;
}

struct row { double mean, mean_lo, rstd, floor, c1, c2, g_size, gx_size, least; struct dx_factors of; };

static struct row row_of(const struct problem *p, const struct stats *s)
{
	return (struct row){.mean = s->mean.hi, .mean_lo = s->mean.lo, .rstd = s->rstd.hi, .floor = problem_floor(p), .c1 = s->c1.hi, .c2 = s->c2.hi};
}

/* What the error of an xhat is in units of. */
static inline double size_of(const struct row *r, double xhat) { return fabs(xhat) > r->floor ? fabs(xhat) : r->floor; }

static inline double xhat_of(const struct row *r, double x) { return ((x - r->mean) - r->mean_lo) * r->rstd; }

static inline struct column forward_column(const struct row *r, double x, double gamma, double beta, double y)
{
	double xhat = xhat_of(r, x);

	return (struct column){fabs(y - (gamma * xhat + beta)), fabs(gamma) * size_of(r, xhat) + fabs(beta)};
}

/* The loop of all scans: COLUMN(c) is the struct column of column c; the last few columns are in no average. */
#define SCAN(COLUMN) do { \
	size_t c = 0; \
	for (; c + BLOCK <= p->cols; c += BLOCK) { \
		double over[BLOCK]; \
		uint64_t any = 0; \
		for (size_t i = 0; i < BLOCK; i++) { \
			struct column is = COLUMN(c + i); \
			over[i] = is.error - scan.worst.factor * is.unit; \
			scan.error[i] += is.error; \
			scan.unit[i] += is.unit; \
		} \
		for (size_t i = 0; i < BLOCK; i++) \
			any |= over[i] <= 0 ? 0 : 1; \
		for (size_t i = 0; any != 0 && i < BLOCK; i++) \
			worsen(&scan, COLUMN(c + i), c + i); \
	} \
	for (; c < p->cols; c++) \
		worsen(&scan, COLUMN(c), c); \
	} while (0)

static struct worst forward_doubles(const struct problem *p, const struct stats *s, const float *y)
{
	const struct row r = row_of(p, s);
	const double *x = p->part[X].v, *gamma = p->part[GAMMA].v, *beta = p->part[BETA].v;
	struct scan scan = {0};

#define FORWARD_COLUMN(c) forward_column(&r, x[c], gamma[c], beta[c], (double)y[c])
	SCAN(FORWARD_COLUMN);
	return result(&scan, 0x1p-24);
}

/* What a bound of dx is made of beside its own column. */
static void sizes(const struct problem *p, struct row *r)
{
	r->of = factors_of_dx(p->q->norm);
	r->least = least_of_dx(p->q->type == LN_F64, r->rstd) / quantity_unit(p->q);
	const double *x = p->part[X].v, *gamma = p->part[GAMMA].v, *dy = p->part[DY].v;
	double g_size[BLOCK] = {0}, gx_size[BLOCK] = {0};

	for (size_t c = 0; c < p->cols; c += BLOCK)
		for (size_t i = 0; i < BLOCK && c + i < p->cols; i++) {
			double size = fabs(gamma[c + i] * dy[c + i]);
			g_size[i] += size;
			gx_size[i] += size * size_of(r, xhat_of(r, x[c + i]));
		}
	for (size_t i = 0; i < BLOCK; i++) {
		r->g_size += g_size[i] / problem_divisor(p);
		r->gx_size += gx_size[i] / problem_divisor(p);
	}
}

static inline double backward_unit(const struct row *r, double g, double xhat)
{
	double of_xhat = size_of(r, xhat);

	return r->rstd * (r->of.g * fabs(g) + r->of.average * r->g_size + r->of.last * of_xhat * r->gx_size) + r->least * fmax(1, of_xhat);
}

static inline struct column backward_column(const struct row *r, double x, double gamma, double dy, double dx)
{
	double xhat = xhat_of(r, x), g = gamma * dy;

	return (struct column){fabs(dx - r->rstd * (g - r->c1 - xhat * r->c2)), backward_unit(r, g, xhat)};
}

static struct worst backward_doubles(const struct problem *p, const struct row *r, const float *dx)
{
	const double *x = p->part[X].v, *gamma = p->part[GAMMA].v, *dy = p->part[DY].v;
	struct scan scan = {0};

#define BACKWARD_COLUMN(c) backward_column(r, x[c], gamma[c], dy[c], (double)dx[c])
	SCAN(BACKWARD_COLUMN);
	return result(&scan, 0x1p-24);
}

struct worst scan_forward(const struct problem *p, const struct stats *s, const void *y, bool whole)
{
	return whole || p->q->type == LN_F64 ? scan_forward_whole(p, s, y) : forward_doubles(p, s, y);
}

struct worst scan_backward(const struct problem *p, const struct stats *s, const void *dx, bool whole)
{
	struct row r = row_of(p, s);

	sizes(p, &r);
	if (r.rstd == 0 || r.g_size == 0)
		return scan_zeros(p, dx);
	if (!whole && p->q->type != LN_F64)
		return backward_doubles(p, &r, dx);
	return scan_backward_whole(p, s, (struct sizes){r.g_size, r.gx_size}, dx);
}

/*
 * The bound of a gate, term by term as ln.h has it; the factor is the part of it that the error takes. The search climbs by what
 * is left of either without the terms of denormals, which any small gate makes full use of.
 */
struct worst scan_gated(const struct problem *p, const struct stats *s, const float *y, bool whole)
{
	const double u = 0x1p-24;
	const double of_norm = u * bound_of_y(p->q->norm, class_in_use());
	const struct row r = row_of(p, s);
	struct worst worst = {0};

	for (size_t c = 0; c < p->cols; c++) {
		double xhat = xhat_of(&r, p->part[X].v[c]), gamma = p->part[GAMMA].v[c], beta = p->part[BETA].v[c], g = p->part[GATE].v[c];
		double n = gamma * xhat + beta, silu = g / (1 + exp(-g)), error = fabs((double)y[c] - n * silu);
		double norm = of_norm * (fabs(gamma) * size_of(&r, xhat) + fabs(beta));
		double bound = norm * fabs(silu) + BOUND_GATE * u * fabs(n * silu);
		double denormals = BOUND_GATE_SLOPE * fabs(g * n) + BOUND_GATE_LEAST * fabs(n) + BOUND_GATE_LEAST;
		double factor = whole ? error / (bound + denormals) : error <= denormals ? 0 : (error - denormals) / bound;
		if (!(factor <= worst.factor))
			worst = (struct worst){isnan(factor) ? INFINITY : factor, c, 0};
	}
	return worst;
}
