/*
 * test_tails.c - nothing is read or written beyond x, gamma, beta and y: unreadable pages on both sides of each
 */
#include "lntest.h"
#include "guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 5, CANARIES = 4096 };

static const unsigned char canary = 0xc7;

struct guards { struct guard x, gamma, beta, y; };

/* The problem p moved to where its buffers touch guard pages: y, and all else, at the end or at the beginning of its room. */
static struct problem moved(const struct problem *p, const struct guards *g, bool inputs_at_end, bool output_at_end)
{
	size_t n = p->rows * p->cols;
	struct problem q = {p->op, p->rows, p->cols, p->eps, NULL, NULL, NULL, NULL};

	q.x = inputs_at_end ? guard_at_end(&g->x, bytes_of(p, n)) : guard_at_begin(&g->x);
	q.gamma = inputs_at_end ? guard_at_end(&g->gamma, bytes_of(p, q.cols)) : guard_at_begin(&g->gamma);
	q.beta = inputs_at_end ? guard_at_end(&g->beta, bytes_of(p, q.cols)) : guard_at_begin(&g->beta);
	q.y = output_at_end ? guard_at_end(&g->y, bytes_of(p, n)) : guard_at_begin(&g->y);
	memcpy(q.x, p->x, bytes_of(p, n));
	memcpy(q.gamma, p->gamma, bytes_of(p, q.cols));
	memcpy(q.beta, p->beta, bytes_of(p, q.cols));
	return q;
}

/* The side of y that is no guard page holds canaries instead. */
static void check(const struct kernel *k, const struct problem *q, const struct guard *room, const void *want,
		  bool output_at_end)
{
	size_t size = bytes_of(q, q->rows * q->cols), spare = room->bytes - size < CANARIES ? room->bytes - size : CANARIES;
	unsigned char *canaries = output_at_end ? (unsigned char *)q->y - spare : (unsigned char *)q->y + size;

	note(k, "%s, guard page at the %s of y, %zu x %zu, gamma %s", q->op->name, output_at_end ? "end" : "beginning", q->rows, q->cols,
	     q->gamma ? "given" : "NULL");
	memset(q->y, 0xa5, size);
	memset(canaries, canary, spare);
	solve(q);
	expect_bits(k, q, want, "between guard pages, against ordinary memory");
	for (size_t i = 0; i < spare; i++)
		if (canaries[i] != canary)
			ck_abort_msg("%s, %s, %zu x %zu: wrote %s y", k->name, q->op->name, q->rows, q->cols, output_at_end ? "before" : "after");
}

static void check_all_sides(const struct kernel *k, const struct problem *p, const struct guards *g)
{
	struct problem bare = *p;
	size_t bytes = bytes_of(p, p->rows * p->cols);
	void *want = elements(p->op->type, p->rows * p->cols), *want_bare = elements(p->op->type, p->rows * p->cols);

	solve(p);
	memcpy(want, p->y, bytes);
	bare.gamma = bare.beta = NULL;
	bare.y = want_bare;
	solve(&bare);
	for (int sides = 0; sides < 4; sides++) {
		bool output_at_end = sides & 2;
		struct problem q = moved(p, g, sides & 1, output_at_end);
		check(k, &q, &g->y, want, output_at_end);
		if (memcmp(q.x, p->x, bytes) != 0
		    || memcmp(q.gamma, p->gamma, bytes_of(p, p->cols)) != 0
		    || memcmp(q.beta, p->beta, bytes_of(p, p->cols)) != 0)
			ck_abort_msg("%s, %s, %zu x %zu: an input was changed", k->name, p->op->name, p->rows, p->cols);
		q.gamma = q.beta = NULL;
		check(k, &q, &g->y, want_bare, output_at_end);
	}
	free(want);
	free(want_bare);
}

/* In place, x is where y is. */
static void check_in_place(const struct kernel *k, const struct problem *p, const struct guards *g)
{
	void *want = elements(p->op->type, p->rows * p->cols);

	solve(p);
	memcpy(want, p->y, bytes_of(p, p->rows * p->cols));
	for (int at_end = 0; at_end < 2; at_end++) {
		struct problem q = moved(p, g, at_end, at_end);
		q.y = q.x;
		note(k, "%s in place, guard page at the %s, %zu x %zu", q.op->name, at_end ? "end" : "beginning", q.rows, q.cols);
		solve(&q);
		expect_bits(k, &q, want, "in place between guard pages, against ordinary memory");
	}
	free(want);
}

/* An extreme row, and one whose pivot is far off, take other paths through a kernel: they must keep to the row as well. */
static const size_t kinds[] = {0, 9, 14};	/* N(0,1), 1e-25*N, step of 1e4 after 32 */

static void check_operation(const struct operation *op, const struct guards *g, size_t rows, size_t cols)
{
	struct problem p = problem_make(op, rows, cols);
	const struct kernel *k;

	for (size_t n = 0; n < sizeof kinds / sizeof kinds[0]; n++) {
		problem_fill(&p, row_kind(kinds[n]), cols);
		for (size_t j = 0; (k = use_kernel(j)) != NULL; j++) {
			if (faults_by_emulation(k))
				continue;
			check_all_sides(k, &p, g);
			check_in_place(k, &p, g);
		}
	}
	problem_free(&p);
}

START_TEST(guard_pages)
{
	const struct kernel *k;
	size_t element = sizeof(double);
	struct guards g = {guard_make(ROWS * COLUMNS_MAX * element), guard_make(COLUMNS_MAX * element),
			   guard_make(COLUMNS_MAX * element), guard_make(ROWS * COLUMNS_MAX * element + CANARIES)};

	for (size_t j = 0; (k = use_kernel(j)) != NULL; j++)
		if (faults_by_emulation(k))
			printf("skipped: tails: %s: this emulator reads past masked loads\n", k->name);
	for (size_t n = 0; operation(n); n++)
		for (size_t i = 0; column_count_of(operation(n), i) != 0; i++)
			for (size_t rows = 1; rows <= ROWS; rows += ROWS - 1)
				check_operation(operation(n), &g, rows, column_count_of(operation(n), i));
	guard_free(&g.x);
	guard_free(&g.gamma);
	guard_free(&g.beta);
	guard_free(&g.y);
}
END_TEST

Suite *suite_tails(void)
{
	Suite *suite = suite_create("tails");

	tcase_add_test(add_case(suite, "tails"), guard_pages);
	return suite;
}
