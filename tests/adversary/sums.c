/*
 * sums.c - the oracle's sums of a row and its statistics, in numbers of 113 bits
 *
 * A sum of n <= 2^24 terms of one sign loses less than 2^-89 of itself, and both passes are over deviations from the base as it was given;
 * the factors of doubles need 2^-60.
 */
#include "sums.h"

#include <ln.h>

static void contribute(struct sums *s, const struct problem *p, enum part part, size_t i, quad sign)
{
	if (p->q->kind == DGAMMA || p->q->kind == DBETA) {
		quad dy = part == DY ? sign * (quad)p->part[DY].v[i] : 0;
		s->dy += dy;
		s->dy_size += part == DY ? sign * quad_size(p->part[DY].v[i]) : 0;
		if (part == DY)
			return;
	}
	if (part != X && p->q->kind != BACKWARD)
		return;
	quad d = (quad)p->part[X].v[i] - s->base, signed_d = sign * d;
	if (part == X) {
		s->d += signed_d;
		s->d2 += signed_d * d;
	}
	if (p->q->kind == BACKWARD) {
		quad g = (quad)p->part[GAMMA].v[i] * (quad)p->part[DY].v[i];
		s->gd += signed_d * g;
		s->g += part == X ? 0 : sign * g;
	}
}

void sums_remove(struct sums *s, const struct problem *p, enum part part, size_t i) { contribute(s, p, part, i, -1); }
void sums_insert(struct sums *s, const struct problem *p, enum part part, size_t i) { contribute(s, p, part, i, 1); }

static quad mean_of(const struct vector *v)
{
	quad sum = 0;

	for (size_t i = 0; i < v->n; i++)
		sum += (quad)v->v[i];
	return sum / (quad)v->n;
}

struct sums sums_of(const struct problem *p)
{
	struct sums s = {0};

	if (p->q->norm == LN_LAYERNORM)
		s.base = mean_of(&p->part[X]);
	for (size_t i = 0; i < p->cols; i++)
		contribute(&s, p, X, i, 1);
	if (p->q->kind == BACKWARD)
		for (size_t i = 0; i < p->cols; i++)
			s.g += (quad)p->part[GAMMA].v[i] * (quad)p->part[DY].v[i];
	if (p->part[DY].n > 0 && p->q->kind != BACKWARD)
		for (size_t i = 0; i < p->rows; i++)
			contribute(&s, p, DY, i, 1);
	return s;
}

/* Equal elements leave a variance of what their mean lost, 2^-226 of its square; the least of unequal doubles is far above. */
static quad without_noise(quad variance, quad mean)
{
	return variance > mean * mean * (quad)0x1p-180 ? variance : 0;
}

/* 1 / sqrt(v): the double nearest to it and one step of Newton's, which squares its error. */
static quad reciprocal_root(quad v, bool whole)
{
	if (!(v > 0))
		return 0;
	quad r = 1 / sqrt((double)v);
	return whole ? r + r * (1 - v * r * r) / 2 : r;
}

struct stats sums_stats(const struct sums *s, const struct problem *p, bool whole)
{
	quad inverse = 1 / (quad)p->cols;
	struct stats stats = {.mean = s->base, .dy = s->dy, .dy_size = s->dy_size};

	if (p->q->norm == LN_RMSNORM) {
		stats.rstd = reciprocal_root(s->d2 * inverse + (quad)p->eps, whole);
		stats.c2 = stats.rstd * s->gd * inverse;
		return stats;
	}
	quad shift = s->d * inverse, variance = s->d2 * inverse - shift * shift;
	stats.mean += shift;
	stats.rstd = reciprocal_root(without_noise(variance, stats.mean) + (quad)p->eps, whole);
	stats.c1 = s->g * inverse;
	stats.c2 = stats.rstd * (s->gd - shift * s->g) * inverse;
	return stats;
}

bool sums_stale(const struct sums *s, const struct problem *p)
{
	if (p->q->norm == LN_RMSNORM)
		return false;
	double n = (double)p->cols, d = (double)s->d, d2 = (double)s->d2;

	return d * d > 0.99999 * n * d2;	/* nearly all of the squares is the distance from base to mean */
}
