/* forward.h - the general pipeline: any request, row by row or in parts of a row */
#ifndef LN_FORWARD_H
#define LN_FORWARD_H

#include "request/desc.h"
#include "kernels/kernels.h"

/* A checked request and what carries it out. */
struct forward {
	struct request r;
	const struct kernels *kernels;
	const struct stages *stages;	/* the kernels' for float or double */
	enum reach reach;
};

/* The statistics of a row. */
struct row_statistics {
	double mean, rstd;		/* as they are given out */
	double v;			/* of an f64 row: the square of 1 / rstd, where it may be out of range */
	double deviation_factor;	/* k of section 10: with eps outside the root, what makes rstd the true deviation's reciprocal */
	bool nan;			/* the row holds a NaN or an infinity: so is all that comes of it */
	struct row_scale scale;
};

/* From moments of x * s, where s is 1 but for f64. */
struct row_statistics ln_statistics(const struct forward *f, const ln_moments *m, double s);

/* Rows first to end, whole; a row of a plain call, with little stack: floats with none, since the tiles lie above it. */
void ln_forward_rows(const struct forward *f, size_t first, size_t end);
void ln_forward_plain_row(const struct forward *f, size_t row);
void ln_row_apart(const struct plain *p, size_t row);	/* plain.apart */

/* The same by way of the plain kernels, for rows that are short enough and of which nothing unusual is asked. */
bool ln_fit_plain(const struct forward *f, size_t most_cols);
bool ln_fit_tiles(const struct forward *f);
void ln_tile_rows(const struct forward *f, size_t first, size_t end);

/* The same where elements of a row lie apart, and rows side by side: a few rows at a time, turned. */
bool ln_fit_strided(const struct forward *f);
void ln_strided_rows(const struct forward *f, size_t first, size_t end);

/* Does a tensor of rows lie with the elements of a row apart? */
bool ln_is_strided(const struct forward *f);

/* n elements of a row of such a tensor from column `at` on, one by one, as floats or doubles. */
void ln_gather(const struct forward *f, const struct tensor *t, size_t row, size_t at, size_t n, void *to);

/* n floats or doubles into a row of any tensor from column `at` on, as elements of its type. */
void ln_store(const struct forward *f, const struct tensor *t, size_t row, size_t at, size_t n, const void *from, const struct encoding *e);

/* A plain call without a mean has no beta. */
static inline bool ln_plain_takes(const struct norm *norm, const void *beta) { return norm->has_mean || beta == NULL; }

enum { TASK_ELEMENTS = 16 * BLOCK };	/* enough work to be worth a task */

/* So few elements that they are never dealt out. */
static inline bool ln_is_one_task(uint64_t rows, uint64_t cols)
{
	return rows <= TASK_ELEMENTS && cols <= TASK_ELEMENTS && rows * cols <= TASK_ELEMENTS;
}

/* Where the mean or rstd of row `row` of a call on anything but f64 goes. */
static inline float *ln_statistic(void *p, size_t row) { return p == NULL ? NULL : (float *)p + row; }

/*
 * The same in parts, for a row that is split over threads: moments of the block at `at`; what follows from those of the whole row;
 * then columns `at` to `end`, both multiples of BLOCK or the row's end.
 */
void ln_block_moments(const struct forward *f, size_t row, size_t at, double s, ln_moments *m);
struct row_statistics ln_row_statistics(const struct forward *f, size_t row, const ln_moments *m);
void ln_put_statistics(const struct forward *f, size_t row, const struct row_statistics *s);
void ln_forward_part(const struct forward *f, size_t row, const struct row_statistics *s, size_t at, size_t end);

/* The caller's mean and rstd of a row, as they are. */
static inline struct row_scale ln_given_scale(const struct forward *f, size_t row)
{
	const void *means = ln_given_mean(&f->r);

	if (f->r.x.type == LN_F64)
		return (struct row_scale){ 1.0, means ? ((const double *)means)[row] : 0.0, ((const double *)f->r.rstd)[row], 0.0, false };
	return (struct row_scale){ 1.0, means ? (double)((const float *)means)[row] : 0.0, (double)((const float *)f->r.rstd)[row], 0.0, false };
}

/* The same of a row whose statistics are given. */
double ln_given_deviation_factor(const struct forward *f, double rstd);

/*
 * Of a row of x from the beginning, without a residual; a block of it is made floats in the tile, if it is not floats or doubles. With a gate
 * before the norm the tile is of two blocks.
 */
struct row_statistics ln_statistics_of_x(const struct forward *f, size_t row, float *tile);

/* Element `at` of row `row` of a tensor. */
static inline unsigned char *ln_element(const struct forward *f, const struct tensor *t, size_t row, size_t at)
{
	size_t heads = f->r.heads;
	size_t offset = heads == 1 ? row * t->stride : row / heads * t->stride + row % heads * t->head_stride;
	return t->at + offset + (t->run == 0 ? at * t->col_stride : at / t->run * t->run_stride + at % t->run * t->col_stride);
}

static inline enum activation ln_activation(const struct forward *f) { return f->r.flags & LN_GATE_SIGMOID ? SIGMOID : SILU; }

static inline size_t ln_block_length(const struct forward *f, size_t at) { return ln_least(f->r.cols - at, BLOCK); }

/* n elements as floats or doubles: where they are, or read into the tile. */
static inline const void *ln_load(const struct forward *f, const struct tensor *t, size_t row, size_t at, size_t n, float *tile)
{
	const void *p = ln_element(f, t, row, at);

	if (!ln_is_dense(t)) {
		ln_gather(f, t, row, at, n, tile);
		return tile;
	}
	if (f->kernels->read[t->type] == NULL)
		return p;
	f->kernels->read[t->type](n, p, tile);
	return tile;
}

/* All rows, divided among the caller's threads if it has any: LN_OK or LN_ERR_PARALLEL. */
int ln_forward_all(const struct forward *f);

/* Run tasks on the caller's threads: LN_OK or LN_ERR_PARALLEL. A single one is run here, where its rows are in the cache. */
static inline int ln_run_tasks(const struct threads *threads, size_t tasks, ln_task task, void *context)
{
	if (tasks > 1)
		return threads->parallel_for(threads->pool, tasks, task, context) == 0 ? LN_OK : LN_ERR_PARALLEL;
	task(context, 0);
	return LN_OK;
}

#endif
