/*
 * forward.c - the general pipeline: read, statistics, normalise, write, on blocks of rows
 *
 * A block that is not floats already (or doubles, for f64) is staged: made so in a tile on the stack. A few rows go together, so
 * that their square roots and divisions overlap. All arithmetic is the kernels'; what is done here moves data and takes decisions.
 */
#include <math.h>

#include "pipeline.h"

void ln_forward_part(const struct forward *f, size_t row, const struct row_statistics *st, size_t at, size_t end)
{
	struct work w;

	ln_begin_work(f, &w);
	ln_finish_row(f, &w, row, st, NULL, at, end);
	if (f->reach == REACH_MEMORY)
		f->kernels->stream_end();
}

static void block_moments(const struct forward *f, struct work *w, size_t row, size_t at, double s, const void *kept, ln_moments *m)
{
	f->stages->moments[f->r.norm](ln_block_length(f, at), ln_staged_block(f, w, row, at, kept), s, m);
}

void ln_block_moments(const struct forward *f, size_t row, size_t at, double s, ln_moments *m)
{
	struct work w;
	block_moments(f, &w, row, at, s, NULL, m);
}

static ln_moments row_moments(const struct forward *f, struct work *w, size_t row, double s, const void *kept)
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
static struct row_statistics f64_statistics(const struct forward *f, struct work *w, size_t row, const ln_moments *m, const void *kept)
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

static struct row_statistics statistics_of(const struct forward *f, struct work *w, size_t row, const ln_moments *m, const void *kept)
{
	if (f->r.flags & LN_STATS_GIVEN)
		return given_statistics(f, row);
	struct row_statistics st = f->r.x.type == LN_F64 ? f64_statistics(f, w, row, m, kept) : ln_statistics(f, m, 1.0);
	st.scale.computed = f->r.moments == NULL;
	return st;
}

struct row_statistics ln_row_statistics(const struct forward *f, size_t row, const ln_moments *m)
{
	struct work w;
	return statistics_of(f, &w, row, m, NULL);
}

struct row_statistics ln_statistics_of_row(const struct forward *f, size_t row)
{
	ln_moments m = { 0 };
	struct work w;

	if (!(f->r.flags & LN_STATS_GIVEN))
		m = row_moments(f, &w, row, 1.0, NULL);
	return statistics_of(f, &w, row, &m, NULL);
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

/* A few rows, each with `room` bytes to be staged in: first all statistics, then all outputs. */
static void forward_group(const struct forward *f, struct work *w, size_t row, size_t rows, size_t room)
{
	const void *kept[GROUP] = { NULL };
	struct row_statistics st[GROUP];
	ln_moments m[GROUP];

	for (size_t i = 0; i < rows; i++) {
		kept[i] = ln_keep_row(f, w, row + i, w->staged + i * room, room);
		if (f->r.moments != NULL)
			m[i] = f->r.moments[row + i];
		else if (!(f->r.flags & LN_STATS_GIVEN))
			m[i] = row_moments(f, w, row + i, 1.0, kept[i]);
	}
	for (size_t i = 0; i < rows; i++)
		st[i] = statistics_of(f, w, row + i, &m[i], kept[i]);
	for (size_t i = 0; i < rows; i++) {
		ln_fetch_row(f, &f->r.x, row + rows + i);
		ln_fetch_row(f, &f->r.residual, row + rows + i);
		ln_put_statistics(f, row + i, &st[i]);
		ln_finish_row(f, w, row + i, &st[i], kept[i], 0, f->r.cols);
	}
}

/* As many rows as can be staged together, at least one, whose blocks are then staged one by one. */
static size_t rows_together(const struct forward *f)
{
	if (f->reach != REACH_NEAR)
		return 1;
	size_t room = ((f->r.cols - 1) / BLOCK + 1) * BLOCK * f->stages->size;
	return room >= STAGED_BYTES ? 1 : STAGED_BYTES / room < GROUP ? STAGED_BYTES / room : GROUP;
}

void ln_forward_rows(const struct forward *f, size_t first, size_t end)
{
	size_t group = rows_together(f);
	struct work w;

	ln_begin_work(f, &w);
	for (size_t row = first; row < end; row += group)
		forward_group(f, &w, row, end - row < group ? end - row : group, STAGED_BYTES / group);
	if (f->reach == REACH_MEMORY)
		f->kernels->stream_end();
}
