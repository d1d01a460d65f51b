/*
 * backward_all.c - the gradients of all rows: alone, or divided among the caller's threads
 *
 * Blocks of LN_ROW_BLOCK rows are summed apart and added to the totals in order, whoever summed them, so dgamma and dbeta have the
 * same bits for any number of threads. Alone, one block's sums are held at a time; with threads, all blocks' are.
 */
#include "backward.h"

static size_t rows_of_set(const struct request *r, size_t set)
{
	size_t all_sets = r->p.rows_per_set * r->p.sets, before = set * r->p.rows_per_set, rest = r->rows % all_sets;

	return r->rows / all_sets * r->p.rows_per_set + (rest > before ? ln_least(rest - before, r->p.rows_per_set) : 0);
}

/* The rows of each set are cut into blocks. No set has more than the first. */
static size_t blocks_of_set(const struct request *r, size_t set) { return (rows_of_set(r, set) - 1) / LN_ROW_BLOCK + 1; }
static size_t most_blocks(const struct request *r) { return blocks_of_set(r, 0); }

static size_t times(size_t a, size_t b)
{
	size_t product;
	return __builtin_mul_overflow(a, b, &product) ? SIZE_MAX : product;
}

static size_t plus(size_t a, size_t b) { return a > SIZE_MAX - b ? SIZE_MAX : a + b; }

/* Doubles of one gradient's sums; those of all are as many bytes. */
static size_t doubles_of_sums(const struct request *r) { return times(r->p.count, r->x.type == LN_F64 ? 2 : 1); }
static size_t sums_bytes(const struct request *r) { return times(doubles_of_sums(r), PARAMETERS * sizeof(double)); }

/* The workspace: running totals if there are any, or all totals where one thread does all; then the sums of blocks. */
size_t ln_backward_needs(const struct request *r, bool parallel)
{
	bool running = r->flags & LN_RUNNING;

	if (r->rows == 0)
		return running ? sums_bytes(r) : 0;
	if (parallel)
		return plus(times(sums_bytes(r), times(most_blocks(r), r->p.sets)), running ? sums_bytes(r) : 0);
	return running || r->p.count > BLOCK ? times(sums_bytes(r), 2) : 0;
}

static bool is_wanted(const struct backward *b, int which) { return which == DGAMMA ? b->g.dgamma != NULL : b->g.dbeta != NULL; }

/* Those of parameters from `at` on, of sums that begin at p. dbeta's come after dgamma's, if these are wanted or, over several calls, may be. */
static struct column_sums sums_at(const struct backward *b, unsigned char *p, int which, size_t at)
{
	const struct request *r = &b->f.r;
	double *sum = (double *)(void *)p;

	if (!is_wanted(b, which))
		return (struct column_sums){ NULL, NULL };
	if (which == DBETA && (is_wanted(b, DGAMMA) || (r->flags & LN_RUNNING)))
		sum += doubles_of_sums(r);
	sum += at;
	return (struct column_sums){ sum, r->x.type == LN_F64 ? sum + r->p.count : NULL };
}

/* Rows of block `block` of a set; their sums begin at p, which may be NULL where neither parameter's gradient is wanted. */
static void run_block(const struct backward *b, size_t set, size_t block, unsigned char *p)
{
	size_t end = rows_of_set(&b->f.r, set), first = ln_least(block * LN_ROW_BLOCK, end);
	struct column_sums sums[PARAMETERS] = { sums_at(b, p, DGAMMA, 0), sums_at(b, p, DBETA, 0) };

	ln_backward_block(b, set, first, ln_least(first + LN_ROW_BLOCK, end), sums);
}

/* Add the sums of a block of rows to n parameters' totals. */
static void add_block(const struct backward *b, size_t n, const struct column_sums *sums, const struct column_sums *totals)
{
	b->f.stages->gradient_total(n, sums->sum, sums->error, totals->sum, totals->error);
}

/* One after the other; totals and sums have room for a whole set. */
static void backward_alone(const struct backward *b, unsigned char *totals_begin, unsigned char *sums_begin)
{
	const struct request *r = &b->f.r;

	for (size_t set = 0; set < r->p.sets; set++) {
		struct column_sums totals[PARAMETERS] = { sums_at(b, totals_begin, DGAMMA, 0), sums_at(b, totals_begin, DBETA, 0) };

		bool begins = !(r->flags & (LN_ACCUMULATE | LN_RUNNING));	/* with the sums of the first block, as added to 0 they stay */

		for (int which = 0; which < PARAMETERS && !begins; which++)
			if (is_wanted(b, which))
				ln_totals_begin(b, which, set, &totals[which], 0, r->p.count);
		if (begins)
			run_block(b, set, 0, totals_begin);
		for (size_t block = begins; block < blocks_of_set(r, set); block++) {
			run_block(b, set, block, sums_begin);
			for (int which = 0; which < PARAMETERS; which++) {
				struct column_sums sums = sums_at(b, sums_begin, which, 0);
				if (is_wanted(b, which))
					add_block(b, r->p.count, &sums, &totals[which]);
			}
		}
		for (int which = 0; which < PARAMETERS; which++)
			if (is_wanted(b, which))
				ln_totals_end(b, which, set, &totals[which], 0, r->p.count);
	}
}

/*
 * Few parameters need no workspace. Totals and sums of both gradients lie on the stack if they fit into what the rows leave of it; else they
 * do in a workspace that is there nevertheless, or each gradient takes a pass over the rows.
 */
enum { STACK_SUMS = 4 * BLOCK * sizeof(double), STACK_SUMS_OF_STAGED = STACK_SUMS / 2 };

/* The totals of the wanted gradients, and the sums of a block of rows if there is more than what the totals begin with. */
static size_t bytes_alone(const struct backward *b)
{
	const struct request *r = &b->f.r;
	bool sums = most_blocks(r) > 1 || r->flags & LN_ACCUMULATE;
	size_t wanted = (size_t)is_wanted(b, DGAMMA) + is_wanted(b, DBETA);

	return doubles_of_sums(r) * sizeof(double) * wanted * (sums ? 2 : 1);
}

static bool fits_on_stack(const struct backward *b)
{
	return bytes_alone(b) <= (ln_gradients_are_staged(&b->f) ? STACK_SUMS_OF_STAGED : STACK_SUMS);
}

size_t ln_backward_uses(const struct backward *b)
{
	const struct request *r = &b->f.r;
	size_t needed = ln_backward_needs(r, r->threads.parallel_for != NULL), useful = 2 * sums_bytes(r);

	if (needed > 0 || r->rows == 0 || r->threads.parallel_for != NULL || fits_on_stack(b))
		return needed;
	bool is_there = b->g.workspace != NULL && b->g.workspace_bytes >= useful && (uintptr_t)b->g.workspace % sizeof(double) == 0;
	return is_there ? useful : 0;
}

/* What is wanted is changed between passes: a copy of b would be more stack. */
static void backward_at(struct backward *b, unsigned char *sums)
{
	const struct gradients wanted = b->g;

	if (!fits_on_stack(b)) {
		b->g.dbeta = b->g.dx.at = b->g.dgate.at = NULL;
		backward_alone(b, sums, sums + bytes_alone(b) / 2);
		b->g = wanted;
		b->g.dgamma = NULL;	/* and the rest, which may take the place of x or dy */
	}
	backward_alone(b, sums, sums + bytes_alone(b) / 2);
	b->g = wanted;
}

/* Out of line, so that neither has the other's stack. */
static __attribute__((noinline)) void backward_on_stack(struct backward *b)
{
	_Alignas(64) unsigned char sums[STACK_SUMS];
	backward_at(b, sums);
}

static __attribute__((noinline)) void backward_of_staged_on_stack(struct backward *b)
{
	_Alignas(64) unsigned char sums[STACK_SUMS_OF_STAGED];
	backward_at(b, sums);
}

/* Where the sums of the blocks of all sets begin. */
static unsigned char *sums_of_blocks(const struct backward *b)
{
	return b->g.workspace + (b->f.r.flags & LN_RUNNING ? sums_bytes(&b->f.r) : 0);
}

static void block_task(void *context, size_t i)
{
	const struct backward *b = context;
	const struct request *r = &b->f.r;
	bool wanted = ln_totals_are_wanted(&b->g);

	run_block(b, i / most_blocks(r), i % most_blocks(r), wanted ? sums_of_blocks(b) + i * sums_bytes(r) : NULL);
}

enum { STRIPE = BLOCK / 4 };	/* parameters whose totals are one task */

/* The totals of some parameters of one set, over the sums of all its blocks. */
static void add_up(const struct backward *b, int which, size_t set, size_t at, size_t n)
{
	const struct request *r = &b->f.r;
	double t[STRIPE], e[STRIPE];
	struct column_sums totals = { t, r->x.type == LN_F64 ? e : NULL };

	if (r->flags & LN_RUNNING)
		totals = sums_at(b, b->g.workspace, which, at);
	ln_totals_begin(b, which, set, &totals, at, at + n);
	for (size_t block = 0; block < blocks_of_set(r, set); block++) {
		unsigned char *p = sums_of_blocks(b) + (set * most_blocks(r) + block) * sums_bytes(r);
		struct column_sums sums = sums_at(b, p, which, at);
		add_block(b, n, &sums, &totals);
	}
	ln_totals_end(b, which, set, &totals, at, at + n);
}

/* Of a set without rows, or of a batch without any: what was there with LN_ACCUMULATE, the totals so far with LN_RUNNING, otherwise 0. */
static void finish_empty_sets(const struct backward *b)
{
	const struct request *r = &b->f.r;

	for (size_t set = r->rows > 0 ? r->p.sets : 0; set < r->p.all_sets && !(r->flags & LN_ACCUMULATE); set++)
		for (int which = 0; which < PARAMETERS; which++) {
			if (!is_wanted(b, which))
				continue;
			if (r->flags & LN_RUNNING) {
				struct column_sums totals = sums_at(b, b->g.workspace, which, 0);
				ln_totals_end(b, which, set, &totals, 0, r->p.count);
			} else {
				ln_totals_of_nothing(b, which, set);
			}
		}
}

static void totals_task(void *context, size_t i)
{
	const struct backward *b = context;
	size_t stripes = (b->f.r.p.count - 1) / STRIPE + 1, at = i % stripes * STRIPE;

	for (int which = 0; which < PARAMETERS; which++)
		if (is_wanted(b, which))
			add_up(b, which, i / stripes, at, ln_least(STRIPE, b->f.r.p.count - at));
}

static int backward_parallel(struct backward *b)
{
	const struct request *r = &b->f.r;
	int status = ln_run_tasks(&r->threads, most_blocks(r) * r->p.sets, block_task, b);

	if (status != LN_OK || !ln_totals_are_wanted(&b->g))
		return status;
	return ln_run_tasks(&r->threads, ((r->p.count - 1) / STRIPE + 1) * r->p.sets, totals_task, b);
}

int ln_backward_all(struct backward *b)
{
	const struct request *r = &b->f.r;
	bool wanted = ln_totals_are_wanted(&b->g);

	finish_empty_sets(b);
	if (r->rows == 0)
		return LN_OK;
	if (r->threads.parallel_for != NULL)
		return backward_parallel(b);
	if (!wanted)
		backward_alone(b, NULL, NULL);
	else if (ln_backward_uses(b) > 0)
		backward_alone(b, b->g.workspace, b->g.workspace + sums_bytes(r));
	else if (ln_gradients_are_staged(&b->f))
		backward_of_staged_on_stack(b);
	else
		backward_on_stack(b);
	return LN_OK;
}
