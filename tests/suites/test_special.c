/*
 * test_special.c - NaN, infinities, denormals, and sizes at the ends of the range
 */
#include "call.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 9, MARKED = 4 };	/* the row in the middle gets what is not finite; its neighbours must not notice */

/* Quiet, signalling, negative and with a payload; the infinities: the upper bits of each type, and the lowest. */
enum { NOT_FINITE = 6 };

static void store_not_finite(uint32_t type, void *p, size_t i, size_t which)
{
	static const uint64_t patterns[NOT_FINITE] = {0x7ff8000000000000, 0x7ff0000000000001, 0xfff8246800000001, 0xffffffffffffffff,
						      0x7ff0000000000000, 0xfff0000000000000};
	static const uint32_t f32[NOT_FINITE] = {0x7fc00000, 0x7f800001, 0xffc12345, 0xffffffff, 0x7f800000, 0xff800000};
	static const uint16_t bf16[NOT_FINITE] = {0x7fc0, 0x7f81, 0xffc5, 0xffff, 0x7f80, 0xff80};
	static const uint16_t f16[NOT_FINITE] = {0x7e00, 0x7c01, 0xfe45, 0xffff, 0x7c00, 0xfc00};
	const void *from = type == LN_F64 ? (const void *)&patterns[which] : type == LN_F32 ? (const void *)&f32[which]
			 : type == LN_BF16 ? (const void *)&bf16[which] : (const void *)&f16[which];

	memcpy((char *)p + i * type_size(type), from, type_size(type));
}

/* The one quiet NaN of each type: type_store() has it from docs/numerics.md, section 8. */
static void expect_nan_row(const struct kernel *k, const struct problem *p, size_t row, const char *what)
{
	char quiet[8], is[BITS_TEXT];

	type_store(p->op->type, quiet, 0, (double)NAN);
	for (size_t c = row * p->cols; c < (row + 1) * p->cols; c++)
		if (memcmp(element(p, p->y, c), quiet, bytes_of(p, 1)) != 0) {
			bits_text(is, p->op->type, p->y, c);
			ck_abort_msg("%s, %s, %zu columns: column %zu of row %zu is %s, not the quiet NaN: %s", k->name, p->op->name,
				     p->cols, c % p->cols, row, is, what);
		}
}

/* clean: what the rows give while all are finite. */
static void check_marked(const struct kernel *k, const struct problem *p, const void *clean, size_t place, size_t which)
{
	void *marked = element(p, p->x, MARKED * p->cols + place);
	struct problem before = problem_part(p, 0, MARKED), after = problem_part(p, MARKED + 1, ROWS - MARKED - 1);
	char what[80], was[8];

	snprintf(what, sizeof what, "%s, not finite (%zu) in column %zu of row %d", p->op->name, which, place, MARKED);
	note(k, "%s", what);
	memcpy(was, marked, bytes_of(p, 1));
	store_not_finite(p->op->type, marked, 0, which);
	solve(p);
	memcpy(marked, was, bytes_of(p, 1));
	expect_nan_row(k, p, MARKED, what);
	expect_bits(k, &before, clean, "rows before the one with %s", what);
	expect_bits(k, &after, element(p, clean, (MARKED + 1) * p->cols), "rows after the one with %s", what);
}

static void check_not_finite(const struct operation *op, size_t cols, size_t kind)
{
	size_t places[] = {0, cols / 2, cols - 1, 31 % cols, 32 % cols, 1024 % cols};
	struct problem p = problem_make(op, ROWS, cols);
	void *clean = elements(op->type, ROWS * cols);
	const struct kernel *k;

	problem_fill(&p, row_kind(kind), kind);
	for (size_t j = 0; (k = use_kernel(j)) != NULL; j++) {
		solve(&p);
		memcpy(clean, p.y, bytes_of(&p, ROWS * cols));
		for (size_t n = 0; n < sizeof places / sizeof places[0] * NOT_FINITE; n++)
			check_marked(k, &p, clean, places[n / NOT_FINITE], n % NOT_FINITE);
	}
	free(clean);
	problem_free(&p);
}

START_TEST(what_is_not_finite_stays_in_its_row)
{
	size_t step = thinned("special: every n-th number of columns, but for layernorm_f32", 1, 5);

	for (size_t n = 0; operation(n); n++)
		for (size_t i = n % step; column_count_of(operation(n), i) != 0; i += n == 0 ? 1 : step)
			check_not_finite(operation(n), column_count_of(operation(n), i), i % 10);
}
END_TEST

static void check_nothing_finite(const struct operation *op, size_t cols)
{
	struct problem p = problem_make(op, ROWS, cols);
	const struct kernel *k;

	problem_fill(&p, row_kind(0), cols);
	for (size_t n = 0; n < p.rows * p.cols; n++)
		store_not_finite(op->type, p.x, n, n / p.cols % NOT_FINITE);
	for (size_t c = 0; c < p.cols; c++) {
		store_not_finite(op->type, p.gamma, c, c % NOT_FINITE);
		type_store(op->type, p.beta, c, c % 3 ? (double)NAN : 0);
	}
	for (size_t j = 0; (k = use_kernel(j)) != NULL; j++) {
		note(k, "%s, rows of nothing finite, %zu columns", op->name, p.cols);
		solve(&p);
		for (size_t row = 0; row < p.rows; row++)
			expect_nan_row(k, &p, row, "a row of nothing finite");
	}
	problem_free(&p);
}

/* Whole rows of what is not finite, with parameters that are not either: still the one NaN. */
START_TEST(rows_of_nothing_finite)
{
	for (size_t n = 0; operation(n); n++)
		for (size_t i = 0; column_count_of(operation(n), i) != 0; i++)
			check_nothing_finite(operation(n), column_count_of(operation(n), i));
}
END_TEST

/* What is not finite in gamma and beta alone: every NaN that comes of it is the quiet one, in rows that go alone and in those that go together. */
static void check_parameters(const struct operation *op, size_t rows, size_t cols)
{
	struct problem p = problem_make(op, rows, cols);
	void *want = elements(op->type, rows * cols), *got = p.y;
	const struct kernel *k;

	problem_fill(&p, row_kind(0), cols);
	for (size_t c = 0; c < cols; c += 1 + c % 5) {
		store_not_finite(op->type, p.gamma, c, c % NOT_FINITE);
		store_not_finite(op->type, p.beta, cols - 1 - c, c / 2 % NOT_FINITE);
	}
	for (size_t j = 0; (k = use_kernel(j)) != NULL; j++) {
		note(k, "%s, parameters that are not finite, %zu x %zu", op->name, rows, cols);
		solve(&p);
		p.y = want;
		solve_by_model(&p, k->arithmetic);
		p.y = got;
		expect_bits(k, &p, want, "parameters that are not finite, %zu x %zu", rows, cols);
	}
	free(want);
	problem_free(&p);
}

START_TEST(parameters_that_are_not_finite)
{
	static const size_t rows[] = {1, 3, 4, 8, ROWS}, cols[] = {1, 7, 16, 64, 67, 768, 1500};

	for (size_t n = 0; operation(n); n++)
		for (size_t i = 0; i < sizeof rows / sizeof *rows * (sizeof cols / sizeof *cols); i++)
			check_parameters(operation(n), rows[i % 5], cols[i / 5]);
}
END_TEST

/* With the last rounding forgiven: it may be one into a denormal. */
static const struct bar bar = {PROMISED, true, NOT_KEPT};

static const size_t some_counts[] = {2, 3, 31, 64, 130, 384, 1025, 4097};
enum { SOME_COUNTS = sizeof some_counts / sizeof some_counts[0] };

static const double some_eps[] = {0, 5e-324, 1e-300, 1e-100, 1e-88, 1e-80, 1e-30, 1e-24, 1e-12, 1e-5, 1, 1e12, 1e24, 1e30, 1e38, 1e77,
				  1e150, 1e300, DBL_MAX};
enum { SOME_EPS = sizeof some_eps / sizeof some_eps[0] };

/* The kinds from 17 on are the denormal ones, which meet all of these too. */
static void check_every_eps(const struct operation *op, size_t cols, size_t step)
{
	struct problem p = problem_make(op, 1, cols);
	const struct row_kind *kind;

	for (size_t n = 0; (kind = row_kind(n)) != NULL; n++)
		for (size_t e = n % step; e < SOME_EPS; e += step) {
			problem_fill(&p, kind, cols);
			p.eps = some_eps[e];
			expect_accurate(&p, bar, kind->name);
		}
	problem_free(&p);
}

START_TEST(eps_of_every_size)
{
	size_t step = thinned("special: every n-th eps", 1, 4);

	for (size_t n = 0; operation(n); n++)
		for (size_t i = 0; i < SOME_COUNTS; i++)
			if (n == 0 || i % 3 == n % 3)
				check_every_eps(operation(n), some_counts[i], step);
}
END_TEST

/* The same with eps in the unit of x: its square overflows, and the row must not. */
START_TEST(eps_outside_of_every_size)
{
	const struct row_kind *kind;
	size_t step = thinned("special: every n-th eps outside", 1, 4);

	for (size_t n = 0; operation(n); n++)
		for (size_t i = 0; (kind = row_kind(i)) != NULL; i++)
			for (size_t e = (i + n) % step; e < SOME_EPS; e += step) {
				ln_desc d = plain_desc(operation(n)->norm, operation(n)->type, 1, some_counts[(n + i) % SOME_COUNTS]);
				d.flags = LN_EPS_OUTSIDE;
				struct call c = call_make(&d, PLAIN);
				call_fill(&c, kind, e);
				c.f.d.eps = some_eps[e];
				expect_model(&c, kind->name);
				expect_call_accurate(&c, bar, kind->name);
				call_free(&c);
			}
}
END_TEST

/* gamma * xhat beyond FLT_MAX: the infinity of its sign, or the largest float where the exact value is near it; never a NaN. */
START_TEST(overflow_is_infinity)
{
	const struct row_kind *kind;

	for (size_t i = 0; i < SOME_COUNTS; i++) {
		struct problem p = problem_make(operation(0), 1, some_counts[i]);
		float *x = p.x, *gamma = p.gamma, *beta = p.beta;
		for (size_t n = 0; (kind = row_kind(n)) != NULL; n++) {
			problem_fill(&p, kind, i);
			for (size_t c = 0; c < p.cols; c++) {
				gamma[c] = c % 3 == 0 ? FLT_MAX : c % 3 == 1 ? -FLT_MAX : -FLT_MAX / 2;
				beta[c] = c % 5 == 0 ? (gamma[c] > 0) == (x[c] > 0) ? 1e30f : -1e30f : 0;
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
	tcase_add_test(tc, parameters_that_are_not_finite);
	tcase_add_test(tc, eps_of_every_size);
	tcase_add_test(tc, eps_outside_of_every_size);
	tcase_add_test(tc, overflow_is_infinity);
	return suite;
}
