/*
 * check_rows.c - what lnorm check finds in the results of every kernel, by groups of rows
 */
#include "check.h"

#include <ln.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "complain.h"
#include "timing.h"
#include "norms.h"

#define GROUP ((size_t)4 << 20)		/* bytes of the results of a kernel at a time */
#define TIMED ((size_t)64 << 20)	/* bytes of rows that are timed: past the caches of most machines */

/* What is held of a group. */
struct group {
	size_t rows;
	float *y[MAX_KERNELS];
	struct exact *exact;		/* of one row */
};

/* ---- Statistics and hashes ---- */

static void row_statistics(size_t cols, const float *x, double out[STATISTICS])
{
	double sum = 0, squares = 0, from = x[0], to = x[0];

	for (size_t i = 0; i < cols; i++) {
		sum += x[i];
		from = x[i] < from ? x[i] : from;
		to = x[i] > to ? x[i] : to;
	}
	for (size_t i = 0; i < cols; i++)
		squares += (x[i] - sum / (double)cols) * (x[i] - sum / (double)cols);
	out[MEAN] = sum / (double)cols;
	out[DEVIATION] = sqrt(squares / (double)cols);
	out[SMALLEST] = from;
	out[LARGEST] = to;
}

static void widen(struct range range[STATISTICS], const double now[STATISTICS], bool first)
{
	for (int s = 0; s < STATISTICS; s++) {
		range[s].from = first || now[s] < range[s].from ? now[s] : range[s].from;
		range[s].to = first || now[s] > range[s].to ? now[s] : range[s].to;
	}
}

static void ranges(struct check *c, size_t from, size_t rows, const float *y)
{
	size_t cols = c->layer.cols;
	const float *x = (const float *)c->layer.x.data + from * cols;
	double now[STATISTICS];

	for (size_t row = 0; row < rows; row++) {
		row_statistics(cols, x + row * cols, now);
		widen(c->before, now, from + row == 0);
		row_statistics(cols, y + row * cols, now);
		widen(c->after, now, from + row == 0);
	}
}

/* FNV-1a, 64 bits: enough to see by eye on two machines whether the bits are the same. */
static uint64_t hash(uint64_t h, const float *y, size_t count)
{
	const unsigned char *bytes = (const unsigned char *)y;

	for (size_t i = 0; i < count * sizeof *y; i++)
		h = (h ^ bytes[i]) * 0x100000001b3;
	return h;
}

/* ---- One group ---- */

/* The first kernel of this one's class. */
static size_t first_of_class(const struct check *c, size_t k)
{
	size_t first = 0;

	while (c->kernels[first].arithmetic != c->kernels[k].arithmetic)
		first++;
	return first;
}

static bool is_like(const struct check *c, float y, float expected)
{
	return y == expected || (isnan(y) && isnan(expected)) ||
	       fabs((double)y - (double)expected) <= c->atol + c->rtol * fabs((double)y);
}

/* Whether `expected` is too far from some kernel's. */
static bool is_unlike(const struct check *c, const struct group *g, size_t at, float expected)
{
	bool like = true;

	for (size_t k = 0; k < c->count; k++)
		like = like && is_like(c, g->y[k][at], expected);
	return !like;
}

static void compare_row(struct check *c, const struct group *g, size_t from, size_t row)
{
	const struct layer *l = &c->layer;
	size_t at = row * l->cols, in_file = (from + row) * l->cols;
	const float *x = (const float *)l->x.data + in_file, *expected = c->expected.data ? (const float *)c->expected.data + in_file : NULL;

	exact_row(l->norm, l->cols, x, l->gamma.data, l->beta.data, l->eps, g->exact);
	for (size_t k = 0; k < c->count; k++) {
		exact_compare(l->cols, g->y[k] + at, g->exact, &c->from_exact[k]);
		if (expected)
			exact_compare_two(l->cols, g->y[k] + at, expected, g->exact, &c->from_expected[k]);
	}
	if (!expected)
		return;
	exact_compare(l->cols, expected, g->exact, &c->expected_from_exact);
	c->expected_hash = hash(c->expected_hash, expected, l->cols);
	for (size_t i = 0; i < l->cols; i++)
		c->unlike += is_unlike(c, g, at + i, expected[i]);
}

static int take_group(struct check *c, struct group *g, size_t from, size_t rows)
{
	const struct layer *l = &c->layer;
	const float *x = (const float *)l->x.data + from * l->cols;
	size_t n = rows * l->cols;

	for (size_t k = 0; k < c->count; k++) {
		ln_set_isa(c->kernels[k].name);
		int status = norm_call(l->norm, LN_F32, rows, l->cols, x, l->gamma.data, l->beta.data, l->eps, g->y[k]);
		if (status != LN_OK) {
			complain(l->x.path, "%s", ln_strerror(status));
			return -1;
		}
		c->hash[k] = hash(c->hash[k], g->y[k], n);
		c->differs[k] |= memcmp(g->y[k], g->y[first_of_class(c, k)], n * sizeof(float)) != 0;
	}
	ranges(c, from, rows, g->y[c->count - 1]);
	for (size_t row = 0; row < rows; row++)
		compare_row(c, g, from, row);
	return 0;
}

/* ---- All rows ---- */

static size_t rows_in(const struct layer *l, size_t bytes)
{
	size_t rows = bytes / (l->cols * sizeof(float));

	return rows == 0 ? 1 : rows < l->rows ? rows : l->rows;
}

static int time_kernels(struct check *c)
{
	const struct layer *l = &c->layer;

	c->timed_rows = rows_in(l, TIMED);
	struct timing_job job = {l->norm, c->timed_rows, l->cols, l->x.data, l->gamma.data, l->beta.data, l->eps, NULL};
	job.y = malloc(c->timed_rows * l->cols * sizeof *job.y);
	int status = job.y ? timing_run(&job, c->kernels, c->count, c->ns, &c->memcpy_ns) : LN_OK;
	if (!job.y)
		complain(l->x.path, "not enough memory for the results of %zu rows", c->timed_rows);
	else if (status != LN_OK)
		complain(l->x.path, "%s", ln_strerror(status));
	free(job.y);
	return job.y && status == LN_OK ? 0 : -1;
}

static int group_make(struct group *g, const struct check *c)
{
	bool have = (g->exact = malloc(c->layer.cols * sizeof *g->exact)) != NULL;

	g->rows = rows_in(&c->layer, GROUP);
	for (size_t k = 0; k < c->count; k++)
		have = (g->y[k] = malloc(g->rows * c->layer.cols * sizeof(float))) && have;
	if (!have)
		complain(c->layer.x.path, "not enough memory for the results of %zu kernels", c->count);
	return have ? 0 : -1;
}

static void group_free(struct group *g, size_t count)
{
	for (size_t k = 0; k < count; k++)
		free(g->y[k]);
	free(g->exact);
}

int check_rows(struct check *c)
{
	struct group g = {0};
	int failed = time_kernels(c) || group_make(&g, c) ? -1 : 0;

	c->expected_hash = 0xcbf29ce484222325;
	for (size_t k = 0; k < c->count; k++)
		c->hash[k] = c->expected_hash;
	for (size_t from = 0, rows; from < c->layer.rows && !failed; from += rows) {
		rows = c->layer.rows - from < g.rows ? c->layer.rows - from : g.rows;
		failed = take_group(c, &g, from, rows);
	}
	group_free(&g, c->count);
	return failed;
}
