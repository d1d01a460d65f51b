/*
 * test_hostile.c - the error bound on random rows made to hurt
 *
 * LN_TEST_ROWS rows (100000; a sixteenth of them for each operation but layernorm_f32) from index LN_TEST_FIRST (0) of LN_TEST_SEED
 * (1). Row i of a seed is always the same row, so a long run can be divided among processes, and one row can be had again by
 * LN_TEST_FIRST=i LN_TEST_ROWS=1.
 */
#include "accuracy.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows are taken in groups, since to change kernels is slow where a virtual machine traps CPUID. */
enum { GROUP = 64, OTHERS = 16 };

/* The contract would forgive the last rounding. */
static const struct bar bar = {PROMISED, false, HOSTILE_ROWS};

static struct hostile_row rows[GROUP];
static struct ref_value *exact[GROUP];
static double x[HOSTILE_COLS_MAX], gamma_[HOSTILE_COLS_MAX], beta[HOSTILE_COLS_MAX], y[HOSTILE_COLS_MAX];	/* of any type */

struct worst { double factor; char recipe[sizeof rows[0].recipe]; };

static struct problem problem_of(const struct operation *op, const struct hostile_row *row)
{
	for (size_t c = 0; c < row->cols; c++) {
		type_store(op->type, x, c, row->x[c]);
		type_store(op->type, gamma_, c, row->gamma[c]);
		type_store(op->type, beta, c, row->beta[c]);
	}
	return (struct problem){op, 1, row->cols, row->eps, x, gamma_, beta, y};
}

static void check_group(const struct operation *op, uint64_t seed, uint64_t first, size_t count, struct worst *worst)
{
	const struct kernel *k;
	struct problem p;

	for (size_t n = 0; n < count; n++) {
		rows_hostile(op->type, seed, first + n, &rows[n]);
		p = problem_of(op, &rows[n]);
		exact[n] = exact_solution(&p);
	}
	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++)
		for (size_t n = 0; n < count; n++) {
			p = problem_of(op, &rows[n]);
			double factor = expect_factor(k, &p, exact[n], bar, rows[n].recipe);
			if (factor > worst->factor) {
				worst->factor = factor;
				memcpy(worst->recipe, rows[n].recipe, sizeof worst->recipe);
			}
		}
	for (size_t n = 0; n < count; n++)
		free(exact[n]);
}

START_TEST(random_rows)
{
	uint64_t seed = environment_number("LN_TEST_SEED", 1), first = environment_number("LN_TEST_FIRST", 0);
	uint64_t count = environment_number("LN_TEST_ROWS", 100000);

	printf("hostile: LN_TEST_SEED=%" PRIu64 " LN_TEST_FIRST=%" PRIu64 " LN_TEST_ROWS=%" PRIu64 "\n", seed, first, count);
	for (size_t n = 0; operation(n); n++) {
		uint64_t rows_of_it = n == 0 ? count : (count + OTHERS - 1) / OTHERS;
		struct worst worst = {0, ""};
		for (uint64_t done = 0; done < rows_of_it; done += GROUP)
			check_group(operation(n), seed, first + done, rows_of_it - done < GROUP ? (size_t)(rows_of_it - done) : GROUP,
				    &worst);
		printf("hostile: %s: worst factor %.3f by %s\n", operation(n)->name, worst.factor, worst.recipe);
	}
}
END_TEST

Suite *suite_hostile(void)
{
	Suite *suite = suite_create("hostile");

	tcase_add_test(add_case(suite, "hostile"), random_rows);
	return suite;
}
