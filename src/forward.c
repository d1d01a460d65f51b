/*
 * forward.c - the general pipeline: read, statistics, normalise, write, on blocks of rows
 *
 * A block that is not floats already (or doubles, for f64) is staged: made so in a tile on the stack. A few rows go together, so
 * that their square roots and divisions overlap. All arithmetic is the kernels'; what is done here moves data and takes decisions.
 */
#include "forward.h"

#include <math.h>
#include <string.h>

#include "parameters.h"

enum {
	GROUP = 4,
	STAGED_BYTES = GROUP * BLOCK * sizeof(float),	/* four rows of a block of floats, one of four blocks, half that of doubles */
	MADE = 4 * BLOCK	/* floats of y that are kept until the scale of their row is known */
};

/* The pipeline's stack. */
struct work {
	_Alignas(64) unsigned char staged[STAGED_BYTES];
	float y[MADE], other[BLOCK];
	uint16_t half[BLOCK];
	struct parameter_window parameters;
};

static const struct encoding no_encoding = { 0 };

static void round_tile(const struct forward *f, uint32_t type, size_t n, float *tile, uint16_t *half)
{
	if (f->kernels->read[type] != NULL) {
		f->kernels->write[type](n, tile, &no_encoding, half);
		f->kernels->read[type](n, half, tile);
	}
}

/* The block that is normalised: x, or x + residual. */
static const void *stage(const struct forward *f, struct work *w, size_t row, size_t at, size_t n, void *tile)
{
	if (f->r.residual.at == NULL)
		return ln_load(f, &f->r.x, row, at, n, tile);
	f->stages->add(n, ln_load(f, &f->r.x, row, at, n, w->y), ln_load(f, &f->r.residual, row, at, n, w->other), tile);
	if (f->r.flags & LN_ROUND_SUM)
		round_tile(f, f->r.sum.type, n, tile, w->half);
	return tile;
}

/* Column `at` on of a row that was kept whole, or staged now. */
static const void *block(const struct forward *f, struct work *w, size_t row, size_t at, const void *kept)
{
	return kept ? (const char *)kept + at * f->stages->size : stage(f, w, row, at, ln_block_length(f, at), w->staged);
}

/* A whole row as it is normalised: where it lies, or staged at `to` if `room` bytes hold it; else NULL. */
static const void *keep_row(const struct forward *f, struct work *w, size_t row, unsigned char *to, size_t room)
{
	size_t size = f->stages->size;

	if (f->r.residual.at == NULL && f->kernels->read[f->r.x.type] == NULL)
		return ln_element(f, &f->r.x, row, 0);
	if (f->r.cols > room / size)
		return NULL;
	for (size_t at = 0; at < f->r.cols; at += BLOCK)
		stage(f, w, row, at, ln_block_length(f, at), to + at * size);
	return to;
}

/* Past the cache where no cache holds the call, unless what is written was read from there. */
static bool streams(const struct forward *f, const struct tensor *t)
{
	return f->reach == REACH_MEMORY && t->at != f->r.x.at && t->at != f->r.residual.at;
}

static double quiet(double v) { return v == v ? v : (double)NAN; }

static void write_sum(const struct forward *f, size_t row, size_t at, size_t n, const void *s)
{
	const struct tensor *sum = &f->r.sum;
	struct encoding e = { .stream = streams(f, sum) };
	void *to = ln_element(f, sum, row, at);

	if (sum->type != LN_F64)
		f->kernels->write[sum->type](n, s, &e, to);
	else
		for (size_t i = 0; i < n; i++)
			((double *)to)[i] = quiet(((const double *)s)[i]);
}

/* y as floats, before it becomes elements of its type. */
static void make_y(const struct forward *f, struct work *w, size_t row, const struct row_scale *scale, const void *s, size_t at, float *y)
{
	size_t n = ln_block_length(f, at);
	struct block_parameters p = ln_block_parameters(f, &w->parameters, row, at);

	if (f->r.flags & LN_CAST_BEFORE_GAMMA) {
		f->stages->normalise(n, s, scale, NULL, NULL, w->other, false);
		round_tile(f, f->r.x.type, n, w->other, w->half);
		f->stages->affine(n, w->other, p.gamma, p.beta, y);
	} else {
		f->stages->normalise(n, s, scale, p.gamma, p.beta, y, false);
	}
	if (f->r.gate.at != NULL)
		f->kernels->gate(n, ln_load(f, &f->r.gate, row, at, n, w->other), y);
}

/* Nothing stands between the normalised float or double and y. */
static bool y_is_direct(const struct forward *f)
{
	return f->r.y.size == f->stages->size && f->r.gate.at == NULL &&
	       (!(f->r.flags & LN_CAST_BEFORE_GAMMA) || f->kernels->read[f->r.x.type] == NULL);
}

/* `made` is y as floats, if it was made already. */
static void write_y(const struct forward *f, struct work *w, size_t row, const struct row_statistics *st, const void *s, size_t at,
		    struct encoding *e, const float *made)
{
	const struct tensor *y = &f->r.y;
	size_t n = ln_block_length(f, at);
	void *to = ln_element(f, y, row, at);

	e->stream = streams(f, y);
	if (made != NULL) {
		f->kernels->write[y->type](n, made, e, to);
	} else if (y_is_direct(f)) {
		struct block_parameters p = ln_block_parameters(f, &w->parameters, row, at);
		f->stages->normalise(n, s, &st->scale, p.gamma, p.beta, to, e->stream);
	} else {
		make_y(f, w, row, &st->scale, s, at, w->y);
		f->kernels->write[y->type](n, w->y, e, to);
	}
}

static void fill_nan(const struct forward *f, size_t row, size_t at, size_t end)
{
	static const uint8_t f8 = 0x7f;
	static const uint16_t bf16 = 0x7fc0, f16 = 0x7e00;
	static const uint32_t f32 = 0x7fc00000;
	static const uint64_t f64 = 0x7ff8000000000000;
	const uint8_t zero_point = (uint8_t)f->r.zero_point;
	const void *const nan[TYPES] = { [LN_F32] = &f32, [LN_F64] = &f64, [LN_BF16] = &bf16, [LN_F16] = &f16, [LN_I8] = &zero_point,
					 [LN_U8] = &zero_point, [LN_F8_E4M3] = &f8, [LN_F8_E5M2] = &f8 };
	unsigned char *y = ln_element(f, &f->r.y, row, 0);

	for (size_t c = at; c < end; c++)
		memcpy(y + c * f->r.y.size, nan[f->r.y.type], f->r.y.size);
}

static struct encoding encoding_of(const struct forward *f)
{
	bool is_signed = f->r.y.type == LN_I8;
	return (struct encoding){
		.scale = f->r.y_scale, .zero_point = (float)f->r.zero_point,
		.least = is_signed ? f->r.flags & LN_ROW_SCALE ? -127.0f : -128.0f : 0.0f, .most = is_signed ? 127.0f : 255.0f,
	};
}

/* y of a row that is to have its own scale is made, and made again if it is longer than what is kept of it. */
static bool keeps_y(const struct forward *f) { return (f->r.flags & LN_ROW_SCALE) && f->r.cols <= MADE; }

/* The largest |y| of a row. */
static float largest_of_row(const struct forward *f, struct work *w, size_t row, const struct row_statistics *st, const void *kept)
{
	float largest = 0.0f;

	for (size_t at = 0; at < f->r.cols && largest == largest; at += BLOCK) {
		float *y = keeps_y(f) ? w->y + at : w->y;
		make_y(f, w, row, &st->scale, block(f, w, row, at, kept), at, y);
		float here = f->kernels->largest(ln_block_length(f, at), y);
		largest = here > largest || here != here ? here : largest;
	}
	return st->nan || largest != largest ? NAN : largest;
}

/* A row's own scale: the largest |y| becomes the largest that the type holds. */
static void set_row_scale(const struct forward *f, size_t row, float largest, struct encoding *e)
{
	float most = f->r.y.type == LN_I8 ? 127.0f : f->r.y.type == LN_F8_E4M3 ? 448.0f : 57344.0f, inverse = most / largest;

	e->scale = f->r.row_scale[row] = largest / most;
	e->inverse = e->scale > 0.0f && inverse <= FLT_MAX ? inverse : 0.0f;
}

/* Columns at to end of a row; `kept` is the whole row, if it was kept. */
static void finish_row(const struct forward *f, struct work *w, size_t row, const struct row_statistics *st, const void *kept, size_t at,
		       size_t end)
{
	struct encoding e = encoding_of(f);
	bool fill = st->nan;

	if (f->r.y.at != NULL && (f->r.flags & LN_ROW_SCALE)) {
		set_row_scale(f, row, largest_of_row(f, w, row, st, kept), &e);
		fill = e.scale != e.scale;
	}
	for (size_t c = at; c < end; c += BLOCK) {
		const void *s = block(f, w, row, c, kept);
		if (f->r.sum.at != NULL)	/* first: s may be x itself, which y may overwrite */
			write_sum(f, row, c, ln_block_length(f, c), s);
		if (f->r.y.at != NULL && !fill)
			write_y(f, w, row, st, s, c, &e, keeps_y(f) ? w->y + c : NULL);
	}
	if (f->r.y.at != NULL && fill)
		fill_nan(f, row, at, end);
}

void ln_forward_part(const struct forward *f, size_t row, const struct row_statistics *st, size_t at, size_t end)
{
	struct work w;

	w.parameters.filled = false;
	finish_row(f, &w, row, st, NULL, at, end);
	if (f->reach == REACH_MEMORY)
		f->kernels->stream_end();
}

static void block_moments(const struct forward *f, struct work *w, size_t row, size_t at, double s, const void *kept, ln_moments *m)
{
	f->stages->moments[f->r.norm](ln_block_length(f, at), block(f, w, row, at, kept), s, m);
}

void ln_block_moments(const struct forward *f, size_t row, size_t at, double s, ln_moments *m)
{
	struct work w;
	block_moments(f, &w, row, at, s, NULL, m);
}

static ln_moments row_moments(const struct forward *f, struct work *w, size_t row, double s, const void *kept)
{
	ln_moments all = { 0 }, next;

	for (size_t at = 0; at < f->r.cols; at += BLOCK) {
		block_moments(f, w, row, at, s, kept, &next);
		ln_moments_merge(&all, &next);
	}
	return all;
}

/* The caller's numbers, as they are. */
static struct row_statistics given_statistics(const struct forward *f, size_t row)
{
	bool is_double = f->r.x.type == LN_F64, centred = f->r.norm == LN_RMSNORM;
	double mean = centred ? 0.0 : is_double ? ((const double *)f->r.mean)[row] : (double)((const float *)f->r.mean)[row];
	double rstd = is_double ? ((const double *)f->r.rstd)[row] : (double)((const float *)f->r.rstd)[row];

	return (struct row_statistics){ .mean = mean, .rstd = rstd, .scale = { 1.0, mean, rstd, 0.0, false } };
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
		kept[i] = keep_row(f, w, row + i, w->staged + i * room, room);
		if (f->r.moments != NULL)
			m[i] = f->r.moments[row + i];
		else if (!(f->r.flags & LN_STATS_GIVEN))
			m[i] = row_moments(f, w, row + i, 1.0, kept[i]);
	}
	for (size_t i = 0; i < rows; i++)
		st[i] = statistics_of(f, w, row + i, &m[i], kept[i]);
	for (size_t i = 0; i < rows; i++) {
		ln_put_statistics(f, row + i, &st[i]);
		finish_row(f, w, row + i, &st[i], kept[i], 0, f->r.cols);
	}
}

/* As many rows as can be staged together, at least one, whose blocks are then staged one by one. */
static size_t rows_together(const struct forward *f)
{
	size_t room = ((f->r.cols - 1) / BLOCK + 1) * BLOCK * f->stages->size;
	return room >= STAGED_BYTES ? 1 : STAGED_BYTES / room < GROUP ? STAGED_BYTES / room : GROUP;
}

void ln_forward_rows(const struct forward *f, size_t first, size_t end)
{
	size_t group = rows_together(f);
	struct work w;

	w.parameters.filled = false;
	for (size_t row = first; row < end; row += group)
		forward_group(f, &w, row, end - row < group ? end - row : group, STAGED_BYTES / group);
	if (f->reach == REACH_MEMORY)
		f->kernels->stream_end();
}
