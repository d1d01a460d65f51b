/*
 * forward.c - the general pipeline: read, statistics, normalise, write, row by row
 *
 * A block that is not floats already (or doubles, for f64) is staged: made so in a tile on the stack. All arithmetic is the kernels';
 * what is done here moves data and takes decisions.
 */
#include <math.h>

#include "pipeline.h"

enum { REALS = 2 * BLOCK };	/* floats, or a block of doubles */

static void finish_row(const struct forward *f, struct pipeline *w, size_t row, const struct row_statistics *st, const void *kept, size_t at,
		       size_t end)
{
	bool groups = f->r.y.at != NULL && ln_scales_itself(&f->r);

	(groups ? ln_finish_groups : ln_finish_row)(f, w, row, st, kept, at, end);
}

void ln_forward_part(const struct forward *f, size_t row, const struct row_statistics *st, size_t at, size_t end)
{
	_Alignas(64) unsigned char staged[KEPT_BYTES], parameters[2 * sizeof staged];
	_Alignas(64) float y[REALS], other[REALS];
	struct pipeline w = { .other = other, .y = y, .staged = staged };

	ln_begin_pipeline(f, &w, parameters, sizeof staged);
	finish_row(f, &w, row, st, NULL, at, end);
	if (f->reach == REACH_MEMORY)
		f->kernels->stream_end();
}

static void staged_moments(const struct forward *f, struct pipeline *w, size_t row, size_t at, double s, const void *kept, ln_moments *m)
{
	size_t n = ln_block_length(f, at);

	f->stages->moments[f->r.norm->has_mean](n, ln_staged(f, w, row, at, n, kept), s, m);
}

void ln_block_moments(const struct forward *f, size_t row, size_t at, double s, ln_moments *m)
{
	_Alignas(64) unsigned char staged[KEPT_BYTES];
	_Alignas(64) float other[REALS];

	staged_moments(f, &(struct pipeline){ .other = other, .staged = staged }, row, at, s, NULL, m);
}

static ln_moments moments_of_blocks(const struct forward *f, struct pipeline *w, size_t row, double s, const void *kept)
{
	ln_moments all, next;

	staged_moments(f, w, row, 0, s, kept, &all);
	for (size_t at = BLOCK; at < f->r.cols; at += BLOCK) {
		staged_moments(f, w, row, at, s, kept, &next);
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
	double s = st.v < 0x1p-800 ? 0x1p700 : 0x1p-650;
	ln_moments again = moments_of_blocks(f, w, row, s, kept);
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
	_Alignas(64) unsigned char staged[KEPT_BYTES];
	_Alignas(64) float other[REALS];

	return statistics_of(f, &(struct pipeline){ .other = other, .staged = staged }, row, m, NULL);
}

struct row_statistics ln_statistics_of_x(const struct forward *f, size_t row, float *tile)
{
	struct pipeline w = { .staged = (unsigned char *)tile, .other = tile != NULL ? tile + BLOCK : NULL };
	ln_moments m = moments_of_blocks(f, &w, row, 1.0, NULL);

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

static void forward_row(const struct forward *f, struct pipeline *w, size_t kept_bytes, size_t row)
{
	const void *kept = ln_keep_row(f, w, row, w->staged, kept_bytes);
	ln_moments m = { 0 };

	if (f->r.moments != NULL)
		m = f->r.moments[row];
	else if (!(f->r.flags & LN_STATS_GIVEN))
		m = moments_of_blocks(f, w, row, 1.0, kept);
	struct row_statistics st = statistics_of(f, w, row, &m, kept);
	ln_fetch_row(f, &f->r.x, row + 1);
	ln_fetch_row(f, &f->r.residual, row + 1);
	ln_put_statistics(f, row, &st);
	finish_row(f, w, row, &st, kept, 0, f->r.cols);
}

static void forward_rows(const struct forward *f, struct pipeline *w, size_t kept_bytes, size_t first, size_t end)
{
	for (size_t row = first; row < end; row++)
		forward_row(f, w, kept_bytes, row);
	if (f->reach == REACH_MEMORY)
		f->kernels->stream_end();
}

/* The stack of a part, where all of a block lies apart, y and residual as well. Out of line: it is not to add to the other's. */
static __attribute__((noinline)) void forward_rows_apart(const struct forward *f, size_t first, size_t end)
{
	_Alignas(64) unsigned char staged[KEPT_BYTES], parameters[2 * sizeof staged];
	_Alignas(64) float y[REALS], other[REALS];
	struct pipeline w = { .other = other, .y = y, .staged = staged };

	ln_begin_pipeline(f, &w, parameters, sizeof staged);
	forward_rows(f, &w, sizeof staged, first, end);
}

/* Twice the stack of a part, so that rows of four blocks are staged once, and their parameters made floats once. */
static __attribute__((noinline)) void forward_dense_rows(const struct forward *f, size_t first, size_t end)
{
	_Alignas(64) unsigned char staged[2 * KEPT_BYTES], parameters[2 * sizeof staged];
	_Alignas(64) float y[BLOCK], other[BLOCK];
	struct pipeline w = { .other = other, .y = y, .staged = staged };

	ln_begin_pipeline(f, &w, parameters, sizeof staged);
	forward_rows(f, &w, sizeof staged, first, end);
}

void ln_forward_rows(const struct forward *f, size_t first, size_t end)
{
	(ln_is_strided(f) ? forward_rows_apart : forward_dense_rows)(f, first, end);
}

/* A row that is staged, block by block. Out of line, so that a row that is not takes none of this stack. */
static __attribute__((noinline)) void forward_staged_row(const struct forward *f, size_t row)
{
	_Alignas(64) float staged[BLOCK], y[BLOCK], parameters[2][BLOCK];
	struct pipeline w = { .y = y, .staged = (unsigned char *)staged };

	ln_begin_pipeline(f, &w, (unsigned char *)parameters, sizeof staged);
	forward_rows(f, &w, sizeof staged, row, row + 1);
}

void ln_forward_plain_row(const struct forward *f, size_t row)
{
	struct pipeline w = { .y = NULL };

	if (f->kernels->read[f->r.x.type] != NULL) {
		forward_staged_row(f, row);
		return;
	}
	ln_begin_pipeline(f, &w, NULL, 0);
	forward_rows(f, &w, 0, row, row + 1);
}
