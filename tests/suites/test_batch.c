/*
 * test_batch.c - a row's bits are the same alone, in a batch of any size, and at any place in it
 */
#include "lntest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 1000 };

/* Rows of every kind side by side, with a NaN, an infinity and a denormal row among the ordinary ones. */
static void mix_rows(struct problem *p, uint64_t seed)
{
	const struct row_kind *kind = NULL;
	struct rng r = rng_make(seed, 0);

	problem_fill(p, row_kind(0), seed);
	for (size_t row = 0; row < p->rows; row++) {
		void *x = element(p, p->x, row * p->cols);
		size_t choice = rng_below(&r, 30);

		kind = row_kind(choice);
		if (kind)
			rows_fill(kind, p->op->type, rng_bits(&r), 1, p->cols, x);
		else if (choice >= 28)
			type_store(p->op->type, x, rng_below(&r, p->cols), choice == 28 ? (double)NAN : -(double)INFINITY);
	}
}

/* Each row by a call of its own: what all else is compared with. */
static void *solve_alone(const struct problem *p)
{
	void *alone = elements(p->op->type, p->rows * p->cols);

	for (size_t row = 0; row < p->rows; row++) {
		struct problem one = problem_part(p, row, 1);
		one.y = element(p, alone, row * p->cols);
		solve(&one);
	}
	return alone;
}

/* The rows from `first` on as a batch of their own. */
static void check_batch(const struct kernel *k, const struct problem *p, const void *alone, size_t first, size_t rows)
{
	struct problem batch = problem_part(p, first, rows);

	note(k, "%s, batch of %zu rows of %zu columns, from row %zu", p->op->name, rows, p->cols, first);
	memset(batch.y, 0xa5, bytes_of(p, rows * p->cols));
	solve(&batch);
	expect_bits(k, &batch, element(p, alone, first * p->cols), "a batch from row %zu, against the same rows alone", first);
}

static void check_small_batches(const struct operation *op, size_t cols, uint64_t seed)
{
	struct problem p = problem_make(op, 12, cols);
	const struct kernel *k;

	mix_rows(&p, seed);
	for (size_t n = 0; (k = use_kernel(n)) != NULL; n++) {
		void *alone = solve_alone(&p);
		for (size_t rows = 1; rows <= 9; rows++)
			check_batch(k, &p, alone, rows % 4, rows);
		free(alone);
	}
	problem_free(&p);
}

START_TEST(batches_of_1_to_9)
{
	for (size_t n = 0; operation(n); n++)
		for (size_t i = 0; column_count_of(operation(n), i) != 0; i++)
			check_small_batches(operation(n), column_count_of(operation(n), i), i);
}
END_TEST

static void check_large_batch(const struct operation *op, size_t cols, uint64_t seed, size_t parts)
{
	struct problem p = problem_make(op, ROWS, cols);
	struct rng r = rng_make(4, seed);
	const struct kernel *k;

	mix_rows(&p, seed);
	for (size_t n = 0; (k = use_kernel(n)) != NULL; n++) {
		void *alone = solve_alone(&p);
		check_batch(k, &p, alone, 0, ROWS);
		for (size_t part = 0; part < parts; part++) {
			size_t first = rng_below(&r, ROWS), rows = 1 + rng_below(&r, ROWS - first);
			check_batch(k, &p, alone, first, part % 2 ? rows : 1 + rows % 40 % (ROWS - first));
		}
		free(alone);
	}
	problem_free(&p);
}

START_TEST(batch_of_1000_and_its_parts)
{
	static const size_t counts[] = {1, 2, 3, 7, 8, 16, 31, 32, 33, 64, 100, 128, 250, 384, 768, 1025, 2049};
	size_t parts = thinned("batch: parts of each batch of 1000", 60, 10);

	for (size_t n = 0; operation(n); n++)
		for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
			if (n == 0 || i % 5 == n % 5)
				check_large_batch(operation(n), counts[i], i, n == 0 ? parts : 10);
}
END_TEST

/* The same row in every place of a batch: the place must not show. */
static void check_places(const struct operation *op, size_t cols)
{
	struct problem p = problem_make(op, 23, cols);
	const struct kernel *k;

	problem_fill(&p, row_kind(2), cols);
	for (size_t row = 1; row < p.rows; row++)
		memcpy(element(&p, p.x, row * cols), p.x, bytes_of(&p, cols));
	for (size_t n = 0; (k = use_kernel(n)) != NULL; n++) {
		note(k, "%s, 23 equal rows of %zu columns", op->name, cols);
		solve(&p);
		for (size_t row = 1; row < p.rows; row++) {
			struct problem one = problem_part(&p, row, 1);
			expect_bits(k, &one, p.y, "row %zu of equal rows against the first", row);
		}
	}
	problem_free(&p);
}

START_TEST(place_does_not_show)
{
	for (size_t n = 0; operation(n); n++)
		for (size_t i = 0; column_count(i) != 0 && column_count(i) <= 130; i++)
			check_places(operation(n), column_count(i));
}
END_TEST

Suite *suite_batch(void)
{
	Suite *suite = suite_create("batch");
	TCase *tc = add_case(suite, "batch");

	tcase_add_test(tc, batches_of_1_to_9);
	tcase_add_test(tc, batch_of_1000_and_its_parts);
	tcase_add_test(tc, place_does_not_show);
	return suite;
}
