/*
 * forward.c - the general pipeline: read, statistics, normalise, write, row by row
 *
 * A block that is not floats already (or doubles, for f64) is staged: made so in a tile on the stack. All arithmetic is the kernels';
 * what is done here moves data and takes decisions.
 */
#include <math.h>

#include "pipeline.h"

/* The stack of the pipeline where it is called from below the plain kernels, the tiles or the backward pass, which have theirs. */
struct stack {
	struct pipeline w;
	_Alignas(64) float y[BLOCK];
	unsigned char staged[KEPT_BYTES], parameters[2 * KEPT_BYTES];
};

static struct pipeline *lay_out(struct stack *s)
{
	s->w.y = s->y;
	s->w.staged = s->staged;
	return &s->w;
}

static struct pipeline *begin(const struct forward *f, struct stack *s)
{
	ln_begin_pipeline(f, &s->w, s->parameters, KEPT_BYTES);
	return lay_out(s);
}

void ln_forward_part(const struct forward *f, size_t row, const struct row_statistics *st, size_t at, size_t end)
{
	struct stack s;

	ln_finish_row(f, begin(f, &s), row, st, NULL, at, end);
	if (f->reach == REACH_MEMORY)
		f->kernels->stream_end();
}

static void block_moments(const struct forward *f, struct pipeline *w, size_t row, size_t at, double s, const void *kept, ln_moments *m)
{
	f->stages->moments[f->r.norm](ln_block_length(f, at), ln_staged_block(f, w, row, at, kept), s, m);
}

void ln_block_moments(const struct forward *f, size_t row, size_t at, double s, ln_moments *m)
{
	struct stack stack;
	block_moments(f, lay_out(&stack), row, at, s, NULL, m);
}

static ln_moments row_moments(const struct forward *f, struct pipeline *w, size_t row, double s, const void *kept)
{
	ln_moments all, next;

	block_moments(f, w, row, 0, s, kept, &all);
	for (size_t at = BLOCK; at < f->r.cols; at += BLOCK) {
		block_moments(f, w, row, at, s, kept, &next);
		ln_moments_merge(&all, &next);
	}
	return all;
}

static struct row_statistics given_statistics(const struct forward *f, size_t row)
{
	struct row_scale scale = ln_given_scale(f, row);
	return (struct row_statistics){ .mean = scale.hi, .rstd = scale.rstd, .scale = scale };
}

/* f64 rows whose squares a double does not hold, summed again as x * s; a constant row has no variance at any scale. */
static struct row_statistics f64_statistics(const struct forward *f, struct pipeline *w, size_t row, const ln_moments *m, const void *kept)
{
	struct row_statistics st = ln_statistics(f, m, 1.0);

	if ((st.v >= 0x1p-800 && st.v <= 0x1p800) || f->r.moments != NULL)
		return st;
	if (st.v < 0x1p-800 && fabs(m->mean) > 0x1p-300) {
		st.scale.rstd = st.scale.shift = 0.0;
		return st;
	}
	double s = st.v < 0x1p-800 ? 0x1p600 : 0x1p-600;
	ln_moments again = row_moments(f, w, row, s, kept);
	return ln_statistics(f, &again, s);
}

static struct row_statistics statistics_of(const struct forward *f, struct pipeline *w, size_t row, const ln_moments *m, const void *kept)
{
	if (f->r.flags & LN_STATS_GIVEN)
		return given_statistics(f, row);
	struct row_statistics st = f->r.x.type == LN_F64 ? f64_statistics(f, w, row, m, kept) : ln_statistics(f, m, 1.0);
	st.scale.computed = f->r.moments == NULL;
	return st;
}

struct row_statistics ln_row_statistics(const struct forward *f, size_t row, const ln_moments *m)
{
	struct stack s;
	return statistics_of(f, lay_out(&s), row, m, NULL);
}

struct row_statistics ln_statistics_of_row(const struct forward *f, size_t row)
{
	ln_moments m = { 0 };
	struct stack s;
	struct pipeline *w = lay_out(&s);

	if (!(f->r.flags & LN_STATS_GIVEN))
		m = row_moments(f, w, row, 1.0, NULL);
	return statistics_of(f, w, row, &m, NULL);
}

void ln_put_statistics(const struct forward *f, size_t row, const struct row_statistics *st)
{
	double mean = st->nan ? (double)NAN : st->mean, rstd = st->nan ? (double)NAN : st->rstd;

	if (f->r.flags & LN_STATS_GIVEN)
		return;
	if (f->r.x.type == LN_F64) {
		if (f->r.mean != NULL)
			((double *)f->r.mean)[row] = mean;
		if (f->r.rstd != NULL)
			((double *)f->r.rstd)[row] = rstd;
	} else {
		if (f->r.mean != NULL)
			((float *)f->r.mean)[row] = (float)mean;
		if (f->r.rstd != NULL)
			((float *)f->r.rstd)[row] = (float)rstd;
	}
}

static void forward_row(const struct forward *f, struct pipeline *w, size_t kept_bytes, size_t row)
{
	const void *kept = ln_keep_row(f, w, row, w->staged, kept_bytes);
	ln_moments m = { 0 };

	if (f->r.moments != NULL)
		m = f->r.moments[row];
	else if (!(f->r.flags & LN_STATS_GIVEN))
		m = row_moments(f, w, row, 1.0, kept);
	struct row_statistics st = statistics_of(f, w, row, &m, kept);
	ln_fetch_row(f, &f->r.x, row + 1);
	ln_fetch_row(f, &f->r.residual, row + 1);
	ln_put_statistics(f, row, &st);
	ln_finish_row(f, w, row, &st, kept, 0, f->r.cols);
}

static void forward_rows(const struct forward *f, struct pipeline *w, size_t kept_bytes, size_t first, size_t end)
{
	for (size_t row = first; row < end; row++)
		forward_row(f, w, kept_bytes, row);
	if (f->reach == REACH_MEMORY)
		f->kernels->stream_end();
}

/* Twice the stack, so that rows of four blocks are staged once, and their parameters made floats once. */
void ln_forward_rows(const struct forward *f, size_t first, size_t end)
{
	_Alignas(64) unsigned char staged[2 * KEPT_BYTES], parameters[2 * sizeof staged];
	_Alignas(64) float y[BLOCK];
	struct pipeline w;

	w.y = y;
	w.staged = staged;
	ln_begin_pipeline(f, &w, parameters, sizeof staged);
	forward_rows(f, &w, sizeof staged, first, end);
}

void ln_forward_row(const struct forward *f, size_t row)
{
	struct stack s;

	forward_rows(f, begin(f, &s), KEPT_BYTES, row, row + 1);
}
