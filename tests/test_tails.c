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
	struct problem q = {p->rows, p->cols, p->eps, NULL, NULL, NULL, NULL};

	q.x = inputs_at_end ? guard_at_end(&g->x, n) : guard_at_begin(&g->x);
	q.gamma = inputs_at_end ? guard_at_end(&g->gamma, q.cols) : guard_at_begin(&g->gamma);
	q.beta = inputs_at_end ? guard_at_end(&g->beta, q.cols) : guard_at_begin(&g->beta);
	q.y = output_at_end ? guard_at_end(&g->y, n) : guard_at_begin(&g->y);
	memcpy(q.x, p->x, n * sizeof *q.x);
	memcpy(q.gamma, p->gamma, q.cols * sizeof *q.gamma);
	memcpy(q.beta, p->beta, q.cols * sizeof *q.beta);
	return q;
}

/* The side of y that is no guard page holds canaries instead. */
static void check(const struct kernel *k, const struct problem *q, const struct guard *room, const float *want,
		  bool output_at_end)
{
	size_t size = q->rows * q->cols * sizeof *q->y, spare = room->bytes - size < CANARIES ? room->bytes - size : CANARIES;
	unsigned char *canaries = output_at_end ? (unsigned char *)q->y - spare : (unsigned char *)q->y + size;

	note(k, "guard page at the %s of y, %zu x %zu, gamma %s", output_at_end ? "end" : "beginning", q->rows, q->cols,
	     q->gamma ? "given" : "NULL");
	memset(q->y, 0xa5, size);
	memset(canaries, canary, spare);
	solve(q);
	expect_bits(k, q->y, want, q->rows, q->cols, "between guard pages, against ordinary memory");
	for (size_t i = 0; i < spare; i++)
		if (canaries[i] != canary)
			ck_abort_msg("%s, %zu x %zu: wrote %s y", k->name, q->rows, q->cols, output_at_end ? "before" : "after");
}

static void check_all_sides(const struct kernel *k, const struct problem *p, const struct guards *g)
{
	struct problem bare = *p;
	float *want = floats(p->rows * p->cols), *want_bare = floats(p->rows * p->cols);

	solve(p);
	memcpy(want, p->y, p->rows * p->cols * sizeof *want);
	bare.gamma = bare.beta = NULL;
	bare.y = want_bare;
	solve(&bare);
	for (int sides = 0; sides < 4; sides++) {
		bool output_at_end = sides & 2;
		struct problem q = moved(p, g, sides & 1, output_at_end);
		check(k, &q, &g->y, want, output_at_end);
		if (memcmp(q.x, p->x, p->rows * p->cols * sizeof *q.x) != 0
		    || memcmp(q.gamma, p->gamma, p->cols * sizeof *q.gamma) != 0
		    || memcmp(q.beta, p->beta, p->cols * sizeof *q.beta) != 0)
			ck_abort_msg("%s, %zu x %zu: an input was changed", k->name, p->rows, p->cols);
		q.gamma = q.beta = NULL;
		check(k, &q, &g->y, want_bare, output_at_end);
	}
	free(want);
	free(want_bare);
}

/* In place, x is where y is. */
static void check_in_place(const struct kernel *k, const struct problem *p, const struct guards *g)
{
	float *want = floats(p->rows * p->cols);

	solve(p);
	memcpy(want, p->y, p->rows * p->cols * sizeof *want);
	for (int at_end = 0; at_end < 2; at_end++) {
		struct problem q = moved(p, g, at_end, at_end);
		q.y = q.x;
		note(k, "in place, guard page at the %s, %zu x %zu", at_end ? "end" : "beginning", q.rows, q.cols);
		solve(&q);
		expect_bits(k, q.y, want, q.rows, q.cols, "in place between guard pages, against ordinary memory");
	}
	free(want);
}

/* qemu up to 7.2 reads the whole vector for an AVX masked load, as no CPU does: there, guard pages say nothing of the kernel. */
static bool faults_by_emulation(const struct kernel *k)
{
	const char *emulator = getenv("LN_TEST_EMULATOR");

	return emulator && strstr(emulator, "qemu-x86_64") && strncmp(k->name, "avx", 3) == 0;
}

/* An extreme row, and one whose pivot is far off, take other paths through a kernel: they must keep to the row as well. */
static const size_t kinds[] = {0, 9, 14};	/* N(0,1), 1e-25*N, step of 1e4 after 32 */

START_TEST(guard_pages)
{
	const struct kernel *k;
	struct guards g = {guard_make(ROWS * COLUMNS_MAX), guard_make(COLUMNS_MAX), guard_make(COLUMNS_MAX),
			   guard_make(ROWS * COLUMNS_MAX + CANARIES)};

	for (size_t j = 0; (k = use_kernel(j)) != NULL; j++)
		if (faults_by_emulation(k))
			printf("skipped: tails: %s: this emulator reads past masked loads\n", k->name);
	for (size_t i = 0; column_count(i) != 0; i++)
		for (size_t rows = 1; rows <= ROWS; rows += ROWS - 1) {
			struct problem p = problem_make(rows, column_count(i));
			for (size_t n = 0; n < sizeof kinds / sizeof kinds[0]; n++) {
				problem_fill(&p, row_kind(kinds[n]), i);
				for (size_t j = 0; (k = use_kernel(j)) != NULL; j++) {
					if (faults_by_emulation(k))
						continue;
					check_all_sides(k, &p, &g);
					check_in_place(k, &p, &g);
				}
			}
			problem_free(&p);
		}
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
