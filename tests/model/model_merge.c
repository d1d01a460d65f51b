/*
 * model_merge.c - docs/numerics.md, section 4, as plain C: the moments of two parts of a row
 */
#include "model_exact.h"

/* How far apart the means are, and by how much the first then moves: pairs. */
struct distance { struct pair d, step; double n; };

static struct distance distance_of(const ln_moments *a, const ln_moments *b)
{
	double n = a->count + b->count, inv = 1.0 / n;
	struct pair d = exact_sum(b->mean, -a->mean);

	struct pair lows = exact_sum(b->mean_lo, -a->mean_lo), middle = exact_sum(d.lo, lows.hi);
	d = exact_sum(d.hi, middle.hi);
	d.lo = d.lo + ((lows.lo + middle.lo) + (b->mean_rest - a->mean_rest));
	double step = d.hi * (b->count * inv);
	struct pair p = exact_product(d.hi, b->count), s = exact_product(step, n);
	return (struct distance){d, {step, (((p.hi - s.hi) + (p.lo - s.lo)) + d.lo * b->count) * inv}, n};
}

/* What the distance of the means adds to the sum of squares. */
static struct pair square_of_distance(struct pair d, struct pair step, double count)
{
	struct pair g = exact_product(d.hi, step.hi);

	g.lo = g.lo + (d.hi * step.lo + d.lo * step.hi);
	struct pair h = exact_product(g.hi, count);
	h.lo = h.lo + g.lo * count;
	return h;
}

void model_merge(ln_moments *into, const ln_moments *from)
{
	ln_moments a = *into, b = *from;

	if (b.count == 0)
		return;
	if (a.count == 0) {
		*into = b;
		return;
	}
	struct distance t = distance_of(&a, &b);
	struct pair h = square_of_distance(t.d, t.step, a.count);
	struct pair both = exact_sum(a.m2, b.m2), all = exact_sum(both.hi, h.hi);
	struct pair m2 = exact_sum(all.hi, ((both.lo + all.lo) + (a.m2_lo + b.m2_lo)) + h.lo);
	struct pair moved = exact_sum(a.mean, t.step.hi), c = exact_sum(moved.lo, a.mean_lo), c2 = exact_sum(c.hi, t.step.lo);
	struct pair rest = exact_sum(c2.hi, (c.lo + c2.lo) + a.mean_rest), mean = exact_sum(moved.hi, rest.hi);

	*into = (ln_moments){t.n, mean.hi, mean.lo, m2.hi, m2.lo, rest.lo};
}
