/*
 * start_uphill.c - rows whose squares, and the sums of these, round all one way: for trees of pairs and for chains, of 2 to 16 terms
 *
 * What is grown here is a sum of squares in the element's type, with all that its roundings added; of many sums that are tried the worst go on to
 * the next level. The rows have them in one lane of vectors of every width.
 */
#include "start.h"

#include <ln.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POOL = 48, TRIES = 600, LEAVES = 16 };

/* sum: as it is rounded; error: what roundings have added to it, both to a double. */
struct sum { double sum, error, leaf[LEAVES]; size_t leaves; };

struct growth { struct rng *r; bool f64, fused; double way; };

/* v, with what is lost of it in `lost`, as the type; the error of a rounding is v_rounded - v. */
static double rounded(const struct growth *g, double v, double lost, double *error)
{
	double narrow = g->f64 ? v : (double)(float)v;

	*error += (narrow - v) - lost;
	return narrow;
}

/* A square, or where a chain is fused a square and what it is added to. */
static struct sum leaf(const struct growth *g)
{
	double step = g->f64 ? 0x1p-52 : 0x1p-23;
	double v = 1 + step * floor(rng_uniform(g->r) * 0.5 / step);
	struct sum s = {.leaf = {v}, .leaves = 1};
	double square = v * v;

	s.sum = rounded(g, square, fma(v, v, -square), &s.error);
	return s;
}

static struct sum join(const struct growth *g, const struct sum *a, const struct sum *b)
{
	struct sum s = {.error = a->error, .leaves = a->leaves + b->leaves};
	bool fused = g->fused && b->leaves == 1;
	double v = b->leaf[0], term = fused ? v * v : b->sum, lost = fused ? fma(v, v, -term) : 0;

	if (!fused)
		s.error += b->error;
	double total = a->sum + term, back = total - a->sum;
	lost += (a->sum - (total - back)) + (term - back);
	s.sum = rounded(g, total, lost, &s.error);
	memcpy(s.leaf, a->leaf, sizeof s.leaf);
	memcpy(s.leaf + a->leaves, b->leaf, b->leaves * sizeof *b->leaf);
	return s;
}

static double merit(const struct growth *g, const struct sum *s) { return g->way * s->error / s->sum; }

/* Into the pool, in the place of its least if it is better. */
static void keep(const struct growth *g, struct sum *pool, const struct sum *s)
{
	size_t least = 0;

	for (size_t i = 1; i < POOL; i++)
		if (pool[i].leaves == 0 || (pool[least].leaves > 0 && merit(g, &pool[i]) < merit(g, &pool[least])))
			least = i;
	if (pool[least].leaves == 0 || merit(g, s) > merit(g, &pool[least]))
		pool[least] = *s;
}

static void grow(const struct growth *g, struct sum *pool, size_t leaves, bool chain)
{
	struct sum first[POOL] = {0};

	for (size_t i = 0; i < TRIES; i++) {
		struct sum s = leaf(g);
		keep(g, first, &s);
	}
	memcpy(pool, first, sizeof first);
	for (size_t n = 1; n < leaves; n += chain ? 1 : n) {
		struct sum next[POOL] = {0};
		for (size_t i = 0; i < TRIES; i++) {
			struct sum fresh = leaf(g), *a = &pool[rng_below(g->r, POOL)];
			struct sum s = join(g, a, !chain ? &pool[rng_below(g->r, POOL)] : g->fused ? &fresh : &first[rng_below(g->r, POOL)]);
			keep(g, next, &s);
		}
		memcpy(pool, next, sizeof next);
	}
}

/* Element i is leaf i / width of its lane; signs go from lane to lane, so that the sum of a row with an even width is 0. */
void start_uphill(struct rng *r, const struct quantity *q, double *x, size_t n)
{
	struct growth g = {r, q->type == LN_F64, chance(r, 50), chance(r, 50) ? 1 : -1};
	size_t leaves = (size_t)2 << rng_below(r, 4), width = (size_t)1 << (1 + rng_below(r, 6));
	bool same_sign = chance(r, 15), one = chance(r, 60);
	struct sum *pool = calloc(POOL, sizeof *pool);

	if (!pool)
		abort();
	grow(&g, pool, leaves, chance(r, 50));
	size_t best = 0;
	for (size_t i = 1; i < POOL; i++)
		best = merit(&g, &pool[i]) > merit(&g, &pool[best]) ? i : best;
	for (size_t i = 0; i < n; i++) {
		const struct sum *s = &pool[one ? best : (i % width + i / (width * leaves)) % POOL];
		double v = s->leaf[i / width % leaves];
		x[i] = i % 2 == 1 && !same_sign ? -v : v;
	}
	free(pool);
}
