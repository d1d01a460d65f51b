/*
 * test_inplace.c - y may be x, and gamma and beta may be NULL: the bits are those of a call that has all it could have
 */
#include "lntest.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 6 };

/* Fills p, and every fifth row of it with what must become NaN. */
static void fill(struct problem *p, const struct row_kind *kind, uint64_t seed)
{
	static const uint32_t infinity = 0x7f800000;

	problem_fill(p, kind, seed);
	for (size_t row = 4; row < p->rows; row += 5)
		memcpy(p->x + row * p->cols + p->cols / 2, &infinity, sizeof infinity);
}

static void check_in_place(const struct kernel *k, const struct problem *p)
{
	size_t n = p->rows * p->cols;
	struct problem q = *p;

	q.x = q.y = floats(n);
	memcpy(q.x, p->x, n * sizeof *q.x);
	solve(p);
	solve(&q);
	expect_bits(k, q.y, p->y, p->rows, p->cols, "in place, against out of place");
	free(q.x);
}

START_TEST(y_may_be_x)
{
	const struct row_kind *kind;
	const struct kernel *k;

	for (size_t i = 0; column_count(i) != 0; i++) {
		struct problem p = problem_make(ROWS, column_count(i));
		for (size_t n = 0; (kind = row_kind(n)) != NULL; n++) {
			fill(&p, kind, i + n);
			for (size_t j = 0; (k = use_kernel(j)) != NULL; j++) {
				note(k, "in place, %zu columns, %s", p.cols, kind->name);
				check_in_place(k, &p);
			}
		}
		problem_free(&p);
	}
}
END_TEST

/* NULL parameters against ones and zeros that are written out; ones and zeros hold COLUMNS_MAX of them. */
static void check_null(const struct kernel *k, const struct problem *p, float *ones, float *zeros)
{
	for (int given = 0; given < 4; given++) {
		struct problem with = *p, without = *p;

		without.gamma = given & 1 ? p->gamma : NULL;
		without.beta = given & 2 ? p->beta : NULL;
		with.gamma = given & 1 ? p->gamma : ones;
		with.beta = given & 2 ? p->beta : zeros;
		with.y = floats(p->rows * p->cols);
		note(k, "gamma %p beta %p, %zu columns", (void *)without.gamma, (void *)without.beta, p->cols);
		solve(&with);
		solve(&without);
		expect_bits(k, without.y, with.y, p->rows, p->cols, "gamma %s, beta %s, against ones and zeros",
			    given & 1 ? "given" : "NULL", given & 2 ? "given" : "NULL");
		free(with.y);
	}
}

START_TEST(null_is_ones_and_zeros)
{
	static const size_t kinds[] = {0, 4, 9, 16};	/* N(0,1), 1e6+N, 1e-25*N, constant */
	static float ones[COLUMNS_MAX], zeros[COLUMNS_MAX];
	const struct kernel *k;

	for (size_t c = 0; c < COLUMNS_MAX; c++)
		ones[c] = 1;
	for (size_t i = 0; column_count(i) != 0; i++) {
		struct problem p = problem_make(ROWS, column_count(i));
		for (size_t n = 0; n < sizeof kinds / sizeof kinds[0]; n++) {
			fill(&p, row_kind(kinds[n]), i);
			for (size_t j = 0; (k = use_kernel(j)) != NULL; j++)
				check_null(k, &p, ones, zeros);
		}
		problem_free(&p);
	}
}
END_TEST

Suite *suite_inplace(void)
{
	Suite *suite = suite_create("inplace");
	TCase *tc = add_case(suite, "inplace");

	tcase_add_test(tc, y_may_be_x);
	tcase_add_test(tc, null_is_ones_and_zeros);
	return suite;
}
