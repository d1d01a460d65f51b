/*
 * stats_exact.c - the oracle's statistics of a row in numbers of 113 bits
 *
 * A sum of 2^24 terms of one sign loses less than 2^-89 of itself, so no sum need be compensated: factors of doubles need 2^-60. Deviations
 * are from the mean as a quad, so squares do not cancel, however far the mean is from 0.
 */
#include "stats.h"

#include <ln.h>

static quad mean_of(const struct vector *v)
{
	quad sum = 0;

	for (size_t i = 0; i < v->n; i++)
		sum += (quad)v->v[i];
	return sum / (quad)v->n;
}

/* 1 / sqrt(v): the double nearest to it and one step of Newton's, which squares its error. */
static quad reciprocal_root(quad v)
{
	if (!(v > 0))
		return 0;
	quad r = 1 / sqrt((double)v);
	return r + r * (1 - v * r * r) / 2;
}

/* Equal elements leave a variance of what their mean lost, 2^-226 of its square; the least of unequal doubles is far above. */
static quad variance_of(const struct problem *p, quad mean)
{
	quad sum = 0;

	for (size_t i = 0; i < p->cols; i++) {
		quad d = (quad)p->part[X].v[i] - mean;
		sum += d * d;
	}
	quad variance = sum / (quad)problem_divisor(p);
	return variance > mean * mean * (quad)0x1p-180 ? variance : 0;
}

static void add_averages(const struct problem *p, quad mean, quad rstd, struct stats *s)
{
	quad g_sum = 0, gx_sum = 0;

	for (size_t i = 0; i < p->cols; i++) {
		quad g = (quad)p->part[GAMMA].v[i] * (quad)p->part[DY].v[i];
		g_sum += g;
		gx_sum += g * ((quad)p->part[X].v[i] - mean);
	}
	if (norm_facts(p->q->norm)->has_mean)
		s->c1 = dd_of_quad(g_sum / (quad)problem_divisor(p));
	s->c2 = dd_of_quad(gx_sum * rstd / (quad)problem_divisor(p));
}

struct stats stats_exact(const struct problem *p)
{
	struct stats s = {0};
	quad mean = norm_facts(p->q->norm)->has_mean ? mean_of(&p->part[X]) : 0;
	quad rstd = reciprocal_root(variance_of(p, mean) + (quad)p->eps);

	s.mean = dd_of_quad(mean);
	s.rstd = dd_of_quad(rstd);
	if (p->q->kind == BACKWARD)
		add_averages(p, mean, rstd, &s);
	else
		stats_of_dy(p, &s);
	return s;
}
