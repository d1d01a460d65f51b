/*
 * start_uphill.c - rows whose roundings all go one way in a sum of elements and of their squares, grown by trial
 *
 * What is grown is a lane's sums, with all that their roundings have added; of many that are tried the worst go on to the next level. Every
 * lane of a kind gets the same, so that nothing cancels where lanes are added: one kind positive, one negative.
 */
#include "start.h"

#include <ln.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POOL = 32, TRIES = 400, LEAVES = 32 };

/* Of the elements (R) and their squares (Q): the rounded sum, and what roundings have added, both to a double. */
enum { R, Q };
struct sum { double sum[2], error[2], leaf[LEAVES], merit; size_t leaves; };

struct growth {
	struct rng *r;
	const struct layout *layout;
	bool f64, fused;
	double low, high;	/* of elements; both of one sign */
	double weight[2];	/* how much a relative error of either sum is wanted, and of which sign */
};

/* v + lost as the type rounds it; what that adds goes to *error. */
static double rounded(const struct growth *g, double v, double lost, double *error)
{
	double narrow = g->f64 ? v : (double)(float)v;

	*error += (narrow - v) - lost;
	return narrow;
}

static struct sum finish(const struct growth *g, struct sum s)
{
	s.merit = 0;
	for (int k = 0; k < 2; k++)
		s.merit += g->weight[k] * s.error[k] / fabs(s.sum[k]);
	return s;
}

static struct sum leaf(const struct growth *g)
{
	double v = g->low + (g->high - g->low) * rng_uniform(g->r);

	v = g->f64 ? v : (double)(float)v;
	double square = v * v;
	struct sum s = {.leaf = {v}, .leaves = 1, .sum = {v, 0}};
	s.sum[Q] = rounded(g, square, fma(v, v, -square), &s.error[Q]);
	return finish(g, s);
}

static struct sum join(const struct growth *g, const struct sum *a, const struct sum *b)
{
	struct sum s = {.error = {a->error[R], a->error[Q]}, .leaves = a->leaves + b->leaves};
	bool fused = g->fused && b->leaves == 1;
	double v = b->leaf[0], term[2] = {b->sum[R], fused ? v * v : b->sum[Q]}, lost[2] = {0, fused ? fma(v, v, -v * v) : 0};

	for (int k = 0; k < 2; k++) {
		if (!fused || k == R)
			s.error[k] += b->error[k];
		double total = a->sum[k] + term[k], back = total - a->sum[k];
		lost[k] += (a->sum[k] - (total - back)) + (term[k] - back);
		s.sum[k] = rounded(g, total, lost[k], &s.error[k]);
	}
	memcpy(s.leaf, a->leaf, a->leaves * sizeof *a->leaf);
	memcpy(s.leaf + a->leaves, b->leaf, b->leaves * sizeof *b->leaf);
	return finish(g, s);
}

struct pool { struct sum sum[POOL]; size_t count; };

/* In the place of the least if it is better. */
static void keep(struct pool *pool, const struct sum *s)
{
	size_t least = 0;

	if (pool->count < POOL) {
		pool->sum[pool->count++] = *s;
		return;
	}
	for (size_t i = 1; i < POOL; i++)
		if (pool->sum[i].merit < pool->sum[least].merit)
			least = i;
	if (s->merit > pool->sum[least].merit)
		pool->sum[least] = *s;
}

/* The next level: each of the pool with another of `others`, or with a new leaf. */
static void level(const struct growth *g, struct pool *pool, const struct pool *others)
{
	struct pool next = {.count = 0};

	for (size_t i = 0; i < TRIES; i++) {
		struct sum fresh = {0};
		if (!others)
			fresh = leaf(g);
		struct sum s = join(g, &pool->sum[rng_below(g->r, POOL)], others ? &others->sum[rng_below(g->r, POOL)] : &fresh);
		keep(&next, &s);
	}
	*pool = next;
}

/* A lane: leaves, then runs of as many. */
static struct sum grow(const struct growth *g)
{
	struct pool pool = {.count = 0}, run;
	size_t best = 0;

	for (size_t i = 0; i < TRIES; i++) {
		struct sum s = leaf(g);
		keep(&pool, &s);
	}
	for (size_t n = 1; n < g->layout->leaves; n += g->layout->chain ? 1 : n) {
		struct pool same = pool;
		level(g, &pool, g->layout->chain ? NULL : &same);
	}
	run = pool;
	for (size_t n = 1; n < g->layout->runs; n++)
		level(g, &pool, &run);
	for (size_t i = 1; i < POOL; i++)
		best = pool.sum[i].merit > pool.sum[best].merit ? i : best;
	return pool.sum[best];
}

struct layout draw_layout(struct rng *r)
{
	struct layout l = {.leaves = (size_t)2 << rng_below(r, 3), .runs = chance(r, 50) ? 1 : 4, .width = (size_t)2 << rng_below(r, 6),
		.chain = chance(r, 50)};

	l.period = (size_t)2 << rng_below(r, 5);
	if (l.period > l.width)
		l.period = l.width;
	return l;
}

/*
 * Squares one way; elements where a sum about 0 takes its own square from that of the squares, so that errors add up: of the positive
 * lanes the other way, of the negative ones (in size) the same. Or either way.
 */
static void draw_weights(struct growth *g, bool positive, double way, double elements, bool against)
{
	g->weight[Q] = way;
	g->weight[R] = elements * way * (positive == against ? -1 : 1);
}

/* Means against sigma: 0, just below where the squares about 0 are 8/7 or 32/31 of those about the mean, or any below 1. */
static double draw_mean(struct rng *r)
{
	double u = rng_uniform(r);

	return chance(r, 25) ? 0 : chance(r, 60) ? 0.378 - 0.07 * u * u : chance(r, 30) ? 0.179 - 0.03 * u : u;
}

/* Lane l is positive where l mod period is below a share of it; the mean comes out near `mean` sigmas. */
void start_uphill(struct rng *r, const struct quantity *q, double *x, size_t n)
{
	static const double elements[] = {0, 0.5, 1, 1, 2};
	struct layout layout = draw_layout(r);
	struct growth g = {.r = r, .layout = &layout, .f64 = q->type == LN_F64, .fused = chance(r, 50)};
	size_t first = layout.period < 4 || chance(r, 30) ? layout.period / 2 : 1 + rng_below(r, layout.period - 1);
	double share = (double)first / (double)layout.period, mean = draw_mean(r);
	double scale = 1 + rng_uniform(r), spread = ldexp(1, -(int)rng_below(r, 4)) / 2, way = either_sign(r, 1);
	double weight = elements[rng_below(r, 5)], centre[2] = {mean + sqrt((1 - share) / share), mean - sqrt(share / (1 - share))};
	bool against = chance(r, 75);
	struct sum kinds[2];

	for (int k = 0; k < 2; k++) {
		g.low = scale * centre[k] * (1 - spread);
		g.high = scale * centre[k] * (1 + spread);
		draw_weights(&g, k == 0, way, weight, against);
		kinds[k] = grow(&g);
	}
	for (size_t i = 0; i < n; i++) {
		const struct sum *s = &kinds[i % layout.period >= first];
		x[i] = s->leaf[i / layout.width % s->leaves];
	}
}
