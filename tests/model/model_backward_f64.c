/*
 * model_backward_f64.c - docs/numerics.md, sections 10 and 11 in double, as plain C: one row at a time
 *
 * The steps are those of model_backward_f32.c; there is no gate. x comes out of model_scaling_f64() already scaled.
 */
#include "model_backward.h"
#include "model_double.h"
#include "model_trees.h"
#include "model_pairs.h"

#include <math.h>

enum { BLOCK = 1024 };

_Static_assert(sizeof(struct exact_column) <= COLUMN_BYTES, "the sums of a column need more room");

static void add_to_pair(struct exact *c, struct exact fold)
{
	struct pair s = exact_sum(c->v, fold.v);

	s = exact_sum(s.hi, c->lost + (s.lo + fold.lost));
	*c = (struct exact){s.hi, s.lo};
}

struct averages { double c1, c2; };

/* c1 and c2 over D, without what a mean of 0 and eps outside the root make of them. */
static struct averages averages(enum arithmetic arithmetic, double divisor, size_t cols, const double *g, const double *xhat)
{
	struct exact c1 = {0, 0}, c2 = {0, 0};

	for (size_t at = 0; at < cols; at += BLOCK) {
		struct exact_sums b = exact_sums_of_gradients(arithmetic, cols - at < BLOCK ? cols - at : BLOCK, g + at, xhat + at);
		add_to_pair(&c1, b.r);
		add_to_pair(&c2, b.q);
	}
	return (struct averages){(c1.v + c1.lost) / divisor, (c2.v + c2.lost) / divisor};
}

/* Section 10 */
void model_gradient_f64(enum arithmetic arithmetic, struct gradient_f64 *row)
{
	struct row_f64 stats = {.d = row->d, .cols = row->cols, .x = row->x, .mean = row->mean, .rstd = row->rstd};
	struct scaling_f64 s = model_scaling_f64(arithmetic, &stats);
	double *g = row->dx;

	for (size_t c = 0; c < row->cols; c++) {
		row->xhat[c] = num_madd(arithmetic, row->x[c] - s.hi, s.rstd, s.shift);
		row->dn[c] = row->dy[c];
		g[c] = through_gamma(row->dn[c], row->gamma[c]);
	}
	struct averages average = averages(arithmetic, norm_divisor(row->d->norm, row->cols), row->cols, g, row->xhat);
	double a1 = norm_facts(row->d->norm)->has_mean ? average.c1 : 0, a2 = average.c2 * s.k;
	for (size_t c = 0; c < row->cols; c++) {
		row->dx[c] = (num_madd(arithmetic, -row->xhat[c], a2, g[c] - a1) * s.rstd) * s.s;
		if (row->dsum)
			row->dx[c] = row->dx[c] + row->dsum[c];
	}
}

/* Section 11: a block's sum and its error into a total's. */
static void total_add(struct totals *total, size_t c, struct exact block)
{
	struct pair s = exact_sum(total->t[c], block.v);

	total->t[c] = s.hi;
	total->e[c] = total->e[c] + (s.lo + block.lost);
}

/* Section 11: every eighth column in one lane; the fold and its error into a block's. */
static void share(struct parameter_sums *s, int which, size_t k, size_t from, size_t to)
{
	enum { SHARED_LANES = 8 };
	const struct exact_column *columns = s->columns;
	struct exact lane[SHARED_LANES];

	for (size_t l = 0; l < SHARED_LANES; l++)
		lane[l] = exact_zero();
	for (size_t c = from; c < to; c++)
		exact_add(&lane[(c - from) % SHARED_LANES], which == 0 ? columns[c].four.p : columns[c].four.b);
	total_add(&s->block[which], k, exact_fold(SHARED_LANES, lane));
}

/* The row's columns are in their fours; the totals of parameters. */
static void add_shared(struct parameter_sums *s, size_t row, bool is_last)
{
	if (row < ROWS_OF_FOUR && four_ends(row, is_last))
		model_begin_shared(s);
	if (four_ends(row, is_last))
		model_share_run(s, share);
	for (size_t k = 0; k < s->count && (is_last || row == ROWS_OF_BLOCK - 1); k++)
		for (int which = 0; which < 2; which++)
			total_add(&s->total[which], k, (struct exact){s->block[which].t[k], s->block[which].e[k]});
}

void model_add_row_f64(enum arithmetic arithmetic, struct parameter_sums *s, const double *dn, const double *xhat)
{
	struct exact_column *columns = s->columns;
	size_t row = s->done % ROWS_OF_BLOCK;
	bool is_last = ++s->done == s->rows;

	for (size_t c = 0; c < s->cols; c++) {
		exact_column_add(arithmetic, &columns[c], dn[c], xhat[c], row, is_last);
		if (s->shared > 1)
			continue;
		if (is_last || row == ROWS_OF_BLOCK - 1) {
			total_add(&s->total[0], c, columns[c].P);
			total_add(&s->total[1], c, columns[c].B);
		}
	}
	if (s->shared > 1)
		add_shared(s, row, is_last);
}
