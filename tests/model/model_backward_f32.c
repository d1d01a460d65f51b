/*
 * model_backward_f32.c - docs/numerics.md, sections 10 and 11, as plain C: one row of floats at a time
 *
 * Compiled with -ffp-contract=off, as model_f32.c is: what is fused is said here.
 */
#include "model_backward.h"
#include "model_exact.h"
#include "model_float.h"
#include "model_trees.h"
#include "model_lanes.h"
#include "types.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { BLOCK = 1024 };

_Static_assert(sizeof(struct column) <= COLUMN_BYTES, "the sums of a column need more room");

static void add_to_pair(struct pair *c, double fold)
{
	struct pair s = exact_sum(c->hi, fold);

	*c = exact_sum(s.hi, c->lo + s.lo);
}

/* c1 and c2 over D, without what a mean of 0 and eps outside the root make of them. */
static struct sums averages(enum arithmetic arithmetic, double divisor, size_t cols, const float *g, const float *xhat)
{
	struct pair c1 = {0, 0}, c2 = {0, 0};

	for (size_t at = 0; at < cols; at += BLOCK) {
		struct sums b = sums_of_gradients(arithmetic, cols - at < BLOCK ? cols - at : BLOCK, g + at, xhat + at);
		add_to_pair(&c1, b.r);
		add_to_pair(&c2, b.q);
	}
	return (struct sums){(c1.hi + c1.lo) / divisor, (c2.hi + c2.lo) / divisor};
}

/* The gate, which may be n itself, and its gradient; dn is what arrives at n. */
static void through_gate(enum arithmetic arithmetic, struct gradient_f32 *row, size_t c)
{
	float n = num_madd(arithmetic, row->xhat[c], row->gamma[c], row->beta[c]);

	if (row->d->flags & LN_GATE_SELF) {
		row->dn[c] = row->dy[c] * model_slope(arithmetic, row->d->flags, n < -FLT_MAX ? -FLT_MAX : n > FLT_MAX ? FLT_MAX : n);
		return;
	}
	row->dn[c] = row->dy[c] * model_act(arithmetic, row->d->flags, row->gate[c]);
	if (row->dgate)
		row->dgate[c] = (row->dy[c] * n) * model_slope(arithmetic, row->d->flags, row->gate[c]);
}

/* What is normalised is x * act(gate); x itself is kept for the gradients at the factors. */
static float *multiply_gate(enum arithmetic arithmetic, const struct gradient_f32 *row)
{
	float *x = malloc(row->cols * sizeof *x);

	if (!x)
		abort();
	for (size_t c = 0; c < row->cols; c++) {
		x[c] = row->x[c];
		row->x[c] = x[c] * model_act(arithmetic, row->d->flags, row->gate[c]);
		if (row->d->flags & LN_ROUND_SUM)
			row->x[c] = (float)type_round(row->d->sum_type, (double)row->x[c]);
	}
	return x;
}

static void divide_among_factors(enum arithmetic arithmetic, const struct gradient_f32 *row, size_t c, float x)
{
	float ds = row->dx[c];

	row->dx[c] = ds * model_act(arithmetic, row->d->flags, row->gate[c]);
	if (row->dgate)
		row->dgate[c] = (ds * x) * model_slope(arithmetic, row->d->flags, row->gate[c]);
}

/* Section 10 */
void model_gradient_f32(enum arithmetic arithmetic, struct gradient_f32 *row)
{
	float *given = row->gate && row->d->flags & LN_GATE_BEFORE ? multiply_gate(arithmetic, row) : NULL;
	struct row_f32 stats = {.d = row->d, .cols = row->cols, .x = row->x, .mean = row->mean, .rstd = row->rstd};
	struct scaling_f32 s = model_scaling_f32(arithmetic, &stats);
	float *g = row->dx;

	for (size_t c = 0; c < row->cols; c++) {
		row->xhat[c] = num_madd(arithmetic, row->x[c] * s.s - s.hi, s.rstd, s.shift);
		row->dn[c] = row->dy[c];
		if ((row->gate && !given) || row->d->flags & LN_GATE_SELF)
			through_gate(arithmetic, row, c);
		g[c] = through_gamma(row->dn[c], row->gamma[c]);
	}
	struct sums average = averages(arithmetic, norm_divisor(row->d->norm, row->cols), row->cols, g, row->xhat);
	float a1 = norm_facts(row->d->norm)->has_mean ? (float)average.r : 0, a2 = (float)(average.q * s.k);
	for (size_t c = 0; c < row->cols; c++) {
		row->dx[c] = (num_madd(arithmetic, -row->xhat[c], a2, g[c] - a1) * s.rstd) * s.s;
		if (row->dsum)
			row->dx[c] = row->dx[c] + row->dsum[c];
		if (given)
			divide_among_factors(arithmetic, row, c, given[c]);
	}
	free(given);
}

/* Section 11: every eighth column in one lane. */
static void share(struct parameter_sums *s, int which, size_t k, size_t from, size_t to)
{
	const struct column *columns = s->columns;
	wide lane[LANES] = {0};

	for (size_t c = from; c < to; c++)
		lane[(c - from) % LANES] += which == 0 ? columns[c].four.p : columns[c].four.b;
	s->block[which].t[k] += fold(lane);
}

/* The row's columns are in their fours; the totals of parameters. */
static void add_shared(struct parameter_sums *s, size_t row, bool is_last)
{
	if (row < ROWS_OF_FOUR && (four_ends(row, is_last)))
		model_begin_shared(s);
	if (four_ends(row, is_last))
		model_share_run(s, share);
	for (size_t k = 0; k < s->count && (is_last || row == ROWS_OF_BLOCK - 1); k++)
		for (int which = 0; which < 2; which++)
			s->total[which].t[k] += s->block[which].t[k];
}

/* Section 11 */
void model_add_row_f32(enum arithmetic arithmetic, struct parameter_sums *s, const float *dn, const float *xhat)
{
	struct column *columns = s->columns;
	size_t row = s->done % ROWS_OF_BLOCK;
	bool is_last = ++s->done == s->rows;

	for (size_t c = 0; c < s->cols; c++) {
		column_add(arithmetic, &columns[c], dn[c], xhat[c], row, is_last);
		if (s->shared > 1)
			continue;
		if (is_last || row == ROWS_OF_BLOCK - 1) {
			s->total[0].t[c] = s->total[0].t[c] + columns[c].P;
			s->total[1].t[c] = s->total[1].t[c] + columns[c].B;
		}
	}
	if (s->shared > 1)
		add_shared(s, row, is_last);
}
