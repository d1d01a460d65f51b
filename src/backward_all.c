/*
 * backward_all.c - the gradients of all rows: alone, or divided among the caller's threads
 *
 * Blocks of LN_ROW_BLOCK rows are summed apart and added to the totals in order, whoever summed them, so dgamma and dbeta have the
 * same bits for any number of threads. Alone, one block's sums are held at a time; with threads, all blocks' are.
 */
#include "backward.h"

#include <string.h>

enum { PARAMETERS = 2 };	/* dgamma and dbeta */

size_t ln_blocks_of_set(const struct request *r) { return (r->p.rows_per_set - 1) / LN_ROW_BLOCK + 1; }

static size_t totals_bytes(const struct request *r) { return r->cols * PARAMETERS * 2 * sizeof(double); }

static size_t sums_bytes(const struct request *r) { return r->cols * PARAMETERS * (r->x.type == LN_F64 ? sizeof(double) : sizeof(float)); }

/* The workspace: running totals if there are any, or all totals where one thread does all; then the sums of blocks. */
size_t ln_backward_needs(const struct request *r, bool parallel)
{
	bool running = r->flags & LN_RUNNING;
	size_t sums = sums_bytes(r), bytes;

	if (r->rows == 0 || (!parallel && !running && r->cols <= BLOCK))
		return 0;
	if (!parallel)
		return totals_bytes(r) + sums;
	return __builtin_mul_overflow(sums, ln_blocks_of_set(r) * r->p.sets, &bytes) ? SIZE_MAX : bytes + (running ? totals_bytes(r) : 0);
}

/* p may be NULL where neither is wanted. */
static struct block_sums sums_at(const struct backward *b, unsigned char *p)
{
	return (struct block_sums){ b->g.dgamma ? p : NULL, b->g.dbeta ? p + sums_bytes(&b->f.r) / PARAMETERS : NULL };
}

static struct totals totals_at(const struct backward *b, unsigned char *p, int which, size_t at)
{
	double *t = (double *)(void *)p;

	if (t == NULL)
		return (struct totals){ NULL, NULL };
	t += (size_t)which * 2 * b->f.r.cols + at;
	return (struct totals){ t, t + b->f.r.cols };
}

/* Rows of block `block` of a set. */
static void run_block(const struct backward *b, size_t set, size_t block, const struct block_sums *sums)
{
	const struct request *r = &b->f.r;
	size_t first = set * r->p.rows_per_set, end = ln_least(first + r->p.rows_per_set, r->rows), bytes = sums_bytes(r) / PARAMETERS;

	first = ln_least(first + block * LN_ROW_BLOCK, end);
	if (sums->dgamma)
		memset(sums->dgamma, 0, bytes);
	if (sums->dbeta)
		memset(sums->dbeta, 0, bytes);
	ln_backward_block(b, first, ln_least(first + LN_ROW_BLOCK, end), sums);
}

static bool is_wanted(const struct backward *b, int which) { return which == 0 ? b->g.dgamma != NULL : b->g.dbeta != NULL; }

/* One after the other; totals and sums have room for all columns. */
static void backward_alone(const struct backward *b, unsigned char *totals, unsigned char *sums)
{
	const struct request *r = &b->f.r;
	struct block_sums block_sums = sums_at(b, sums);
	const void *of[PARAMETERS] = { block_sums.dgamma, block_sums.dbeta };

	for (size_t set = 0; set < r->p.sets; set++) {
		size_t blocks = (ln_least(r->p.rows_per_set, r->rows - set * r->p.rows_per_set) - 1) / LN_ROW_BLOCK + 1;
		struct totals t[PARAMETERS] = { totals_at(b, totals, 0, 0), totals_at(b, totals, 1, 0) };

		for (int p = 0; p < PARAMETERS; p++)
			if (is_wanted(b, p))
				ln_totals_begin(b, p, set, &t[p], 0, r->cols);
		for (size_t block = 0; block < blocks; block++) {
			run_block(b, set, block, &block_sums);
			for (int p = 0; p < PARAMETERS; p++)
				if (is_wanted(b, p))
					b->f.stages->gradient_total(r->cols, of[p], t[p].t, t[p].e);
		}
		for (int p = 0; p < PARAMETERS; p++)
			if (is_wanted(b, p))
				ln_totals_end(b, p, set, &t[p], 0, r->cols);
	}
}

/* Few columns need no workspace. */
static void backward_on_stack(const struct backward *b)
{
	_Alignas(64) unsigned char totals[BLOCK * PARAMETERS * 2 * sizeof(double)], sums[BLOCK * PARAMETERS * sizeof(double)];
	backward_alone(b, totals, sums);
}

static void block_task(void *context, size_t i)
{
	const struct backward *b = context;
	const struct request *r = &b->f.r;
	bool wanted = b->g.dgamma || b->g.dbeta;
	size_t offset = (r->flags & LN_RUNNING ? totals_bytes(r) : 0) + i * sums_bytes(r);
	struct block_sums block_sums = sums_at(b, wanted ? b->g.workspace + offset : NULL);

	run_block(b, i / ln_blocks_of_set(r), i % ln_blocks_of_set(r), &block_sums);
}

/* The totals of some columns of one set, over the sums of all its blocks. */
static void add_up(const struct backward *b, int which, size_t set, size_t at, size_t n)
{
	const struct request *r = &b->f.r;
	double t[BLOCK], e[BLOCK];
	struct totals totals = { t, e };
	unsigned char *sums = b->g.workspace + (size_t)which * sums_bytes(r) / PARAMETERS + at * b->f.stages->size;

	if (r->flags & LN_RUNNING) {
		totals = totals_at(b, b->g.workspace, which, at);
		sums += totals_bytes(r);
	}
	size_t blocks = (ln_least(r->p.rows_per_set, r->rows - set * r->p.rows_per_set) - 1) / LN_ROW_BLOCK + 1;
	ln_totals_begin(b, which, set, &totals, at, at + n);
	for (size_t block = 0; block < blocks; block++)
		b->f.stages->gradient_total(n, sums + (set * ln_blocks_of_set(r) + block) * sums_bytes(r), totals.t, totals.e);
	ln_totals_end(b, which, set, &totals, at, at + n);
}

enum { STRIPE = BLOCK / 4 };	/* columns whose totals are one task */

static void totals_task(void *context, size_t i)
{
	const struct backward *b = context;
	size_t stripes = (b->f.r.cols - 1) / STRIPE + 1, at = i % stripes * STRIPE;

	for (int p = 0; p < PARAMETERS; p++)
		if (is_wanted(b, p))
			add_up(b, p, i / stripes, at, ln_least(STRIPE, b->f.r.cols - at));
}

void ln_backward_all(const struct backward *b, ln_parallel_for parallel_for, void *pool)
{
	const struct request *r = &b->f.r;
	bool wanted = b->g.dgamma || b->g.dbeta, running = r->flags & LN_RUNNING;
	struct backward shared = *b;

	if (parallel_for != NULL) {
		parallel_for(pool, ln_blocks_of_set(r) * r->p.sets, block_task, &shared);
		if (wanted)
			parallel_for(pool, ((r->cols - 1) / STRIPE + 1) * r->p.sets, totals_task, &shared);
	} else if (!wanted || (r->cols <= BLOCK && !running)) {
		if (wanted)
			backward_on_stack(b);
		else
			backward_alone(b, NULL, NULL);
	} else {
		backward_alone(b, b->g.workspace, b->g.workspace + totals_bytes(r));
	}
}
