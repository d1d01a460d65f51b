/*
 * test_accuracy.c - the error bound on every named kind of row, and what must be exact
 */
#include "accuracy.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The contract says 8; these rows are kept to 6, and the last rounding counts. */
static const struct bar bar = {6, false, NAMED_ROWS};

/* With the kind's eps and with 0, with parameters and without. */
static void check_kind(const struct row_kind *kind, size_t rows, size_t cols)
{
	struct problem p = problem_make(rows, cols), bare;
	char recipe[100];

	problem_fill(&p, kind, cols);
	bare = p;
	bare.gamma = bare.beta = NULL;
	for (int without_eps = 0; without_eps < 2; without_eps++) {
		p.eps = bare.eps = without_eps ? 0 : kind->eps;
		snprintf(recipe, sizeof recipe, "%s, %zu columns, eps %g", kind->name, cols, p.eps);
		expect_accurate(&p, bar, recipe);
		strcat(recipe, ", gamma and beta NULL");
		expect_accurate(&bare, bar, recipe);
	}
	problem_free(&p);
}

START_TEST(named_rows)
{
	const struct row_kind *kind;
	size_t rows = thinned("accuracy: rows of each kind", 4, 1);

	for (size_t n = 0; (kind = row_kind(n)) != NULL; n++)
		for (size_t i = 0; column_count(i) != 0; i++)
			check_kind(kind, rows, column_count(i));
}
END_TEST

/* Every power of two that floats have: the variance passes every limit at which a kernel may change its ways. */
START_TEST(every_scale)
{
	static const size_t counts[] = {2, 3, 33, 384, 1500};

	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		struct problem p = problem_make(1, counts[i]);
		for (int power = -149; power <= 125; power++) {
			struct row_kind kind = {"N scaled by a power of two", 0, ldexp(1, power), 0, NULL};
			problem_fill(&p, &kind, (uint64_t)(power + 200));
			expect_accurate(&p, bar, kind.name);
		}
		problem_free(&p);
	}
}
END_TEST

/* Parameters of every size: products that are denormal, so that the last rounding must be forgiven, and others near FLT_MAX. */
START_TEST(parameters_of_every_scale)
{
	struct problem p = problem_make(1, 300);

	for (int power = -149; power <= 122; power++) {
		problem_fill(&p, row_kind(0), (uint64_t)(power + 200));
		for (size_t c = 0; c < p.cols; c++) {
			p.gamma[c] = (float)ldexp((double)p.gamma[c], power);
			p.beta[c] = c % 2 ? 0 : (float)ldexp((double)p.beta[c], power);
		}
		expect_accurate(&p, (struct bar){6, true, NOT_KEPT}, "parameters scaled by a power of two");
	}
	problem_free(&p);
}
END_TEST

/* By value, since the sign of a zero is not promised. */
static void expect_beta(const struct problem *p, const char *what)
{
	const struct kernel *k;

	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		note(k, "%s", what);
		memset(p->y, 0xa5, p->cols * sizeof *p->y);
		solve(p);
		for (size_t c = 0; c < p->cols; c++)
			if (!(p->y[c] == p->beta[c]))
				ck_abort_msg("%s: %s of %.9g, %zu columns, eps %g: column %zu is %.9g, not beta %.9g", k->name,
					     what, (double)p->x[0], p->cols, p->eps, c, (double)p->y[c], (double)p->beta[c]);
	}
}

static float any_finite_float(struct rng *r)
{
	uint32_t bits;
	float v;

	do {
		bits = (uint32_t)rng_bits(r);
		memcpy(&v, &bits, sizeof v);
	} while (!isfinite(v));
	return v;
}

static const double some_eps[] = {0, 1e-5, 5e-324, 1, 1e300};
enum { SOME_EPS = sizeof some_eps / sizeof some_eps[0] };

START_TEST(constant_row_is_exactly_beta)
{
	static const float values[] = {0, -0.0f, 1, 0.1f, -3.7e5f, 16777215, FLT_MAX, -FLT_MAX, FLT_MIN, 0x1p-149f, 1e20f,
				       -1e-20f};
	enum { VALUES = sizeof values / sizeof values[0] };
	struct rng r = rng_make(2, 0);
	size_t random_values = thinned("accuracy: random constants for each number of columns", 40, 4);

	for (size_t i = 0; column_count(i) != 0; i++) {
		struct problem p = problem_make(1, column_count(i));
		for (size_t v = 0; v < VALUES + random_values; v++) {
			float value = v < VALUES ? values[v] : v % 2 ? any_finite_float(&r) : (float)(1 + rng_uniform(&r));
			rows_parameters(v, p.cols, p.gamma, p.beta);
			for (size_t c = 0; c < p.cols; c++)
				p.x[c] = value;
			p.eps = some_eps[v % SOME_EPS];
			expect_beta(&p, "constant row");
			p.eps = 0;
			expect_beta(&p, "constant row");
		}
		problem_free(&p);
	}
}
END_TEST

START_TEST(one_column_is_exactly_beta)
{
	struct problem p = problem_make(1, 1);
	struct rng r = rng_make(3, 0);

	for (uint64_t i = 0; i < 20000; i++) {
		p.x[0] = any_finite_float(&r);
		p.eps = some_eps[i % SOME_EPS];
		rows_parameters(i, 1, p.gamma, p.beta);
		expect_beta(&p, "one column");
	}
	problem_free(&p);
}
END_TEST

Suite *suite_accuracy(void)
{
	Suite *suite = suite_create("accuracy");
	TCase *tc = add_case(suite, "accuracy");

	tcase_add_test(tc, named_rows);
	tcase_add_test(tc, every_scale);
	tcase_add_test(tc, parameters_of_every_scale);
	tcase_add_test(tc, constant_row_is_exactly_beta);
	tcase_add_test(tc, one_column_is_exactly_beta);
	return suite;
}
