/*
 * stats_fast.c - the statistics of a row as the search wants them: one pass over doubles, several elements side by side
 *
 * Rows of doubles are summed with what each rounding lost (Ogita, Rump and Oishi 2005), as if in twice the precision.
 */
#include "stats.h"

#include <ln.h>

enum { LANES = 8 };

/* Of d = x - base and g = gamma * dy: d, d^2, g, g d; each lane's sum and what it lost. */
enum { D, D2, G, GD, SUMS };
struct sums { double sum[SUMS][LANES], lost[SUMS][LANES]; };

static inline void add(struct sums *s, int which, size_t lane, double v, double lost)
{
	dd t = two_sum(s->sum[which][lane], v);

	s->sum[which][lane] = t.hi;
	s->lost[which][lane] += t.lo + lost;
}

static inline void add_double(struct sums *s, size_t lane, double x, double base)
{
	dd d = two_sum(x, -base), square = two_product(d.hi, d.hi);

	add(s, D, lane, d.hi, d.lo);
	add(s, D2, lane, square.hi, square.lo + 2 * d.hi * d.lo);
}

static inline void add_double_gradient(struct sums *s, size_t lane, double x, double base, double gamma, double dy)
{
	dd d = two_sum(x, -base), g = two_product(gamma, dy), gd = two_product(g.hi, d.hi);

	add(s, G, lane, g.hi, g.lo);
	add(s, GD, lane, gd.hi, gd.lo + g.hi * d.lo + g.lo * d.hi);
}

static inline void add_float(struct sums *s, size_t lane, double x, double base)
{
	double d = x - base;

	s->sum[D][lane] += d;
	s->sum[D2][lane] += d * d;
}

static inline void add_float_gradient(struct sums *s, size_t lane, double x, double base, double gamma, double dy)
{
	s->sum[G][lane] += gamma * dy;
	s->sum[GD][lane] += gamma * dy * (x - base);
}

static struct sums sums_of(const struct problem *p, double base)
{
	const double *x = p->part[X].v, *gamma = p->part[GAMMA].v, *dy = p->part[DY].v;
	bool wide = p->q->type == LN_F64, gradient = p->q->kind == BACKWARD;
	size_t n = p->cols, whole = n - n % LANES;
	struct sums s = {0};

#define EACH_COLUMN(call) do { \
	for (size_t c = 0; c < whole; c += LANES) \
		for (size_t l = 0; l < LANES; l++) \
			call(c + l, l); \
	for (size_t c = whole; c < n; c++) \
		call(c, c - whole); \
	} while (0)
#define DOUBLE(c, l) add_double(&s, l, x[c], base)
#define FLOAT(c, l) add_float(&s, l, x[c], base)
#define DOUBLE_GRADIENT(c, l) add_double_gradient(&s, l, x[c], base, gamma[c], dy[c])
#define FLOAT_GRADIENT(c, l) add_float_gradient(&s, l, x[c], base, gamma[c], dy[c])
	if (wide)
		EACH_COLUMN(DOUBLE);
	else
		EACH_COLUMN(FLOAT);
	if (wide && gradient)
		EACH_COLUMN(DOUBLE_GRADIENT);
	else if (gradient)
		EACH_COLUMN(FLOAT_GRADIENT);
	return s;
}

static dd total(const struct sums *s, int which)
{
	dd sum = {0, 0};

	for (size_t l = 0; l < LANES; l++)
		sum = dd_add(sum, dd_add((dd){s->sum[which][l], 0}, (dd){s->lost[which][l], 0}));
	return sum;
}

static dd times(dd a, double b) { return dd_multiply(a, (dd){b, 0}); }

/* The quotient of a double, and one step that squares its error. */
static dd over(dd a, double n)
{
	double q = a.hi / n;
	dd rest = dd_subtract(a, two_product(q, n));

	return quick_sum(q, (rest.hi + rest.lo) / n);
}

/* 1 / sqrt(v), by Newton's step from the double's. */
static dd reciprocal_root(dd v)
{
	if (!(v.hi > 0))
		return (dd){0, 0};
	double r = 1 / sqrt(v.hi);
	dd rest = dd_subtract((dd){1, 0}, dd_multiply(v, two_product(r, r)));
	return dd_add((dd){r, 0}, times(rest, r / 2));
}

void stats_of_dy(const struct problem *p, struct stats *s)
{
	for (size_t i = 0; i < p->part[DY].n; i++) {
		s->dy = dd_add(s->dy, (dd){p->part[DY].v[i], 0});
		s->dy_size += fabs(p->part[DY].v[i]);
	}
}

struct stats stats_fast(const struct problem *p, double *base)
{
	bool has_mean = norm_facts(p->q->norm)->has_mean;
	double n = problem_divisor(p);
	struct stats s = {0};
	struct sums sums = sums_of(p, has_mean ? *base : 0);
	dd shift = has_mean ? over(total(&sums, D), n) : (dd){0, 0}, square = over(total(&sums, D2), n);

	if (has_mean && shift.hi * shift.hi > 0.999 * square.hi && *base != *base + shift.hi) {	/* the base is too far from the mean */
		*base += shift.hi;
		return stats_fast(p, base);
	}
	dd variance = dd_subtract(square, dd_multiply(shift, shift));
	s.mean = has_mean ? dd_add((dd){*base, 0}, shift) : shift;
	if (variance.hi < 0x1p-130 * s.mean.hi * s.mean.hi)	/* equal elements: what is left is what a double base is off their mean */
		variance = (dd){0, 0};
	*base = s.mean.hi;
	s.rstd = reciprocal_root(dd_add(variance, (dd){p->eps, 0}));
	if (p->q->kind == BACKWARD) {
		dd g = total(&sums, G), gd = total(&sums, GD);
		s.c1 = has_mean ? over(g, n) : (dd){0, 0};
		s.c2 = over(dd_multiply(s.rstd, dd_subtract(gd, dd_multiply(shift, g))), n);
	} else
		stats_of_dy(p, &s);
	return s;
}
