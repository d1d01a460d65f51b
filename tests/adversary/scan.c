/*
 * scan.c - the largest factor of a row's outputs in doubles: what the search of floats climbs by, eight columns side by side
 *
 * A double errs by 2^-29 of what is measured here. What the compiler makes of the lanes is fast, and the same on every machine.
 */
#include "promise.h"
#include "scan.h"

#include <ln.h>

enum { LANES = 8 };

/* What a column is measured by. Zeros in the place of a NaN's product keep it, and nothing else, in `bad`. */
struct lanes { double worst[LANES], bad[LANES]; };

static inline void take(struct lanes *l, size_t lane, double factor)
{
	l->worst[lane] = factor > l->worst[lane] ? factor : l->worst[lane];
	l->bad[lane] += 0 * factor;
}

static struct worst result(const struct lanes *l, double unit)
{
	double worst = 0, bad = 0;

	for (size_t i = 0; i < LANES; i++) {
		worst = fmax(worst, l->worst[i]);
		bad += l->bad[i];
	}
	return (struct worst){bad == 0 ? worst / unit : INFINITY, 0};
}

static inline double at_least_1(double v) { return v > 1 ? v : 1; }

struct row { double mean, mean_lo, rstd, c1, c2, g_size, gx_size; };

static struct row row_of(const struct stats *s)
{
	dd mean = dd_of_quad(s->mean);

	return (struct row){.mean = mean.hi, .mean_lo = mean.lo, .rstd = (double)s->rstd, .c1 = (double)s->c1, .c2 = (double)s->c2};
}

static inline double xhat_of(const struct row *r, double x) { return ((x - r->mean) - r->mean_lo) * r->rstd; }

static inline double forward_factor(const struct row *r, double x, double gamma, double beta, double y)
{
	double xhat = xhat_of(r, x);

	return fabs(y - (gamma * xhat + beta)) / (fabs(gamma) * at_least_1(fabs(xhat)) + fabs(beta));
}

static struct worst forward_doubles(const struct problem *p, const struct stats *s, const float *y)
{
	const struct row r = row_of(s);
	const double *x = p->part[X].v, *gamma = p->part[GAMMA].v, *beta = p->part[BETA].v;
	struct lanes l = {0};
	size_t c = 0;

	for (; c + LANES <= p->cols; c += LANES)
		for (size_t i = 0; i < LANES; i++)
			take(&l, i, forward_factor(&r, x[c + i], gamma[c + i], beta[c + i], (double)y[c + i]));
	for (; c < p->cols; c++)
		take(&l, 0, forward_factor(&r, x[c], gamma[c], beta[c], (double)y[c]));
	return result(&l, 0x1p-24);
}

/* average|g| and average(|g| max(1, |xhat|)) */
static void sizes(const struct problem *p, struct row *r)
{
	const double *x = p->part[X].v, *gamma = p->part[GAMMA].v, *dy = p->part[DY].v;
	double g_size[LANES] = {0}, gx_size[LANES] = {0};

	for (size_t c = 0; c < p->cols; c += LANES)
		for (size_t i = 0; i < LANES && c + i < p->cols; i++) {
			double size = fabs(gamma[c + i] * dy[c + i]);
			g_size[i] += size;
			gx_size[i] += size * at_least_1(fabs(xhat_of(r, x[c + i])));
		}
	for (size_t i = 0; i < LANES; i++) {
		r->g_size += g_size[i] / (double)p->cols;
		r->gx_size += gx_size[i] / (double)p->cols;
	}
}

static inline double backward_unit(const struct row *r, double g, double xhat)
{
	return r->rstd * (fabs(g) + r->g_size + at_least_1(fabs(xhat)) * r->gx_size);
}

static inline double backward_factor(const struct row *r, double x, double gamma, double dy, double dx)
{
	double xhat = xhat_of(r, x), g = gamma * dy;

	return fabs(dx - r->rstd * (g - r->c1 - xhat * r->c2)) / backward_unit(r, g, xhat);
}

static struct worst backward_doubles(const struct problem *p, const struct row *r, const float *dx)
{
	const double *x = p->part[X].v, *gamma = p->part[GAMMA].v, *dy = p->part[DY].v;
	struct lanes l = {0};
	size_t c = 0;

	for (; c + LANES <= p->cols; c += LANES)
		for (size_t i = 0; i < LANES; i++)
			take(&l, i, backward_factor(r, x[c + i], gamma[c + i], dy[c + i], (double)dx[c + i]));
	for (; c < p->cols; c++)
		take(&l, 0, backward_factor(r, x[c], gamma[c], dy[c], (double)dx[c]));
	return result(&l, 0x1p-24);
}

struct worst scan_forward(const struct problem *p, const struct stats *s, const void *y, bool whole)
{
	return whole || p->q->type == LN_F64 ? scan_forward_whole(p, s, y) : forward_doubles(p, s, y);
}

struct worst scan_backward(const struct problem *p, const struct stats *s, const void *dx, bool whole)
{
	struct row r = row_of(s);

	sizes(p, &r);
	if (r.rstd == 0 || r.g_size == 0)
		return scan_zeros(p, dx);
	if (!whole && p->q->type != LN_F64)
		return backward_doubles(p, &r, dx);
	return scan_backward_whole(p, s, (struct sizes){r.g_size, r.gx_size}, dx);
}

/* The bound of a gate, term by term as promise.h has it; the factor is the part of it. */
struct worst scan_gated(const struct problem *p, const struct stats *s, const float *y)
{
	const double u = 0x1p-24;
	const struct row r = row_of(s);
	struct worst worst = {0, 0};

	for (size_t c = 0; c < p->cols; c++) {
		double xhat = xhat_of(&r, p->part[X].v[c]), gamma = p->part[GAMMA].v[c], beta = p->part[BETA].v[c], g = p->part[GATE].v[c];
		double n = gamma * xhat + beta, silu = g / (1 + exp(-g)), exact = n * silu;
		double norm = PROMISE_Y_LAYERNORM_F32 * u * (fabs(gamma) * at_least_1(fabs(xhat)) + fabs(beta));
		double bound = norm * fabs(silu) + GATE_Y * u * fabs(exact) + GATE_SIGMA * fabs(g * n) + GATE_SILU * fabs(n) + GATE_SILU;
		double factor = fabs((double)y[c] - exact) / bound;
		if (!(factor <= worst.factor))
			worst = (struct worst){isnan(factor) ? INFINITY : factor, c};
	}
	return worst;
}
