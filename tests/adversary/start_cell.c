/*
 * start_cell.c - where the search of a cell's step begins
 */
#include "start.h"

#include <ln.h>
#include <math.h>

static double draw(struct rng *r, uint64_t mode)
{
	return mode == 0 ? rng_normal(r) : mode == 1 ? either_sign(r, 1 + 0.25 * rng_uniform(r)) : mode == 2 ? rng_uniform(r)
	     : (chance(r, 10) ? 8 : 1) * rng_normal(r);
}

/* xhat of n numbers, well enough to draw by. */
static void normalise(const struct problem *p, const double *v, size_t n, double *xhat)
{
	double mean = 0, square = 0;

	for (size_t i = 0; i < n; i++)
		mean += v[i] / (double)n;
	for (size_t i = 0; i < n; i++)
		square += (v[i] - mean) * (v[i] - mean) / (double)n;
	for (size_t i = 0; i < n; i++)
		xhat[i] = square + p->eps > 0 ? (v[i] - mean) / sqrt(square + p->eps) : 0;
}

static void set_params(struct problem *p, size_t i, double v) { problem_set(p, PARAMS, i, problem_round(p, v)); }

/* beta takes back what the norms give, for activations are steepest around 0; n columns from `from` on. */
static void cancel(struct problem *p, size_t from, size_t n, size_t gamma_h, size_t gamma_x, size_t beta)
{
	double xhat[256 * 4];
	const double *params = p->part[PARAMS].v;

	if (n > sizeof xhat / sizeof xhat[0])
		return;
	normalise(p, p->part[WH].v + from, n, xhat);
	for (size_t i = 0; i < n; i++)
		set_params(p, beta + i, -params[gamma_h + i] * xhat[i]);
	if (p->part[WX].n == 0)
		return;
	normalise(p, p->part[WX].v + from, n, xhat);
	for (size_t i = 0; i < n; i++)
		set_params(p, beta + i, params[beta + i] - params[gamma_x + i] * xhat[i]);
}

static void cancel_all(struct problem *p)
{
	size_t H = p->cols;

	if (p->q->norm == LN_RNN)
		cancel(p, 0, H, 0, 0, H);
	else if (p->q->norm == LN_LSTM)
		cancel(p, 0, 4 * H, 0, 4 * H, 8 * H);
	else
		cancel(p, 0, 2 * H, 0, 3 * H, 6 * H);
}

/* The norms' own betas; what is added to them is small, so that gates stay where they are steep. */
static void draw_params(struct problem *p, struct rng *r)
{
	size_t H = p->cols, gammas = p->q->norm == LN_RNN ? H : p->q->norm == LN_LSTM ? 8 * H : 6 * H;
	double large = ldexp(1 + rng_uniform(r), chance(r, 70) ? 0 : (int)rng_below(r, 9) - 6);
	bool plain = chance(r, 30);

	for (size_t i = 0; i < p->part[PARAMS].n; i++) {
		bool gamma = i < gammas || (p->q->norm == LN_LSTM && i >= 12 * H && i < 13 * H);
		set_params(p, i, gamma ? (plain ? 1 : large * (1 + 0.2 * rng_normal(r))) : 0.25 * rng_normal(r));
	}
}

struct problem *start_cell(const struct quantity *q, struct rng *r)
{
	static const size_t widths[] = {2, 3, 8, 16, 16, 32, 64, 65, 128, 256};
	static const enum part drawn[] = {WH, WX, H_PREV, C_PREV, DH, DC};
	struct problem *p = problem_make(q, 1, widths[rng_below(r, sizeof widths / sizeof widths[0])], 1);

	if (!p)
		return NULL;
	p->eps = chance(r, 50) ? 0 : 1e-5;
	for (size_t k = 0; k < sizeof drawn / sizeof drawn[0]; k++) {
		uint64_t mode = rng_below(r, 4);
		double offset = chance(r, 70) ? 0 : either_sign(r, ldexp(1, (int)rng_below(r, 12)));
		if (drawn[k] != WH && drawn[k] != WX)
			offset = 0;
		for (size_t i = 0; i < p->part[drawn[k]].n; i++)
			problem_set(p, drawn[k], i, problem_round(p, offset + draw(r, mode)));
	}
	draw_params(p, r);
	if (chance(r, 60))
		cancel_all(p);
	return p;
}
