/*
 * test_hostile.c - the error bound on random rows made to hurt
 *
 * LN_TEST_ROWS rows (100000) from index LN_TEST_FIRST (0) of LN_TEST_SEED (1). Row i of a seed is always the same row, so a long
 * run can be divided among processes, and one row can be had again by LN_TEST_FIRST=i LN_TEST_ROWS=1.
 */
#include "accuracy.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows are taken in groups, since to change kernels is slow where a virtual machine traps CPUID. */
enum { GROUP = 64 };

/* The contract's factor; the contract would forgive the last rounding. */
static const struct bar bar = {8, false, HOSTILE_ROWS};

static struct hostile_row rows[GROUP];
static struct ref_value *exact[GROUP];
static float y[HOSTILE_COLS_MAX];

struct worst { double factor; char recipe[sizeof rows[0].recipe]; };

static struct problem problem_of(struct hostile_row *row)
{
	return (struct problem){1, row->cols, row->eps, row->x, row->gamma, row->beta, y};
}

static void check_group(uint64_t seed, uint64_t first, size_t count, struct worst *worst)
{
	const struct kernel *k;
	struct problem p;

	for (size_t n = 0; n < count; n++) {
		rows_hostile(seed, first + n, &rows[n]);
		p = problem_of(&rows[n]);
		exact[n] = exact_solution(&p);
	}
	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++)
		for (size_t n = 0; n < count; n++) {
			p = problem_of(&rows[n]);
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
	struct worst worst = {0, ""};

	printf("hostile: LN_TEST_SEED=%" PRIu64 " LN_TEST_FIRST=%" PRIu64 " LN_TEST_ROWS=%" PRIu64 "\n", seed, first, count);
	for (uint64_t done = 0; done < count; done += GROUP)
		check_group(seed, first + done, count - done < GROUP ? (size_t)(count - done) : GROUP, &worst);
	printf("hostile: worst factor %.3f by %s\n", worst.factor, worst.recipe);
}
END_TEST

Suite *suite_hostile(void)
{
	Suite *suite = suite_create("hostile");

	tcase_add_test(add_case(suite, "hostile"), random_rows);
	return suite;
}
