/*
 * test_bits.c - every kernel of a class gives the bits of that class's model
 */
#include "lntest.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool usable[2];	/* classes that have a kernel here: the other one's model need not be run */

static void find_classes(void)
{
	static const char *const names[] = {"unfused", "fused"};
	const struct kernel *k;

	for (int class = UNFUSED; class <= FUSED; class++) {
		printf("bits: the %s model is compared with:", names[class]);
		usable[class] = false;
		for (size_t i = 0; (k = use_kernel(i)) != NULL; i++)
			if ((int)k->arithmetic == class) {
				usable[class] = true;
				printf(" %s", k->name);
			}
		printf(usable[class] ? "\n" : " no kernel, since this CPU has none\n");
	}
}

static void check(struct problem *p, const char *what)
{
	const struct kernel *k;
	float *want[2] = {NULL, NULL};

	for (int class = UNFUSED; class <= FUSED; class++)
		if (usable[class]) {
			struct problem by_model = *p;
			by_model.y = want[class] = floats(p->rows * p->cols);
			solve_by_model(&by_model, (enum arithmetic)class);
		}
	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		note(k, "%zu x %zu: %s", p->rows, p->cols, what);
		memset(p->y, 0xa5, p->rows * p->cols * sizeof *p->y);
		solve(p);
		expect_bits(k, p->y, want[k->arithmetic], p->rows, p->cols, "eps %g: %s", p->eps, what);
	}
	free(want[UNFUSED]);
	free(want[FUSED]);
}

START_TEST(named_rows)
{
	const struct row_kind *kind;
	size_t rows = thinned("bits: rows of each kind", 11, 3);

	for (size_t i = 0; column_count(i) != 0; i++) {
		struct problem p = problem_make(rows, column_count(i));
		for (size_t n = 0; (kind = row_kind(n)) != NULL; n++) {
			problem_fill(&p, kind, 7 * i + n);
			check(&p, kind->name);
			p.eps = 0;
			check(&p, kind->name);
		}
		problem_free(&p);
	}
}
END_TEST

START_TEST(every_scale)
{
	static const size_t counts[] = {2, 33, 1500};

	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		struct problem p = problem_make(1, counts[i]);
		for (int power = -149; power <= 125; power++) {
			struct row_kind kind = {"N scaled by a power of two", 0, ldexp(1, power), 0, NULL};
			problem_fill(&p, &kind, (uint64_t)(power + 200));
			check(&p, kind.name);
			p.eps = ldexp(1, 2 * power);	/* as large as the variance, and as extreme */
			check(&p, kind.name);
		}
		problem_free(&p);
	}
}
END_TEST

/* A variance plus eps of 2^80 and 2^-80 exactly, where a row begins to be extreme, and one double to either side. */
START_TEST(limits_of_extreme_rows)
{
	struct problem p = problem_make(3, 64);

	for (int power = -80; power <= 80; power += 160)
		for (int side = -1; side <= 1; side++) {
			struct row_kind kind = {"N far below eps", 0, ldexp(1, power / 2 - 30), ldexp(1, power), NULL};
			problem_fill(&p, &kind, 1);
			memset(p.beta, 0, p.cols * sizeof *p.beta);	/* it would hide every difference */
			p.eps = side ? nextafter(p.eps, side > 0 ? HUGE_VAL : 0) : p.eps;
			check(&p, kind.name);
		}
	problem_free(&p);
}
END_TEST

START_TEST(hostile_rows)
{
	static struct hostile_row row;
	static float y[HOSTILE_COLS_MAX];
	size_t count = thinned("bits: hostile rows", 20000, 1000);

	for (size_t i = 0; i < count; i++) {
		rows_hostile(2, i, &row);
		struct problem p = {1, row.cols, row.eps, row.x, row.gamma, row.beta, y};
		check(&p, row.recipe);
	}
}
END_TEST

/* Many blocks in a row, and a last one that is not full. */
START_TEST(long_row)
{
	struct problem p = problem_make(2, ((size_t)1 << 20) + 519);

	problem_fill(&p, row_kind(2), 1);
	check(&p, "a long row");
	problem_free(&p);
}
END_TEST

Suite *suite_bits(void)
{
	Suite *suite = suite_create("bits");
	TCase *tc = add_case(suite, "bits");

	tcase_add_unchecked_fixture(tc, find_classes, NULL);
	tcase_add_test(tc, named_rows);
	tcase_add_test(tc, every_scale);
	tcase_add_test(tc, limits_of_extreme_rows);
	tcase_add_test(tc, hostile_rows);
	tcase_add_test(tc, long_row);
	return suite;
}
