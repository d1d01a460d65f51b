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
		float *x = p->x + row * p->cols;
		size_t choice = rng_below(&r, 30);

		kind = row_kind(choice);
		if (kind)
			rows_fill(kind, rng_bits(&r), 1, p->cols, x);
		else if (choice == 28)
			x[rng_below(&r, p->cols)] = NAN;
		else if (choice == 29)
			x[rng_below(&r, p->cols)] = -INFINITY;
	}
}

/* Each row by a call of its own: what all else is compared with. */
static float *solve_alone(const struct problem *p)
{
	float *alone = floats(p->rows * p->cols);

	for (size_t row = 0; row < p->rows; row++) {
		struct problem one = {1, p->cols, p->eps, p->x + row * p->cols, p->gamma, p->beta, alone + row * p->cols};
		solve(&one);
	}
	return alone;
}

/* The rows from `first` on as a batch of their own. */
static void check_batch(const struct kernel *k, const struct problem *p, const float *alone, size_t first, size_t rows)
{
	size_t at = first * p->cols;
	struct problem batch = {rows, p->cols, p->eps, p->x + at, p->gamma, p->beta, p->y + at};

	note(k, "batch of %zu rows of %zu columns, from row %zu", rows, p->cols, first);
	memset(batch.y, 0xa5, rows * p->cols * sizeof *batch.y);
	solve(&batch);
	expect_bits(k, batch.y, alone + at, rows, p->cols, "a batch from row %zu, against the same rows alone", first);
}

START_TEST(batches_of_1_to_9)
{
	const struct kernel *k;

	for (size_t i = 0; column_count(i) != 0; i++) {
		struct problem p = problem_make(12, column_count(i));
		mix_rows(&p, i);
		for (size_t n = 0; (k = use_kernel(n)) != NULL; n++) {
			float *alone = solve_alone(&p);
			for (size_t rows = 1; rows <= 9; rows++)
				check_batch(k, &p, alone, rows % 4, rows);
			free(alone);
		}
		problem_free(&p);
	}
}
END_TEST

START_TEST(batch_of_1000_and_its_parts)
{
	static const size_t counts[] = {1, 2, 3, 7, 8, 16, 31, 32, 33, 64, 100, 128, 250, 384, 768, 1025, 2049};
	const struct kernel *k;
	size_t parts = thinned("batch: parts of each batch of 1000", 60, 10);

	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		struct problem p = problem_make(ROWS, counts[i]);
		struct rng r = rng_make(4, i);
		mix_rows(&p, i);
		for (size_t n = 0; (k = use_kernel(n)) != NULL; n++) {
			float *alone = solve_alone(&p);
			check_batch(k, &p, alone, 0, ROWS);
			for (size_t part = 0; part < parts; part++) {
				size_t first = rng_below(&r, ROWS), rows = 1 + rng_below(&r, ROWS - first);
				check_batch(k, &p, alone, first, part % 2 ? rows : 1 + rows % 40 % (ROWS - first));
			}
			free(alone);
		}
		problem_free(&p);
	}
}
END_TEST

/* The same row in every place of a batch: the place must not show. */
START_TEST(place_does_not_show)
{
	const struct kernel *k;

	for (size_t cols = 1; cols <= 130; cols++) {
		struct problem p = problem_make(23, cols);
		problem_fill(&p, row_kind(2), cols);
		for (size_t row = 1; row < p.rows; row++)
			memcpy(p.x + row * cols, p.x, cols * sizeof *p.x);
		for (size_t n = 0; (k = use_kernel(n)) != NULL; n++) {
			note(k, "23 equal rows of %zu columns", cols);
			solve(&p);
			for (size_t row = 1; row < p.rows; row++)
				expect_bits(k, p.y + row * cols, p.y, 1, cols, "row %zu of equal rows against the first", row);
		}
		problem_free(&p);
	}
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
