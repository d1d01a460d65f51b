/*
 * parallel.c - a request divided among the caller's threads, or not: the bits of a row do not depend on it
 *
 * Many rows are dealt out in whole rows. A few very long ones are split: their blocks' moments are taken in parallel and merged
 * in order, then their columns are written in parallel.
 */
#include "forward.h"

enum {
	MOST_TASKS = 256,
	LINE_ROWS = 16,			/* that lie side by side in a line of floats: two tasks should hardly ever write one */
	WAVE = 256			/* blocks whose moments are held at a time: they are on the stack */
};

/* What tasks share. Task i has rows i * step to (i + 1) * step, or the blocks of a wave, or columns of one row. */
struct share {
	const struct forward *f;
	size_t step, row, begin, end;
	const struct row_statistics *statistics;
	ln_moments *moments;
};

/* Plain rows go the short way. */
static bool is_plain(const struct forward *f)
{
	const struct request *r = &f->r;
	size_t row = r->cols * r->x.size;
	bool bare = r->flags == 0 && r->y.at && !r->residual.at && !r->gate.at && !r->sum.at && !r->moments;
	bool one_type = r->y.type == r->x.type && r->p.type == r->x.type && r->p.cols_per_param == 1 && r->p.sets == 1;
	bool contiguous = ln_is_dense(&r->x) && ln_is_dense(&r->y) && r->x.stride == r->heads * row && r->y.stride == r->x.stride &&
			  (r->heads == 1 || (r->x.head_stride == row && r->y.head_stride == row));

	return bare && one_type && contiguous && f->kernels->plain[r->norm->has_mean][r->x.type] && ln_plain_takes(r->norm, r->p.beta);
}

static void run_rows(const struct forward *f, size_t first, size_t end)
{
	const struct request *r = &f->r;
	size_t offset = first * r->cols * r->x.size;

	if (!is_plain(f)) {
		(ln_fit_strided(f) ? ln_strided_rows : ln_fit_tiles(f) ? ln_tile_rows : ln_forward_rows)(f, first, end);
		return;
	}
	f->kernels->plain[r->norm->has_mean][r->x.type](&(struct plain){
		.kernels = f->kernels, .apart = ln_row_apart, .rows = end - first, .cols = r->cols, .x = r->x.at + offset,
		.gamma = r->p.gamma, .beta = r->p.beta, .eps = r->eps, .divisor = ln_divisor(r->norm, (double)r->cols), .y = r->y.at + offset,
		.mean = ln_statistic(r->mean, first), .rstd = ln_statistic(r->rstd, first), .reach = f->reach, .norm = r->norm->number, .type = r->x.type,
	});
}

static void rows_task(void *context, size_t i)
{
	const struct share *w = context;
	run_rows(w->f, i * w->step, ln_least((i + 1) * w->step, w->f->r.rows));
}

static void moments_task(void *context, size_t i)
{
	const struct share *w = context;
	size_t end = ln_least(w->begin + (i + 1) * TASK_ELEMENTS, w->end);

	for (size_t at = w->begin + i * TASK_ELEMENTS; at < end; at += BLOCK)
		ln_block_moments(w->f, w->row, at, 1.0, &w->moments[(at - w->begin) / BLOCK]);
}

static void columns_task(void *context, size_t i)
{
	const struct share *w = context;
	ln_forward_part(w->f, w->row, w->statistics, i * w->step, ln_least((i + 1) * w->step, w->f->r.cols));
}

/* Deal out `count` things, at least `step` a task; returns how many tasks there are. */
static size_t deal(size_t count, size_t step, size_t multiple, struct share *w)
{
	size_t fewest = (count - 1) / MOST_TASKS + 1;

	w->step = ((step > fewest ? step : fewest) + multiple - 1) / multiple * multiple;
	return (count - 1) / w->step + 1;
}

/* The moments of a row, all threads at its blocks. Out of line, so that rows that are not shared take none of this stack. */
static __attribute__((noinline)) int long_row_moments(struct share *w, ln_moments *all)
{
	ln_moments wave[WAVE];
	size_t cols = w->f->r.cols;

	*all = (ln_moments){ 0 };
	w->moments = wave;
	for (w->begin = 0; w->begin < cols; w->begin = w->end) {
		w->end = ln_least(w->begin + (size_t)WAVE * BLOCK, cols);
		int status = ln_run_tasks(&w->f->r.threads, (w->end - w->begin - 1) / TASK_ELEMENTS + 1, moments_task, w);
		if (status != LN_OK)
			return status;
		for (size_t b = 0; b <= (w->end - w->begin - 1) / BLOCK; b++)
			ln_moments_merge(all, &wave[b]);
	}
	return LN_OK;
}

static int split_row(struct share *w)
{
	const struct request *r = &w->f->r;
	ln_moments m = { 0 };
	int status = LN_OK;

	if (r->moments != NULL)
		m = r->moments[w->row];
	else if (!(r->flags & LN_STATS_GIVEN))
		status = long_row_moments(w, &m);
	if (status != LN_OK)
		return status;
	struct row_statistics st = ln_row_statistics(w->f, w->row, &m);
	ln_put_statistics(w->f, w->row, &st);
	w->statistics = &st;
	return ln_run_tasks(&r->threads, deal(r->cols, TASK_ELEMENTS, BLOCK, w), columns_task, w);
}

int ln_forward_all(const struct forward *f)
{
	struct share w = { .f = f };
	bool parts = !ln_scales_itself(&f->r) || BLOCK % f->r.cols_per_scale == 0;	/* no group lies in two */
	bool few = f->r.rows < 8 && f->r.cols >= 4 * TASK_ELEMENTS && parts;
	int status = LN_OK;

	if (f->r.threads.parallel_for == NULL || (f->r.rows == 1 && !few)) {
		run_rows(f, 0, f->r.rows);
		return LN_OK;
	}
	if (!few)
		return ln_run_tasks(&f->r.threads, deal(f->r.rows, (TASK_ELEMENTS - 1) / f->r.cols + 1, ln_is_strided(f) ? LINE_ROWS : 4, &w),
				    rows_task, &w);
	for (w.row = 0; w.row < f->r.rows && status == LN_OK; w.row++)
		status = split_row(&w);
	return status;
}
