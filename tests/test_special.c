/*
 * test_special.c - NaN, infinities, denormals, and sizes at the ends of the range
 */
#include "accuracy.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 9, MARKED = 4 };	/* the row in the middle gets what is not finite; its neighbours must not notice */

static const uint32_t quiet_nan = 0x7fc00000;

/* Quiet, signalling, negative and with a payload; the infinities. */
static const uint32_t not_finite[] = {0x7fc00000, 0x7f800001, 0xffc12345, 0xffffffff, 0x7f800000, 0xff800000};
enum { NOT_FINITE = sizeof not_finite / sizeof not_finite[0] };

static void expect_nan_row(const struct kernel *k, const float *y, size_t cols, const char *what)
{
	for (size_t c = 0; c < cols; c++)
		if (memcmp(&y[c], &quiet_nan, sizeof quiet_nan) != 0)
			ck_abort_msg("%s, %zu columns: column %zu is %.9g, not the quiet NaN 7fc00000: %s", k->name, cols, c,
				     (double)y[c], what);
}

/* clean: what the rows give while all are finite. */
static void check_marked(const struct kernel *k, struct problem *p, const float *clean, size_t place, uint32_t bits)
{
	float *marked = p->x + MARKED * p->cols, was = marked[place];
	size_t after = (MARKED + 1) * p->cols;
	char what[80];

	snprintf(what, sizeof what, "%08" PRIx32 " in column %zu of row %d", bits, place, MARKED);
	note(k, "%s", what);
	memcpy(&marked[place], &bits, sizeof bits);
	solve(p);
	marked[place] = was;
	expect_nan_row(k, p->y + MARKED * p->cols, p->cols, what);
	expect_bits(k, p->y, clean, MARKED, p->cols, "rows before the one with %s", what);
	expect_bits(k, p->y + after, clean + after, ROWS - MARKED - 1, p->cols, "rows after the one with %s", what);
}

START_TEST(what_is_not_finite_stays_in_its_row)
{
	const struct kernel *k;

	for (size_t i = 0; column_count(i) != 0; i++) {
		size_t cols = column_count(i), places[] = {0, cols / 2, cols - 1, 31 % cols, 32 % cols, 1024 % cols};
		struct problem p = problem_make(ROWS, cols);
		float *clean = floats(ROWS * cols);
		problem_fill(&p, row_kind(i % 10), i);
		for (size_t j = 0; (k = use_kernel(j)) != NULL; j++) {
			solve(&p);
			memcpy(clean, p.y, ROWS * cols * sizeof *clean);
			for (size_t n = 0; n < sizeof places / sizeof places[0] * NOT_FINITE; n++)
				check_marked(k, &p, clean, places[n / NOT_FINITE], not_finite[n % NOT_FINITE]);
		}
		free(clean);
		problem_free(&p);
	}
}
END_TEST

/* Whole rows of what is not finite, with parameters that are not either: still the one NaN. */
START_TEST(rows_of_nothing_finite)
{
	const struct kernel *k;

	for (size_t i = 0; column_count(i) != 0; i++) {
		struct problem p = problem_make(ROWS, column_count(i));
		for (size_t j = 0; (k = use_kernel(j)) != NULL; j++) {
			problem_fill(&p, row_kind(0), i);
			for (size_t n = 0; n < p.rows * p.cols; n++)
				memcpy(&p.x[n], &not_finite[n / p.cols % NOT_FINITE], sizeof p.x[n]);
			for (size_t c = 0; c < p.cols; c++) {
				memcpy(&p.gamma[c], &not_finite[c % NOT_FINITE], sizeof p.gamma[c]);
				p.beta[c] = c % 3 ? NAN : 0;
			}
			note(k, "rows of nothing finite, %zu columns", p.cols);
			solve(&p);
			for (size_t row = 0; row < p.rows; row++)
				expect_nan_row(k, p.y + row * p.cols, p.cols, "a row of nothing finite");
		}
		problem_free(&p);
	}
}
END_TEST

/* With the last rounding forgiven: it may be one into a denormal. */
static const struct bar bar = {6, true, NOT_KEPT};

static const size_t some_counts[] = {2, 3, 31, 64, 130, 384, 1025, 4097};
enum { SOME_COUNTS = sizeof some_counts / sizeof some_counts[0] };

START_TEST(denormal_rows)
{
	static const double some_eps[] = {0, 5e-324, 1e-300, 1e-88, 1e-80, 1e-5};

	for (size_t i = 0; i < SOME_COUNTS; i++) {
		struct problem p = problem_make(2, some_counts[i]);
		for (size_t kind = 17; row_kind(kind); kind++) {
			problem_fill(&p, row_kind(kind), i);
			for (size_t e = 0; e < sizeof some_eps / sizeof some_eps[0]; e++) {
				p.eps = some_eps[e];
				expect_accurate(&p, bar, row_kind(kind)->name);
			}
		}
		problem_free(&p);
	}
}
END_TEST

START_TEST(eps_of_every_size)
{
	static const double some_eps[] = {5e-324, 1e-300, 1e-100, 1e-30, 1e-24, 1e-12, 1, 1e12, 1e24, 1e30, 1e38, 1e77, 1e150,
					  1e300, DBL_MAX};
	const struct row_kind *kind;

	for (size_t i = 0; i < SOME_COUNTS; i++) {
		struct problem p = problem_make(1, some_counts[i]);
		for (size_t n = 0; (kind = row_kind(n)) != NULL; n++)
			for (size_t e = 0; e < sizeof some_eps / sizeof some_eps[0]; e++) {
				problem_fill(&p, kind, i);
				p.eps = some_eps[e];
				expect_accurate(&p, bar, kind->name);
			}
		problem_free(&p);
	}
}
END_TEST

/* gamma * xhat beyond FLT_MAX: the infinity of its sign, or the largest float where the exact value is near it; never a NaN. */
START_TEST(overflow_is_infinity)
{
	const struct row_kind *kind;

	for (size_t i = 0; i < SOME_COUNTS; i++) {
		struct problem p = problem_make(1, some_counts[i]);
		for (size_t n = 0; (kind = row_kind(n)) != NULL; n++) {
			problem_fill(&p, kind, i);
			for (size_t c = 0; c < p.cols; c++) {
				p.gamma[c] = c % 3 == 0 ? FLT_MAX : c % 3 == 1 ? -FLT_MAX : -FLT_MAX / 2;
				p.beta[c] = c % 5 == 0 ? (p.gamma[c] > 0) == (p.x[c] > 0) ? 1e30f : -1e30f : 0;
			}
			expect_accurate(&p, bar, "gamma of FLT_MAX");
		}
		problem_free(&p);
	}
}
END_TEST

Suite *suite_special(void)
{
	Suite *suite = suite_create("special");
	TCase *tc = add_case(suite, "special");

	tcase_add_test(tc, what_is_not_finite_stays_in_its_row);
	tcase_add_test(tc, rows_of_nothing_finite);
	tcase_add_test(tc, denormal_rows);
	tcase_add_test(tc, eps_of_every_size);
	tcase_add_test(tc, overflow_is_infinity);
	return suite;
}
