/*
 * made.c - named rows that are made: ordinary long ones, gradients just below a rounding, a cell's and a gate's
 */
#include "named.h"
#include "stats.h"
#include "rng.h"

#include <ln.h>
#include <math.h>

static const double usual_eps = 1e-5;

/* Of 40 seeds and of 300 those that were worst, with 2^22 and with 400 columns, for the arithmetic that summed m2 in one double. */
static const uint64_t ordinary_seed = 40, cell_seed = 42;

struct problem *make_long(const struct quantity *q, int log2_cols, int normal)
{
	struct rng r = rng_make(ordinary_seed, (uint64_t)log2_cols);
	struct problem *p = problem_make(q, 1, (size_t)1 << log2_cols, 1);

	if (!p)
		return NULL;
	p->eps = usual_eps;
	for (size_t i = 0; i < p->cols; i++)
		problem_set(p, X, i, problem_round(p, normal ? rng_normal(&r) : rng_uniform(&r)));
	for (size_t i = 0; i < p->part[DY].n; i++)
		problem_set(p, DY, i, problem_round(p, rng_normal(&r)));
	return p;
}

/*
 * 1, and then elements of which a float sum of xhat loses each, or takes each for nearly twice what it is: a little below or above half an
 * ulp of xhat, which lies between 1 and 2.
 */
static void set_lost_gradients(struct problem *p, double xhat, double below)
{
	const double lost = 0x1p-24 * below / xhat;

	for (size_t i = 0; i < p->rows; i++)
		problem_set(p, DY, i, problem_round(p, i == 0 ? 1 : i == 1 ? lost : lost / 2));
}

static struct problem *make_sums(const char *name)
{
	struct problem *p = problem_make(quantity_named(name), 32, 32, 1);

	if (!p)
		return NULL;
	for (size_t i = 0; i < p->cols; i++)
		problem_set(p, X, i, i % 2 ? -1 : 1);
	set_lost_gradients(p, 1, 1 - 0x1p-20);
	return p;
}

/* The least |xhat| from 1 on, where a lost half of an ulp is most. */
static double least_xhat(const struct problem *p)
{
	struct stats s = stats_exact(p);
	double least = INFINITY;

	for (size_t i = 0; i < p->cols; i++) {
		double xhat = fabs((p->part[X].v[i] - s.mean.hi) * s.rstd.hi);
		least = xhat >= 1 && xhat < least ? xhat : least;
	}
	return least;
}

static struct problem *make_sums_of_row(void)
{
	struct problem *row = read_row(ADVERSARY_ROWS "/N1.txt");
	struct problem *p = row ? problem_make(quantity_named("dgamma_f32"), 32, row->cols, 1) : NULL;

	for (size_t i = 0; p && i < p->cols; i++)
		problem_set(p, X, i, row->part[X].v[i]);
	if (p)
		set_lost_gradients(p, least_xhat(p), 1 - 0x1p-16);
	problem_free(row);
	return p;
}

/* gammas about 100, so that the 1 in B does not count */
static struct problem *make_cell(void)
{
	struct rng r = rng_make(cell_seed, 10);
	struct problem *p = problem_make(quantity_named("rnn"), 1, 400, 1);
	quad mean = 0, square = 0;

	if (!p)
		return NULL;
	size_t H = p->cols;
	const double *wh = p->part[WH].v, *gamma = p->part[PARAMS].v;
	for (size_t i = 0; i < H; i++) {
		problem_set(p, WH, i, problem_round(p, rng_normal(&r)));
		problem_set(p, PARAMS, i, problem_round(p, 100 + 10 * rng_normal(&r)));
		mean += (quad)wh[i] / (quad)H;
	}
	for (size_t i = 0; i < H; i++)
		square += ((quad)wh[i] - mean) * ((quad)wh[i] - mean) / (quad)H;
	for (size_t i = 0; i < H; i++)
		problem_set(p, PARAMS, H + i, problem_round(p, -gamma[i] * (double)((quad)wh[i] - mean) / sqrt((double)square)));
	return p;
}

static struct problem *make_gate(void)
{
	struct problem *p = problem_make(quantity_named("gated_layernorm_f32"), 1, 32, 1);

	if (!p)
		return NULL;
	for (size_t i = 0; i < p->cols; i++) {
		problem_set(p, X, i, i % 2 ? -1 : 1);
		problem_set(p, GAMMA, i, 1000);
		problem_set(p, GATE, i, 0x1p-149);
	}
	return p;
}

struct problem *make_row(enum recipe recipe)
{
	switch (recipe) {
	case MADE_LONG_Y: return make_long(quantity_named("y_layernorm_f64"), 22, 0);
	case MADE_LONG_DX: return make_long(quantity_named("dx_layernorm_f64"), 22, 0);
	case MADE_SUMS_BETA: return make_sums("dbeta_f32");
	case MADE_SUMS_GAMMA: return make_sums("dgamma_f32");
	case MADE_SUMS_ROW: return make_sums_of_row();
	case MADE_CELL: return make_cell();
	case MADE_GATE: return make_gate();
	}
	return NULL;
}
