/*
 * rows_hostile.c - random rows meant to hurt: each is drawn from a recipe, which is drawn too and told with the row
 *
 * Sizes are powers of two times a factor in [1, 2), so that no power function is needed and the rows are the same everywhere.
 */
#include "rows.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { DISTINCT_MAX = 6 };

static void tell(struct hostile_row *row, const char *format, ...)
{
	size_t used = strlen(row->recipe);
	va_list args;

	va_start(args, format);
	vsnprintf(row->recipe + used, sizeof row->recipe - used, format, args);
	va_end(args);
}

static bool chance(struct rng *r, unsigned percent)
{
	return rng_below(r, 100) < percent;
}

/* Of either sign, its size between 2^low and 2^high. */
static double magnitude(struct rng *r, int low, int high)
{
	int exponent = low + (int)rng_below(r, (size_t)(high - low));
	double size = ldexp(1 + rng_uniform(r), exponent);

	return chance(r, 50) ? size : -size;
}

static double heavy_tailed(struct rng *r)
{
	double u = rng_uniform(r) + 0x1p-20;

	return rng_normal(r) / (u * u);
}

/* One of a few ways of filling x[from] ... x[to-1]. */
static void fill_segment(struct rng *r, struct hostile_row *row, double *x, size_t from, size_t to)
{
	static const char *const names[] = {"normal", "uniform", "heavy-tailed", "few distinct", "ramp", "constant",
					    "two-valued"};
	size_t base = rng_below(r, sizeof names / sizeof names[0]);
	double spread = chance(r, 50) ? 1 : magnitude(r, -20, 20), offset = chance(r, 40) ? 0 : magnitude(r, 0, 27) * spread;
	size_t distinct = base == 5 ? 1 : base == 6 ? 2 : 2 + rng_below(r, DISTINCT_MAX - 1);
	double values[DISTINCT_MAX];

	for (size_t i = 0; i < DISTINCT_MAX; i++)
		values[i] = rng_normal(r);
	for (size_t c = from; c < to; c++) {
		double v = base == 0 ? rng_normal(r)
			 : base == 1 ? rng_uniform(r)
			 : base == 2 ? heavy_tailed(r)
			 : base == 4 ? (double)(c - from)
			 : values[rng_below(r, distinct)];
		x[c] = offset + spread * v;
	}
	tell(row, "[%zu,%zu) %s, offset %g, spread %g; ", from, to, names[base], offset, spread);
}

static void add_step(struct rng *r, struct hostile_row *row, double *x)
{
	size_t from = chance(r, 50) ? rng_below(r, row->cols) : (size_t)1 << rng_below(r, 12);
	double height = magnitude(r, 0, 27);

	for (size_t c = from; c < row->cols; c++)
		x[c] += height;
	tell(row, "step of %g from %zu; ", height, from);
}

static void add_outliers(struct rng *r, struct hostile_row *row, double *x)
{
	for (size_t count = 1 + rng_below(r, 3); count > 0; count--) {
		size_t where = chance(r, 25) ? 0 : chance(r, 33) ? row->cols - 1 : rng_below(r, row->cols);
		double size = magnitude(r, 3, chance(r, 80) ? 30 : 50);

		x[where] += size;
		tell(row, "outlier of %g at %zu; ", size, where);
	}
}

/* Plain ones and zeros leave the statistics no cover, so they are the commonest. */
static void draw_parameters(struct rng *r, uint32_t type, struct hostile_row *row)
{
	bool plain = chance(r, 40), wild = chance(r, 50), shifted = chance(r, 60);

	for (size_t c = 0; c < row->cols; c++) {
		row->gamma[c] = plain ? 1 : rows_finite(type, wild ? magnitude(r, -10, 10) : 1 + 0.5 * rng_normal(r));
		row->beta[c] = plain || !shifted ? 0 : rows_finite(type, wild ? magnitude(r, -10, 10) : rng_normal(r));
	}
}

static size_t draw_cols(struct rng *r)
{
	if (chance(r, 3))
		return 1 + rng_below(r, HOSTILE_COLS_MAX);
	size_t power = (size_t)1 << rng_below(r, 10);
	return power + rng_below(r, power);
}

void rows_hostile(uint32_t type, uint64_t seed, uint64_t index, struct hostile_row *row)
{
	static const double some_eps[] = {0, 0, 1e-12, 1e-6, 1e-5, 1e-3, 1};
	struct rng r = rng_make(seed, index);
	double x[HOSTILE_COLS_MAX], scale = 1;

	row->cols = draw_cols(&r);
	row->eps = some_eps[rng_below(&r, sizeof some_eps / sizeof some_eps[0])];
	row->recipe[0] = 0;
	tell(row, "row %" PRIu64 " of seed %" PRIu64 ": %zu columns, eps %g: ", index, seed, row->cols, row->eps);
	size_t cut = chance(&r, 70) ? row->cols : rng_below(&r, row->cols);
	fill_segment(&r, row, x, 0, cut);
	if (cut < row->cols)
		fill_segment(&r, row, x, cut, row->cols);
	if (chance(&r, 20))
		add_step(&r, row, x);
	if (chance(&r, 40))
		add_outliers(&r, row, x);
	if (chance(&r, 40))
		scale = chance(&r, 50) ? magnitude(&r, -20, 20) : magnitude(&r, -100, 100);
	tell(row, "all times %g", scale);
	for (size_t c = 0; c < row->cols; c++)
		row->x[c] = rows_finite(type, x[c] * scale);
	draw_parameters(&r, type, row);
}
