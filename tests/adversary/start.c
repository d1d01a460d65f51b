/*
 * start.c - where a search begins: lengths, offsets, eps, parameters
 */
#include "start.h"
#include "types.h"

#include <ln.h>
#include <math.h>
#include <stdlib.h>

static const double all_eps[] = {0, 0, 0, 1e-12, 1e-5, 1};

/* Lengths at which a block or a run ends, those that models have, and any. */
static size_t draw_cols(struct rng *r)
{
	static const size_t favoured[] = {64, 128, 1023, 1024, 1025, 2048};

	if (chance(r, 50))
		return favoured[rng_below(r, sizeof favoured / sizeof favoured[0])];
	size_t power = (size_t)1 << (chance(r, 80) ? 5 + rng_below(r, 7) : 1 + rng_below(r, 4));
	return power + (chance(r, 40) ? 0 : rng_below(r, power + 1));
}

/* How often a row stands side by side with itself: long rows whose blocks all lose alike. */
static size_t draw_repeat(struct rng *r, size_t cols)
{
	return cols <= 2048 && chance(r, 8) ? (size_t)1 << (1 + rng_below(r, 7)) : 1;
}

/* mean / sigma: 0, where a second look begins or ends, and up to 2^26. */
static double draw_offset(struct rng *r)
{
	static const double near[] = {0.18, 0.25, 0.35, 0.38, 0.5, 0.75, 0.8, 1, 2};

	if (chance(r, 35))
		return 0;
	if (chance(r, 50))
		return either_sign(r, near[rng_below(r, sizeof near / sizeof near[0])] * (1 + 0.05 * rng_normal(r)));
	return either_sign(r, ldexp(1 + rng_uniform(r), (int)rng_below(r, 26)));
}

/* x, and dy where it is not NULL and goes with x: whether it does. */
static bool draw_x(struct problem *p, struct rng *r, double *x, double *dy)
{
	bool narrow = p->q->type == LN_BF16 || p->q->type == LN_F16;
	uint64_t way = rng_below(r, 7);
	bool absorb = way == 4 || way == 5;
	double offset = draw_offset(r), scale = chance(r, 80) ? 1 : ldexp(1 + rng_uniform(r), (int)rng_below(r, 81) - 40);

	p->tied = way < 6 && chance(r, 85);
	if (way < 3)
		start_uphill(r, p->q, x, p->cols);
	else if (way == 3)
		start_lanes(r, x, p->cols);
	else if (absorb)
		start_absorb(r, p->q, x, dy, p->cols);
	else
		start_shape(r, p->q, x, p->cols);
	if (narrow)
		scale = 1;
	if ((narrow && fabs(offset) > 64) || (way < 6 && chance(r, 85)))
		offset = 0;
	if (p->q->kind == FORWARD && p->q->type == LN_F32 && chance(r, 3))	/* squares that floats do not hold */
		scale = ldexp(1, (int)(chance(r, 50) ? -84 - (int)rng_below(r, 16) : 68 + (int)rng_below(r, 16)));
	double most = type_limits(p->q->type).largest / 2;	/* an outlier may be beyond an f16 */
	for (size_t i = 0; i < p->cols; i++)
		problem_set(p, X, i, problem_round(p, fmin(fmax((x[i] + offset) * scale, -most), most)));
	return absorb && dy;
}

static void draw_parameters(struct problem *p, struct rng *r)
{
	uint64_t mode = rng_below(r, 5);
	bool shifted = chance(r, 30) && !p->part[BETA].frozen;

	p->part[GAMMA].frozen = mode == 0;
	for (size_t i = 0; i < p->part[GAMMA].n; i++) {
		double v = mode == 1 ? 1 + rng_uniform(r) : mode == 2 ? ldexp(1, (int)rng_below(r, 17) - 8)
			 : mode == 3 ? either_sign(r, 1) : mode == 4 ? either_sign(r, 1 + rng_uniform(r)) : 1;
		problem_set(p, GAMMA, i, problem_round(p, v));
	}
	if (!shifted)
		p->part[BETA].frozen = true;
	for (size_t i = 0; shifted && i < p->part[BETA].n; i++)
		problem_set(p, BETA, i, problem_round(p, rng_normal(r)));
	unsigned usual = chance(r, 70) ? 100 : 50;
	for (size_t i = 0; i < p->part[GATE].n; i++) {
		double small = either_sign(r, ldexp(1 + rng_uniform(r), (int)rng_below(r, 156) - 149));
		double gate = chance(r, usual) ? 4 * rng_normal(r) : small;
		problem_set(p, GATE, i, problem_round(p, fmin(fmax(gate, -90), 90)));
	}
}

/* A few rows are searched faster, whole blocks of rows and more of them lose more. */
static void draw_size(const struct quantity *q, struct rng *r, size_t *rows, size_t *cols)
{
	static const size_t all_rows[] = {2, 4, 8, 16, 31, 32, 32, 32, 33, 63, 64, 96, 128, 256, 1024};

	*rows = 1;
	*cols = draw_cols(r);
	if (q->kind != DGAMMA && q->kind != DBETA)
		return;
	*rows = all_rows[rng_below(r, sizeof all_rows / sizeof all_rows[0])];
	*cols = q->kind == DBETA ? 1 + rng_below(r, 4) : (size_t)2 << rng_below(r, 7);
}

struct problem *start(const struct quantity *q, struct rng *r)
{
	size_t rows, cols;

	if (quantity_is_cell(q))
		return start_cell(q, r);
	draw_size(q, r, &rows, &cols);
	struct problem *p = problem_make(q, rows, cols, rows == 1 && q->kind != GATED ? draw_repeat(r, cols) : 1);
	size_t longest = rows > cols ? rows : cols;
	double *x = calloc(2 * longest, sizeof *x), *dy = x + longest;
	if (!p || !x) {
		problem_free(p);
		free(x);
		return NULL;
	}
	p->eps = all_eps[rng_below(r, sizeof all_eps / sizeof all_eps[0])];
	if (!draw_x(p, r, x, q->kind == BACKWARD ? dy : NULL))
		start_gradient(r, rows == 1 ? x : NULL, dy, p->part[DY].n);
	p->part[X].frozen = q->kind == DBETA;
	draw_parameters(p, r);
	for (size_t i = 0; i < p->part[DY].n; i++)
		problem_set(p, DY, i, problem_round(p, dy[i]));
	free(x);
	return p;
}
