/*
 * test_inplace.c - y may be x, and gamma and beta may be NULL: the bits are those of a call that has all it could have
 */
#include "lntest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 6 };

/* Fills p, and every fifth row of it with what must become NaN. */
static void fill(struct problem *p, const struct row_kind *kind, uint64_t seed)
{
	problem_fill(p, kind, seed);
	for (size_t row = 4; row < p->rows; row += 5)
		type_store(p->op->type, p->x, row * p->cols + p->cols / 2, (double)INFINITY);
}

static void check_in_place(const struct kernel *k, const struct problem *p)
{
	size_t n = p->rows * p->cols;
	struct problem q = *p;

	note(k, "%s in place, %zu columns", p->op->name, p->cols);
	q.x = q.y = elements(p->op->type, n);
	memcpy(q.x, p->x, bytes_of(p, n));
	solve(p);
	solve(&q);
	expect_bits(k, &q, p->y, "in place, against out of place");
	free(q.x);
}

static void check_operation(const struct operation *op, size_t cols, uint64_t seed)
{
	struct problem p = problem_make(op, ROWS, cols);
	const struct row_kind *kind;
	const struct kernel *k;

	for (size_t n = 0; (kind = row_kind(n)) != NULL; n++) {
		fill(&p, kind, seed + n);
		for (size_t j = 0; (k = use_kernel(j)) != NULL; j++)
			check_in_place(k, &p);
	}
	problem_free(&p);
}

START_TEST(y_may_be_x)
{
	size_t step = thinned("inplace: every n-th number of columns, but for layernorm_f32", 1, 5);

	for (size_t n = 0; operation(n); n++)
		for (size_t i = n % step; column_count_of(operation(n), i) != 0; i += n == 0 ? 1 : step)
			check_operation(operation(n), column_count_of(operation(n), i), i);
}
END_TEST

/* NULL parameters against ones and zeros that are written out; ones and zeros hold COLUMNS_MAX of them. */
static void check_null(const struct kernel *k, const struct problem *p, void *ones, void *zeros)
{
	for (int given = 0; given < 4; given++) {
		struct problem with = *p, without = *p;

		without.gamma = given & 1 ? p->gamma : NULL;
		without.beta = given & 2 ? p->beta : NULL;
		with.gamma = given & 1 ? p->gamma : ones;
		with.beta = given & 2 ? p->beta : zeros;
		with.y = elements(p->op->type, p->rows * p->cols);
		note(k, "%s, gamma %p beta %p, %zu columns", p->op->name, without.gamma, without.beta, p->cols);
		solve(&with);
		solve(&without);
		expect_bits(k, &without, with.y, "gamma %s, beta %s, against ones and zeros", given & 1 ? "given" : "NULL",
			    given & 2 ? "given" : "NULL");
		free(with.y);
	}
}

static void check_operation_without(const struct operation *op, void *ones, void *zeros)
{
	static const size_t kinds[] = {0, 4, 9, 16};	/* N(0,1), 1e6+N, 1e-25*N, constant */
	const struct kernel *k;

	for (size_t i = 0; column_count_of(op, i) != 0; i++) {
		struct problem p = problem_make(op, ROWS, column_count_of(op, i));
		for (size_t n = 0; n < sizeof kinds / sizeof kinds[0]; n++) {
			fill(&p, row_kind(kinds[n]), i);
			for (size_t j = 0; (k = use_kernel(j)) != NULL; j++)
				check_null(k, &p, ones, zeros);
		}
		problem_free(&p);
	}
}

START_TEST(null_is_ones_and_zeros)
{
	static double ones[COLUMNS_MAX], zeros[COLUMNS_MAX];	/* of any type */

	for (size_t n = 0; operation(n); n++) {
		for (size_t c = 0; c < COLUMNS_MAX; c++)
			type_store(operation(n)->type, ones, c, 1);
		check_operation_without(operation(n), ones, zeros);
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
